//! What the catalogue tells of schemas that people wrote (`models.md` §5.3), and of those that we wrote.

use alembic_schema::backend::{Backend, Sqlite};
use alembic_schema::change::{Change, Delta, reversed};
use alembic_schema::schema::*;

use super::{column, comparable, key, make, table, unique};
use crate::support::{Database, scenario};

scenario!(statements_of_any_spelling_are_read on Sqlite);
async fn statements_of_any_spelling_are_read(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE [Odd \"name\"] (  -- with a comment, and (\n\
               `key` text PRIMARY KEY, /* , */ \"Select\" int DEFAULT (1+2) CONSTRAINT few CHECK(\"Select\"<10),\n\
               w text DEFAULT ('x'), z DEFAULT \"word\", t boolean DEFAULT 1);\n\
             CREATE TABLE child (id INTEGER PRIMARY KEY, a text, b int, c text COLLATE NOCASE,\n\
               total GENERATED ALWAYS AS (a || b) STORED,\n\
               CONSTRAINT to_odd FOREIGN KEY (a) REFERENCES \"odd \"\"NAME\"\"\" ON DELETE SET NULL\n\
                 DEFERRABLE INITIALLY DEFERRED,\n\
               FOREIGN KEY (b, c) REFERENCES pair(x, y), UNIQUE (a, b)) ;\n\
             CREATE TABLE pair (x int, y text, PRIMARY KEY (y, x)) WITHOUT ROWID;\n\
             CREATE UNIQUE INDEX ux ON pair (x, y);\n\
             CREATE INDEX \"i x\" ON CHILD (B desc, lower( \"c\" ), c COLLATE nocase, a COLLATE rtrim) WHERE a IS not null;\n\
             CREATE TABLE s (a INT, b ANY) STRICT;\n\
             CREATE VIEW seen AS SELECT * FROM [child] JOIN pair ON 's' = y;",
        )
        .await;
    let schema = database.inspect().await;
    let names: Vec<&str> = schema.tables.keys().map(|name| name.name.as_str()).collect();
    assert_eq!(names, ["Odd \"name\"", "child", "pair", "s"]);
    let of = |name: &str| &schema.tables[&ObjectName::new(name)];

    let odd = of("Odd \"name\"");
    let defaults: Vec<Option<&str>> = odd.columns.iter().map(|column| column.default.as_deref()).collect();
    assert_eq!(defaults, [None, Some("(1 + 2)"), Some("'x'"), Some("'word'"), Some("TRUE")]);
    assert!(odd.column("key").unwrap().nullable, "SQLite lets it be NULL");
    let few = Check { name: Name::Stated("few".into()), expression: "\"Select\" < 10".into() };
    assert_eq!(odd.checks, [few]);

    let child = of("child");
    let to_odd = ForeignKey {
        referenced_columns: vec!["key".into()],
        on_delete: Action::SetNull,
        deferrable: Deferrable::Deferred,
        ..key("to_odd", "a", "Odd \"name\"")
    };
    assert_eq!(child.foreign_keys[0], to_odd);
    assert_eq!(child.foreign_keys[1].referenced_columns, ["x", "y"]);
    assert_eq!(child.foreign_keys[1].name, Name::Unnamed);
    assert!(!child.column("id").unwrap().nullable);
    assert_eq!(child.column("c").unwrap().collation.as_deref(), Some("NOCASE"));
    let total = Generated { expression: "a || b".into(), storage: Storage::Stored };
    assert_eq!(child.column("total").unwrap().generated, Some(total));
    assert_eq!(child.uniques, [Unique { name: Name::Unnamed, ..unique("", &["a", "b"]) }]);
    let keys = &child.indexes[0].keys;
    assert_eq!((&keys[0].part, keys[0].order), (&IndexPart::Column("b".into()), Order::Descending));
    assert_eq!(keys[1].part, IndexPart::Expression("lower(c)".into()));
    assert_eq!([&keys[2].collation, &keys[3].collation], [&None, &Some("RTRIM".into())]);
    assert_eq!(child.indexes[0].predicate.as_deref(), Some("a IS NOT NULL"));

    let pair = of("pair");
    assert!(pair.options.without_rowid && !pair.column("x").unwrap().nullable && pair.indexes[0].unique);
    assert_eq!(pair.primary_key.as_ref().unwrap().columns, ["y", "x"]);
    assert!(of("s").options.strict);
    let view = &schema.views[&ObjectName::new("seen")];
    assert_eq!(view.reads, [ObjectName::new("child"), ObjectName::new("pair")]);
}

scenario!(names_follow_a_rename_that_sqlite_quotes on Sqlite);
async fn names_follow_a_rename_that_sqlite_quotes(database: &mut Database) {
    database
        .sql(
            "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, a int CHECK (a > 0)); CREATE INDEX ia ON p (a);\
             CREATE TABLE c (id INTEGER PRIMARY KEY, p int REFERENCES p);\
             ALTER TABLE p RENAME TO q9; ALTER TABLE q9 RENAME COLUMN a TO \"b c\"; ALTER TABLE q9 ADD COLUMN d int NOT NULL DEFAULT 5",
        )
        .await;
    let schema = database.inspect().await;
    let table = &schema.tables[&ObjectName::new("q9")];
    assert_eq!(table.checks[0].expression, "\"b c\" > 0");
    assert_eq!(table.indexes[0].keys, [IndexKey::column("b c")]);
    assert_eq!(table.columns[0].identity, Some(Identity::AutoIncrement));
    assert_eq!(table.column("d").unwrap().default.as_deref(), Some("5"));
    let child = &schema.tables[&ObjectName::new("c")];
    assert_eq!(child.foreign_keys[0].references.name, "q9");
    assert_eq!(child.foreign_keys[0].referenced_columns, ["id"]);
}

scenario!(what_is_not_a_table_of_ours_is_left_out on Sqlite);
async fn what_is_not_a_table_of_ours_is_left_out(database: &mut Database) {
    let modules = database.rows("SELECT count(*) FROM pragma_module_list WHERE name = 'rtree'").await;
    database.sql("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE").await;
    if modules == ["1"] {
        database.sql("CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1)").await;
    }
    // A virtual table whose module nobody knows any more.
    database
        .sql(
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) \
             VALUES ('table', 'gone', 'gone', 0, 'CREATE VIRTUAL TABLE gone USING nobody(x)'); PRAGMA writable_schema = RESET",
        )
        .await;
    database.sql("CREATE VIEW broken AS SELECT missing FROM nowhere").await;
    let schema = database.inspect().await;
    assert_eq!(schema.tables.keys().collect::<Vec<_>>(), [&ObjectName::new("a")]);
    assert_eq!(schema.views.len(), 1);
}

/// A schema that uses all that SQLite has.
fn everything() -> Vec<Table> {
    let mut players = table(
        "players",
        vec![
            column("name", "TEXT"),
            Column { nullable: false, default: Some("now".into()), ..column("Tag line", "VARCHAR(16)") },
            Column { collation: Some("nocase".into()), ..column("order", "TEXT") },
            Column { default: Some("1 + 2".into()), ..column("level", "integer") },
            Column {
                default: Some("(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))".into()),
                nullable: false,
                ..column("created_at", "DATETIME")
            },
            Column {
                generated: Some(Generated { expression: "upper(name)".into(), storage: Storage::Virtual }),
                ..column("loud", "TEXT")
            },
            column("team_id", "INTEGER"),
        ],
    );
    players.columns[0].identity = Some(Identity::AutoIncrement);
    players.checks.push(Check { name: Name::Conventional("ck_players_level".into()), expression: "(level>0)".into() });
    players.uniques.push(unique("uq_players_name", &["name", "order"]));
    players.foreign_keys.push(ForeignKey { on_delete: Action::Cascade, ..key("fk_players_team", "team_id", "teams") });
    players.indexes.push(Index {
        name: Name::Stated("ix_players".into()),
        keys: vec![
            IndexKey { order: Order::Descending, ..IndexKey::column("level") },
            IndexKey { part: IndexPart::Expression("lower(name)".into()), ..IndexKey::column("") },
        ],
        predicate: Some("level is not null".into()),
        ..Index::default()
    });
    // A circle, and a table that refers to itself.
    let mut teams = table("teams", vec![column("captain_id", "INTEGER"), column("parent_id", "INTEGER")]);
    teams
        .foreign_keys
        .push(ForeignKey { deferrable: Deferrable::Deferred, ..key("fk_teams_captain", "captain_id", "players") });
    teams.foreign_keys.push(key("fk_teams_parent", "parent_id", "teams"));
    let mut pairs = Table { name: ObjectName::new("pairs"), ..Table::default() };
    pairs.columns = vec![column("a", "INT"), column("b", "TEXT"), column("at", "DATETIME"), column("ok", "BOOLEAN")];
    pairs.options = TableOptions { strict: true, without_rowid: true, ..TableOptions::default() };
    pairs.primary_key =
        Some(PrimaryKey { name: Name::Stated("pk_pairs".into()), columns: vec!["b".into(), "a".into()] });
    let mut texts = table("texts", vec![]);
    texts.columns[0].sql_type = ColumnType::new("TEXT");
    texts.columns[0].nullable = false;
    vec![players, teams, pairs, texts]
}

scenario!(what_is_written_is_what_is_read on Sqlite);
async fn what_is_written_is_what_is_read(database: &mut Database) {
    let mut wanted = Schema::default();
    for table in everything() {
        wanted.tables.insert(table.name.clone(), table);
    }
    Sqlite.normalize(&mut wanted);
    let mut again = wanted.clone();
    Sqlite.normalize(&mut again);
    assert_eq!(again, wanted, "the normal form is one");
    let changes: Vec<Change> =
        wanted.tables.values().cloned().map(|table| Change::Table(Delta::Create(table))).collect();
    let (_, rebuilds) = make(database, &changes).await;
    assert!(!rebuilds);
    let found = database.inspect().await;
    assert_eq!(comparable(&found), comparable(&wanted));
    make(database, &reversed(&changes)).await;
    assert!(database.inspect().await.tables.is_empty());
}
