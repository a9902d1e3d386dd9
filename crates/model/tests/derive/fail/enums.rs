use alembic_model::Values;

#[derive(Values)]
#[table(nmae = "mood", renamed(Old = 3, Same = "Same"))]
#[table(name = MOOD, name = "x", renamed)]
enum Mood {
    New,
}

fn main() {}
