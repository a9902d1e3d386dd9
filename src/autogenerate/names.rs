//! The names in flags: `--rename players.name=game_name`, `--backfill players.level=1`.
//!
//! Text only; whether such a thing exists is decided where it is used. Read [`RenameFlag`] first.

use std::str::FromStr;

use alembic_schema::ObjectName;

/// `--rename OLD=NEW`, of a table or of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameFlag {
    /// As it was typed.
    pub text: String,
    pub renamed: Renamed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    Table { from: ObjectName, to: ObjectName },
    Column { table: ObjectName, from: String, to: String },
}

/// `--no-rename NAME`: a table or a column, by its old or its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrenamed(pub String);

/// `--backfill TABLE.COLUMN=EXPRESSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillFlag {
    pub table: ObjectName,
    pub column: String,
    pub expression: String,
    pub text: String,
}

impl FromStr for RenameFlag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write OLD=NEW for a table, TABLE.OLD=NEW for a column";
        let (old, new) = text.split_once('=').ok_or(FORM)?;
        let (old, new) = (old.trim(), new.trim());
        if old.split('.').chain(new.split('.')).any(str::is_empty) {
            return Err(FORM);
        }
        // A new name with a schema can only be a table's.
        let renamed = match (old.rsplit_once('.'), new.contains('.')) {
            (Some((table, from)), false) => {
                Renamed::Column { table: object(table), from: from.to_owned(), to: new.to_owned() }
            }
            _ => Renamed::Table { from: object(old), to: object(new) },
        };
        Ok(RenameFlag { text: text.to_owned(), renamed })
    }
}

impl FromStr for Unrenamed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.contains('=') {
            return Err("write TABLE, or TABLE.COLUMN");
        }
        Ok(Unrenamed(text.to_owned()))
    }
}

impl FromStr for BackfillFlag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write TABLE.COLUMN=EXPRESSION";
        let (name, expression) = text.split_once('=').ok_or(FORM)?;
        let (table, column) = name.trim().rsplit_once('.').ok_or(FORM)?;
        let expression = expression.trim().to_owned();
        if table.is_empty() || column.is_empty() || expression.is_empty() {
            return Err(FORM);
        }
        Ok(BackfillFlag { table: object(table), column: column.to_owned(), expression, text: text.to_owned() })
    }
}

/// Returns `schema.name` or `name` as a name.
pub fn object(text: &str) -> ObjectName {
    match text.split_once('.') {
        Some((schema, name)) => ObjectName { schema: Some(schema.to_owned()), name: name.to_owned() },
        None => ObjectName::new(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_of_tables_and_columns() {
        let table = |from: &str, to: &str| Some(Renamed::Table { from: object(from), to: object(to) });
        let column = |table: &str, from: &str, to: &str| {
            Some(Renamed::Column { table: object(table), from: from.into(), to: to.into() })
        };
        for (text, expected) in [
            ("scores=smurf_scores", table("scores", "smurf_scores")),
            ("players.name=game_name", column("players", "name", "game_name")),
            ("app.players.name=game_name", column("app.players", "name", "game_name")),
            ("app.scores=app.smurf_scores", table("app.scores", "app.smurf_scores")),
            ("scores", None),
            ("=b", None),
            ("a.=b", None),
            ("a=", None),
        ] {
            assert_eq!(text.parse::<RenameFlag>().ok().map(|flag| flag.renamed), expected, "{text}");
        }
    }

    #[test]
    fn a_backfill_is_an_expression() {
        let flag: BackfillFlag = "players.level=coalesce(old_level, a = b)".parse().unwrap();
        assert_eq!((flag.table, flag.column.as_str()), (object("players"), "level"));
        assert_eq!(flag.expression, "coalesce(old_level, a = b)");
        for text in ["players=1", "players.level", "players.level=", ".x=1"] {
            assert!(text.parse::<BackfillFlag>().is_err(), "{text}");
        }
    }
}
