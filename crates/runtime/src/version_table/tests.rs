use super::*;

fn change(delete: &[&str], update: Option<(&str, &str)>, insert: &[&str]) -> RowsChange {
    let ids = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    RowsChange {
        delete: ids(delete),
        update: update.map(|(old, new)| (old.parse().unwrap(), new.parse().unwrap())),
        insert: ids(insert),
    }
}

fn table(dialect: DialectName) -> VersionTable {
    VersionTable { dialect: dialect.dialect(), name: TableName::default(), exists: true, journal: Journal::default() }
}

#[test]
fn changes_move_the_set_of_rows() {
    for (before, change, expected) in [
        (&["a", "b"][..], change(&["a"], Some(("b", "m")), &[]), &["m"][..]),
        (&["m"], change(&[], Some(("m", "a")), &["b"]), &["a", "b"]),
        (&[], change(&[], None, &["a"]), &["a"]),
        (&["a"], change(&["a"], None, &[]), &[]),
    ] {
        let rows = before.iter().map(|row| (*row).to_owned()).collect();
        let expected: Rows = expected.iter().map(|row| (*row).to_owned()).collect();
        assert_eq!(after(&rows, &change), expected, "{change:?}");
    }
}

#[test]
fn deletes_come_before_the_update_and_inserts_last() {
    let statements = table(DialectName::Sqlite).change(&change(&["a"], Some(("b", "c")), &["d"]));
    let verbs: Vec<&str> = statements.iter().map(|sql| sql.split(' ').next().unwrap()).collect();
    assert_eq!(verbs, ["DELETE", "UPDATE", "INSERT"]);
}

#[test]
fn a_null_row_is_an_error() {
    let rows = vec![vec![Some("a".to_owned())], vec![None]];
    let expected = VersionTableError::NullRow { table: TableName::default() };
    assert_eq!(table(DialectName::Postgres).texts(rows), Err(expected));
}
