//! Which dropped things are added ones with a new name: as models declare, as flags say, as a person answers.
//!
//! Never guessed: what is undecided stops the command. Read [`decide`] first.

use alembic_revisions::diagnose::nearest;
use alembic_revisions::{Code, Diagnose, Exit};
use alembic_schema::diff::{self, RenamePair, RenameQuestion, Renames};
use alembic_schema::{ObjectName, Schema, Wanted};

use super::names::{RenameFlag, Renamed, Unrenamed};
use crate::app::{App, Failure};
use crate::ui::ask::Select;

/// From this likeness on Enter means yes.
const LIKELY: f64 = 0.8;

/// What flags say of renames.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenameFlags<'a> {
    pub renames: &'a [RenameFlag],
    pub unrenamed: &'a [Unrenamed],
}

/// Returns the renames, asking for those that neither models nor flags decide.
pub fn decide(app: &App, current: &Schema, wanted: &Wanted, flags: RenameFlags<'_>) -> Result<Renames, Failure> {
    let mut renames = diff::declared_renames(current, &wanted.schema, &wanted.hints);
    for (place, flag) in flags.renames.iter().enumerate() {
        if let Some(other) = flags.renames[..place].iter().find(|other| contradict(other, flag)) {
            return Err(Contradiction { text: flag.text.clone(), other: other.text.clone() }.into());
        }
        add(&mut renames, flag, current, &wanted.schema)?;
    }
    while let Some(question) = diff::rename_questions(current, &wanted.schema, &renames).into_iter().next() {
        let before = renames.clone();
        match answered(&question, flags.unrenamed) {
            true => refuse(&mut renames, &question),
            false => ask(app, &mut renames, &question, flags)?,
        }
        if renames == before {
            break;
        }
    }
    Ok(renames)
}

/// True if two flags give one thing two names, or one name to two things.
fn contradict(one: &RenameFlag, other: &RenameFlag) -> bool {
    let share = |(from, to): (bool, bool)| from != to;
    match (&one.renamed, &other.renamed) {
        (Renamed::Table { from, to }, Renamed::Table { from: other_from, to: other_to }) => {
            share((from == other_from, to == other_to))
        }
        (
            Renamed::Column { table, from, to },
            Renamed::Column { table: other_table, from: other_from, to: other_to },
        ) => table == other_table && share((from == other_from, to == other_to)),
        _ => false,
    }
}

/// Adds what a flag says; both names must be there to be one.
fn add(renames: &mut Renames, flag: &RenameFlag, current: &Schema, wanted: &Schema) -> Result<(), UnknownName> {
    let unknown = |name: String, side, known: Vec<String>| {
        let near = nearest(&name, known.iter().map(String::as_str)).first().map(|near| (*near).to_owned());
        UnknownName { text: flag.text.clone(), name, side, near }
    };
    let need_table = |schema: &Schema, name: &ObjectName, side| match schema.tables.contains_key(name) {
        true => Ok(()),
        false => Err(unknown(name.to_string(), side, schema.tables.keys().map(ToString::to_string).collect())),
    };
    match &flag.renamed {
        Renamed::Table { from, to } => {
            need_table(current, from, Side::Database)?;
            need_table(wanted, to, Side::Models)?;
            renames.tables.insert(to.clone(), from.clone());
        }
        Renamed::Column { table, from, to } => {
            let new_of =
                |old: &ObjectName| renames.tables.iter().find(|(_, from)| *from == old).map(|(to, _)| to.clone());
            let table = new_of(table).unwrap_or_else(|| table.clone());
            need_table(wanted, &table, Side::Models)?;
            let old = renames.tables.get(&table).unwrap_or(&table);
            need_table(current, old, Side::Database)?;
            for (schema, table, column, side) in
                [(current, old, from, Side::Database), (wanted, &table, to, Side::Models)]
            {
                let columns = schema.tables.get(table).map(|table| table.columns.as_slice()).unwrap_or_default();
                if !columns.iter().any(|known| known.name == *column) {
                    let known = columns.iter().map(|column| format!("{table}.{}", column.name)).collect();
                    return Err(unknown(format!("{table}.{column}"), side, known));
                }
            }
            renames.columns.insert((table, to.clone()), from.clone());
        }
    }
    Ok(())
}

/// True if `--no-rename` names the new object, or each of the old ones.
fn answered(question: &RenameQuestion, unrenamed: &[Unrenamed]) -> bool {
    let names = |name: &str| unrenamed.iter().any(|flag| flag.0 == name);
    question.candidates.iter().all(|(pair, _)| names(&new_name(pair)) || names(&old_name(pair)))
}

fn refuse(renames: &mut Renames, question: &RenameQuestion) {
    renames.unrelated.extend(question.candidates.iter().map(|(pair, _)| pair.clone()));
}

fn accept(renames: &mut Renames, pair: &RenamePair) {
    match pair {
        RenamePair::Table { from, to } => _ = renames.tables.insert(to.clone(), from.clone()),
        RenamePair::Column { table, from, to } => {
            renames.columns.insert((table.clone(), to.clone()), from.clone());
        }
    }
}

fn ask(app: &App, renames: &mut Renames, question: &RenameQuestion, flags: RenameFlags<'_>) -> Result<(), Failure> {
    let Some((best, likeness)) = question.candidates.first() else { return Ok(()) };
    let new = new_name(best);
    let olds: Vec<String> = question.candidates.iter().map(|(pair, _)| old_name(pair)).collect();
    let given: Vec<&str> = flags.renames.iter().map(|flag| flag.text.as_str()).collect();
    let denied: Vec<&str> = flags.unrenamed.iter().map(|flag| flag.0.as_str()).collect();
    let words = question.candidates.iter().map(|(pair, _)| flag_text(pair)).collect::<Vec<_>>();
    let yes = |word: &String| app.words.with(&repeated("--rename", &given, word));
    let no = app.words.with(&repeated("--no-rename", &denied, &new));
    let dropped =
        if olds.len() == 1 { format!("{} is dropped", olds[0]) } else { "all of them are dropped".to_owned() };
    let select = Select {
        question: format!("Is {new} new, or renamed?"),
        items: olds.iter().map(|old| format!("renamed from {old}")).chain([format!("new; {dropped}")]).collect(),
        default: if *likeness > LIKELY { 0 } else { olds.len() },
        answers: words.iter().map(yes).chain([no]).collect(),
        ..Select::default()
    };
    let chosen = app.ui.ask().select(&select)?;
    match question.candidates.get(chosen) {
        Some((pair, _)) => {
            accept(renames, pair);
            app.words.answer(&["--rename", &words[chosen]]);
        }
        None => {
            refuse(renames, question);
            app.words.answer(&["--no-rename", &new]);
        }
    }
    Ok(())
}

/// Returns a flag that can be repeated with the values that were given and another one.
pub fn repeated<'a>(flag: &'a str, given: &[&'a str], value: &'a str) -> Vec<&'a str> {
    given.iter().copied().chain([value]).flat_map(|value| [flag, value]).collect()
}

fn new_name(pair: &RenamePair) -> String {
    match pair {
        RenamePair::Table { to, .. } => to.to_string(),
        RenamePair::Column { table, to, .. } => format!("{table}.{to}"),
    }
}

fn old_name(pair: &RenamePair) -> String {
    match pair {
        RenamePair::Table { from, .. } => from.to_string(),
        RenamePair::Column { table, from, .. } => format!("{table}.{from}"),
    }
}

fn flag_text(pair: &RenamePair) -> String {
    match pair {
        RenamePair::Table { from, to } => format!("{from}={to}"),
        RenamePair::Column { table, from, to } => format!("{table}.{from}={to}"),
    }
}

/// Two `--rename` that cannot both be.
#[derive(Debug, thiserror::Error)]
#[error("`--rename {text}` and `--rename {other}` cannot both be")]
pub struct Contradiction {
    text: String,
    other: String,
}

impl Diagnose for Contradiction {
    fn code(&self) -> Code {
        Code("A0812")
    }

    fn kind(&self) -> &'static str {
        "ContradictoryRenames"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(format!("leave out `--rename {}` or `--rename {}`", self.text, self.other))
    }
}

/// On which side of the comparison a name is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Database,
    Models,
}

/// `--rename` names what is not there.
#[derive(Debug, thiserror::Error)]
#[error("`--rename {text}`: {} `{name}`", match .side { Side::Database => "the schema has no", Side::Models => "no model declares" })]
pub struct UnknownName {
    text: String,
    name: String,
    side: Side,
    near: Option<String>,
}

impl Diagnose for UnknownName {
    fn code(&self) -> Code {
        Code("A0806")
    }

    fn kind(&self) -> &'static str {
        "UnknownName"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match &self.near {
            Some(near) => format!("did you mean `{near}`? write `--rename OLD=NEW` or `--rename TABLE.OLD=NEW`"),
            None => "write `--rename OLD=NEW` for a table, `--rename TABLE.OLD=NEW` for a column".to_owned(),
        })
    }
}
