use alembic_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(default = "euw1")]
    region: String,
    #[column(default = "")]
    name: String,
    #[column(default = "CURRENT_TIMESTAMP", default_value = "x")]
    made: String,
    #[column(default = 0xfg)]
    points: i64,
}

fn main() {}
