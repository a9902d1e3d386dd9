use alembic_model::Table;

#[derive(Table)]
struct Player {
    #[column(primary_key)]
    id: Option<i64>,
}

#[derive(Table)]
#[table(primary_key(id, region))]
struct Clan {
    id: i64,
    region: std::option::Option<String>,
}

fn main() {}
