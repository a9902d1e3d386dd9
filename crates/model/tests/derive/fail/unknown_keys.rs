use alembic_model::{Columns, Table};

#[derive(Table)]
#[table(nmae = "players", len = 3)]
struct Player {
    #[column(primry_key)]
    id: i64,
    #[column(postgres(unique), mysql(engine = "InnoDB"))]
    name: String,
}

#[derive(Columns)]
#[table(name = "base")]
struct Base {
    #[column(zzz)]
    id: i64,
}

fn main() {}
