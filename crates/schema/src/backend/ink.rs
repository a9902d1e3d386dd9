//! Writing SQL as a person would: names without needless quotes, one column and one constraint a line.
//!
//! What the three databases share; what differs is in their folders. Read [`Ink`] first.

use std::borrow::Cow;

use alembic_revisions::DialectName;

use crate::schema::{Action, Deferrable, ForeignKey, Name, ObjectName};

/// Writes the SQL of one dialect.
#[derive(Clone, Copy, Debug)]
pub struct Ink(pub DialectName);

/// Words that one of the databases reserves (PostgreSQL 18 Appendix C, MariaDB 11 and MySQL 8.4 "Reserved Words",
/// SQLite "Keywords" where they cannot be names). Quoting one too many does no harm.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "accessible", "add", "all", "alter", "analyse", "analyze", "and", "any", "array", "as", "asc", "asensitive",
    "asymmetric", "authorization", "autoincrement", "before", "between", "bigint", "binary", "blob", "both", "by",
    "call", "cascade", "case", "cast", "change", "char", "character", "check", "collate", "collation", "column",
    "commit", "concurrently", "condition", "constraint", "continue", "convert", "create", "cross", "cube",
    "cume_dist", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "cursor", "database", "databases", "day_hour", "day_microsecond",
    "day_minute", "day_second", "dec", "decimal", "declare", "default", "deferrable", "delayed", "delete",
    "dense_rank", "desc", "describe", "deterministic", "distinct", "distinctrow", "div", "do", "double", "drop",
    "dual", "each", "else", "elseif", "empty", "enclosed", "end", "escape", "escaped", "except", "exists", "exit",
    "explain", "false", "fetch", "first_value", "float", "float4", "float8", "for", "force", "foreign", "freeze",
    "from", "full", "fulltext", "function", "generated", "get", "glob", "grant", "group", "grouping", "groups",
    "having", "high_priority", "hour_microsecond", "hour_minute", "hour_second", "if", "ignore", "ilike", "in",
    "index", "indexed", "infile", "initially", "inner", "inout", "insensitive", "insert", "int", "int1", "int2",
    "int3", "int4", "int8", "integer", "intersect", "interval", "into", "io_after_gtids", "io_before_gtids", "is",
    "isnull", "iterate", "join", "json_table", "key", "keys", "kill", "lag", "last_value", "lateral", "lead",
    "leading", "leave", "left", "like", "limit", "linear", "lines", "load", "localtime", "localtimestamp", "lock",
    "long", "longblob", "longtext", "loop", "low_priority", "manual", "master_bind",
    "master_ssl_verify_server_cert", "match", "maxvalue", "mediumblob", "mediumint", "mediumtext", "middleint",
    "minute_microsecond", "minute_second", "mod", "modifies", "natural", "no_write_to_binlog", "not", "nothing",
    "notnull", "nth_value", "ntile", "null", "numeric", "of", "offset", "on", "only", "optimize", "optimizer_costs",
    "option", "optionally", "or", "order", "out", "outer", "outfile", "over", "overlaps", "parallel", "partition",
    "percent_rank", "placing", "precision", "primary", "procedure", "purge", "qualify", "range", "rank", "read",
    "read_write", "reads", "real", "recursive", "references", "regexp", "release", "rename", "repeat", "replace",
    "require", "resignal", "restrict", "return", "returning", "revoke", "right", "rlike", "rollback", "row",
    "row_number", "rows", "schema", "schemas", "second_microsecond", "select", "sensitive", "separator",
    "session_user", "set", "show", "signal", "similar", "smallint", "some", "spatial", "specific", "sql",
    "sql_big_result", "sql_calc_found_rows", "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl",
    "starting", "stored", "straight_join", "symmetric", "system", "system_user", "table", "tablesample",
    "tablespace", "terminated", "then", "tinyblob", "tinyint", "tinytext", "to", "trailing", "transaction",
    "trigger", "true", "undo", "union", "unique", "unlock", "unsigned", "update", "usage", "use", "user", "using",
    "utc_date", "utc_time", "utc_timestamp", "values", "varbinary", "varchar", "varcharacter", "variadic",
    "varying", "verbose", "virtual", "when", "where", "while", "window", "with", "write", "xor", "year_month",
    "zerofill",
];

impl Ink {
    /// Returns an identifier, quoted where the database would read it otherwise.
    pub fn name<'n>(self, name: &'n str) -> Cow<'n, str> {
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_plain =
            begins && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if is_plain && RESERVED.binary_search(&name).is_err() {
            return Cow::Borrowed(name);
        }
        Cow::Owned(self.0.dialect().quote(name))
    }

    /// Returns the name of a table, a type or a view.
    pub fn object(self, name: &ObjectName) -> String {
        match &name.schema {
            Some(schema) => format!("{}.{}", self.name(schema), self.name(&name.name)),
            None => self.name(&name.name).into_owned(),
        }
    }

    /// Returns names between commas.
    pub fn names<'n>(self, names: impl IntoIterator<Item = &'n String>) -> String {
        let names: Vec<Cow<'n, str>> = names.into_iter().map(|name| self.name(name)).collect();
        names.join(", ")
    }

    /// Returns the text as a string literal.
    pub fn literal(self, text: &str) -> String {
        self.0.dialect().literal(text)
    }

    /// Returns `CONSTRAINT name body`, or the body alone where there is no name.
    pub fn constraint(self, name: &Name, body: &str) -> String {
        match name.text() {
            Some(name) => format!("CONSTRAINT {} {body}", self.name(name)),
            None => body.to_owned(),
        }
    }

    /// Returns a foreign key as a constraint of its table.
    pub fn foreign_key(self, key: &ForeignKey) -> String {
        let mut body = format!("FOREIGN KEY ({}) {}", self.names(&key.columns), self.references(key));
        body.push_str(deferrable(key.deferrable));
        self.constraint(&key.name, &body)
    }

    /// Returns `REFERENCES table (columns)` with its actions.
    pub fn references(self, key: &ForeignKey) -> String {
        let mut sql = format!("REFERENCES {}", self.object(&key.references));
        if !key.referenced_columns.is_empty() {
            sql.push_str(&format!(" ({})", self.names(&key.referenced_columns)));
        }
        for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
            if action != Action::NoAction {
                sql.push_str(&format!(" ON {event} {}", action.sql()));
            }
        }
        sql
    }

    /// Returns `CREATE TABLE`, each part on a line of its own, with what follows the closing parenthesis.
    pub fn create_table(self, name: &ObjectName, parts: &[String], tail: &str) -> String {
        format!("CREATE TABLE {} (\n    {}\n){tail}", self.object(name), parts.join(",\n    "))
    }
}

/// Returns the words that let a constraint wait, after a blank; nothing where it may not.
pub fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn only_names_that_need_it_are_quoted() {
        let ink = Ink(DialectName::Postgres);
        for (name, expected) in [
            ("players", "players"),
            ("_hidden2", "_hidden2"),
            ("order", "\"order\""),
            ("Players", "\"Players\""),
            ("2fast", "\"2fast\""),
            ("tag line", "\"tag line\""),
            ("größe", "\"größe\""),
            ("a\"b", "\"a\"\"b\""),
            ("", "\"\""),
        ] {
            assert_eq!(ink.name(name), expected);
        }
        assert_eq!(Ink(DialectName::Mysql).name("order"), "`order`");
    }

    #[test]
    fn a_foreign_key_says_only_what_is_not_the_default() {
        let key = ForeignKey {
            name: Name::Conventional("fk_scores_player_id_players".into()),
            columns: vec!["player_id".into()],
            references: ObjectName::new("players"),
            referenced_columns: vec!["id".into()],
            on_delete: Action::Cascade,
            ..ForeignKey::default()
        };
        assert_eq!(
            Ink(DialectName::Postgres).foreign_key(&key),
            "CONSTRAINT fk_scores_player_id_players FOREIGN KEY (player_id) REFERENCES players (id) ON DELETE CASCADE"
        );
    }
}
