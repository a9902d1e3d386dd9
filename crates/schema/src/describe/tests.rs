use super::*;
use crate::diff::neutral::Neutral;
use crate::schema::{ColumnType, IndexKey};

fn object(name: &str) -> ObjectName {
    ObjectName::new(name)
}

fn table(name: &str) -> Table {
    Table { name: object(name), ..Table::default() }
}

fn column(name: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new("integer"), nullable: true, ..Column::default() }
}

fn of_column(table: &str, delta: Delta<Column>) -> Change {
    Change::Column { table: object(table), delta, fill: None }
}

fn level() -> Change {
    let to = Column { sql_type: ColumnType::new("bigint"), nullable: false, ..column("level") };
    of_column("players", Delta::Alter { from: column("level"), to })
}

fn level_index() -> Change {
    let name = Name::Conventional("ix_players_level".into());
    let index = Index { name, keys: vec![IndexKey::column("level")], ..Index::default() };
    Change::Index { table: object("players"), delta: Delta::Create(index) }
}

fn mood(values: &[&str]) -> EnumType {
    EnumType { name: object("mood"), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn added(name: &str) -> Change {
    Change::Table(Delta::Create(table(name)))
}

#[test]
fn a_line_says_what_changes() {
    let alter = |from: &[&str], to: &[&str]| Change::Enum(Delta::Alter { from: mood(from), to: mood(to) });
    let key = ForeignKey { columns: vec!["team".into()], references: object("teams"), ..ForeignKey::default() };
    let commented = Table { comment: Some("x".into()), ..table("players") };
    let default = Column { default: Some("1".into()), comment: Some("x".into()), ..column("level") };
    for (change, expected) in [
        (added("smurf_scores"), "add table smurf_scores"),
        (Change::Table(Delta::Alter { from: table("players"), to: commented }), "change table players: comment"),
        (of_column("players", Delta::Drop(column("region"))), "drop column players.region"),
        (
            of_column("players", Delta::Rename { from: column("name"), to: column("game_name") }),
            "rename column players.name to game_name",
        ),
        (level(), "change players.level: integer to bigint, NOT NULL"),
        (
            of_column("players", Delta::Alter { from: default.clone(), to: column("level") }),
            "change players.level: no default, no comment",
        ),
        (
            of_column("players", Delta::Alter { from: column("level"), to: default }),
            "change players.level: default 1, comment",
        ),
        (level_index(), "add index ix_players_level on players (level)"),
        (
            Change::ForeignKey { table: object("players"), delta: Delta::Drop(key) },
            "drop foreign key on players (team) to teams",
        ),
        (alter(&["sad"], &["sad", "happy"]), "add value happy to enum mood"),
        (alter(&["sad", "a", "b"], &["sad"]), "drop values a, b of enum mood"),
        (alter(&["a", "b"], &["b", "a"]), "reorder values of enum mood"),
    ] {
        assert_eq!(line(&change), expected);
    }
}

#[test]
fn a_message_is_what_a_person_would_write() {
    let region = || of_column("players", Delta::Create(column("region")));
    let mode = || of_column("matches", Delta::Drop(column("mode")));
    let long = "a_table_with_a_name_that_is_much_longer_than_any_message_may_be";
    for (changes, expected) in [
        (vec![added("smurf_scores")], "Add smurf_scores table"),
        (vec![added("smurf_scores"), level_index()], "Add smurf_scores table"),
        (vec![region()], "Add players.region"),
        (vec![added("a"), added("b")], "Add a and b tables"),
        (vec![added("a"), added("b"), added("c"), added("d")], "Add a and 3 other tables"),
        (vec![level(), mode()], "Change players.level and drop matches.mode"),
        (vec![level(), mode(), region()], "Add players.region and 2 other changes"),
        (vec![level_index()], "Add index of players"),
        (vec![added(long)], "Change the schema"),
        (
            vec![of_column("players", Delta::Rename { from: column("name"), to: column("game_name") })],
            "Rename players.name to game_name",
        ),
        (vec![], "Change the schema"),
    ] {
        assert_eq!(message(&changes), expected);
    }
}

#[test]
fn losses_are_named_by_their_flags() {
    let found = losses(
        &[
            Change::Table(Delta::Drop(table("players"))),
            of_column("matches", Delta::Drop(column("mode"))),
            of_column(
                "matches",
                Delta::Alter { from: column("mode"), to: Column { nullable: false, ..column("mode") } },
            ),
            of_column(
                "matches",
                Delta::Alter {
                    from: column("size"),
                    to: Column { sql_type: ColumnType::new("smallint"), ..column("size") },
                },
            ),
            added("x"),
        ],
        &Neutral,
    );
    let shown: Vec<String> = found.iter().map(|loss| format!("{}: {}", loss.kind.flag(), loss.what)).collect();
    let expected = [
        "drop-table: all rows of `players`",
        "drop-column: all values of `matches.mode`",
        "narrow-type: values of `matches.size` that do not fit into smallint",
    ];
    assert_eq!(shown, expected);
}
