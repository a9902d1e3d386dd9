use alembic_model::Table;

#[derive(Table)]
#[table(renamed_from = "player")]
struct Player {
    #[column(primary_key, renamed_from = "id")]
    id: i64,
    #[column(name = "full_name", renamed_from = "name")]
    name: String,
}

fn main() {}
