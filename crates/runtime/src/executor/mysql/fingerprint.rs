//! What a statement would change, as a query for a number: equal numbers before and after mean that it did nothing.
//!
//! Only the objects that the statement names are looked at, one by one, because that is what `information_schema` does
//! quickly. Read [`Effect::of`] first.

use std::collections::BTreeSet;

use alembic_revisions::DialectName;
use alembic_revisions::dialect::Dialect;
use alembic_revisions::split::{SplitRules, tokens};

/// What is known of a statement that commits by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changes the definitions of objects that it names.
    Objects { kind: Kind, names: BTreeSet<Name>, drops_several: bool },
    /// Doing it twice is doing it once.
    Repeatable,
    /// It may do anything, and commit in its midst.
    Routine,
    /// It takes effect as a whole or not at all, and leaves no trace that could be compared.
    Other,
}

/// Which catalogues tell of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Trigger,
    Routine,
    Event,
}

/// An object's name; without a schema it is in the current database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    schema: Option<String>,
    name: String,
}

/// More names than a statement has objects; a data statement may quote thousands.
const MOST_NAMES: usize = 40;

impl Effect {
    pub fn of(sql: &str) -> Self {
        let rules = SplitRules::of(DialectName::Mysql);
        let tokens: Vec<&str> = tokens(sql, &rules).collect();
        let upper: Vec<String> = tokens.iter().take(12).map(|token| token.to_ascii_uppercase()).collect();
        let at = |index: usize| upper.get(index).map_or("", String::as_str);
        match at(0) {
            "CREATE" | "ALTER" | "DROP" | "RENAME" => {}
            "SET" | "USE" | "ANALYZE" | "OPTIMIZE" | "CHECK" | "FLUSH" | "LOCK" | "UNLOCK" | "TRUNCATE" | "DO" => {
                return Effect::Repeatable;
            }
            "CALL" | "EXECUTE" | "BEGIN" | "IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "FOR" => {
                return Effect::Routine;
            }
            // An executable comment.
            _ if at(0).starts_with("/*") => return Effect::Routine,
            _ => return Effect::Other,
        }
        let kind = upper.iter().skip(1).find_map(|word| match word.as_str() {
            "TABLE" | "TABLES" | "INDEX" | "VIEW" | "SEQUENCE" => Some(Kind::Table),
            "TRIGGER" => Some(Kind::Trigger),
            "PROCEDURE" | "FUNCTION" | "PACKAGE" => Some(Kind::Routine),
            "EVENT" => Some(Kind::Event),
            _ => None,
        });
        let lists = matches!(at(0), "DROP" | "RENAME");
        let names = names(&tokens, lists);
        match kind {
            Some(kind) if !names.is_empty() && names.len() <= MOST_NAMES => {
                Effect::Objects { kind, drops_several: at(0) == "DROP" && tokens.contains(&","), names }
            }
            _ => Effect::Other,
        }
    }

    /// Returns the number as SQL; NULL if there is nothing to compare.
    pub fn fingerprint(&self, dialect: &dyn Dialect) -> String {
        match self {
            Effect::Objects { kind, names, .. } => {
                let parts: Vec<String> = names.iter().flat_map(|name| kind.parts(name, dialect)).collect();
                format!("SHA1(CONCAT_WS(':', {}))", parts.join(", "))
            }
            Effect::Repeatable | Effect::Routine | Effect::Other => "NULL".to_owned(),
        }
    }
}

/// Returns the names behind the words that objects stand behind; more than there are does no harm.
fn names(tokens: &[&str], lists: bool) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].to_ascii_uppercase();
        at += 1;
        let announces = matches!(
            word.as_str(),
            "TABLE"
                | "TABLES"
                | "EXISTS"
                | "ON"
                | "VIEW"
                | "SEQUENCE"
                | "TRIGGER"
                | "PROCEDURE"
                | "FUNCTION"
                | "EVENT"
                | "TO"
                | "RENAME"
                | "PACKAGE"
                | "BODY"
                | "AS"
        ) || lists && word == ",";
        if !announces {
            continue;
        }
        let mut parts = Vec::new();
        while let Some(name) = tokens.get(at).copied().and_then(identifier) {
            parts.push(name);
            if tokens.get(at + 1) != Some(&".") {
                break;
            }
            at += 2;
        }
        if let Some(name) = parts.pop() {
            names.insert(Name { schema: parts.pop(), name });
        }
    }
    names
}

/// Returns the identifier that a token is.
fn identifier(token: &str) -> Option<String> {
    let quoted = |quote: char| token.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(quoted) = quoted('`') {
        return Some(quoted.replace("``", "`"));
    }
    if let Some(quoted) = quoted('"') {
        return Some(quoted.replace("\"\"", "\""));
    }
    let is_word = token.starts_with(|first: char| first.is_alphanumeric() || first == '_');
    // These stand where a name could, and are none without quotes.
    let is_keyword = ["IF", "TABLE", "COLUMN", "INDEX", "KEY"].iter().any(|word| token.eq_ignore_ascii_case(word));
    (is_word && !is_keyword).then(|| token.to_owned())
}

impl Kind {
    /// Returns a scalar query for each catalogue: how many rows, and the exclusive or of their hashes.
    fn parts(self, name: &Name, dialect: &dyn Dialect) -> Vec<String> {
        let catalogues: &[(&str, &str, &str, &str)] = match self {
            Kind::Table => TABLE,
            Kind::Trigger => TRIGGER,
            Kind::Routine => ROUTINE,
            Kind::Event => EVENT,
        };
        let schema = name.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |name| dialect.literal(name));
        let name = dialect.literal(&name.name);
        let part = |(catalogue, schema_column, name_column, columns): &(&str, &str, &str, &str)| {
            let columns: Vec<String> =
                columns.split(' ').map(|column| format!("COALESCE({column}, '\u{1}')")).collect();
            format!(
                "(SELECT CONCAT(COUNT(*), '/', COALESCE(BIT_XOR(CAST(CONV(LEFT(SHA1(CONCAT_WS('\u{2}', {})), 16), 16, 10) \
                 AS UNSIGNED)), 0)) FROM information_schema.{catalogue} WHERE {schema_column} = {schema} AND \
                 {name_column} = {name})",
                columns.join(", ")
            )
        };
        catalogues.iter().map(part).collect()
    }
}

/// Catalogue, its column of the schema, its column of the name, and what tells of a change.
type Catalogue = (&'static str, &'static str, &'static str, &'static str);

const TABLE: &[Catalogue] = &[
    (
        "tables",
        "table_schema",
        "table_name",
        "table_name table_type engine row_format table_collation create_options table_comment",
    ),
    (
        "columns",
        "table_schema",
        "table_name",
        "column_name ordinal_position column_default is_nullable column_type collation_name extra column_comment generation_expression",
    ),
    (
        "statistics",
        "table_schema",
        "table_name",
        "index_name non_unique seq_in_index column_name sub_part index_type collation index_comment",
    ),
    ("table_constraints", "table_schema", "table_name", "constraint_name constraint_type"),
    (
        "key_column_usage",
        "table_schema",
        "table_name",
        "constraint_name column_name ordinal_position referenced_table_schema referenced_table_name referenced_column_name",
    ),
    ("referential_constraints", "constraint_schema", "table_name", "constraint_name update_rule delete_rule"),
    (
        "partitions",
        "table_schema",
        "table_name",
        "partition_name partition_method partition_expression partition_description",
    ),
    ("views", "table_schema", "table_name", "view_definition check_option definer security_type"),
];
const TRIGGER: &[Catalogue] = &[(
    "triggers",
    "trigger_schema",
    "trigger_name",
    "trigger_name event_object_table event_manipulation action_timing action_statement definer",
)];
const ROUTINE: &[Catalogue] = &[(
    "routines",
    "routine_schema",
    "routine_name",
    "routine_name routine_type dtd_identifier routine_definition sql_data_access security_type definer routine_comment",
)];
const EVENT: &[Catalogue] = &[(
    "events",
    "event_schema",
    "event_name",
    "event_name event_definition execute_at interval_value interval_field starts ends status on_completion event_comment",
)];

#[cfg(test)]
mod tests {
    use super::*;

    fn named(sql: &str) -> Vec<String> {
        let Effect::Objects { names, .. } = Effect::of(sql) else { return vec![format!("{:?}", Effect::of(sql))] };
        let text = |name: &Name| name.schema.iter().chain([&name.name]).cloned().collect::<Vec<_>>().join(".");
        names.iter().map(text).collect()
    }

    #[test]
    fn statements_name_what_they_change() {
        for (sql, expected) in [
            ("CREATE TABLE `a b` (id int)", &["a b"][..]),
            ("create table if not exists s.t (id int)", &["s.t"]),
            ("ALTER TABLE t ADD COLUMN x int", &["t"]),
            ("CREATE INDEX ix ON t (a)", &["t"]),
            ("DROP TABLE a, b", &["a", "b"]),
            ("RENAME TABLE a TO b, c TO d", &["a", "b", "c", "d"]),
            ("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", &["t", "tr"]),
            ("CALL p()", &["Routine"]),
            ("GRANT ALL ON x.* TO y", &["Other"]),
            ("/*!50000 CREATE TABLE x (a int) */", &["Routine"]),
            ("TRUNCATE t", &["Repeatable"]),
            ("DROP", &["Other"]),
            ("", &["Other"]),
        ] {
            assert_eq!(named(sql), expected, "{sql}");
        }
        assert!(matches!(Effect::of("DROP TABLE a, b"), Effect::Objects { drops_several: true, .. }));
    }
}
