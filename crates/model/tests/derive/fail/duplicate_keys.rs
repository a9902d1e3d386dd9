use alembic_model::Table;

#[derive(Table)]
#[table(name = "players", name = "player")]
#[table(mysql(engine = "InnoDB", engine = "Aria"), mysql(charset = "utf8mb4"))]
struct Player {
    #[column(primary_key, primary_key)]
    id: i64,
    #[column(nullable, not_null)]
    name: String,
}

fn main() {}
