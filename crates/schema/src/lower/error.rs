//! What can be wrong with models that are each well written: together, or for one database.

use alembic_revisions::DialectName;
use alembic_revisions::diagnose::{Code, Diagnose, Exit, Place, nearest};

use crate::schema::ObjectName;

/// A fault of the models.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the type `{written}` of `{table}.{column}` cannot be told: {reason}")]
    UnresolvedType { table: ObjectName, column: String, written: String, reason: String, example: String, place: Place },
    #[error("{dialect} has no column type for `{table}.{column}`: {reason}")]
    NoColumnType { dialect: DialectName, table: ObjectName, column: String, reason: String, help: String, place: Place },
    #[error("two models are the table `{table}`")]
    TableTwice { table: ObjectName, places: [Place; 2] },
    #[error("two enums are the type `{name}` and have different values")]
    EnumTwice { name: ObjectName, places: [Place; 2] },
    #[error("`{table}` has two columns `{column}`")]
    ColumnTwice { table: ObjectName, column: String, places: [Place; 2] },
    #[error("`{table}` has no columns")]
    NoColumns { table: ObjectName, place: Place },
    #[error("{user} names the column `{column}`, which `{table}` does not have")]
    UnknownColumn { user: &'static str, table: ObjectName, column: String, known: Vec<String>, place: Place },
    #[error("`{table}.{column}` belongs to the primary key and may be NULL")]
    NullableKey { table: ObjectName, column: String, place: Place },
    #[error("`{table}.{column}` {one} and {other}")]
    TwoValues { table: ObjectName, column: String, one: &'static str, other: &'static str, place: Place },
    #[error("`{table}` refers to `{target}`, which no model declares")]
    UnknownTarget { table: ObjectName, target: ObjectName, known: Vec<String>, place: Place },
    #[error("a foreign key of `{table}` has {columns} and refers to {referenced} of `{target}`")]
    CountsDiffer { table: ObjectName, target: ObjectName, columns: Count, referenced: Count, place: Place },
    #[error("`{table}` refers to `{target}`, which has no primary key")]
    NoTargetKey { table: ObjectName, target: ObjectName, place: Place },
    #[error("`{table}` refers to {columns} of `{target}`, which neither a primary key nor a unique constraint covers")]
    NotUnique { table: ObjectName, target: ObjectName, columns: String, help: String, places: [Place; 2] },
    #[error("`{table}.{column}` is {found}, but refers to `{target}.{referenced}`, which is {wanted}")]
    TypesDiffer {
        table: ObjectName,
        column: String,
        found: String,
        target: ObjectName,
        referenced: String,
        wanted: String,
        places: [Place; 2],
    },
    #[error("a foreign key sets `{table}.{column}` to NULL, which it may not be")]
    SetNullOnNotNull { table: ObjectName, column: String, places: [Place; 2] },
    #[error("two constraints or indexes of `{table}` have the name `{name}`")]
    NameTwice { table: ObjectName, name: String, place: Place },
    #[error("the name `{name}` is longer than the {limit} bytes that {dialect} keeps")]
    NameTooLong { dialect: DialectName, name: String, limit: usize, place: Place },
    #[error("`{table}.{column}` is {sql_type}, of which {dialect} can index only a part")]
    KeyWithoutLength { dialect: DialectName, table: ObjectName, column: String, sql_type: String, place: Place },
    #[error("the enum `{name}` has no values")]
    NoValues { name: String, place: Place },
    #[error("two values of the enum `{name}` are `{value}` in the database")]
    ValueTwice { name: String, value: String, place: Place },
    #[error("the default `{value}` of `{table}.{column}` is no value of its enum")]
    DefaultOutside { table: ObjectName, column: String, value: String, known: Vec<String>, place: Place },
}

/// A number of columns, as a fragment says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub usize);

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => f.write_str("one column"),
            count => write!(f, "{count} columns"),
        }
    }
}

impl Diagnose for ModelError {
    fn code(&self) -> Code {
        self.named().0
    }

    fn kind(&self) -> &'static str {
        self.named().1
    }

    fn exit(&self) -> Exit {
        Exit::Project
    }

    fn help(&self) -> Option<String> {
        use ModelError as E;
        let help = match self {
            E::UnresolvedType { example, .. } => format!("state it: `#[column(sql_type = \"{example}\")]`"),
            E::NoColumnType { help, .. } | E::NotUnique { help, .. } => help.clone(),
            E::TableTwice { .. } => "give one of them another `#[table(name = \"…\")]`, or remove it".to_owned(),
            E::EnumTwice { .. } => "give one of them another `#[sqlx(type_name = \"…\")]`".to_owned(),
            E::ColumnTwice { .. } => {
                "give one of them another `#[column(name = \"…\")]`, or `#[column(skip)]`".to_owned()
            }
            E::NoColumns { .. } => "add a field, or remove `derive(Table)`".to_owned(),
            E::UnknownColumn { column, known, .. } => near(column, known, "write the name of one of its columns"),
            E::NullableKey { .. } => "take the `Option` away, or write `#[column(not_null)]`".to_owned(),
            E::TwoValues { .. } => "leave out one of the two".to_owned(),
            E::UnknownTarget { target, known, .. } => near(
                &target.to_string(),
                known,
                "derive `Table` for it; with `#[table(external)]` if other hands migrate it",
            ),
            E::CountsDiffer { .. } => "name as many columns on both sides: `references = \"table(a, b)\"`".to_owned(),
            E::NoTargetKey { target, .. } => format!("name a unique column of it: `references = \"{target}.…\"`"),
            E::TypesDiffer { .. } => "give both columns the same type".to_owned(),
            E::SetNullOnNotNull { .. } => "make the field an `Option`, or choose another action".to_owned(),
            E::NameTwice { .. } => "give one of them another name".to_owned(),
            E::NameTooLong { .. } => "shorten it, or state a shorter one with `name = \"…\"`".to_owned(),
            E::NoValues { .. } => "add a variant".to_owned(),
            E::ValueTwice { .. } => "give one of them another `#[sqlx(rename = \"…\")]`".to_owned(),
            E::DefaultOutside { value, known, .. } => near(value, known, &format!("write one of {}", quoted(known))),
            E::KeyWithoutLength { column, .. } => {
                format!(
                    "give the column a length: `#[column(len = 255)]`; or index a part: `index({column}, len({column} = 64))`"
                )
            }
        };
        Some(help)
    }

    fn places(&self) -> Vec<Place> {
        use ModelError as E;
        match self {
            E::UnresolvedType { place, .. }
            | E::NoColumnType { place, .. }
            | E::NoColumns { place, .. }
            | E::UnknownColumn { place, .. }
            | E::NullableKey { place, .. }
            | E::TwoValues { place, .. }
            | E::UnknownTarget { place, .. }
            | E::CountsDiffer { place, .. }
            | E::NoTargetKey { place, .. }
            | E::NameTwice { place, .. }
            | E::NameTooLong { place, .. }
            | E::KeyWithoutLength { place, .. }
            | E::NoValues { place, .. }
            | E::ValueTwice { place, .. }
            | E::DefaultOutside { place, .. } => vec![place.clone()],
            E::TableTwice { places, .. }
            | E::EnumTwice { places, .. }
            | E::ColumnTwice { places, .. }
            | E::NotUnique { places, .. }
            | E::TypesDiffer { places, .. }
            | E::SetNullOnNotNull { places, .. } => places.to_vec(),
        }
    }
}

impl ModelError {
    fn named(&self) -> (Code, &'static str) {
        use ModelError as E;
        match self {
            E::UnresolvedType { .. } => (Code("A0730"), "UnresolvedType"),
            E::NoColumnType { .. } => (Code("A0731"), "NoColumnType"),
            E::TableTwice { .. } => (Code("A0732"), "TableTwice"),
            E::EnumTwice { .. } => (Code("A0733"), "EnumTwice"),
            E::ColumnTwice { .. } => (Code("A0734"), "ColumnTwice"),
            E::NoColumns { .. } => (Code("A0735"), "NoColumns"),
            E::UnknownColumn { .. } => (Code("A0736"), "UnknownColumn"),
            E::NullableKey { .. } => (Code("A0737"), "NullableKey"),
            E::TwoValues { .. } => (Code("A0738"), "TwoValues"),
            E::UnknownTarget { .. } => (Code("A0739"), "UnknownTarget"),
            E::CountsDiffer { .. } => (Code("A0740"), "CountsDiffer"),
            E::NoTargetKey { .. } => (Code("A0741"), "NoTargetKey"),
            E::NotUnique { .. } => (Code("A0742"), "NotUnique"),
            E::TypesDiffer { .. } => (Code("A0743"), "TypesDiffer"),
            E::SetNullOnNotNull { .. } => (Code("A0744"), "SetNullOnNotNull"),
            E::NameTwice { .. } => (Code("A0745"), "NameTwice"),
            E::NameTooLong { .. } => (Code("A0746"), "NameTooLong"),
            E::KeyWithoutLength { .. } => (Code("A0747"), "KeyWithoutLength"),
            E::NoValues { .. } => (Code("A0748"), "NoValues"),
            E::ValueTwice { .. } => (Code("A0749"), "ValueTwice"),
            E::DefaultOutside { .. } => (Code("A0750"), "DefaultOutside"),
        }
    }
}

/// Proposes the known name that was meant, or says something else.
fn near(written: &str, known: &[String], otherwise: &str) -> String {
    match nearest(written, known.iter().map(String::as_str)).first() {
        Some(name) => format!("did you mean `{name}`?"),
        None => otherwise.to_owned(),
    }
}

fn quoted(values: &[String]) -> String {
    values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the place with words beside it.
pub(super) fn labeled(place: &Place, label: &str) -> Place {
    Place { label: label.to_owned(), ..place.clone() }
}
