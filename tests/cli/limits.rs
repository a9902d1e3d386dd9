//! What `generate` cannot see or cannot promise, and that it says so.

use crate::databases::{Database, Server};
use crate::project::{Finished, Project};

const HEAD: &str = "use alembic_model::Table;\n";
const PLAYERS: &str = "#[derive(Table)] #[table(name = \"players\")]
pub struct Player { #[column(primary_key)] pub id: i64, pub name: String, pub region: Option<String> }\n";
const AUDITS: &str = "#[derive(Table)] #[table(name = \"audits\")]
pub struct Audit { #[column(primary_key)] pub id: i64 }\n";

/// A feature `app` with this source.
fn source(text: &str) -> Project {
    let project = Project::new(&["app"]);
    project.write("app/src/lib.rs", &format!("{HEAD}{text}"));
    project
}

#[track_caller]
fn says(finished: &Finished, part: &str) {
    assert_eq!(finished.status, 0, "{}{}", finished.stdout, finished.stderr);
    assert!(finished.stderr.contains(part), "no {part:?} in {}", finished.stderr);
}

#[test]
fn a_model_behind_a_feature_that_is_off_keeps_its_table() {
    let project = source(&format!("{PLAYERS}#[cfg(feature = \"audit\")]\nmod audit;\n"));
    project.write("app/src/audit.rs", &format!("{HEAD}{AUDITS}"));
    let manifest = project.read("app/Cargo.toml");
    let with = |features: &str| project.write("app/Cargo.toml", &format!("{manifest}\n[features]\n{features}"));
    with("default = [\"all\"]\nall = [\"audit\"]\naudit = []\n");
    project.ok("generate");
    project.ok("upgrade -q");
    with("default = []\nall = [\"audit\"]\naudit = []\n");
    let reason = "audits has no model and is not dropped, because one may hide: its model is behind the feature `all` \
                  of `app`, which is off";
    says(&project.run("generate"), reason);
    // Another table is no new name of it, and what has no model at all still goes.
    project.write(
        "app/src/lib.rs",
        &format!("{HEAD}#[cfg(feature = \"audit\")]\nmod audit;\n{}", PLAYERS.replace("players", "gamers")),
    );
    let finished = project.run("generate --no-rename players --allow drop-table");
    says(&finished, "audits has no model and is not dropped");
    project.ok("upgrade -q");
    assert_eq!(
        project.sqlite(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('players', 'gamers', 'audits') ORDER BY 1"
        ),
        "audits\ngamers"
    );
    // A broken model behind a feature hides everything that its package made.
    project.write("app/src/audit.rs", &format!("{HEAD}#[derive(Table)] struct Audit {{ id: Gone }}\n"));
    says(
        &project.run("generate"),
        "audits has no model and is not dropped, because one may hide: the models cannot be read with the feature `all`",
    );
    with("");
    project.write("app/src/lib.rs", &format!("{HEAD}{}", PLAYERS.replace("players", "gamers")));
    project.ok("generate --allow drop-table");
}

#[test]
fn a_plan_shows_the_columns_that_a_rebuild_loses() {
    let before = PLAYERS.replace("pub region", "#[column(check = \"region <> ''\")] pub region");
    let project = source(&before);
    project.ok("generate");
    project.ok("upgrade -q");
    project.write("app/src/lib.rs", &format!("{HEAD}{}", PLAYERS.replace(", pub region: Option<String>", "")));
    project.ok("generate --allow drop-column");
    let plan = project.ok("upgrade --dry-run");
    assert!(plan.contains("drops column players.region"), "{plan}");
    assert!(!plan.contains("drops table"), "{plan}");
}

#[test]
fn a_stand_in_names_the_checks_that_may_refuse_it() {
    for database in Database::each() {
        let project =
            source(&PLAYERS.replace("pub name", "#[column(check = \"name <> ''\")] pub name")).database(&database.url);
        project.ok("generate");
        project.ok("upgrade -q");
        for (without, note) in [("pub name: String, ", true), (", pub region: Option<String>", false)] {
            project.write("app/src/lib.rs", &format!("{HEAD}{}", PLAYERS.replace(without, "")));
            let shown = project.ok("generate -n");
            let says = shown.contains("-- the check ck_players_name may refuse it: write one that it takes\n");
            assert_eq!(says, note, "{:?}: {shown}", database.server);
        }
    }
}

#[test]
fn a_schema_of_postgres_is_made_where_it_is_missing() {
    let Some(database) = Database::new(Server::Postgres) else { return };
    let project = source(&AUDITS.replace("name =", "schema = \"log book\", name =")).database(&database.url);
    project.ok("generate");
    project.ok("upgrade -q");
    project.ok("check");
    project.ok("check --against replay");
    project.ok("downgrade base -y -q");
    assert_eq!(database.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'log book'"), "1");
    project.ok("upgrade -q");
}

#[test]
fn a_model_in_a_package_that_nobody_reads_is_told() {
    let project = source(PLAYERS);
    let members = project.read("Cargo.toml").replace("\"app\"", "\"app\", \"side\"");
    project.write("Cargo.toml", &members);
    let manifest = project.read("app/Cargo.toml").replace("\"app\"", "\"side\"");
    project.write("side/Cargo.toml", &format!("{manifest}\n[dependencies]\nalembic-model = \"0.1\"\n"));
    project.write("side/src/lib.rs", &format!("{HEAD}{AUDITS}"));
    let finished = project.run("generate -n");
    says(
        &finished,
        "`Audit` is passed over: `side` has no migrations; make it a feature with `cargo alembic init -p side`",
    );
    assert!(!finished.stdout.contains("audits"), "{}", finished.stdout);
}

#[test]
fn what_is_compared_is_named_where_scripts_are_for_several() {
    let project = source(PLAYERS);
    let manifest = project.read("Cargo.toml");
    let with = |dialects: &str| {
        project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic]\ndialects = [{dialects}]\n"));
    };
    with("\"postgres\", \"sqlite\"");
    project.ok("generate");
    // An `i64` and an `i32` are the same to SQLite.
    project.write("app/src/lib.rs", &format!("{HEAD}{}", PLAYERS.replace("i64", "i32")));
    assert_eq!(project.ok("generate"), "nothing to generate: models and schema agree on sqlite\n");
    assert!(project.ok("check").ends_with("models and schema agree on sqlite\n"));
    with("\"sqlite\"");
    assert_eq!(project.ok("generate"), "nothing to generate: models and schema agree\n");
}

/// The schema without indexes that the server makes for a foreign key: one of those may stay beside a better one.
fn without_own(database: &Database) -> Vec<String> {
    let is_own =
        |line: &&str| ["|one|", "|two|", "|fk_matches_player_id_players|"].iter().any(|name| line.contains(name));
    database.schema().lines().filter(|line| !is_own(line)).map(str::to_owned).collect()
}

/// MariaDB keeps an index for every foreign key, and gives the one up only for another.
#[test]
fn a_foreign_key_and_its_index_change_together() {
    let matches = |key: &str, index: &str| {
        format!(
            "#[derive(Table)] #[table(name = \"matches\"{index})]
pub struct Match {{ #[column(primary_key)] pub id: i64,
    #[column(references = \"players.id\"{key})] pub player_id: i64, pub level: i32, pub elo: i32 }}\n"
        )
    };
    let (one, two, cascade) =
        (", fk_name = \"one\"", ", fk_name = \"two\"", ", fk_name = \"one\", on_delete = \"cascade\"");
    let (narrow, wide) = (", index(player_id)", ", index(player_id, level), index(player_id, elo, name = \"mine\")");
    let cases = [
        ((one, ""), (two, wide)),
        ((two, wide), (cascade, "")),
        (("", ""), (one, ", unique(player_id, level)")),
        ((one, narrow), (two, wide)),
    ];
    for database in Database::each().filter(|database| database.server == Server::Mariadb) {
        let project = source("").database(&database.url);
        let write = |key: &str, index: &str| {
            project.write("app/src/lib.rs", &format!("{HEAD}{PLAYERS}{}", matches(key, index)));
        };
        for (old, new) in cases {
            write(old.0, old.1);
            project.ok("generate --rev-id a1");
            project.ok("upgrade -q");
            let before = without_own(&database);
            write(new.0, new.1);
            project.ok("generate");
            project.ok("upgrade -q");
            project.ok("check");
            project.ok("downgrade a1 -y -q");
            assert_eq!(without_own(&database), before, "{old:?} -> {new:?}");
            project.ok("downgrade base -y -q");
            std::fs::remove_dir_all(project.path("app/migrations")).expect("a folder");
            std::fs::create_dir_all(project.path("app/migrations")).expect("a folder");
        }
    }
}
