use proptest::prelude::*;

use super::*;

fn stated(name: &str) -> Name {
    Name::Stated(name.to_owned())
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn constraints_of_columns_and_tables_are_alike() {
    let found = definition(
        "CREATE TABLE \"t (\" ( -- a table, with (\n\
           id INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT,\n\
           [Pid] int NOT NULL DEFAULT (1, 2) CONSTRAINT fk REFERENCES 'p' (\"a\") ON DELETE SET NULL ON UPDATE CASCADE\n\
             MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED UNIQUE,\n\
           c VARCHAR(3) COLLATE nocase CHECK (c <> ')') /* , */ DEFAULT 'CHECK (',\n\
           d AS (id || ',') STORED, e INT GENERATED ALWAYS AS (id),\n\
           f DEFAULT -1 REFERENCES q DEFERRABLE INITIALLY DEFERRED NOT NULL,\n\
           CONSTRAINT two FOREIGN KEY (c, d) REFERENCES r (x, y) ON DELETE RESTRICT DEFERRABLE\n\
           CONSTRAINT uq UNIQUE (c COLLATE nocase DESC, d) ON CONFLICT IGNORE, CHECK ((c > 1))\n\
         ) STRICT",
    );
    assert_eq!(found.primary_key, Some(PrimaryKey { name: stated("pk"), columns: texts(&["id"]) }));
    assert!(found.columns["id"].auto_increment && !found.columns["pid"].auto_increment);
    let key = |name: Name, columns: &[&str], references: &str, referenced: &[&str]| ForeignKey {
        name,
        columns: texts(columns),
        references: ObjectName::new(references),
        referenced_columns: texts(referenced),
        ..ForeignKey::default()
    };
    let expected = [
        ForeignKey {
            on_delete: Action::SetNull,
            on_update: Action::Cascade,
            ..key(stated("fk"), &["Pid"], "p", &["a"])
        },
        ForeignKey { deferrable: Deferrable::Deferred, ..key(Name::Unnamed, &["f"], "q", &[]) },
        ForeignKey {
            on_delete: Action::Restrict,
            deferrable: Deferrable::Immediate,
            ..key(stated("two"), &["c", "d"], "r", &["x", "y"])
        },
    ];
    assert_eq!(found.foreign_keys, expected);
    let uniques: Vec<(Name, Vec<String>)> =
        found.uniques.into_iter().map(|unique| (unique.name, unique.columns)).collect();
    assert_eq!(uniques, [(Name::Unnamed, texts(&["Pid"])), (stated("uq"), texts(&["c", "d"]))]);
    let checks: Vec<&str> = found.checks.iter().map(|check| check.expression.as_str()).collect();
    assert_eq!(checks, ["c <> ')'", "(c > 1)"]);
    let generated = |column: &str| found.columns[column].generated.clone();
    assert_eq!(generated("d"), Some(Generated { expression: "id || ','".into(), storage: Storage::Stored }));
    assert_eq!(generated("e"), Some(Generated { expression: "id".into(), storage: Storage::Virtual }));
    assert_eq!(found.columns["c"].collation.as_deref(), Some("nocase"));
    assert_eq!(found.columns.len(), 6);
}

#[test]
fn a_key_of_the_table_can_number_its_rows() {
    let found = definition("create table t(a integer, primary key (a autoincrement))");
    assert!(found.columns["a"].auto_increment);
    assert_eq!(found.primary_key.unwrap().columns, ["a"]);
}

#[test]
fn indexes_are_read_from_their_statements() {
    let sql = "CREATE UNIQUE INDEX IF NOT EXISTS main.\"ix on\" ON \"t\" (a, [b c] COLLATE nocase DESC, lower( d ) asc) \
               WHERE a > 0 -- why";
    let found = index("ix", sql).unwrap();
    assert!(found.unique);
    assert_eq!(found.predicate.as_deref(), Some("a > 0"));
    let expected = [
        IndexKey::column("a"),
        IndexKey { order: Order::Descending, collation: Some("nocase".into()), ..IndexKey::column("b c") },
        IndexKey { part: IndexPart::Expression("lower( d )".into()), ..IndexKey::column("") },
    ];
    assert_eq!(found.keys, expected);
    assert!(index("x", "CREATE INDEX x").is_none());
}

proptest! {
    #[test]
    fn no_statement_is_too_strange(sql in "(CREATE|TABLE|t|a|INTEGER|,|\\(|\\)|PRIMARY|KEY|CONSTRAINT|CHECK|UNIQUE|\
                                            REFERENCES|ON|DELETE|SET|DEFAULT|AS|COLLATE|'x'|WHERE|INDEX|-| ){0,40}") {
        let _ = (definition(&sql), index("i", &sql));
    }
}
