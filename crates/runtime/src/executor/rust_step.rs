//! Rust code of an application that runs behind a revision's SQL, in the revision's transaction.
//!
//! Which revisions want some is in the plan; who has it is in [`RustSteps`]. Read [`RustSteps`] first.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use alembic_revisions::diagnose::{Code, Diagnose, Exit, Place};
use alembic_revisions::{DialectName, Plan, Step};

use super::run::{Run, Work};
use crate::session::{DatabaseError, ErrorKind, StepConnection, database_error};

/// Any error of an application.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Rust code at work.
pub type StepFuture<'a> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 'a>>;

type StepCode = dyn for<'a, 's> Fn(&'a mut StepConnection<'s>) -> StepFuture<'a> + Send + Sync;

/// The Rust code that a program has for revisions, by their ids.
#[derive(Clone, Default)]
pub struct RustSteps {
    registered: BTreeMap<String, Arc<StepCode>>,
    others: Others,
}

/// What becomes of a step whose code nobody registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Others {
    #[default]
    Refused,
    LeftOut,
}

impl RustSteps {
    /// Returns what leaves all Rust code out, for trying the SQL of revisions in a scratch database.
    pub fn left_out() -> Self {
        RustSteps { registered: BTreeMap::new(), others: Others::LeftOut }
    }

    /// Adds the code of a revision.
    pub fn add<F>(&mut self, revision: impl Into<String>, code: F)
    where
        F: for<'a, 's> Fn(&'a mut StepConnection<'s>) -> StepFuture<'a> + Send + Sync + 'static,
    {
        self.registered.insert(revision.into(), Arc::new(code));
    }

    /// Returns the revisions that have code.
    pub fn revisions(&self) -> impl Iterator<Item = &str> {
        self.registered.keys().map(String::as_str)
    }

    /// Refuses a plan that needs code which is not here; nothing has run.
    pub fn refuse_missing(&self, plan: &Plan) -> Result<(), MissingStep> {
        let is_missing = |step: &&Step| step.rust && !self.registered.contains_key(step.script.revision.id.as_str());
        let missing: Vec<Step> = match self.others {
            Others::LeftOut => Vec::new(),
            Others::Refused => plan.steps.iter().filter(is_missing).cloned().collect(),
        };
        if missing.is_empty() { Ok(()) } else { Err(MissingStep { steps: missing, dialect: plan.dialect }) }
    }
}

impl fmt::Debug for RustSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.registered.keys()).finish()
    }
}

/// True if Rust code runs for this work.
pub(super) fn is_wanted(run: &Run<'_>, work: Work<'_>) -> bool {
    work.step.is_some_and(|step| step.rust) && run.options.rust.others == Others::Refused
}

/// Runs the code of a work, on the session that has the work's transaction open.
pub(super) async fn run(run: &mut Run<'_>, work: Work<'_>) -> Result<(), RustFailure> {
    let Some(step) = work.step else { return Ok(()) };
    let revision = &step.script.revision.id;
    let Some(code) = run.options.rust.registered.get(revision.as_str()).cloned() else { return Ok(()) };
    let dialect = run.table.dialect().name();
    let cancel = &run.options.cancel;
    let mut connection = StepConnection { session: &mut *run.session, revision, direction: step.direction, cancel };
    code(&mut connection).await.map_err(|error| RustFailure::of(error, dialect))
}

/// Why Rust code failed.
#[derive(Debug)]
pub struct RustFailure {
    error: BoxError,
    /// What the database answered, if that is why.
    database: Option<DatabaseError>,
}

impl RustFailure {
    fn of(error: BoxError, dialect: DialectName) -> Self {
        let database = database_error(&*error, dialect);
        RustFailure { error, database }
    }

    /// Returns the failure of code that went on after a query of it had failed.
    pub(super) fn unheard(error: DatabaseError) -> Self {
        let text = format!("it went on after one of its statements had failed: {error}");
        RustFailure { error: text.into(), database: Some(error) }
    }

    pub(super) fn database(&self) -> Option<&DatabaseError> {
        self.database.as_ref()
    }

    /// Returns the errors behind the first one.
    pub(super) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.error.source();
        while let Some(error) = next {
            causes.push(format!("caused by: {error}"));
            next = error.source();
        }
        causes
    }

    /// True if SQLite undoes the transaction by itself after this error.
    pub(super) fn undoes_by_itself(&self) -> bool {
        let code = self.database.as_ref().and_then(|error| error.code.as_deref());
        let code: Option<u32> = code.and_then(|code| code.strip_prefix("SQLite code ")?.parse().ok());
        // Out of memory, interrupted, I/O, full.
        let busy = self.database.as_ref().is_some_and(|error| error.kind == ErrorKind::Busy);
        busy || matches!(code.map(|code| code & 0xff), Some(7 | 9 | 10 | 13))
    }
}

impl fmt::Display for RustFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Revisions of a plan want Rust code that this program does not have.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} Rust code that this program does not have", names(.steps))]
pub struct MissingStep {
    steps: Vec<Step>,
    dialect: DialectName,
}

fn names(steps: &[Step]) -> String {
    let names: Vec<String> = steps.iter().map(|step| format!("`{}`", step.script.revision.id)).collect();
    format!("{} {}", names.join(", "), if steps.len() == 1 { "needs" } else { "need" })
}

impl Diagnose for MissingStep {
    fn code(&self) -> Code {
        Code("A0533")
    }

    fn kind(&self) -> &'static str {
        "MissingStep"
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        let id = self.steps.first().map_or("", |step| step.script.revision.id.as_str());
        Some(format!(
            "start the application that has the code: it registers it with `Migrator::step(\"{id}\", …)`, and applies the \
             revision when it starts"
        ))
    }

    fn notes(&self) -> Vec<String> {
        vec!["nothing was run".to_owned()]
    }

    fn places(&self) -> Vec<Place> {
        let place = |step: &Step| {
            let section = step.script.section(step.direction, self.dialect)?;
            let label = "this section says `rust = true`".to_owned();
            Some(Place { label, ..Place::new(Arc::clone(step.script.source()), section.marker) })
        };
        self.steps.iter().filter_map(place).collect()
    }
}
