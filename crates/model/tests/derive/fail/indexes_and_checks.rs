use alembic_model::Table;

#[derive(Table)]
#[table(index(), unique(name = "ix"), index(id.down), index(id.asc.desc), index("lower(id)"), index(id, nulls_not_distinct))]
#[table(check(name = "a"), check("a", postgres = "b"), check(oracle = "x"), check(1))]
#[table(extra_column(sql_type = "int"), extra_column(name = "id", sql_type = "int"), extra_column(name = "b"))]
#[table(index(id, name = "same"), index(id, name = "same", len(id = "x")))]
struct Player {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
