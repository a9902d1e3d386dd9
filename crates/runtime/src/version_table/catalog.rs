//! How each database's catalog is asked for the version table.

use alembic_revisions::DialectName;
use alembic_revisions::dialect::{Dialect, TableName};

/// Returns a query for one row: the schema that the table has or would be made in, its kind (NULL: there is none), and
/// the names of its columns between commas.
pub(super) fn find(dialect: &dyn Dialect, table: &TableName) -> String {
    let name = dialect.literal(&table.name);
    match dialect.name() {
        DialectName::Postgres => format!(
            "SELECT COALESCE(n.nspname, current_schema())::text, c.relkind::text, \
             (SELECT string_agg(attname::text, ',' ORDER BY attnum) FROM pg_catalog.pg_attribute \
             WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) \
             FROM (SELECT pg_catalog.to_regclass({}) AS oid) AS found \
             LEFT JOIN pg_catalog.pg_class c ON c.oid = found.oid \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
            dialect.literal(&dialect.table(table))
        ),
        DialectName::Mysql => {
            let schema = table.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |name| dialect.literal(name));
            format!(
                "SELECT DATABASE(), t.table_type, (SELECT GROUP_CONCAT(c.column_name) FROM information_schema.columns c \
                 WHERE c.table_schema = {schema} AND c.table_name = {name}) FROM (SELECT 1) AS one \
                 LEFT JOIN information_schema.tables t ON t.table_schema = {schema} AND t.table_name = {name}"
            )
        }
        DialectName::Sqlite => format!(
            "SELECT 'main', m.type, (SELECT group_concat(name) FROM pragma_table_info(m.name)) FROM (SELECT 1) \
             LEFT JOIN sqlite_master m ON m.name = {name} COLLATE NOCASE AND m.type IN ('table', 'view')"
        ),
    }
}

/// Returns a query for the names of a table's columns between commas; NULL if there is no such table.
pub(super) fn columns(dialect: &dyn Dialect, table: &TableName) -> String {
    let name = dialect.literal(&table.name);
    match dialect.name() {
        DialectName::Postgres => format!(
            "SELECT string_agg(attname::text, ',') FROM pg_catalog.pg_attribute \
             WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped",
            dialect.literal(&dialect.table(table))
        ),
        DialectName::Mysql => {
            let schema = table.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |name| dialect.literal(name));
            format!(
                "SELECT GROUP_CONCAT(column_name) FROM information_schema.columns \
                 WHERE table_schema = {schema} AND table_name = {name}"
            )
        }
        DialectName::Sqlite => {
            let schema = table.schema.as_deref().unwrap_or("main");
            format!("SELECT group_concat(name) FROM pragma_table_info({name}, {})", dialect.literal(schema))
        }
    }
}

/// True if a kind that [`find`] returned is an ordinary table.
pub(super) fn is_table(dialect: &dyn Dialect, kind: &str) -> bool {
    match dialect.name() {
        DialectName::Postgres => matches!(kind, "r" | "p"),
        DialectName::Mysql => kind == "BASE TABLE",
        DialectName::Sqlite => kind == "table",
    }
}
