//! `generate` and `check` from Rust source to a database: what is written, what is asked, what is left alone.

use crate::databases::{Database, Server};
use crate::project::{Finished, Project};

const PLAYERS: &str = "
#[derive(Table)]
#[table(name = \"players\", check(name = \"level\", \"level >= 0 AND name <> 'x'\"))]
pub struct Player {
    #[column(primary_key)]
    pub id: i64,
    #[column(len = 40)]
    pub name: String,
    #[column(default = 5)]
    pub level: i32,
    pub region: Option<String>,
}
";

const MATCHES: &str = "
#[derive(Table)]
#[table(name = \"matches\")]
pub struct Match {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = \"players.id\", on_delete = \"cascade\")]
    pub player_id: i64,
}
";

/// Two features, each with a model; `matches` refers to `players`.
fn project() -> Project {
    let project = Project::new(&["matches", "players"]);
    model(&project, "players", PLAYERS);
    model(&project, "matches", MATCHES);
    project
}

fn model(project: &Project, feature: &str, text: &str) {
    project.write(&format!("{feature}/src/lib.rs"), &format!("use alembic_model::Table;\n{text}"));
}

/// The scripts of a feature, oldest first is not promised.
fn scripts(project: &Project, feature: &str) -> Vec<String> {
    let folder = project.path(&format!("{feature}/migrations"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[track_caller]
fn fails(finished: &Finished, status: i32, part: &str) {
    assert_eq!(finished.status, status, "{}{}", finished.stdout, finished.stderr);
    assert!(finished.stderr.contains(part), "no {part:?} in {}", finished.stderr);
}

/// Everything that a model goes through, on every database.
#[test]
fn models_become_scripts_that_make_them() {
    for database in Database::each() {
        let project = project().database(&database.url);
        assert_eq!(project.run("check").status, 1, "{:?}", database.server);
        let written = project.json("generate");
        let features: Vec<&str> = written["revisions"]
            .as_array()
            .expect("revisions")
            .iter()
            .map(|revision| revision["revision"]["feature"].as_str().expect("a feature"))
            .collect();
        assert_eq!(features, ["players", "matches"], "what is referred to comes first");
        let [players, matches] = [0, 1].map(|at| written["revisions"][at]["revision"].clone());
        assert_eq!(matches["parents"][0], players["revision"], "the second follows the first");
        assert_eq!(players["parents"].as_array().map(Vec::len), Some(0));
        assert_eq!(written["revisions"][0]["changes"].as_array().map(Vec::len), Some(1));

        project.ok("upgrade -q");
        assert_eq!(database.tables(), ["matches", "players"]);
        assert_eq!(project.json("generate")["revisions"].as_array().map(Vec::len), Some(0), "{:?}", database.server);
        let checked = project.json("check");
        assert_eq!((checked["ok"].as_bool(), checked["changes"].as_array().map(Vec::len)), (Some(true), Some(0)));

        // SQLite quotes a name that a table was given later.
        let schema = || database.schema().replace('"', "");
        let before = schema();
        database.query("INSERT INTO players (name) VALUES ('ann')");
        let renamed = PLAYERS.replace("name: String", "game_name: String").replace("name <>", "game_name <>");
        model(&project, "players", &renamed.replace("pub region", "pub elo: i32,\n    pub region"));
        project.ok("generate --rename players.name=game_name --backfill players.elo=7");
        project.ok("upgrade -q");
        assert_eq!(database.query("SELECT game_name, level, elo FROM players"), "ann|5|7", "{:?}", database.server);
        project.ok("check");
        project.ok("downgrade -1 -y -q");
        assert_eq!(schema(), before, "{:?}", database.server);
        assert_eq!(database.query("SELECT name FROM players"), "ann");
        project.ok("upgrade -q");

        model(&project, "matches", "");
        project.ok("generate --allow drop-table");
        project.ok("upgrade -q");
        assert_eq!(database.tables(), ["players"]);
        project.ok("check --against replay");
    }
}

#[test]
fn a_database_that_lacks_revisions_is_not_compared() {
    for database in Database::each().filter(|database| database.server != Server::Sqlite) {
        let project = project().database(&database.url);
        project.ok("generate");
        fails(&project.run("generate"), 2, "error[A0802]");
        fails(&project.run("check"), 2, "run `cargo alembic upgrade` first");
        project.ok("check --against replay");
        project.ok("generate --against replay");
        assert_eq!(database.tables(), [""; 0], "a replay leaves the live database alone");
    }
}

#[test]
fn a_replay_leaves_no_database_behind() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = project().database(&database.url);
    project.revision("players", "a1", &[], "CREATE TABLE x (id int); SELECT 1/0;", "DROP TABLE x;");
    let finished = project.run("check --against replay");
    fails(&finished, 4, "the revisions cannot be replayed");
    assert!(finished.stderr.contains("yours was not touched"), "{}", finished.stderr);
    let left = database.query("SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '_replay_%'");
    assert_eq!(left, "0");
}

#[test]
fn tables_of_others_are_left_alone() {
    for database in Database::each() {
        let project = project().database(&database.url);
        database.query("CREATE TABLE apscheduler_jobs (id integer)");
        project.ok("generate --against replay");
        project.ok("upgrade -q");
        let checked = project.json("check --against live");
        assert_eq!(checked["changes"].as_array().map(Vec::len), Some(0));
        assert_eq!(checked["ignored"][0], "apscheduler_jobs");
        assert!(project.ok("check --against live -v").contains("passed over: apscheduler_jobs"));
        project.ok("generate --against live");
    }
}

#[test]
fn renames_are_never_guessed() {
    let project = project();
    project.ok("generate");
    model(&project, "players", &PLAYERS.replace("region:", "area:"));
    let before = project.files();
    let finished = project.run("generate");
    fails(&finished, 5, "cargo alembic generate --rename players.region=area");
    fails(&finished, 5, "cargo alembic generate --no-rename players.area");
    assert_eq!(project.files(), before);
    fails(&project.run("generate --rename players.regoin=area"), 2, "did you mean `players.region`?");
    fails(&project.run("generate --rename players.region=area --rename players.name=area"), 2, "error[A0812]");
    fails(
        &project.run("generate --rename players.region=area --rename players.region=level"),
        2,
        "leave out `--rename",
    );
    for (flags, kept) in
        [("--rename players.region=area", true), ("--no-rename players.area --allow drop-column", false)]
    {
        let shown = project.ok(&format!("generate -n {flags}"));
        assert_eq!(shown.contains("RENAME COLUMN region TO area"), kept, "{shown}");
        assert_eq!(shown.contains("DROP COLUMN region"), !kept, "{shown}");
    }
    assert_eq!(project.files(), before);
    assert_eq!(project.run("check").status, 1);
}

#[test]
fn data_is_lost_only_by_permission() {
    let project = project();
    project.ok("generate");
    model(&project, "players", &PLAYERS.replace("    pub region: Option<String>,\n", ""));
    let before = project.files();
    fails(&project.run("generate"), 5, "cargo alembic generate --allow drop-column");
    fails(&project.run("generate --yes"), 5, "--allow drop-column");
    fails(&project.run("generate --allow drop-table"), 5, "--allow drop-table,drop-column");
    assert_eq!(project.files(), before, "nothing is written");
    assert!(project.ok("generate --dry-run").contains("DROP COLUMN region"), "showing it loses nothing");
    assert_eq!(project.files(), before);
    project.ok("generate --allow drop-column");
    assert_eq!(scripts(&project, "players").len(), 2);
}

#[test]
fn rows_get_a_value() {
    let project = project();
    project.ok("generate");
    model(&project, "players", &PLAYERS.replace("pub region", "pub elo: i32,\n    pub region"));
    let finished = project.run("generate --format json");
    assert_eq!((finished.status, finished.error()["code"].as_str()), (5, Some("A0901")));
    assert!(finished.error()["help"].as_str().is_some_and(|help| help.contains("--backfill players.elo=0")));
    let written = project.run("generate --backfill players.elo=level*2 --backfill players.nosuch=1");
    fails(&written, 0, "`--backfill players.nosuch=1` is not needed");
}

#[test]
fn one_feature_at_a_time() {
    let project = project();
    fails(&project.run("generate -p matches"), 2, "cargo alembic generate -p matches -p players");
    let finished = project.run("generate -p players -m one");
    fails(&finished, 0, "left out by -p: matches");
    assert_eq!((scripts(&project, "players").len(), scripts(&project, "matches").len()), (1, 0));
    project.ok("generate -p matches --rev-id abc1 --message two");
    assert_eq!(scripts(&project, "matches"), ["abc1_two.sql"]);
    assert!(project.read("matches/migrations/abc1_two.sql").starts_with("-- two\n"));
}

#[test]
fn all_scripts_or_none() {
    let project = project();
    let before = project.files();
    fails(&project.run("generate --rev-id abc1"), 2, "error[A0809]");
    // `matches` comes second, and its folder cannot be made.
    std::fs::remove_dir(project.path("matches/migrations")).expect("an empty folder");
    project.write("matches/migrations", "");
    project.write("matches/Cargo.toml", &(project.read("matches/Cargo.toml") + "\n[package.metadata.alembic]\n"));
    assert_ne!(project.run("generate").status, 0);
    assert_eq!(scripts(&project, "players"), [""; 0]);
    assert_eq!(project.files().len(), before.len() + 1);
}

#[test]
fn every_dialect_gets_its_sections() {
    let project = project();
    let manifest = project.read("Cargo.toml");
    let settings = "\n[workspace.metadata.alembic]\ndialects = [\"postgres\", \"sqlite\", \"mysql\"]\n";
    project.write("Cargo.toml", &format!("{manifest}{settings}"));
    let shown = project.ok("generate -n");
    for dialect in ["postgres", "sqlite", "mysql"] {
        assert_eq!(shown.matches(&format!("-- [upgrade.{dialect}]\n")).count(), 2, "{shown}");
    }
    assert_eq!(shown.matches("-- [downgrade]\n").count(), 2, "what all say alike is said once: {shown}");
    assert!(shown.contains("AUTO_INCREMENT") && shown.contains("AS IDENTITY"), "{shown}");
}

#[test]
fn the_same_by_alembics_name() {
    let project = project();
    let shown = project.ok("revision --autogenerate -n -m same");
    assert!(shown.contains("CREATE TABLE players") && shown.contains("CREATE TABLE matches"), "{shown}");
    assert_eq!(project.run("revision --rename a=b -m x").status, 2, "an answer needs its question");
    let finished = project.run("revision --autogenerate --rename players.x=y");
    fails(&finished, 2, "error[A0806]");
}

#[test]
fn a_table_that_exists_is_adopted_or_nothing_happens() {
    for database in Database::each() {
        let project = Project::new(&["players"]).database(&database.url);
        model(&project, "players", PLAYERS);
        let text = if database.server == Server::Mariadb { "varchar(40)" } else { "text" };
        database.query(&format!("CREATE TABLE players (id bigint PRIMARY KEY, name {text} NOT NULL, extra integer)"));
        fails(&project.run("generate --against live"), 5, "cargo alembic generate --against live --adopt players");
        assert_eq!(project.run("check --against live").status, 1);
        let finished = project.run("generate --against live --adopt players --rev-id abc1");
        fails(&finished, 0, "mark it with `cargo alembic stamp abc1`");
        let name = scripts(&project, "players").pop().expect("a script");
        let script = project.read(&format!("players/migrations/{name}"));
        assert!(script.contains("CREATE TABLE players") && script.contains("extra"), "{script}");
        project.ok("stamp abc1 -q");
        fails(&project.run("generate --against live"), 5, "players.extra");
        project.ok("generate --against live --allow drop-column,narrow-type");
        project.ok("upgrade -q");
        project.ok("check --against live");
    }
}

#[test]
fn without_models_nothing_is_compared() {
    let project = Project::drawn("a1");
    fails(&project.run("generate"), 3, "error[A0801]");
    let checked = project.json("check");
    assert!(checked.get("changes").is_none(), "{checked}");
}

#[test]
fn tables_of_models_that_may_hide_stay() {
    for database in Database::each() {
        let project = Project::new(&["players"]).database(&database.url);
        let mood =
            "#[derive(sqlx::Type)]\n#[sqlx(type_name = \"mood\", rename_all = \"lowercase\")]\npub enum Mood { Sad }\n";
        let other = "\n#[derive(Table)]\n#[table(name = \"other\")]\nstruct Other { #[column(primary_key)] id: i64 }\n";
        let moody = PLAYERS.replace("pub region", "pub mood: Mood,\n    pub region");
        model(&project, "players", &format!("{mood}{moody}{other}"));
        project.ok("generate");
        project.ok("upgrade -q");
        model(&project, "players", &format!("include!(concat!(env!(\"OUT_DIR\"), \"/models.rs\"));\n{other}"));
        let finished = project.run("generate");
        fails(&finished, 0, "players has no model and is not dropped, because one may hide");
        assert!(finished.stdout.contains("nothing to generate"), "{}", finished.stdout);
        project.ok("check");
    }
}

#[test]
fn lines_of_their_own_stay_apart() {
    let project = project();
    for feature in ["players", "matches"] {
        let manifest = project.read(&format!("{feature}/Cargo.toml"));
        let settings = format!("\n[package.metadata.alembic]\nbranch-label = \"{feature}_line\"\n");
        project.write(&format!("{feature}/Cargo.toml"), &format!("{manifest}{settings}"));
    }
    project.ok("revision -p players -m begin --head base --rev-id aaa1");
    project.ok("revision -p matches -m begin --head base --rev-id bbb1");
    let written = project.json("generate");
    let [players, matches] = [0, 1].map(|at| written["revisions"][at]["revision"].clone());
    assert_eq!((&players["parents"][0], &matches["parents"][0]), (&"aaa1".into(), &"bbb1".into()));
    assert_eq!(matches["depends_on"][0], players["revision"]);
    project.ok("upgrade -q heads");
    project.ok("check");
}

#[test]
fn several_heads_without_lines_are_merged_first() {
    let project = project();
    project.draw("players", "a1; b1:a1; c1:a1");
    fails(&project.run("generate"), 2, "join them first with `cargo alembic merge`");
}

/// What the database spells otherwise than the model is compared under the new names, too.
#[test]
fn a_new_name_changes_nothing_else() {
    let old = "
#[derive(Table)]
#[table(name = \"players\", check(\"level IN (1, 2, 5) AND name <> 'x'\"), index(name, where = \"level<>2\"))]
pub struct Player {
    #[column(primary_key)]
    pub id: i64,
    #[column(len = 40, default = \"'a' || 'b'\")]
    pub name: String,
    #[column(default = \"(1 + 1)\")]
    pub level: i32,
}
";
    let renamed_table = old.replace("name = \"players\"", "name = \"gamers\", renamed_from = \"players\"");
    let renamed_column = old
        .replace("level", "rank")
        .replace("#[column(default = \"(1", "#[column(renamed_from = \"level\", default = \"(1");
    for database in Database::each().filter(|database| database.server != Server::Mariadb) {
        for new in [&renamed_table, &renamed_column] {
            let project = Project::new(&["players"]).database(&database.url);
            model(&project, "players", old);
            project.ok("generate");
            project.ok("upgrade -q");
            model(&project, "players", new);
            let changes = project.json("generate")["revisions"][0]["changes"].clone();
            assert_eq!(changes.as_array().map(Vec::len), Some(1), "{:?}: {changes}", database.server);
            project.ok("downgrade base -y -q");
        }
    }
}

/// `bigserial` is as good as an identity, CURRENT_TIMESTAMP as `now()`: also where the table or the column is renamed.
#[test]
fn another_spelling_is_no_change_under_a_new_name() {
    let old = "
#[derive(Table)]
#[table(name = \"players\")]
pub struct Player {
    #[column(primary_key)]
    pub id: i64,
    #[column(default = \"now()\")]
    pub seen: chrono::DateTime<chrono::Utc>,
}
";
    let renamed = [
        old.replace("name = \"players\"", "name = \"gamers\", renamed_from = \"players\""),
        old.replace("default = ", "renamed_from = \"seen\", default = ").replace("pub seen", "pub made"),
        old.replace("primary_key", "primary_key, renamed_from = \"id\"").replace("pub id", "pub uid"),
    ];
    for new in renamed {
        let Some(database) = Database::new(Server::Postgres) else { return };
        let project = Project::new(&["players"]).database(&database.url);
        let made =
            "CREATE TABLE players (id bigserial PRIMARY KEY, seen timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP);";
        project.revision("players", "a1", &[], made, "DROP TABLE players;");
        project.ok("upgrade -q");
        model(&project, "players", old);
        project.ok("check");
        model(&project, "players", &new);
        let changes = project.json("generate")["revisions"][0]["changes"].clone();
        assert_eq!(changes.as_array().map(Vec::len), Some(1), "{changes}");
    }
}
