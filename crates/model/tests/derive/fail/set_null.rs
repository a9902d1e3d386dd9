use alembic_model::Table;

#[derive(Table)]
#[table(foreign_key(columns(id, clan), references = "clans(player, id)", on_update = "set_null"))]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(references = "clans.id", on_delete = "set_null")]
    clan: i64,
    #[column(references = "clans.id", on_delete = "set_null")]
    former_clan: Option<i64>,
}

fn main() {}
