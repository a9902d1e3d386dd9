//! The one statement that reads a whole schema from `information_schema`.
//!
//! Twelve columns, all text, for each kind of row; what they mean is in [`read`](super::read). Read [`statement`]
//! first.

use super::Flavor;
use super::ddl::INK;
use super::lex::literal;
use crate::schema::ObjectName;

/// How many columns a row has: kind, schema, table and nine more.
const WIDTH: usize = 12;

/// A part of the statement: kind, source of the rows, column with the schema, and the other columns.
struct Part {
    kind: &'static str,
    schema: &'static str,
    columns: &'static [&'static str],
    from: &'static str,
}

const DATABASE: Part =
    Part { kind: "D", schema: "d.SCHEMA_NAME", columns: &["d.SCHEMA_NAME"], from: "information_schema.SCHEMATA d" };

const TABLES: Part = Part {
    kind: "T",
    schema: "t.TABLE_SCHEMA",
    columns: &["t.TABLE_NAME", "t.ENGINE", "t.TABLE_COLLATION", "t.TABLE_COMMENT"],
    from: "information_schema.TABLES t",
};

const COLUMNS: Part = Part {
    kind: "C",
    schema: "c.TABLE_SCHEMA",
    columns: &[
        "c.TABLE_NAME",
        "c.COLUMN_NAME",
        "c.ORDINAL_POSITION",
        "c.COLUMN_TYPE",
        "c.IS_NULLABLE",
        "c.COLUMN_DEFAULT",
        "c.EXTRA",
        "c.GENERATION_EXPRESSION",
        "c.COLLATION_NAME",
        "c.COLUMN_COMMENT",
    ],
    from: "information_schema.COLUMNS c",
};

const INDEXES: Part = Part {
    kind: "I",
    schema: "s.TABLE_SCHEMA",
    columns: INDEX_COLUMNS.split_at(8).0,
    from: "information_schema.STATISTICS s",
};

/// MySQL alone has indexes of expressions.
const INDEXES_MYSQL: Part = Part { columns: INDEX_COLUMNS, ..INDEXES };

const INDEX_COLUMNS: &[&str] = &[
    "s.TABLE_NAME",
    "s.INDEX_NAME",
    "s.SEQ_IN_INDEX",
    "s.NON_UNIQUE",
    "s.COLUMN_NAME",
    "s.COLLATION",
    "s.SUB_PART",
    "s.INDEX_TYPE",
    // Only in MySQL.
    "s.EXPRESSION",
];

const FOREIGN_KEYS: Part = Part {
    kind: "F",
    schema: "k.TABLE_SCHEMA",
    columns: &[
        "k.TABLE_NAME",
        "k.CONSTRAINT_NAME",
        "k.ORDINAL_POSITION",
        "k.COLUMN_NAME",
        "IF(k.REFERENCED_TABLE_SCHEMA = DATABASE(), NULL, k.REFERENCED_TABLE_SCHEMA)",
        "k.REFERENCED_TABLE_NAME",
        "k.REFERENCED_COLUMN_NAME",
        "r.UPDATE_RULE",
        "r.DELETE_RULE",
    ],
    from: "information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
           ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
           AND r.TABLE_NAME = k.TABLE_NAME AND k.REFERENCED_TABLE_NAME IS NOT NULL",
};

const CHECKS: Part = Part {
    kind: "K",
    schema: "x.CONSTRAINT_SCHEMA",
    columns: &["x.TABLE_NAME", "x.CONSTRAINT_NAME", "x.LEVEL", "x.CHECK_CLAUSE"],
    from: "information_schema.CHECK_CONSTRAINTS x",
};

/// MySQL says elsewhere which table a check is of, and knows none of a column.
const CHECKS_MYSQL: Part = Part {
    columns: &["y.TABLE_NAME", "x.CONSTRAINT_NAME", "'Table'", "x.CHECK_CLAUSE"],
    from: "information_schema.CHECK_CONSTRAINTS x JOIN information_schema.TABLE_CONSTRAINTS y \
           ON y.CONSTRAINT_SCHEMA = x.CONSTRAINT_SCHEMA AND y.CONSTRAINT_NAME = x.CONSTRAINT_NAME \
           AND y.CONSTRAINT_TYPE = 'CHECK'",
    ..CHECKS
};

const TRIGGERS: Part = Part {
    kind: "G",
    schema: "g.EVENT_OBJECT_SCHEMA",
    columns: &[
        "g.EVENT_OBJECT_TABLE",
        "g.TRIGGER_NAME",
        "g.ACTION_TIMING",
        "g.EVENT_MANIPULATION",
        "g.ACTION_STATEMENT",
        "g.ACTION_ORDER",
    ],
    from: "information_schema.TRIGGERS g",
};

const VIEWS: Part = Part {
    kind: "V",
    schema: "v.TABLE_SCHEMA",
    columns: &["v.TABLE_NAME", "v.VIEW_DEFINITION"],
    from: "information_schema.VIEWS v",
};

/// Returns the statement for the current database and these others.
pub(super) fn statement(schemas: &[String], flavor: Flavor) -> String {
    let (indexes, checks) = match flavor {
        Flavor::Mariadb => (&INDEXES, &CHECKS),
        Flavor::Mysql => (&INDEXES_MYSQL, &CHECKS_MYSQL),
    };
    let parts = [&DATABASE, &TABLES, &COLUMNS, indexes, &FOREIGN_KEYS, checks, &TRIGGERS, &VIEWS];
    let selects: Vec<String> = parts.into_iter().map(|part| select(part, schemas)).collect();
    selects.join("\nUNION ALL ")
}

fn select(part: &Part, schemas: &[String]) -> String {
    let mut columns = vec![format!("'{}'", part.kind), as_text(&format!("NULLIF({}, DATABASE())", part.schema))];
    columns.extend(part.columns.iter().map(|column| as_text(column)));
    // The first part names the columns, and a type of its own keeps a later NULL from narrowing them.
    columns.resize(WIDTH, as_text("NULL"));
    let mut scope = vec!["DATABASE()".to_owned()];
    scope.extend(schemas.iter().map(|schema| literal(schema)));
    let tables = if part.kind == "T" { " AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')" } else { "" };
    format!("SELECT {} FROM {} WHERE {} IN ({}){tables}", columns.join(", "), part.from, part.schema, scope.join(", "))
}

fn as_text(expression: &str) -> String {
    format!("CAST({expression} AS CHAR)")
}

/// Returns what shows a table that [`scratch`](super::ddl::scratch) made.
pub(super) fn show(table: &ObjectName) -> String {
    format!("SHOW CREATE TABLE {}", INK.object(table))
}
