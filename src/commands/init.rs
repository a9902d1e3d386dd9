//! `init`: settings into the manifests, and a migrations folder for each chosen crate.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::scaffold::{Change, Init as Wanted, NewFeature, apply_init, plan_init};
use crate::ui::ask::SelectMany;
use crate::ui::{Outcome, Page, Text};
use crate::workspace::{Package, Workspace};

/// Make crates features: settings in manifests, a migrations folder each
#[derive(Args)]
pub struct Init {
    /// Show what would be written, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// The database of a workspace that has not said which.
const FIRST_DATABASE: &str = "sqlite:app.db";

struct Initialized {
    dry_run: bool,
    features: Vec<String>,
    changes: Vec<Utf8PathBuf>,
    /// New texts of manifests, where they are only shown.
    shown: Vec<String>,
}

impl Init {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let workspace = app.workspace()?;
        let packages = choose(app, workspace)?;
        let given = app.options.database.database_url.as_deref();
        let is_unnamed = workspace.settings.database_url.is_none();
        let wanted = Wanted {
            workspace,
            database_url: given.or_else(|| is_unnamed.then_some(FIRST_DATABASE)),
            features: packages
                .iter()
                .map(|package| NewFeature { package, migrations: None, branch_label: None })
                .collect(),
        };
        let changes = plan_init(&wanted)?;
        if !self.dry_run {
            apply_init(&changes)?;
            for change in &changes {
                app.ui.status("Writing", workspace.shown(change.path()).as_str());
            }
        }
        let shown = changes.iter().filter_map(|change| match change {
            Change::Manifest { after, .. } if self.dry_run => Some(after.clone()),
            _ => None,
        });
        Ok(Box::new(Initialized {
            dry_run: self.dry_run,
            features: packages.iter().map(|package| package.name.clone()).collect(),
            shown: shown.collect(),
            changes: changes.iter().map(|change| workspace.shown(change.path())).collect(),
        }))
    }
}

/// Returns the packages of `-p`, else those that a person checks, else the only one.
fn choose<'a>(app: &App, workspace: &'a Workspace) -> Result<Vec<&'a Package>, Failure> {
    let names = &app.options.packages.packages;
    if !names.is_empty() {
        return names.iter().map(|name| Ok(workspace.package(name)?)).collect();
    }
    let packages: Vec<&Package> = workspace.packages.iter().collect();
    if let [only] = packages.as_slice() {
        return Ok(vec![only]);
    }
    let every: Vec<&str> = packages.iter().flat_map(|package| ["-p", package.name.as_str()]).collect();
    let question = SelectMany {
        question: "Which crates own migrations?".to_owned(),
        items: packages.iter().map(|package| package.name.clone()).collect(),
        preselected: (0..packages.len()).filter(|at| packages[*at].is_feature).collect(),
        at_least: 1,
        answers: vec![app.words.with(&every)],
        ..SelectMany::default()
    };
    let chosen: Vec<&Package> = app.ui.ask().select_many(&question)?.into_iter().map(|at| packages[at]).collect();
    for package in &chosen {
        app.words.answer(&["-p", &package.name]);
    }
    Ok(chosen)
}

impl Outcome for Initialized {
    fn json(&self) -> Value {
        let changes: Vec<&str> = self.changes.iter().map(|path| path.as_str()).collect();
        json!({ "command": "init", "dry_run": self.dry_run, "features": self.features, "changes": changes })
    }

    fn render(&self, page: &mut Page) {
        for text in &self.shown {
            page.verbatim(text);
        }
        if self.changes.is_empty() {
            page.line(Text::new().dim("nothing to write: it is all there"));
        } else if !self.dry_run {
            let first = self.features.first().map_or("NAME", String::as_str);
            page.line(format!("next: cargo alembic revision -p {first} -m \"create the first table\""));
        }
    }
}
