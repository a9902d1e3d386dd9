use super::*;
use crate::schema::*;

fn column(name: &str, sql: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql), ..Column::default() }
}

fn schema() -> Schema {
    let mood = ObjectName::new("mood");
    let players = Table {
        name: ObjectName::new("players"),
        columns: vec![
            Column { identity: Some(Identity::Always), ..column("id", "bigint") },
            column("level", "integer"),
            Column {
                sql_type: ColumnType { sql: "mood[]".into(), enum_type: Some(mood.clone()) },
                default: Some("'{sad}'::mood[]".into()),
                ..column("moods", "")
            },
            Column {
                generated: Some(Generated { expression: "level * 2".into(), storage: Storage::Stored }),
                ..column("twice", "integer")
            },
        ],
        primary_key: Some(PrimaryKey { name: Name::Unnamed, columns: vec!["id".into()] }),
        foreign_keys: vec![],
        uniques: vec![Unique { columns: vec!["level".into(), "id".into()], ..Unique::default() }],
        checks: vec![Check { name: Name::Stated("positive".into()), expression: "players.level > 0".into() }],
        indexes: vec![Index {
            name: Name::Stated("ix".into()),
            keys: vec![
                IndexKey::column("level"),
                IndexKey { part: IndexPart::Expression("abs(level)".into()), ..IndexKey::column("") },
            ],
            include: vec!["level".into()],
            predicate: Some("level <> 'level'".into()),
            ..Index::default()
        }],
        ..Table::default()
    };
    let scores = Table {
        name: ObjectName::new("scores"),
        columns: vec![column("player", "bigint")],
        foreign_keys: vec![ForeignKey {
            columns: vec!["player".into()],
            references: ObjectName::new("players"),
            referenced_columns: vec!["id".into()],
            ..ForeignKey::default()
        }],
        ..Table::default()
    };
    Schema {
        tables: [players, scores].into_iter().map(|table| (table.name.clone(), table)).collect(),
        enums: [(mood.clone(), EnumType { name: mood, values: vec!["sad".into(), "ok".into()] })].into(),
        ..Schema::default()
    }
}

fn players() -> ObjectName {
    ObjectName::new("players")
}

fn column_renamed(from: &str, to: &str) -> Change {
    let delta = Delta::Rename { from: column(from, ""), to: column(to, "") };
    Change::Column { table: players(), delta, fill: None }
}

#[test]
fn a_renamed_column_is_renamed_everywhere() {
    let mut schema = schema();
    schema.apply(&column_renamed("level", "rank_no")).unwrap();
    let table = &schema.tables[&players()];
    assert!(table.column("level").is_none() && table.column("rank_no").is_some());
    assert_eq!(table.column("twice").unwrap().generated.as_ref().unwrap().expression, "rank_no * 2");
    assert_eq!(table.checks[0].expression, "players.rank_no > 0");
    assert_eq!(table.uniques[0].columns, ["rank_no", "id"]);
    assert_eq!(table.indexes[0].keys[0].part, IndexPart::Column("rank_no".into()));
    assert_eq!(table.indexes[0].keys[1].part, IndexPart::Expression("abs(rank_no)".into()));
    assert_eq!(table.indexes[0].include, ["rank_no"]);
    assert_eq!(table.indexes[0].predicate.as_deref(), Some("rank_no <> 'level'"));

    schema.apply(&column_renamed("id", "player_id")).unwrap();
    assert_eq!(schema.tables[&players()].primary_key.as_ref().unwrap().columns, ["player_id"]);
    assert_eq!(schema.tables[&ObjectName::new("scores")].foreign_keys[0].referenced_columns, ["player_id"]);
}

#[test]
fn a_renamed_table_is_renamed_everywhere() {
    let mut schema = schema();
    let from = schema.tables[&players()].clone();
    let to = Table { name: ObjectName::new("people"), ..from.clone() };
    schema.apply(&Change::Table(Delta::Rename { from, to: to.clone() })).unwrap();
    assert_eq!(schema.tables[&to.name].checks[0].expression, "people.level > 0");
    assert_eq!(schema.tables[&ObjectName::new("scores")].foreign_keys[0].references, to.name);
}

#[test]
fn a_renamed_enum_and_its_value_follow() {
    let mut schema = schema();
    let of = ObjectName::new("mood");
    schema.apply(&Change::EnumValue { of: of.clone(), from: "sad".into(), to: "blue".into() }).unwrap();
    assert_eq!(schema.enums[&of].values, ["blue", "ok"]);
    let default = |schema: &Schema| schema.tables[&players()].column("moods").unwrap().default.clone().unwrap();
    assert_eq!(default(&schema), "'{blue}'::mood[]");
    let from = schema.enums[&of].clone();
    let to = EnumType { name: ObjectName::new("feeling"), ..from.clone() };
    schema.apply(&Change::Enum(Delta::Rename { from, to: to.clone() })).unwrap();
    let moods = schema.tables[&players()].column("moods").unwrap().sql_type.clone();
    assert_eq!(moods, ColumnType { sql: "feeling[]".into(), enum_type: Some(to.name) });
    assert_eq!(default(&schema), "'{blue}'::feeling[]");
}

#[test]
fn what_does_not_fit_is_said_and_changes_nothing() {
    let start = schema();
    let gone = ObjectName::new("gone");
    let check = |expression: &str| Check { name: Name::Stated("positive".into()), expression: expression.into() };
    let mood = start.enums[&ObjectName::new("mood")].clone();
    for (change, expected) in [
        (Change::Table(Delta::Create(start.tables[&players()].clone())), "the table `players` is there already"),
        (Change::Table(Delta::Drop(Table { name: gone.clone(), ..Table::default() })), "the table `gone` is not there"),
        (column_renamed("nope", "x"), "the column `players.nope` is not there"),
        (column_renamed("id", "level"), "the column `players.level` is there already"),
        (
            Change::Check { table: players(), delta: Delta::Drop(check("level > 1")) },
            "the check `positive` is not there",
        ),
        (
            Change::Check { table: players(), delta: Delta::Create(check("level > 1")) },
            "the check `positive` is there already",
        ),
        (
            Change::PrimaryKey { table: players(), delta: Delta::Create(PrimaryKey::default()) },
            "the primary key of `players` is there already",
        ),
        (
            Change::PrimaryKey { table: players(), delta: Delta::Drop(PrimaryKey::default()) },
            "the primary key of `players` is not there",
        ),
        (
            Change::Index { table: gone.clone(), delta: Delta::Create(Index::default()) },
            "the table `gone` is not there",
        ),
        (Change::Enum(Delta::Create(mood)), "the enum `mood` is there already"),
        (
            Change::EnumValue { of: ObjectName::new("mood"), from: "sad".into(), to: "ok".into() },
            "the value `ok` is there already",
        ),
        (Change::EnumValue { of: gone, from: "a".into(), to: "b".into() }, "the enum `gone` is not there"),
    ] {
        let mut schema = start.clone();
        assert_eq!(schema.apply(&change).unwrap_err().to_string(), expected);
        assert_eq!(schema, start);
    }
}
