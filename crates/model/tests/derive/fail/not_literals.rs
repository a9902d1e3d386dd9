use alembic_model::Table;

const NAME: &str = "players";

#[derive(Table)]
#[table(name = NAME)]
struct Player {
    #[column(primary_key, comment = concat!("a", "b"))]
    id: i64,
    #[column(sql_type = env!("TYPE"))]
    name: String,
    #[column(len = 2 * 8)]
    country: String,
}

fn main() {}
