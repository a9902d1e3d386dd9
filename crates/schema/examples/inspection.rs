//! Prints the statements with which a backend reads its catalogue: `cargo run -p alembic-schema --example inspection -- postgres`.

use alembic_revisions::DialectName;
use alembic_schema::backend::{self, Scope};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialect: DialectName = std::env::args().nth(1).unwrap_or_else(|| "postgres".to_owned()).parse()?;
    for statement in backend::of(dialect, None).inspection(&Scope::default()) {
        println!("{statement};");
    }
    Ok(())
}
