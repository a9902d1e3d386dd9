//! 1,000 revisions, one transaction each, against the database's own client. `cargo test -- --ignored speed`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::{Database, Kind, scenario};

const REVISIONS: usize = 1000;

scenario!(
    #[ignore = "measures"]
    a_thousand_revisions_cost_what_the_client_costs on Sqlite, Postgres
);
async fn a_thousand_revisions_cost_what_the_client_costs(database: Database) {
    let ids: Vec<String> = (0..REVISIONS).map(|number| format!("rev{number:05}")).collect();
    let create =
        |prefix: &str, id: &str| format!("CREATE TABLE {prefix}_{id} (id integer PRIMARY KEY, name text NOT NULL)");
    let mut history = database.history();
    let mut script = String::from("CREATE TABLE other_version (version_num varchar(32) PRIMARY KEY);\n");
    let mut before: Option<&String> = None;
    for id in &ids {
        history = history.revision(id, &[&create("ours", id)]);
        let row = match before {
            None => format!("INSERT INTO other_version VALUES ('{id}')"),
            Some(before) => format!("UPDATE other_version SET version_num = '{id}' WHERE version_num = '{before}'"),
        };
        script += &format!("BEGIN;\n{};\n{row};\nCOMMIT;\n", create("theirs", id));
        before = Some(id);
    }
    let plan = history.upgrade(&[]);
    let started = Instant::now();
    database.execute(&plan).await.unwrap();
    let ours = started.elapsed();

    let mut client = match database.kind {
        Kind::Sqlite => Command::new("sqlite3")
            .arg(database.path().with_file_name("other.db"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap(),
        _ => Command::new("psql").args(["-q", "-X", &database.text]).stdin(Stdio::piped()).spawn().unwrap(),
    };
    let started = Instant::now();
    client.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(client.wait().unwrap().success());
    let theirs = started.elapsed();
    println!(
        "{:?}: ours {ours:?}, the client's {theirs:?}: {:.2}",
        database.kind,
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}
