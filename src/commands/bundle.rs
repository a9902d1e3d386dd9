//! `bundle`: one file with graph, scripts and settings, for where there is neither cargo nor source.

use alembic_revisions::file::fixture_name;
use alembic_revisions::{Checksum, DialectName, RevisionGraph, Script, Source};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::bundle::{self, Bundle, BundleError, BundledFeature, BundledFile, VERSION};
use crate::config::{WorkspaceSettings, holds_password};
use crate::options::not_empty;
use crate::scaffold;
use crate::ui::{Outcome, Page, Text, plural};

/// Write one file with all scripts and settings, for `--bundle` where there is no cargo
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct MakeBundle {
    /// The file, as migrations.alembic; `-` for standard output
    #[arg(short, long, value_name = "FILE", value_parser = not_empty(), allow_hyphen_values = true)]
    #[arg(conflicts_with = "packages")]
    output: Utf8PathBuf,

    /// Show what would be written, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
The same workspace gives the same bytes. A password in the settings is refused. An older bundle
of the same name is replaced.

Examples:
  cargo alembic bundle -o migrations.alembic
  cargo-alembic --bundle migrations.alembic upgrade   where there is neither cargo nor source
  cargo-alembic --bundle migrations.alembic status    relative paths begin in the bundle's folder";

struct Made {
    /// Nothing for standard output.
    path: Option<Utf8PathBuf>,
    text: String,
    checksum: Checksum,
    features: Vec<String>,
    revisions: usize,
    dry_run: bool,
}

impl MakeBundle {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        let graph = app.graph()?;
        refuse_passwords(app.settings()?)?;
        let bundle = contents(app, &graph)?;
        let (text, checksum) = bundle::pack(&bundle);
        let path = Some(self.output).filter(|path| path != "-");
        if let Some(path) = &path {
            let absolute = app.environment.absolute(path);
            let before = in_place(&absolute, path)?;
            if !self.dry_run {
                scaffold::put_file(&absolute, before.as_deref(), &text)?;
                app.ui.status("Creating", path.as_str());
            }
        }
        let features = bundle.features.into_iter().map(|feature| feature.name).collect();
        Ok(Box::new(Made { path, text, checksum, features, revisions: graph.len(), dry_run: self.dry_run }))
    }
}

fn refuse_passwords(settings: &WorkspaceSettings) -> Result<(), BundleError> {
    let own = settings.database_url.iter().map(|url| ("database-url".to_owned(), url));
    let of_environments = settings.environments.iter().filter_map(|(name, environment)| {
        Some((format!("env.{name}.database-url"), environment.database_url.as_ref()?))
    });
    let keys: Vec<String> =
        own.chain(of_environments).filter(|(_, url)| holds_password(url)).map(|(key, _)| key).collect();
    if keys.is_empty() { Ok(()) } else { Err(BundleError::Password { keys }) }
}

/// Returns what goes into the bundle of this workspace.
fn contents(app: &App, graph: &RevisionGraph) -> Result<Bundle, Failure> {
    let workspace = app.workspace()?;
    let features = workspace.features().map(|feature| {
        let own = graph.nodes().map(|node| graph.script(node));
        let own: Vec<&Script> =
            own.map(AsRef::as_ref).filter(|script| *script.revision.feature == *feature.name).collect();
        Ok(BundledFeature {
            name: feature.name.clone(),
            settings: feature.metadata.clone(),
            scripts: own.iter().map(|script| bundled(script.source())).collect(),
            fixtures: fixtures(app, &own)?,
        })
    });
    let features = features.collect::<Result<_, Failure>>()?;
    Ok(Bundle { made_by: VERSION.to_owned(), settings: workspace.metadata.clone(), features })
}

/// Returns the rows that `verify` tries the scripts of a feature with.
fn fixtures(app: &App, scripts: &[&Script]) -> Result<Vec<BundledFile>, Failure> {
    let mut found = Vec::new();
    for script in scripts {
        let dialects = DialectName::ALL.into_iter().map(Some).chain([None]);
        for name in dialects.map(|dialect| fixture_name(&script.revision.id, dialect)) {
            found.extend(app.project()?.fixture(&script.revision.feature, &name)?.map(|source| bundled(&source)));
        }
    }
    Ok(found)
}

fn bundled(source: &Source) -> BundledFile {
    BundledFile { path: source.path.clone(), text: source.text.clone() }
}

/// Returns the bundle that is replaced, if there is one; fails for anything else of this name.
fn in_place(absolute: &Utf8Path, path: &Utf8Path) -> Result<Option<String>, BundleError> {
    if absolute.symlink_metadata().is_err() {
        return Ok(None);
    }
    // Nothing but a file is read: a device may never end.
    let text = if absolute.is_file() { std::fs::read_to_string(absolute).ok() } else { None };
    match text.filter(|text| text.is_empty() || bundle::is_bundle(text)) {
        Some(text) => Ok(Some(text)),
        None => Err(BundleError::InTheWay { path: path.to_owned() }),
    }
}

impl Outcome for Made {
    fn json(&self) -> Value {
        let mut document = json!({
            "command": "bundle",
            "dry_run": self.dry_run,
            "path": self.path,
            "features": self.features,
            "revisions": self.revisions,
            "bytes": self.text.len(),
            "checksum": self.checksum.to_string(),
        });
        if self.path.is_none() {
            document["text"] = json!(self.text);
        }
        document
    }

    fn render(&self, page: &mut Page) {
        let Some(path) = &self.path else { return page.verbatim(&self.text) };
        let content = format!("{} of {}", plural(self.revisions, "revision"), plural(self.features.len(), "feature"));
        page.line(Text::new().strong(path.as_str()).plain(format!(": {content}, {} bytes", self.text.len())));
    }
}
