//! The binary `cargo-alembic`; everything is in the library, see `docs/architecture.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cargo_alembic::cli::main(std::env::args_os().collect()) as u8)
}
