//! What a database says of its schema, in its own words: independent of the code that is tested.
//!
//! The order of columns is left out, since a column that comes back comes at the end.

use crate::databases::{Database, Server};

/// A line for each fact, sorted.
pub fn described(database: &Database) -> Vec<String> {
    let text = match database.server {
        Server::Postgres => database.query(&POSTGRES.join(";\n")),
        Server::Sqlite => sqlite(database),
        Server::Mariadb => mariadb(database),
    };
    let mut lines: Vec<String> =
        text.lines().filter(|line| !line.contains("alembic_version")).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Without oids, and with everything that pg_dump would print of a table.
const POSTGRES: [&str; 5] = [
    "SELECT 'column', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, \
     pg_get_expr(d.adbin, d.adrelid), l.collname, col_description(c.oid, a.attnum) \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation \
     WHERE c.relnamespace::regnamespace::text IN ('public', 'arena') AND c.relkind = 'r'",
    "SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated \
     FROM pg_constraint WHERE connamespace::regnamespace::text IN ('public', 'arena') AND contype IN ('p', 'u', 'f', 'c', 'x')",
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'arena')",
    "SELECT 'enum', t.oid::regtype, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) \
     FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1, 2",
    "SELECT 'table', c.oid::regclass, obj_description(c.oid, 'pg_class') FROM pg_class c \
     WHERE c.relnamespace::regnamespace::text IN ('public', 'arena') AND c.relkind IN ('r', 'S', 'v')",
];

/// The pragmas, and of the text what they do not tell: checks, conditions, words behind the columns.
fn sqlite(database: &Database) -> String {
    let mut text = String::new();
    for name in database.tables() {
        let literal = name.replace('\'', "''");
        let mut ask = |what: &str, sql: &str| {
            for line in database.query(&sql.replace("{}", &literal)).lines() {
                text.push_str(&format!("{what}|{name}|{line}\n"));
            }
        };
        ask("column", "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo('{}')");
        ask(
            "reference",
            "SELECT group_concat(\"from\"), \"table\", group_concat(\"to\"), on_update, on_delete \
             FROM (SELECT * FROM pragma_foreign_key_list('{}') ORDER BY id, seq) GROUP BY id",
        );
        ask(
            "index",
            "SELECT l.origin, l.\"unique\", l.partial, CASE l.origin WHEN 'c' THEN l.name END, \
             (SELECT group_concat(coalesce(x.name, 'expression') || x.\"desc\" || x.coll) FROM pragma_index_xinfo(l.name) x WHERE x.key) \
             FROM pragma_index_list('{}') l",
        );
        ask("option", "SELECT wr, strict FROM pragma_table_list('{}') WHERE schema = 'main'");
        let sql =
            database.query(&format!("SELECT replace(sql, char(10), ' ') FROM sqlite_schema WHERE name = '{literal}'"));
        for word in ["AUTOINCREMENT", "DEFERRABLE", "INITIALLY DEFERRED", "COLLATE", "GENERATED", "STORED"] {
            text.push_str(&format!("words|{name}|{word}|{}\n", sql.to_uppercase().matches(word).count()));
        }
        for check in bodies(&sql, "CHECK") {
            text.push_str(&format!("check|{name}|{check}\n"));
        }
        for body in bodies(&sql, "AS") {
            text.push_str(&format!("computed|{name}|{body}\n"));
        }
    }
    let indexes = "SELECT name, replace(substr(sql, instr(sql, ' ON ')), '\"', '') FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    text + &database.query(indexes)
}

/// What stands in the parentheses behind a word.
fn bodies(sql: &str, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = sql;
    let opening = format!("{word} (");
    while let Some(at) = rest.find(&opening) {
        let body = &rest[at + opening.len()..];
        let mut depth = 1;
        let end = body.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let body = &body[..end.unwrap_or(body.len())];
        found.push(body.replace('"', "").split_whitespace().collect::<Vec<_>>().join(" "));
        rest = &rest[at + opening.len()..];
    }
    found
}

fn mariadb(database: &Database) -> String {
    let mut text = String::new();
    for name in database.tables() {
        let answer = database.query(&format!("SHOW CREATE TABLE `{name}`"));
        let statement = answer.split_once('|').map_or("", |(_, statement)| statement);
        for line in statement.replace("\\n", "\n").lines() {
            // The next number is no part of the schema.
            let words =
                line.trim().trim_end_matches(',').split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT="));
            text.push_str(&format!("{name}|{}\n", words.collect::<Vec<_>>().join(" ")));
        }
    }
    text
}
