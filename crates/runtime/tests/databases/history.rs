//! A linear history of revisions, built from strings, and its plans.

use std::sync::Arc;

use alembic_revisions::plan::{RowsChange, Step};
use alembic_revisions::{
    DialectName, Direction, Plan, Revision, RevisionId, Script, Section, SectionSettings, Source, Statement,
};

struct Entry {
    script: Arc<Script>,
    up: Vec<Statement>,
    down: Vec<Statement>,
    transaction: bool,
    rebuild: bool,
}

/// Revisions that stand on each other in the order in which they were added.
pub struct History {
    dialect: DialectName,
    entries: Vec<Entry>,
}

impl History {
    pub fn new(dialect: DialectName) -> Self {
        History { dialect, entries: Vec::new() }
    }

    pub fn revision(self, id: &str, up: &[&str]) -> Self {
        self.reversible(id, up, &[])
    }

    pub fn reversible(mut self, id: &str, up: &[&str], down: &[&str]) -> Self {
        // The comment moves everything by bytes and characters that differ.
        let mut text = format!("-- Révision {id} ✓\n\n");
        let mut ranges = Vec::new();
        let mut sections = Vec::new();
        for (direction, name, section) in [(Direction::Up, "upgrade", up), (Direction::Down, "downgrade", down)] {
            let marker = text.len();
            text.push_str(&format!("-- [{name}]\n"));
            let body = text.len();
            for sql in section {
                ranges.push(text.len()..text.len() + sql.len());
                text.push_str(sql);
                text.push_str(if sql.contains("--") { "\n;\n" } else { ";\n" });
            }
            let (marker, body) = ((marker..body).into(), (body..text.len()).into());
            sections.push(Section { direction, dialect: None, marker, body, settings: SectionSettings::default() });
        }
        let source = Arc::new(Source { path: format!("migrations/{id}.sql").into(), text });
        let statement = |range| Statement::of(source.clone(), range);
        let mut statements: Vec<Statement> = ranges.into_iter().map(statement).collect();
        let down = statements.split_off(up.len());
        let revision = Revision { source: source.clone(), ..Revision::new(id.parse().unwrap()) };
        let script = Arc::new(Script { revision, sections });
        self.entries.push(Entry { script, up: statements, down, transaction: true, rebuild: false });
        self
    }

    /// Says `transaction = false` for the last revision.
    pub fn without_transaction(mut self) -> Self {
        self.entries.last_mut().unwrap().transaction = false;
        self
    }

    /// Says `rebuild = true` for the last revision.
    pub fn rebuilding(mut self) -> Self {
        self.entries.last_mut().unwrap().rebuild = true;
        self
    }

    /// Says of the last revision's upgrade whether it breaks programs that do not know it.
    pub fn breaking(mut self, breaking: bool) -> Self {
        let script = Arc::make_mut(&mut self.entries.last_mut().unwrap().script);
        script.sections[0].settings.breaking = Some(breaking);
        self
    }

    /// Revisions that each note that they ran in the table `runs`.
    pub fn counting(self, ids: &[&str]) -> Self {
        let mut history = self.revision("r0", &["CREATE TABLE runs (revision varchar(32))"]);
        for id in ids {
            let (create, note) = (format!("CREATE TABLE t_{id} (id int)"), format!("INSERT INTO runs VALUES ('{id}')"));
            history = history.revision(id, &[&create, &note]);
        }
        history
    }

    /// Returns the plan from `rows` to the last revision.
    pub fn upgrade(&self, rows: &[&str]) -> Plan {
        let at = self.position(rows);
        self.plan(at, at..self.entries.len(), Direction::Up)
    }

    /// Returns the plan from `rows` to the base.
    pub fn downgrade(&self, rows: &[&str]) -> Plan {
        let at = self.position(rows);
        self.plan(at, (0..at).rev(), Direction::Down)
    }

    pub fn stamp(&self, from: &[&str], change: RowsChange) -> Plan {
        let from = from.iter().map(|row| row.parse().unwrap()).collect();
        Plan {
            dialect: self.dialect,
            from,
            to: Vec::new(),
            steps: Vec::new(),
            stamp: Some(change),
            purge: false,
            applied: Vec::new(),
        }
    }

    fn position(&self, rows: &[&str]) -> usize {
        let Some(row) = rows.first() else { return 0 };
        1 + self.entries.iter().position(|entry| entry.script.revision.id.as_str() == *row).expect("a known row")
    }

    fn id(&self, position: usize) -> Option<RevisionId> {
        position.checked_sub(1).map(|index| self.entries[index].script.revision.id.clone())
    }

    fn plan(&self, at: usize, indices: impl Iterator<Item = usize>, direction: Direction) -> Plan {
        let steps: Vec<Step> = indices
            .map(|index| {
                let entry = &self.entries[index];
                let (below, own) = (self.id(index), self.id(index + 1));
                let (old, new, statements) = match direction {
                    Direction::Up => (below, own, &entry.up),
                    Direction::Down => (own, below, &entry.down),
                };
                let (script, statements) = (entry.script.clone(), statements.clone());
                let (transaction, change) = (entry.transaction, change(old, new));
                Step { direction, script, statements, transaction, rebuild: entry.rebuild, rust: false, change }
            })
            .collect();
        let to = match direction {
            Direction::Up => self.id(self.entries.len()),
            Direction::Down => None,
        };
        let applied = self.entries[..at].iter().map(|entry| entry.script.clone()).collect();
        let list = |id: Option<RevisionId>| id.into_iter().collect();
        Plan { dialect: self.dialect, from: list(self.id(at)), to: list(to), steps, stamp: None, purge: false, applied }
    }
}

fn change(old: Option<RevisionId>, new: Option<RevisionId>) -> RowsChange {
    match (old, new) {
        (Some(old), Some(new)) => RowsChange { update: Some((old, new)), ..RowsChange::default() },
        (old, new) => RowsChange { delete: old.into_iter().collect(), insert: new.into_iter().collect(), update: None },
    }
}
