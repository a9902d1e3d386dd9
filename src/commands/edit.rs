//! `edit`: a script in the user's editor, checked afterwards.

use std::process::Command;

use alembic_revisions::{Code, Diagnose, Exit};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::ui::{Outcome, Page, Text};

/// Open a script in $VISUAL or $EDITOR, then check all scripts
#[derive(Args)]
pub struct Edit {
    /// The revision: an id or its beginning, a label, `head`, `current`, …
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    target: String,
}

struct Edited {
    path: String,
}

/// Why no editor ran.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("no editor is named")]
    NoEditor,
    #[error("`{}` names the state before the first revision, which has no script", .0.escape_debug())]
    Base(String),
    #[error("the editor `{}` could not be started: {why}", .editor.escape_debug())]
    NotStarted { editor: String, why: std::io::Error },
    #[error("the editor `{}` ended with {status}", .editor.escape_debug())]
    Failed { editor: String, status: std::process::ExitStatus },
}

impl Diagnose for EditError {
    fn code(&self) -> Code {
        Code("A0670")
    }

    fn kind(&self) -> &'static str {
        match self {
            EditError::Base(_) => "NotFound",
            _ => "Editor",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            EditError::Base(_) => Exit::Usage,
            _ => Exit::Project,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            EditError::Base(_) => Some("name a revision: `cargo alembic edit head`".to_owned()),
            _ => Some("name one: `EDITOR=nano cargo alembic edit head`".to_owned()),
        }
    }
}

impl Edit {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let (listing, nodes) = app.listing_of(&self.target)?;
        let [node, ..] = nodes.as_slice() else { return Err(EditError::Base(self.target).into()) };
        let path = listing.graph.revision(*node).source.path.clone();
        let editor = app.editor()?.ok_or(EditError::NoEditor)?;
        // An editor may come with flags, as `code --wait`.
        let mut words = editor.split_whitespace();
        let program = words.next().ok_or(EditError::NoEditor)?;
        let status = Command::new(program)
            .args(words)
            .arg(app.workspace()?.root.join(&path))
            .status()
            .map_err(|why| EditError::NotStarted { editor: editor.clone(), why })?;
        if !status.success() {
            return Err(EditError::Failed { editor, status }.into());
        }
        app.read_graph()?;
        Ok(Box::new(Edited { path: path.into_string() }))
    }
}

impl Outcome for Edited {
    fn json(&self) -> Value {
        json!({ "command": "edit", "path": self.path })
    }

    fn render(&self, page: &mut Page) {
        page.line(Text::from(self.path.as_str()));
    }
}
