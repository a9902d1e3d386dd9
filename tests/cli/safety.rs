//! Rows are safe: what `generate` asks, what it refuses, and what is left after its scripts ran both ways.

use crate::databases::{Database, Server};
use crate::project::{Finished, Project, run_printed};

/// Players, to which matches refer, each with rows.
fn filled(database: &Database) -> Project {
    let project = Project::new(&["matches", "players"]).database(&database.url);
    players(&project, "");
    let matches = "#[derive(alembic_model::Table)]\n#[table(name = \"matches\")]\nstruct Match {\n    \
        #[column(primary_key)] id: i64,\n    #[column(references = \"players.id\", on_delete = \"cascade\")] player_id: i64,\n}\n";
    project.write("matches/src/lib.rs", matches);
    project.ok("generate");
    project.ok("upgrade -q");
    database.query("INSERT INTO players (name, region) VALUES ('ann', 'euw'), ('bob', NULL)");
    database.query("INSERT INTO matches (player_id) SELECT id FROM players");
    project
}

/// The model with further fields, or with `region: …` in place of the old one.
fn players(project: &Project, fields: &str) {
    let region = if fields.contains("region") { "" } else { "region: Option<String>," };
    let text = format!(
        "#[derive(alembic_model::Table)]\n#[table(name = \"players\")]\nstruct Player {{\n    #[column(primary_key)] \
         id: i64,\n    name: String,\n    {region}\n    {fields}\n}}\n"
    );
    project.write("players/src/lib.rs", &text);
}

/// Everything that may not change where a command stops.
fn state(project: &Project, database: &Database) -> (Vec<(std::path::PathBuf, Vec<u8>)>, String, String) {
    let rows = "SELECT p.id, p.name, p.region, m.id FROM players p JOIN matches m ON m.player_id = p.id ORDER BY 1";
    (project.files(), database.plain_schema(), database.query(rows))
}

/// The command that a refusal prints.
#[track_caller]
fn printed(finished: &Finished) -> String {
    let line = finished.stderr.lines().find(|line| line.contains("help: run `")).expect("a command in the help");
    let (_, rest) = line.split_once('`').expect("quoted");
    rest.rsplit_once('`').expect("quoted").0.to_owned()
}

#[test]
fn the_printed_command_answers_every_open_question() {
    for database in Database::each() {
        let project = filled(&database);
        players(&project, "region: String, elo: i32, tag: String,");
        let before = state(&project, &database);
        let finished = project.run("generate");
        assert_eq!(finished.status, 5, "{}", finished.stderr);
        let line = printed(&finished);
        for column in ["region", "elo", "tag"] {
            assert!(line.contains(&format!("players.{column}=")), "{line}");
        }
        assert!(before == state(&project, &database), "nothing is written or run");
        let finished = run_printed(&project, &line);
        assert_eq!(finished.status, 0, "{:?}: {line}: {}", database.server, finished.stderr);
        project.ok("upgrade -q");
        let found = database.query("SELECT name, region, tag, elo FROM players ORDER BY id");
        assert_eq!(found, "ann|euw||0\nbob|||0", "{:?}", database.server);
        project.ok("check");
    }
}

#[test]
fn a_column_that_becomes_not_null_keeps_its_rows_both_ways() {
    for database in Database::each() {
        let project = filled(&database);
        let (_, schema, rows) = state(&project, &database);
        players(&project, "region: String, elo: i32,");
        project.ok("generate --backfill players.elo=7 --backfill players.region='na'");
        project.ok("upgrade -q");
        let found = database.query("SELECT id, name, region, elo FROM players ORDER BY id");
        assert_eq!(found, "1|ann|euw|7\n2|bob|na|7", "{:?}", database.server);
        assert_eq!(database.query("SELECT count(*) FROM matches"), "2", "{:?}", database.server);
        project.ok("check");
        project.ok("downgrade -1 -y -q");
        let (_, found_schema, found_rows) = state(&project, &database);
        assert_eq!(found_schema, schema, "{:?}", database.server);
        let null = if database.server == Server::Mariadb { "NULL" } else { "" };
        assert_eq!(found_rows.replace("|na|", &format!("|{null}|")), rows, "{:?}", database.server);
    }
}

/// The text of `--sql` has no executor around it: it must say itself what a rebuild needs.
#[test]
fn a_printed_rebuild_keeps_the_rows_that_refer_to_the_table() {
    let Some(database) = Database::new(Server::Sqlite) else { return };
    let project = filled(&database);
    let start = project.rows().join("");
    players(&project, "region: String,");
    project.ok("generate --backfill players.region='na'");
    let numbered = project.read(&format!("players/migrations/{}", newest(&project, "players")));
    assert!(numbered.contains("rebuild = true"), "{numbered}");
    let sql = project.ok(&format!("upgrade {start}:head --sql"));
    database.run_script(&format!("PRAGMA foreign_keys = ON;\n{sql}"));
    assert_eq!(database.query("SELECT id, region FROM players ORDER BY id"), "1|euw\n2|na");
    assert_eq!(database.query("SELECT player_id FROM matches ORDER BY 1"), "1\n2");
    project.ok("check");
}

/// The file of the script that was written last.
fn newest(project: &Project, feature: &str) -> String {
    let files = std::fs::read_dir(project.path(&format!("{feature}/migrations"))).expect("a folder");
    let newest = files
        .map(|file| file.expect("a file"))
        .max_by_key(|file| file.metadata().and_then(|found| found.modified()).expect("a time"));
    newest.expect("a script").file_name().into_string().expect("UTF-8")
}

#[test]
fn a_loss_needs_its_flag_and_comes_back_empty() {
    for database in Database::each() {
        let project = filled(&database);
        project.write("matches/src/lib.rs", "");
        players(&project, "#[column(skip)] region: String,");
        let before = state(&project, &database);
        for (flags, missing) in [
            ("", "--allow drop-table,drop-column"),
            ("--yes", "--allow drop-table,drop-column"),
            ("--allow drop-table", "--allow drop-table,drop-column"),
            ("--allow drop-column", "--allow drop-table,drop-column"),
        ] {
            let finished = project.run(&format!("generate {flags}"));
            assert_eq!(finished.status, 5, "{flags}: {}", finished.stderr);
            assert!(printed(&finished).ends_with(missing), "{flags}: {}", finished.stderr);
        }
        let line = printed(&project.run("generate"));
        assert!(before == state(&project, &database), "nothing is written or run");
        assert_eq!(run_printed(&project, &line).status, 0, "{line}");
        project.ok("upgrade -q");
        assert_eq!(database.tables(), ["players"]);
        project.ok("check");
        project.ok("downgrade -2 -y -q");
        let (_, schema, _) = state(&project, &database);
        assert_eq!(schema, before.1, "{:?}", database.server);
        assert_eq!(database.query("SELECT id, name FROM players ORDER BY id"), "1|ann\n2|bob");
        assert_eq!(database.query("SELECT count(*) FROM matches"), "0");
    }
}

#[test]
fn the_same_models_give_the_same_bytes() {
    for database in Database::each() {
        let scripts = || {
            let project = Project::new(&["app"]).database(&database.url);
            let fields: String = (0..8).map(|at| format!("#[column(index, unique)] c{at}: i32, ")).collect();
            let tables: String = (0..6)
                .map(|at| {
                    format!(
                        "#[derive(alembic_model::Table)] struct T{at} {{ #[column(primary_key)] id: i64, {fields} \
                         #[column(references = \"t{}.id\")] next: i64 }}\n",
                        (at + 1) % 6
                    )
                })
                .collect();
            project.write("app/src/lib.rs", &tables);
            let shown = project.ok("generate -n --against replay --rev-id abc1");
            let lines: Vec<String> =
                shown.lines().filter(|line| !line.starts_with("-- created")).map(str::to_owned).collect();
            lines.join("\n")
        };
        assert_eq!(scripts(), scripts(), "{:?}", database.server);
    }
}
