use alembic_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key, stored)]
    id: i64,
    #[column(prefix = "base_")]
    base: String,
    #[column(scale = 2, mysql(virtual))]
    worth: f64,
    #[column(generated = "1", stored, virtual)]
    one: i64,
    #[column(skip, index)]
    cached: String,
    #[column(flatten, name = "x")]
    more: String,
}

fn main() {}
