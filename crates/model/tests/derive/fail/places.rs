use alembic_model::{Table, Values};

#[derive(Table)]
#[table]
#[column(name = "x")]
struct Player {
    #[column]
    #[table(name = "x")]
    id: i64,
    #[column(name = "x" "y", , index[x], a::b)]
    name: String,
}

#[derive(Table)]
struct Unit;

#[derive(Table)]
struct Tuple(i64);

#[derive(Table)]
enum Kind {
    A,
}

#[derive(Values)]
struct Wrong {
    id: i64,
}

fn main() {}
