use alembic_model::Table;

#[derive(Table)]
#[table(foreign_key(columns(a, b), references = "clans.id"), foreign_key(references = "clans.id"))]
struct Player {
    #[column(primary_key, references = "clans")]
    a: i64,
    #[column(references = "x.y.z.id", on_delete = "cascde")]
    b: i64,
    #[column(on_delete = "cascade")]
    c: i64,
    #[column(references = "clans(a, b)", deferrable = "later")]
    d: i64,
}

fn main() {}
