//! The database judges what text cannot: both sides of a table are made where nobody sees it, and read back.
//!
//! Read [`settled`] first.

use alembic_revisions::DialectName;
use alembic_schema::diff::Renames;
use alembic_schema::{Change, Delta, ObjectName, Schema, Table, settle};

use super::comparison::Comparison;
use super::sight::Sight;
use crate::app::{App, Failure};

/// Returns the wanted schema in the spelling of the current one wherever the database sees no difference.
pub fn settled(app: &App, sight: &mut Sight, comparison: &Comparison, renames: &Renames) -> Result<Schema, Failure> {
    let current = renamed(&comparison.current, renames);
    let mut wanted = comparison.wanted.schema.clone();
    // What has a new name finds its other side only now.
    comparison.backend.align(&current, &mut wanted);
    let tables = settle::unsettled(&current, &wanted);
    if !tables.is_empty() {
        let names = || tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match both_sides(app, sight, &current, &wanted, &tables)? {
            Judged::Settled(old, new) => settle::agree(&current, &mut wanted, &old, &new),
            Judged::ByText => {}
            Judged::Refused(reason) => {
                app.ui.warn(format!("{} compared by text alone, for the database refuses: {reason}", names()));
            }
            Judged::Restless => {
                settle::leave(&current, &mut wanted, &tables);
                let why = "the database spells them otherwise each time it is asked";
                app.ui.warn(format!("the expressions of {} are not compared and stay as they are: {why}", names()));
            }
        }
    }
    if comparison.backend.dialect() == DialectName::Postgres {
        judge_constants(app, sight, &current, &mut wanted)?;
    }
    Ok(wanted)
}

/// What came of asking the database.
enum Judged {
    /// Both sides in its own spelling.
    Settled(Schema, Schema),
    /// Here text alone decides.
    ByText,
    /// With its reason.
    Refused(String),
    /// Its own spelling does not stay.
    Restless,
}

/// Passes both sides of `tables` through the database until their spelling stays.
fn both_sides(
    app: &App,
    sight: &mut Sight,
    current: &Schema,
    wanted: &Schema,
    tables: &[ObjectName],
) -> Result<Judged, Failure> {
    let (mut old, mut new) = (settle::narrowed(current, tables), settle::narrowed(wanted, tables));
    for _ in 0..settle::ROUNDS {
        let before = (old.clone(), new.clone());
        for side in [&mut old, &mut new] {
            match sight.in_scratch(app, side)? {
                Ok(Some(scratch)) => settle::settle(side, &scratch),
                Ok(None) => return Ok(Judged::ByText),
                Err(reason) => return Ok(Judged::Refused(reason)),
            }
        }
        if settle::is_stable(&before.0, &old) && settle::is_stable(&before.1, &new) {
            return Ok(Judged::Settled(old, new));
        }
    }
    Ok(Judged::Restless)
}

/// Lets PostgreSQL compare literals by value: `5` and `5.0`.
fn judge_constants(app: &App, sight: &mut Sight, current: &Schema, wanted: &mut Schema) -> Result<(), Failure> {
    for pair in settle::constants(current, wanted) {
        let is_equal = sight.is_true(app, &pair.question())?;
        let column = wanted
            .tables
            .get_mut(&pair.table)
            .and_then(|table| table.columns.iter_mut().find(|column| column.name == pair.column));
        if let (true, Some(column)) = (is_equal, column) {
            column.default = Some(pair.current);
        }
    }
    Ok(())
}

/// Returns the schema under the new names, so that tables and columns find their other side.
fn renamed(current: &Schema, renames: &Renames) -> Schema {
    let mut schema = current.clone();
    let mut apply = |change: Option<Change>| {
        // A rename that does not fit is found when the changes are made.
        let _ = change.map(|change| schema.apply(&change));
    };
    for (to, from) in &renames.tables {
        apply(current.tables.get(from).map(|table| {
            let new = Table { name: to.clone(), ..table.clone() };
            Change::Table(Delta::Rename { from: table.clone(), to: new })
        }));
    }
    for ((table, to), from) in &renames.columns {
        let old = renames.tables.get(table).unwrap_or(table);
        apply(current.tables.get(old).and_then(|table| table.column(from)).map(|column| {
            let mut new = column.clone();
            new.name.clone_from(to);
            Change::Column { table: table.clone(), delta: Delta::Rename { from: column.clone(), to: new }, fill: None }
        }));
    }
    for ((of, to), from) in &renames.enum_values {
        apply(Some(Change::EnumValue { of: of.clone(), from: from.clone(), to: to.clone() }));
    }
    schema
}
