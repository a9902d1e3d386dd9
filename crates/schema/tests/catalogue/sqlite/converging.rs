//! The gate of `models.md` §6.2: from any schema to any other and back, each time exactly there.

use std::collections::BTreeMap;

use alembic_schema::backend::{Backend, Sqlite};
use alembic_schema::change::{Fill, reversed};
use alembic_schema::diff::{Renames, changes, fill_questions, filled, stand_ins};
use alembic_schema::schema::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{column, comparable, key, make, table, unique};
use crate::support::{Database, Kind, run};

const TABLES: [&str; 3] = ["alpha", "beta", "order"];

fn columns() -> impl Strategy<Value = Vec<Column>> {
    let of = |name: &'static str| {
        let types = prop::sample::select(vec!["INTEGER", "TEXT", "BOOLEAN", "REAL", "BLOB", "DATETIME", "varchar(8)"]);
        let default = prop::sample::select(vec![None, Some("1"), Some("'x'"), Some("(1 + 1)"), Some("CURRENT_DATE")]);
        let storage = prop::sample::select(vec![None, None, None, Some(Storage::Stored), Some(Storage::Virtual)]);
        (types, any::<bool>(), default, storage).prop_map(move |(sql_type, nullable, default, storage)| {
            let generated = storage.map(|storage| Generated { expression: "id + 1".into(), storage });
            let default = default.filter(|_| generated.is_none()).map(str::to_owned);
            Column { nullable: nullable || generated.is_some(), default, generated, ..column(name, sql_type) }
        })
    };
    let options: Vec<_> = ["a", "b", "Big c"].map(|name| prop::option::of(of(name))).into_iter().collect();
    options.prop_map(|columns| columns.into_iter().flatten().collect())
}

fn one_table(name: &'static str) -> impl Strategy<Value = Table> {
    (columns(), any::<[bool; 6]>(), 0..3_usize).prop_map(move |(columns, has, target)| {
        let mut made = table(name, columns);
        if has[0] {
            made.columns[0].identity = Some(Identity::AutoIncrement);
        }
        let names: Vec<String> = made.columns.iter().skip(1).map(|column| column.name.clone()).collect();
        let Some(first) = names.first() else { return made };
        if has[1] {
            made.uniques.push(unique(&format!("uq_{name}"), &[first]));
        }
        if has[2] {
            let expression = format!("\"{first}\" IS NOT 'never'");
            made.checks.push(Check { name: Name::Stated(format!("ck_{name}")), expression });
        }
        if has[3] {
            made.foreign_keys.push(key(&format!("fk_{name}"), first, TABLES[target]));
        }
        if has[4] {
            // One name for all tables: only one of them can have it.
            let keys = names.iter().map(IndexKey::column).collect();
            made.indexes.push(Index { name: Name::Stated(format!("ix_{}", names.len())), keys, ..Index::default() });
        }
        if has[5] {
            let part = IndexPart::Expression(format!("length(\"{first}\")"));
            let keys = vec![IndexKey { part, ..IndexKey::column("") }];
            let predicate = Some(format!("{} > 3", "id"));
            made.indexes.push(Index { name: Name::Stated(format!("ie_{name}")), keys, predicate, ..Index::default() });
        }
        made
    })
}

fn schemas() -> impl Strategy<Value = Schema> {
    let tables: Vec<_> = TABLES.map(|name| prop::option::of(one_table(name))).into_iter().collect();
    tables.prop_map(|tables| {
        let mut schema = Schema::default();
        let mut taken: Vec<Name> = Vec::new();
        for mut table in tables.into_iter().flatten() {
            table.indexes.retain(|index| !taken.contains(&index.name));
            taken.extend(table.indexes.iter().map(|index| index.name.clone()));
            schema.tables.insert(table.name.clone(), table);
        }
        let names: Vec<ObjectName> = schema.tables.keys().cloned().collect();
        for table in schema.tables.values_mut() {
            table.foreign_keys.retain(|key| names.contains(&key.references));
        }
        Sqlite.normalize(&mut schema);
        schema
    })
}

/// Takes whatever goes and comes for one thing with a new name.
fn renames(current: &Schema, wanted: &Schema) -> Renames {
    let mut renames = Renames::default();
    let gone = current.tables.keys().filter(|name| !wanted.tables.contains_key(name));
    let came = wanted.tables.keys().filter(|name| !current.tables.contains_key(name));
    renames.tables.extend(came.cloned().zip(gone.cloned()));
    for (name, table) in &wanted.tables {
        let Some(old) = current.tables.get(renames.tables.get(name).unwrap_or(name)) else { continue };
        let gone = old.columns.iter().filter(|column| table.column(&column.name).is_none());
        let came = table.columns.iter().filter(|column| old.column(&column.name).is_none());
        let pairs = came.zip(gone).map(|(came, gone)| ((name.clone(), came.name.clone()), gone.name.clone()));
        renames.columns.extend(pairs);
    }
    renames
}

/// Goes to the schema, and returns the changes that did it.
async fn go(database: &mut Database, wanted: &Schema, renames: &Renames) -> Vec<alembic_schema::Change> {
    let current = database.inspect().await;
    let mut wanted = wanted.clone();
    Sqlite.align(&current, &mut wanted);
    let made = changes(&current, &wanted, renames);
    let answers: BTreeMap<(ObjectName, String), Fill> = fill_questions(&made)
        .into_iter()
        .map(|question| {
            let expression = Sqlite.stand_in(&question.column, &wanted).unwrap();
            ((question.table, question.column.name), Fill { expression, is_stand_in: false, ..Fill::default() })
        })
        .collect();
    let made = stand_ins(filled(made, &answers), &current, &Sqlite);
    make(database, &made).await;
    let found = database.inspect().await;
    Sqlite.align(&found, &mut wanted);
    assert_eq!(changes(&found, &wanted, &Renames::default()), []);
    made
}

/// Puts a row into each table that both schemas have; without foreign keys, which a new type can break.
async fn rows(database: &mut Database, first: &Schema, second: &Schema) -> Vec<String> {
    let mut tables = Vec::new();
    for (name, table) in &first.tables {
        let is_free = |table: &Table| table.foreign_keys.is_empty();
        if !is_free(table) || !second.tables.get(name).is_some_and(is_free) {
            continue;
        }
        let columns = table.columns.iter().filter(|column| column.generated.is_none());
        let columns: Vec<String> = columns.map(|column| format!("\"{}\"", column.name)).collect();
        let values = vec!["7"; columns.len()].join(", ");
        database.sql(&format!("INSERT INTO \"{name}\" ({}) VALUES ({values})", columns.join(", "))).await;
        tables.push(name.to_string());
    }
    tables
}

async fn have_their_row(database: &mut Database, tables: &[String]) {
    for table in tables {
        assert_eq!(database.rows(&format!("SELECT id FROM \"{table}\"")).await, ["7"], "{table}");
    }
}

#[test]
fn every_schema_is_reached_from_every_other() {
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(schemas(), schemas()), |(first, second)| {
        run(Kind::Sqlite, async |database: &mut Database| {
            go(database, &first, &Renames::default()).await;
            let before = database.inspect().await;
            let tables = rows(database, &first, &second).await;
            let made = go(database, &second, &Renames::default()).await;
            have_their_row(database, &tables).await;
            make(database, &reversed(&made)).await;
            have_their_row(database, &tables).await;
            assert_eq!(comparable(&database.inspect().await), comparable(&before));
        });
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn every_schema_is_reached_by_renames_too() {
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(schemas(), schemas()), |(first, second)| {
        run(Kind::Sqlite, async |database: &mut Database| {
            go(database, &first, &Renames::default()).await;
            let before = database.inspect().await;
            let made = go(database, &second, &renames(&before, &second)).await;
            make(database, &reversed(&made)).await;
            assert_eq!(comparable(&database.inspect().await), comparable(&before));
        });
        Ok(())
    });
    outcome.unwrap();
}
