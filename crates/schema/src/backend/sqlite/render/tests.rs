use super::*;
use crate::schema::{Check, ColumnType, ForeignKey, IndexKey, Name, PrimaryKey, Trigger, Unique};

fn column(name: &str, sql_type: &str) -> Column {
    Column { name: name.into(), sql_type: ColumnType::new(sql_type), nullable: true, ..Column::default() }
}

fn players() -> Table {
    Table {
        name: ObjectName::new("players"),
        columns: vec![
            Column { nullable: false, ..column("id", "INTEGER") },
            column("name", "TEXT"),
            column("order", "TEXT"),
        ],
        primary_key: Some(PrimaryKey { name: Name::Conventional("pk_players".into()), columns: vec!["id".into()] }),
        ..Table::default()
    }
}

fn schema(tables: Vec<Table>) -> Schema {
    Schema { tables: tables.into_iter().map(|table| (table.name.clone(), table)).collect(), ..Schema::default() }
}

fn sql(changes: &[Change], before: &Schema) -> String {
    render(changes, before).unwrap().to_sql()
}

fn of_players(delta: Delta<Column>, fill: Option<&str>) -> Change {
    let fill = fill.map(|expression| Fill { expression: expression.into(), is_stand_in: false, ..Fill::default() });
    Change::Column { table: ObjectName::new("players"), delta, fill }
}

#[test]
fn a_table_is_made_with_all_that_is_in_it() {
    let mut table = players();
    table.checks.push(Check { name: Name::Conventional("ck_players_name".into()), expression: "name <> ''".into() });
    table.uniques.push(Unique { columns: vec!["order".into()], ..Unique::default() });
    table.indexes.push(Index {
        name: Name::Conventional("ix_players_name".into()),
        keys: vec![IndexKey::column("name")],
        ..Index::default()
    });
    table
        .triggers
        .push(Trigger { name: "t".into(), sql: "CREATE TRIGGER t AFTER INSERT ON players BEGIN SELECT 1; END".into() });
    let expected = "\
CREATE TABLE players (
    id INTEGER PRIMARY KEY,
    name TEXT,
    \"order\" TEXT,
    UNIQUE (\"order\"),
    CONSTRAINT ck_players_name CHECK (name <> '')
);

CREATE INDEX ix_players_name ON players (name);
CREATE TRIGGER t AFTER INSERT ON players BEGIN SELECT 1; END;
";
    let create = [Change::Table(Delta::Create(table.clone()))];
    assert_eq!(sql(&create, &Schema::default()), expected);
    let drop = [Change::Table(Delta::Drop(table.clone()))];
    let expected = "-- destructive: the rows of players are lost\nDROP TABLE players;\n";
    assert_eq!(sql(&drop, &schema(vec![table])), expected);
}

#[test]
fn a_new_column_brings_its_reference_along() {
    let key = ForeignKey {
        name: Name::Conventional("fk_players_team_id_teams".into()),
        columns: vec!["team_id".into()],
        references: ObjectName::new("teams"),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    };
    let changes = [
        of_players(Delta::Create(column("team_id", "INTEGER")), None),
        Change::ForeignKey { table: ObjectName::new("players"), delta: Delta::Create(key) },
    ];
    assert_eq!(
        sql(&changes, &schema(vec![players()])),
        "ALTER TABLE players ADD COLUMN team_id INTEGER \
         CONSTRAINT fk_players_team_id_teams REFERENCES teams (id);\n"
    );
}

#[test]
fn all_changes_of_a_table_are_one_rebuild() {
    let level = Column { nullable: false, ..column("level", "INTEGER") };
    let name = column("name", "TEXT");
    let index = |name: &str| Index {
        name: Name::Conventional(name.into()),
        keys: vec![IndexKey::column("name")],
        ..Index::default()
    };
    let table = ObjectName::new("players");
    let mut before = players();
    before.indexes.push(index("ix_old"));
    let changes = [
        Change::Index { table: table.clone(), delta: Delta::Drop(index("ix_old")) },
        of_players(Delta::Create(level), Some("1")),
        of_players(
            Delta::Alter { from: name.clone(), to: Column { nullable: false, default: Some("''".into()), ..name } },
            None,
        ),
        of_players(Delta::Drop(column("order", "TEXT")), None),
        Change::Index { table, delta: Delta::Create(index("ix_new")) },
    ];
    let expected = "\
-- SQLite changes players by a copy of it
-- destructive: the values of players.order are lost
CREATE TABLE _alembic_new_players (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    level INTEGER NOT NULL
);

INSERT INTO _alembic_new_players (id, name, level)
SELECT id, COALESCE(name, ''), 1
FROM players;

DROP TABLE players;
ALTER TABLE _alembic_new_players RENAME TO players;
CREATE INDEX ix_new ON players (name);
";
    let rendered = render(&changes, &schema(vec![before])).unwrap();
    assert_eq!((rendered.to_sql().as_str(), rendered.rebuild), (expected, true));
}

#[test]
fn a_dropped_table_is_not_rebuilt_before() {
    let mut table = players();
    let unique = Unique { columns: vec!["name".into()], ..Unique::default() };
    table.uniques.push(unique.clone());
    let after = Table { uniques: Vec::new(), ..table.clone() };
    let changes =
        [Change::Unique { table: table.name.clone(), delta: Delta::Drop(unique) }, Change::Table(Delta::Drop(after))];
    let rendered = render(&changes, &schema(vec![table])).unwrap();
    assert_eq!((rendered.statements.len(), rendered.rebuild), (1, false));
}

#[test]
fn changes_that_do_not_fit_are_refused() {
    let error = render(&[of_players(Delta::Drop(column("x", "TEXT")), None)], &schema(vec![players()])).unwrap_err();
    assert!(error.to_string().contains("players.x"), "{error}");
    let of_enum = Change::Enum(Delta::Create(crate::schema::EnumType::default()));
    assert!(render(&[of_enum], &Schema::default()).unwrap_err().to_string().contains("no types of its own"));
}
