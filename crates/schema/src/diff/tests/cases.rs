use std::collections::BTreeMap;

use super::neutral::Neutral;
use crate::change::{Change, Delta, Fill, reversed};
use crate::describe::line;
use crate::diff::*;
use crate::schema::*;

fn column(name: &str, sql: &str) -> Column {
    let nullable = sql.ends_with('?');
    Column { name: name.into(), sql_type: ColumnType::new(sql.trim_end_matches('?')), nullable, ..Column::default() }
}

/// `id bigint, name text?` with `id` as the key; a nullable column has a `?`.
fn table(name: &str, columns: &str) -> Table {
    let columns: Vec<Column> =
        columns.split(", ").filter_map(|text| text.split_once(' ')).map(|(name, sql)| column(name, sql)).collect();
    let has_id = columns.iter().any(|column| column.name == "id");
    let primary_key = has_id.then(|| PrimaryKey { columns: vec!["id".into()], ..PrimaryKey::default() });
    Table { name: ObjectName::new(name), columns, primary_key, ..Table::default() }
}

fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
    Schema { tables: tables.into_iter().map(|table| (table.name.clone(), table)).collect(), ..Schema::default() }
}

fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(line).collect()
}

fn compared(current: &Schema, wanted: &Schema) -> Vec<String> {
    lines(&changes(current, wanted, &Renames::default()))
}

fn key(columns: &str, references: &str) -> ForeignKey {
    ForeignKey {
        columns: vec![columns.into()],
        references: ObjectName::new(references),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    }
}

fn stated(name: &str) -> Name {
    Name::Stated(name.into())
}

fn conventional(name: &str) -> Name {
    Name::Conventional(name.into())
}

#[test]
fn a_declared_rename_applies_until_it_is_made() {
    let old = |name: &str| ObjectName::new(name);
    let mut hints = Hints::default();
    hints.tables.insert(old("b"), old("a"));
    hints.tables.insert(old("c"), old("b"));
    hints.columns.insert((old("b"), "new".into()), "old".into());
    let wanted = schema([table("b", "new text"), table("c", "id bigint")]);

    // A chain: `b` is free because it becomes `c`.
    let current = schema([table("a", "old text"), table("b", "id bigint")]);
    let renames = declared_renames(&current, &wanted, &hints);
    assert_eq!(renames.tables, hints.tables);
    assert_eq!(renames.columns, hints.columns);
    let found = changes(&current, &wanted, &renames);
    assert_eq!(lines(&found), ["rename table b to c", "rename table a to b", "rename column b.old to new"]);

    // Made: nothing to do, whatever the hints say.
    assert_eq!(declared_renames(&wanted, &wanted, &hints), Renames::default());
    // The old one is gone, or both are there: a matter of adding and dropping.
    let both = schema([table("a", "old text"), table("b", "new text"), table("c", "id bigint")]);
    assert_eq!(declared_renames(&both, &wanted, &hints), Renames::default());
}

#[test]
fn renamed_values_of_text_columns_change_rows_between_the_checks() {
    let with_check = |values: &str| {
        let check = Check { name: stated("ck_players_mood"), expression: format!("mood IN ({values})") };
        schema([Table { checks: vec![check], ..table("players", "mood text") }])
    };
    let (current, wanted) = (with_check("'sad', 'ok'"), with_check("'blue', 'ok'"));
    let mut hints = Hints::default();
    hints.column_values.insert((ObjectName::new("players"), "mood".into(), "blue".into()), "sad".into());
    let renames = declared_renames(&current, &wanted, &hints);
    assert_eq!(
        lines(&changes(&current, &wanted, &renames)),
        [
            "drop check ck_players_mood on players (mood IN ('sad', 'ok'))",
            "rename value sad of players.mood to blue",
            "add check ck_players_mood on players (mood IN ('blue', 'ok'))",
        ]
    );
    assert_eq!(declared_renames(&wanted, &wanted, &hints), Renames::default());
}

#[test]
fn only_likely_renames_are_asked_about_best_first() {
    let current =
        schema([table("players", "id bigint, name text, level integer"), table("matches", "id bigint, mode text")]);
    let wanted = schema([
        table("players", "id bigint, game_name text, rank_no bigint"),
        table("games", "id bigint, mode text"),
        table("other", "x uuid"),
    ]);
    let asked = |renames: &Renames| -> Vec<String> {
        let questions = rename_questions(&current, &wanted, renames);
        let show = |(pair, score): &(RenamePair, f64)| match pair {
            RenamePair::Table { from, to } => format!("{from} to {to} {score:.2}"),
            RenamePair::Column { table, from, to } => format!("{table}.{from} to {to} {score:.2}"),
        };
        questions.iter().flat_map(|question| question.candidates.iter().map(show)).collect()
    };
    assert_eq!(asked(&Renames::default()), ["matches to games 0.83", "players.name to game_name 0.85"]);

    let mut renames = Renames::default();
    renames.tables.insert(ObjectName::new("games"), ObjectName::new("matches"));
    let pair = RenamePair::Column { table: ObjectName::new("players"), from: "name".into(), to: "game_name".into() };
    renames.unrelated.insert(pair);
    assert_eq!(asked(&renames), Vec::<String>::new());
}

#[test]
fn rows_without_a_value_need_one() {
    let current = schema([table("players", "id bigint, level integer?, mode text?, note text?")]);
    let mut wanted = schema([
        table("players", "id bigint, level integer, mode text, note text?, region text, rank_no integer, loose text?"),
        table("matches", "id bigint, mode text"),
    ]);
    let players = wanted.tables.get_mut(&ObjectName::new("players")).unwrap();
    for (at, default) in [(2, "'solo'"), (5, "0")] {
        players.columns[at].default = Some(default.into());
    }
    let found = changes(&current, &wanted, &Renames::default());
    let asked: Vec<(String, bool)> =
        fill_questions(&found).into_iter().map(|question| (question.column.name, question.is_old)).collect();
    assert_eq!(asked, [("region".to_owned(), false), ("level".to_owned(), true)]);

    let fill = |expression: &str| Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() };
    let at = |column: &str| (ObjectName::new("players"), column.to_owned());
    // An answer to no question is of no effect.
    let answers = [(at("region"), fill("'eu'")), (at("level"), fill("id")), (at("loose"), fill("1"))].into();
    let found = filled(found, &answers);
    let fills: BTreeMap<String, String> = found
        .iter()
        .filter_map(|change| match change {
            Change::Column { delta, fill: Some(fill), .. } => Some((delta.to()?.name.clone(), fill.expression.clone())),
            _ => None,
        })
        .collect();
    let expected = [("level", "id"), ("mode", "'solo'"), ("region", "'eu'")];
    assert_eq!(fills, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(fill_questions(&found), []);
}

#[test]
fn required_columns_come_back_with_neutral_values() {
    let current = schema([table("players", "id bigint, region text, level integer, note text?, mode text")]);
    let mut wanted = schema([table("players", "id bigint, level integer?")]);
    wanted.tables.get_mut(&ObjectName::new("players")).unwrap().columns[1].default = Some("1".into());
    let found = stand_ins(changes(&current, &wanted, &Renames::default()), &current, &Neutral);
    let filled: Vec<(String, String)> = found
        .iter()
        .filter_map(|change| match change {
            Change::Column { fill: Some(fill), .. } => {
                assert!(fill.is_stand_in);
                Some((line(change), fill.expression.clone()))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("change players.level: NULL, default 1", "neutral integer"),
        ("drop column players.mode", "neutral text"),
        ("drop column players.region", "neutral text"),
    ];
    assert_eq!(filled, expected.map(|(line, value)| (line.to_owned(), value.to_owned())));
}

#[test]
fn what_no_comparison_looks_at_changes_nothing() {
    let index = |name: Name, concurrently| Index {
        name,
        keys: vec![IndexKey::column("level")],
        concurrently,
        ..Index::default()
    };
    let mut current = schema([Table {
        indexes: vec![index(stated("by_hand"), false)],
        triggers: vec![Trigger { name: "x".into(), sql: "CREATE TRIGGER x".into() }],
        primary_key: Some(PrimaryKey { name: stated("players_pkey"), columns: vec!["id".into()] }),
        ..table("players", "id bigint, level integer")
    }]);
    current.views.insert(ObjectName::new("v"), View::default());
    let wanted = schema([Table {
        indexes: vec![index(conventional("ix_players_level"), true)],
        primary_key: Some(PrimaryKey { name: conventional("pk_players"), columns: vec!["id".into()] }),
        ..table("players", "level integer, id bigint")
    }]);
    assert_eq!(compared(&current, &wanted), Vec::<String>::new());
}

#[test]
fn a_stated_name_must_hold_and_a_taken_one_is_freed() {
    let index = |name: Name, column: &str| Index { name, keys: vec![IndexKey::column(column)], ..Index::default() };
    let of = |indexes: Vec<Index>| schema([Table { indexes, ..table("players", "id bigint, a text, b text") }]);
    let current = of(vec![index(stated("one"), "a"), index(stated("two"), "b")]);
    for (wanted, expected) in [
        (vec![index(stated("mine"), "a"), index(Name::Unnamed, "b")], vec!["rename index one to mine on players"]),
        (
            vec![index(conventional("one"), "b"), index(stated("two"), "a")],
            vec![
                "drop index one on players (a)",
                "drop index two on players (b)",
                "add index one on players (b)",
                "add index two on players (a)",
            ],
        ),
        (
            vec![index(conventional("ix_a"), "a"), index(conventional("two"), "b"), index(stated("one"), "id")],
            vec!["rename index one to ix_a on players", "add index one on players (id)"],
        ),
    ] {
        assert_eq!(compared(&current, &of(wanted)), expected);
    }
}

#[test]
fn a_name_that_two_parts_share_is_in_nobodys_way() {
    let index = Index { name: stated("fk_a_up"), keys: vec![IndexKey::column("up")], ..Index::default() };
    let of = |table_name: &str, key_name: Name| {
        let foreign_keys = vec![ForeignKey { name: key_name, ..key("up", table_name) }];
        schema([Table { foreign_keys, indexes: vec![index.clone()], ..table(table_name, "id bigint, up bigint") }])
    };
    let mut renames = Renames::default();
    renames.tables.insert(ObjectName::new("b"), ObjectName::new("a"));
    let found = changes(&of("a", stated("fk_a_up")), &of("b", conventional("fk_b_up")), &renames);
    assert_eq!(lines(&found), ["rename table a to b"]);
}

#[test]
fn a_unique_index_and_a_unique_constraint_stand_for_each_other() {
    let unique = Unique { name: conventional("uq"), columns: vec!["a".into()], ..Unique::default() };
    let index = Index { name: conventional("ix"), keys: vec![IndexKey::column("a")], unique: true, ..Index::default() };
    let partial = Index { predicate: Some("a > 1".into()), ..index.clone() };
    let with = |uniques: &[&Unique], indexes: &[&Index]| {
        schema([Table {
            uniques: uniques.iter().copied().cloned().collect(),
            indexes: indexes.iter().copied().cloned().collect(),
            ..table("t", "id bigint, a text")
        }])
    };
    assert_eq!(compared(&with(&[&unique], &[]), &with(&[], &[&index])), Vec::<String>::new());
    assert_eq!(compared(&with(&[], &[&index]), &with(&[&unique], &[])), Vec::<String>::new());
    assert_eq!(
        compared(&with(&[], &[&partial]), &with(&[&unique], &[])),
        ["add unique constraint uq on t (a)", "drop index ix on t (a)"]
    );
}

#[test]
fn foreign_keys_make_room_for_what_they_rest_on() {
    let scores = |kind: &str| Table {
        foreign_keys: vec![key("player", "players")],
        ..table("scores", &format!("id bigint, player {kind}"))
    };
    let current = schema([table("players", "id integer"), scores("integer")]);
    let wanted = schema([table("players", "id bigint"), scores("bigint")]);
    let found = changes(&current, &wanted, &Renames::default());
    let expected = [
        "drop foreign key on scores (player) to players",
        "change players.id: integer to bigint",
        "change scores.player: integer to bigint",
        "add foreign key on scores (player) to players",
    ];
    assert_eq!(lines(&found), expected);
    let back = lines(&reversed(&found));
    assert_eq!(back[0], expected[0]);
    assert_eq!(back[3], expected[3]);
}

#[test]
fn rings_of_tables_are_closed_last_and_opened_first() {
    let ring = schema([
        Table { foreign_keys: vec![key("b", "b")], ..table("a", "id bigint, b bigint") },
        Table { foreign_keys: vec![key("a", "a")], ..table("b", "id bigint, a bigint") },
        Table { foreign_keys: vec![key("up", "c")], ..table("c", "id bigint, up bigint") },
    ]);
    let there = ["add table c", "add table a", "add table b", "add foreign key on a (b) to b"];
    assert_eq!(compared(&Schema::default(), &ring), there);
    let back = ["drop foreign key on a (b) to b", "drop table b", "drop table a", "drop table c"];
    assert_eq!(compared(&ring, &Schema::default()), back);
}

#[test]
fn enum_values_come_before_their_users_and_go_after_them() {
    let of = |values: &[&str], default: &str| {
        let name = ObjectName::new("mood");
        let mut players = table("players", "id bigint, mood mood");
        players.columns[1].sql_type.enum_type = Some(name.clone());
        players.columns[1].default = Some(default.into());
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Schema { enums: [(name.clone(), EnumType { name, values })].into(), ..schema([players]) }
    };
    let found = compared(&of(&["sad", "ok"], "'sad'::mood"), &of(&["ok", "happy"], "'happy'::mood"));
    let expected =
        ["add value happy to enum mood", "change players.mood: default 'happy'::mood", "drop value sad of enum mood"];
    assert_eq!(found, expected);
}

#[test]
fn a_key_of_other_columns_keeps_its_columns_valid_all_the_time() {
    let with_key = |columns: &str, name: &str| {
        let primary_key = Some(PrimaryKey { columns: vec![name.into()], ..PrimaryKey::default() });
        schema([Table { primary_key, ..table("t", columns) }])
    };
    let found =
        changes(&with_key("a bigint, b bigint?", "a"), &with_key("a bigint?, b bigint", "b"), &Renames::default());
    let expected = ["change t.b: NOT NULL", "change primary key of t: (a) to (b)", "change t.a: NULL"];
    assert_eq!(lines(&found), expected);
    assert!(matches!(&found[1], Change::PrimaryKey { delta: Delta::Alter { .. }, .. }));
}
