use super::*;
use crate::schema::{Check, Column, ColumnType, ForeignKey, IndexKey, PrimaryKey};

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}

fn table(columns: Vec<Column>, key: &[&str]) -> Table {
    let columns_of_key = key.iter().map(|column| (*column).to_owned()).collect();
    Table {
        name: ObjectName::new("t"),
        columns,
        primary_key: Some(PrimaryKey { name: Name::Unnamed, columns: columns_of_key }),
        ..Table::default()
    }
}

fn schema(table: Table) -> Schema {
    let mut schema = Schema::default();
    schema.tables.insert(table.name.clone(), table);
    normalize(&mut schema);
    schema
}

/// Returns the columns of the wanted table once it is aligned with the current one.
fn aligned(current: Table, wanted: Table) -> (Table, Table) {
    let (current, mut wanted) = (schema(current), schema(wanted));
    align(&current, &mut wanted);
    let only = |schema: Schema| schema.tables.into_values().next().unwrap();
    (only(current), only(wanted))
}

#[test]
fn types_are_equal_if_their_affinity_is() {
    for (current, wanted, equal) in [
        ("TEXT", "varchar(16)", true),
        ("varchar(16)", "varchar(32)", true),
        ("INTEGER", "BIGINT", true),
        ("TIMESTAMP", "DATETIME", true),
        ("INTEGER", "BOOLEAN", false),
        ("TEXT", "BLOB", false),
        ("REAL", "INTEGER", false),
    ] {
        let side = |sql_type| table(vec![column("id", "INTEGER"), column("c", sql_type)], &["id"]);
        let (current_table, wanted_table) = aligned(side(current), side(wanted));
        assert_eq!(current_table == wanted_table, equal, "{current} {wanted}");
    }
}

#[test]
fn true_is_one() {
    let side = |sql_type: &str, default: &str| {
        let flag = Column { default: Some(default.into()), ..column("c", sql_type) };
        table(vec![column("id", "INTEGER"), flag], &["id"])
    };
    for (current, wanted, equal) in [
        (side("DATETIME", "1"), side("BOOLEAN", "true"), true),
        (side("BOOLEAN", "TRUE"), side("NUMERIC", "1"), true),
        (side("BOOLEAN", "0"), side("BOOLEAN", "FALSE"), true),
        (side("BOOLEAN", "0"), side("BOOLEAN", "TRUE"), false),
    ] {
        let (current, wanted) = aligned(current, wanted);
        assert_eq!(current == wanted, equal, "{current:?}");
    }
}

#[test]
fn the_number_of_a_row_is_spelled_exactly() {
    let side = |sql_type| table(vec![column("id", sql_type)], &["id"]);
    let (current, wanted) = aligned(side("BIGINT"), side("INTEGER"));
    assert_ne!(current.columns[0].sql_type, wanted.columns[0].sql_type);
    let (current, wanted) = aligned(side("BIGINT"), side("INT"));
    assert_eq!(current, wanted);
    assert_eq!(row_number(&side("integer")), Some("id"));
    assert_eq!(row_number(&table(vec![column("a", "INTEGER"), column("b", "INTEGER")], &["a", "b"])), None);
}

#[test]
fn strict_tables_get_types_that_they_take() {
    let mut strict = table(
        vec![
            column("id", "integer"),
            column("a", "BOOLEAN"),
            column("b", "DATETIME"),
            column("c", "varchar(3)"),
            column("d", "DECIMAL(1, 2)"),
            column("e", "double"),
            column("f", "BLOB"),
        ],
        &["id"],
    );
    strict.options.strict = true;
    let found = schema(strict);
    let types = found.tables.values().flat_map(|table| &table.columns).map(|column| column.sql_type.sql.as_str());
    assert_eq!(types.collect::<Vec<_>>(), ["INTEGER", "INTEGER", "TEXT", "TEXT", "ANY", "REAL", "BLOB"]);
}

#[test]
fn what_sqlite_cannot_hold_is_no_wish() {
    let mut wanted = table(vec![column("id", "INTEGER")], &["id"]);
    wanted.comment = Some("why".into());
    wanted.columns[0].comment = Some("why".into());
    wanted.columns[0].identity = Some(Identity::Always);
    wanted.options.engine = Some("InnoDB".into());
    wanted.uniques.push(Unique { columns: vec!["id".into()], nulls_not_distinct: true, ..Unique::default() });
    wanted.indexes.push(Index {
        keys: vec![IndexKey { nulls: Nulls::Last, length: Some(3), ..IndexKey::column("id") }],
        method: Some("gin".into()),
        include: vec!["id".into()],
        ..Index::default()
    });
    wanted.foreign_keys.push(ForeignKey {
        columns: vec!["id".into()],
        references: ObjectName::new("t"),
        deferrable: Deferrable::Immediate,
        ..ForeignKey::default()
    });
    wanted.checks.push(Check { name: Name::Unnamed, expression: "((T.ID>0))".into() });
    let found = schema(wanted).tables.into_values().next().unwrap();
    let mut expected = table(vec![Column { nullable: false, ..column("id", "INTEGER") }], &["id"]);
    expected.uniques.push(Unique { columns: vec!["id".into()], ..Unique::default() });
    expected.indexes.push(Index { keys: vec![IndexKey::column("id")], ..Index::default() });
    expected.foreign_keys.push(ForeignKey {
        columns: vec!["id".into()],
        references: ObjectName::new("t"),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    });
    expected.checks.push(Check { name: Name::Unnamed, expression: "id > 0".into() });
    assert_eq!(found, expected);
    assert_eq!(schema(found.clone()).tables[&found.name], found, "the normal form is one");
}

#[test]
fn a_unique_index_is_as_good_as_a_constraint() {
    let base = || table(vec![column("id", "INTEGER"), column("c", "TEXT")], &["id"]);
    let unique = |name: Name| {
        let mut table = base();
        table.uniques.push(Unique { name, columns: vec!["c".into()], ..Unique::default() });
        table
    };
    let index = |name: Name, predicate: Option<&str>| {
        let mut table = base();
        let predicate = predicate.map(str::to_owned);
        table.indexes.push(Index {
            name,
            keys: vec![IndexKey::column("c")],
            unique: true,
            predicate,
            ..Index::default()
        });
        table
    };
    let stated = |name: &str| Name::Stated(name.to_owned());
    let made = |name: &str| Name::Conventional(name.to_owned());
    for (current, wanted, equal) in [
        (index(stated("by_hand"), None), unique(made("uq_t_c")), true),
        (unique(stated("by_hand")), index(made("ix_t_c"), None), true),
        (unique(Name::Unnamed), index(made("ix_t_c"), None), true),
        (index(stated("by_hand"), None), unique(stated("mine")), false),
        (index(stated("by_hand"), Some("c > 0")), unique(made("uq_t_c")), false),
        (base(), unique(made("uq_t_c")), false),
    ] {
        let case = format!("{current:?} {wanted:?}");
        let (current, wanted) = aligned(current, wanted);
        assert_eq!(current == wanted, equal, "{case}");
    }
}

#[test]
fn keys_that_may_be_null_stay_as_they_are() {
    let side = |nullable| table(vec![Column { nullable, ..column("id", "TEXT") }], &["id"]);
    let (current, wanted) = aligned(side(true), side(false));
    assert_eq!(current, wanted);
}
