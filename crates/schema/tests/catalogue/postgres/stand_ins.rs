//! Neutral values for columns that come back over rows.

use alembic_schema::change::Fill;
use alembic_schema::schema::{Column, ColumnType};
use alembic_schema::{Change, Delta, Schema};

use super::{object, table};
use crate::support::{Database, scenario};

const TYPES: [&str; 24] = [
    "boolean",
    "smallint",
    "numeric(10,2)",
    "double precision",
    "money",
    "text",
    "varchar(3)",
    "bytea",
    "\"char\"",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "interval",
    "uuid",
    "jsonb",
    "inet",
    "macaddr",
    "macaddr8",
    "point",
    "int4range",
    "tstzrange",
    "tsvector",
    "integer[]",
];

scenario!(stand_ins_fit_their_types on Postgres);
async fn stand_ins_fit_their_types(database: &mut Database) {
    database.sql("CREATE TABLE t (id integer); INSERT INTO t VALUES (1)").await;
    for sql_type in TYPES {
        let sql_type = ColumnType::new(sql_type);
        let column = Column { name: "c".into(), sql_type, ..Column::default() };
        let expression = database.backend.stand_in(&column, &Schema::default()).expect("a value");
        let fill = Some(Fill { expression, is_stand_in: true, ..Fill::default() });
        database.make(&[Change::Column { table: object("t"), delta: Delta::Create(column.clone()), fill }]).await;
        let schema = database.inspect().await;
        let made = table(&schema, "t").column("c").expect("the column");
        assert_eq!((made.nullable, &made.sql_type.sql), (false, &column.sql_type.sql));
        database.sql("ALTER TABLE t DROP COLUMN c").await;
    }
}
