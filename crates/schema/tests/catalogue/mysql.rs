//! MariaDB: what it stores, what it prints, and that the statements for it run.

mod changes;
mod equality;
mod reading;

use alembic_schema::schema::{Column, ColumnType, Table};
use alembic_schema::{ObjectName, Schema};

/// A table of everything that a column or a table can be.
const ARENA: &str = r#"
CREATE TABLE parents (id bigint PRIMARY KEY AUTO_INCREMENT, code varchar(10) NOT NULL UNIQUE);
CREATE TABLE arena (
    id bigint unsigned NOT NULL AUTO_INCREMENT, parent_id bigint, a int(11) DEFAULT 0, b integer DEFAULT '5',
    c bool DEFAULT true, d tinyint(4), f numeric(10,2) DEFAULT 0, g dec(5), h double precision DEFAULT 1.5, i float DEFAULT 0,
    j bit(4) DEFAULT b'101', k char, l varchar(20) DEFAULT 'it''s', m text DEFAULT 'x\\y', n blob, o binary(16) DEFAULT (unhex(replace(uuid(),'-',''))),
    p timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6), q datetime DEFAULT now(),
    r date DEFAULT (current_date + interval 1 day), s time(6) DEFAULT '10:00:00', t year DEFAULT 2020, u json DEFAULT '{}',
    v enum('sad','o''k','a,b') NOT NULL DEFAULT 'sad', w set('a','b') DEFAULT 'a,b', x int AS (a + 1) STORED,
    y varchar(30) AS (concat(lower(l), 'x')) VIRTUAL, z inet6, aa varchar(10) COLLATE utf8mb4_bin COMMENT 'it''s a "comment" \\',
    ab varchar(10) CHARACTER SET latin1, ac int DEFAULT (a + 1), ad geometry NOT NULL, ae bigint CHECK (ae > 0 AND a < 9), `Order` int,
    af timestamp NULL, ag datetime NULL ON UPDATE now(), ah int(5) zerofill, ai json NOT NULL COMMENT 'j',
    aj varchar(9) INVISIBLE DEFAULT 'x' COMMENT 'y',
    PRIMARY KEY (id), UNIQUE KEY uq_arena_a (a), UNIQUE KEY ux_arena_l (l(5)), KEY ix_arena_m (m(3), a DESC),
    FULLTEXT KEY ft_arena_m (m), SPATIAL KEY sp_arena_ad (ad), KEY ix_arena_b_c (b, c),
    CONSTRAINT ck_arena_a CHECK (a > 0 AND LOWER(l) = 'x' OR b IS NOT NULL), CHECK (b <> 7 AND a IN (1, 2) AND NOT (c)),
    CONSTRAINT fk_arena_parent_id_parents FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE RESTRICT
) COMMENT = 'The ''arena''' CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
"#;

/// A schema without the order of what is in its tables.
fn sorted(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.foreign_keys.sort_by_key(|key| format!("{key:?}"));
        table.uniques.sort_by_key(|unique| format!("{unique:?}"));
        table.checks.sort_by_key(|check| format!("{check:?}"));
        table.indexes.sort_by_key(|index| format!("{index:?}"));
    }
    schema
}

fn table<'s>(schema: &'s Schema, name: &str) -> &'s Table {
    &schema.tables[&ObjectName::new(name)]
}

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}
