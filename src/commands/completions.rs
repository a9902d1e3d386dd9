//! `completions`: a completion script for a shell.

use clap::Args;
use clap_complete::Shell;
use serde_json::{Value, json};

use crate::app::Failure;
use crate::ui::{Outcome, Page};

/// Print a completion script for a shell
#[derive(Args)]
#[command(
    after_long_help = "Bash completes `cargo alembic` through cargo's own completion, from the script of cargo-alembic."
)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

struct CompletionScript {
    shell: Shell,
    text: String,
}

impl Completions {
    /// `command` is what the script completes: the command line without `cargo`.
    pub fn run(self, mut command: clap::Command) -> Result<Box<dyn Outcome>, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "cargo-alembic", &mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Box::new(CompletionScript { shell: self.shell, text }))
    }
}

impl Outcome for CompletionScript {
    fn json(&self) -> Value {
        json!({ "command": "completions", "shell": self.shell.to_string(), "script": self.text })
    }

    fn render(&self, page: &mut Page) {
        page.verbatim(&self.text);
    }
}
