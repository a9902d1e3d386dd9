use alembic_model::Table;

#[derive(Table)]
#[table(name = 3, external = true, primary_key = "id")]
struct Player {
    #[column(len = "64", primary_key = true)]
    id: i64,
    #[column(precision = -1, default = 'x')]
    name: String,
    #[column(comment = b"bytes", auto_increment = 1, name = "")]
    country: String,
}

fn main() {}
