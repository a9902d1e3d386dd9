//! The table that says which revisions a database has, and the tables beside it: the lock's and the journal's two.
//!
//! Reading makes nothing; [`VersionTable::ensure`] is for runs that apply something. Rows are compared as text, never
//! by prefix, and change only by statements that must each affect exactly one row. Read [`read_rows`] first.

mod catalog;
mod fault;
pub(crate) mod lock;
mod widening;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use alembic_revisions::DialectName;
use alembic_revisions::dialect::{Dialect, TableName};
use alembic_revisions::plan::RowsChange;

use crate::journal::history::{self, Shape};
use crate::journal::{History, progress};
use crate::session::{DatabaseError, ErrorKind, Row, Session};

pub use fault::VersionTableError;
pub(crate) use fault::help;

/// How long a read waits for a SQLite writer that does not let readers in.
const READ_PATIENCE: Duration = Duration::from_secs(30);
/// What stands behind the version table's name in its own name and those of the tables beside it.
const SUFFIXES: [&str; 4] = ["", LOCK, HISTORY, PROGRESS];
const LOCK: &str = "_lock";
const HISTORY: &str = "_history";
const PROGRESS: &str = "_progress";
/// `CREATE TABLE IF NOT EXISTS` fails in races; the table then exists.
const CREATE_ATTEMPTS: usize = 20;

/// Returns the rows of the version table, in the order of their text; none if there is no table.
pub async fn read_rows(session: &mut dyn Session, table: &TableName) -> Result<Vec<String>, VersionTableError> {
    let found = VersionTable::find(session, table).await?;
    found.rows(session).await
}

/// True for the name of the version table and of those beside it.
pub fn is_bookkeeping(table: &TableName, name: &str) -> bool {
    SUFFIXES.iter().any(|suffix| table.beside(suffix).name == name)
}

/// Makes the version table and those beside it where they are missing, as `ensure-version` does.
pub async fn ensure(session: &mut dyn Session, table: &TableName, history: History) -> Result<(), VersionTableError> {
    let mut found = VersionTable::find(session, table).await?;
    let since = Instant::now();
    loop {
        match found.ensure(session, history).await {
            Err(error) if error.is_busy() && since.elapsed() < READ_PATIENCE => pause().await,
            ensured => return ensured,
        }
    }
}

/// The version table of one database, with its schema resolved once: a script may change `search_path`.
#[derive(Clone)]
pub struct VersionTable {
    dialect: &'static dyn Dialect,
    name: TableName,
    exists: bool,
    journal: Journal,
}

/// Which tables of the journal a run can use.
#[derive(Clone, Copy, Debug, Default)]
struct Journal {
    history: Option<Shape>,
    progress: bool,
}

impl VersionTable {
    /// Looks the table up and checks its shape.
    pub async fn find(session: &mut dyn Session, table: &TableName) -> Result<Self, VersionTableError> {
        let dialect = session.dialect();
        let found = patiently(session, &catalog::find(dialect, table)).await?;
        let row = found.into_iter().next().unwrap_or_default();
        let [schema, kind, columns] = row.try_into().unwrap_or_default();
        let name = TableName { schema: table.schema.clone().or(schema), name: table.name.clone() };
        let Some(kind) = kind else {
            return Ok(VersionTable { dialect, name, exists: false, journal: Journal::default() });
        };
        if !catalog::is_table(dialect, &kind) {
            return Err(VersionTableError::NotATable { table: name });
        }
        let columns: Vec<String> = columns.unwrap_or_default().split(',').map(str::to_owned).collect();
        if !columns.iter().any(|column| column.eq_ignore_ascii_case("version_num")) {
            return Err(VersionTableError::WrongColumns { table: name, found: columns });
        }
        Ok(VersionTable { dialect, name, exists: true, journal: Journal::default() })
    }

    /// Returns the rows without taking a lock.
    pub async fn rows(&self, session: &mut dyn Session) -> Result<Vec<String>, VersionTableError> {
        if !self.exists {
            return Ok(Vec::new());
        }
        let rows = patiently(session, &self.select()).await?;
        self.texts(rows)
    }

    /// Makes what is missing. Looks first: whoever may not create tables can still upgrade.
    ///
    /// Waits for no writer of SQLite.
    pub async fn ensure(&mut self, session: &mut dyn Session, wish: History) -> Result<(), VersionTableError> {
        if !self.exists {
            self.need_schema()?;
            create(session, &self.dialect.create_version_table(&self.name)).await?;
            self.exists = true;
        }
        let dialect = self.dialect;
        let beside = [self.lock_name(), self.progress_name(), self.history_name()];
        let [lock, progress, history] = &beside;
        let queries = [dialect.table_exists(lock), dialect.table_exists(progress), catalog::columns(dialect, history)];
        let queries = queries.map(|query| format!("({query})"));
        let found = patiently(session, &format!("SELECT {}", queries.join(", "))).await?;
        let found = found.into_iter().next().unwrap_or_default();
        let is_there = |index: usize| found.get(index).is_some_and(|value| value.as_deref() == Some("1"));
        // The write lock of SQLite dies with its process; nothing else is needed.
        if dialect.name() != DialectName::Sqlite && !is_there(0) {
            create(session, &lock::create(dialect, lock)).await?;
        }
        let mut made = Ok(());
        if !is_there(1) {
            made = create(session, &progress::create(dialect, progress)).await;
        }
        self.journal.progress = made.is_ok();
        match made {
            // Only revisions that no transaction surrounds need it.
            Err(VersionTableError::Database(error)) if wish == History::Off && error.kind == ErrorKind::Denied => {}
            Err(error) => return Err(self.no_history(error)),
            Ok(()) => {}
        }
        if wish == History::Required {
            let columns = found.into_iter().nth(2).flatten();
            let shape = match columns {
                Some(columns) => widening::widen(session, dialect, history, columns).await,
                None => create(session, &history::create(dialect, history)).await.map(|()| Shape::Wide),
            };
            self.journal.history = Some(shape.map_err(|error| self.no_history(error))?);
        }
        Ok(())
    }

    /// Returns the error of a run that cannot keep its history.
    pub(crate) fn no_history(&self, error: VersionTableError) -> VersionTableError {
        match error {
            VersionTableError::Database(error) if !error.is_transient() => {
                VersionTableError::NoHistory { table: self.history_name(), error: Box::new(error) }
            }
            error => error,
        }
    }

    /// Puts back the lock's one row, which may be missing when the table is new or was emptied by hand.
    pub(crate) async fn ensure_lock_row(&self, session: &mut dyn Session) -> Result<(), VersionTableError> {
        create(session, &lock::insert(self.dialect, &self.lock_name())).await
    }

    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    /// Returns the table's name as SQL.
    pub(crate) fn sql(&self) -> String {
        self.dialect.table(&self.name)
    }

    pub(crate) fn name(&self) -> &TableName {
        &self.name
    }

    pub(crate) fn lock_name(&self) -> TableName {
        self.name.beside(LOCK)
    }

    pub(crate) fn history_name(&self) -> TableName {
        self.name.beside(HISTORY)
    }

    pub(crate) fn progress_name(&self) -> TableName {
        self.name.beside(PROGRESS)
    }

    /// Returns the tables beside this one, and the columns that runs ask them for.
    pub(crate) fn beside(&self) -> [(TableName, &'static str); 3] {
        [
            (self.lock_name(), lock::COLUMNS),
            (self.progress_name(), progress::COLUMNS),
            (self.history_name(), history::COLUMNS),
        ]
    }

    /// True if this run keeps a history.
    pub(crate) fn keeps_history(&self) -> bool {
        self.journal.history.is_some()
    }

    /// Returns the shape of the history that this run keeps.
    pub(crate) fn kept_history(&self) -> Option<Shape> {
        self.journal.history
    }

    /// Looks at the history; none if there is no such table.
    pub(crate) async fn history_shape(&self, session: &mut dyn Session) -> Result<Option<Shape>, VersionTableError> {
        let columns = patiently(session, &catalog::columns(self.dialect, &self.history_name())).await?;
        Ok(first_value(columns).map(|columns| Shape::of(&columns)))
    }

    /// True if a run has made sure that there is a table for the progress.
    pub(crate) fn keeps_progress(&self) -> bool {
        self.journal.progress
    }

    /// True if the database has this table.
    pub(crate) async fn has(&self, session: &mut dyn Session, table: &TableName) -> Result<bool, VersionTableError> {
        let found = patiently(session, &self.dialect.table_exists(table)).await?;
        Ok(first_value(found).as_deref() == Some("1"))
    }

    /// Asks without a lock.
    pub(crate) async fn read(&self, session: &mut dyn Session, query: &str) -> Result<Vec<Row>, VersionTableError> {
        Ok(patiently(session, query).await?)
    }

    pub(crate) fn lock_sql(&self) -> String {
        self.dialect.table(&self.lock_name())
    }

    pub(crate) fn select(&self) -> String {
        self.dialect.select_rows(&self.name)
    }

    /// Returns a query whose one value is 1 if the table holds exactly these rows, else 0.
    pub(crate) fn holds(&self, rows: &Rows) -> String {
        let literals: Vec<String> = rows.iter().map(|row| self.dialect.literal(row)).collect();
        let (table, count) = (self.sql(), rows.len());
        let known =
            if literals.is_empty() { "0".to_owned() } else { format!("version_num IN ({})", literals.join(", ")) };
        format!("SELECT count(*) = {count} AND total({known}) = {count} FROM {table}")
    }

    /// Reads the rows that [`VersionTable::select`] answered.
    pub(crate) fn texts(&self, rows: Vec<Row>) -> Result<Vec<String>, VersionTableError> {
        let text = |row: Row| row.into_iter().next().flatten();
        let null = || VersionTableError::NullRow { table: self.name.clone() };
        rows.into_iter().map(|row| text(row).ok_or_else(null)).collect()
    }

    /// Returns the statements of a change, in Alembic's order; each must affect exactly one row.
    pub(crate) fn change(&self, change: &RowsChange) -> Vec<String> {
        let deletes = change.delete.iter().map(|row| self.dialect.delete_row(&self.name, row));
        let update = change.update.iter().map(|(old, new)| self.dialect.update_row(&self.name, old, new));
        let inserts = change.insert.iter().map(|row| self.dialect.insert_row(&self.name, row));
        deletes.chain(update).chain(inserts).collect()
    }

    pub(crate) fn delete_all(&self) -> String {
        self.dialect.delete_all_rows(&self.name)
    }

    fn need_schema(&self) -> Result<(), VersionTableError> {
        match (self.dialect.name(), &self.name.schema) {
            (DialectName::Postgres, None) => Err(VersionTableError::NoSchema),
            (DialectName::Mysql, None) => Err(VersionTableError::NoDatabase),
            _ => Ok(()),
        }
    }
}

/// The rows of the version table as a set.
pub(crate) type Rows = BTreeSet<String>;

/// Returns the rows after `change`.
pub(crate) fn after(rows: &Rows, change: &RowsChange) -> Rows {
    let mut after = rows.clone();
    let updated = change.update.iter();
    for old in change.delete.iter().chain(updated.clone().map(|(old, _)| old)) {
        after.remove(old.as_str());
    }
    after.extend(change.insert.iter().chain(updated.map(|(_, new)| new)).map(|new| new.as_str().to_owned()));
    after
}

pub(crate) fn first_value(rows: Vec<Row>) -> Option<String> {
    rows.into_iter().next()?.into_iter().next()?
}

async fn patiently(session: &mut dyn Session, sql: &str) -> Result<Vec<Row>, DatabaseError> {
    let since = Instant::now();
    loop {
        match session.rows(sql).await {
            Err(error) if error.kind == ErrorKind::Busy && since.elapsed() < READ_PATIENCE => pause().await,
            answer => return answer,
        }
    }
}

async fn create(session: &mut dyn Session, sql: &str) -> Result<(), VersionTableError> {
    let mut attempts = 0;
    loop {
        match session.execute(sql).await {
            Ok(_) => return Ok(()),
            Err(error) => {
                let is_raced = error.is_transient() || error.kind == ErrorKind::AlreadyExists;
                if !is_raced || error.kind == ErrorKind::Busy || attempts == CREATE_ATTEMPTS {
                    return Err(error.into());
                }
            }
        }
        attempts += 1;
        pause().await;
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(10..40))).await;
}

#[cfg(test)]
mod tests;
