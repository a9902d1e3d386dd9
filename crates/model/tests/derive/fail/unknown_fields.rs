use alembic_model::Table;

#[derive(Table)]
#[table(primary_key(id, regoin), index(nmae.desc), unique(cached), index(name, include(x), ops(id = "int8_ops")))]
#[table(foreign_key(columns(clan), references = "clans.id"))]
struct Player {
    id: i64,
    region: String,
    name: String,
    #[column(skip)]
    cached: String,
}

fn main() {}
