use alembic_model::Table;

#[derive(Table)]
struct Player {
    id: i64,
}

#[derive(Table)]
#[table(no_primary_key)]
struct Clan {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
