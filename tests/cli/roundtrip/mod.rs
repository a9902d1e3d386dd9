//! There and back for random models: what `generate` writes makes the models' schema, and its downgrade the old one.
//!
//! `ALEMBIC_ROUNDTRIP_PAIRS` says how many pairs of models each database gets, `ALEMBIC_ROUNDTRIP_SEED` repeats one
//! that failed; `scripts/roundtrip` runs many. Read [`attempt`] first.

mod catalogue;
mod change;
mod compiled;
mod grow;
mod keys;
mod kind;
mod layout;
mod random;
mod rare;
mod rows;
mod source;
mod spelling;
mod world;

use std::fmt::Write;

use crate::databases::{Database, Server};
use crate::project::{Finished, Project};

use random::Random;
use world::{Column, Table, World};

/// Two versions of models; the second is the first after some steps.
#[derive(Clone)]
struct Pair {
    first: World,
    steps: Vec<u64>,
}

impl Pair {
    fn new(server: Server, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let first = grow::world(&mut random, server);
        let steps = (0..random.between(1, 6)).map(|_| random.next()).collect();
        Pair { first, steps }
    }

    fn second(&self) -> World {
        change::changed(&self.first, &self.steps)
    }

    /// The first in other words.
    fn respelled(&self) -> World {
        let spelling = Random::new(self.first.spelling).next();
        World { spelling: if self.first.spelling == 0 { 0 } else { spelling }, ..self.first.clone() }
    }
}

/// What did not hold, with what was written and said.
struct Broken {
    what: String,
    details: String,
}

#[test]
fn sqlite_goes_there_and_back() {
    many(Server::Sqlite);
}

#[test]
fn postgres_goes_there_and_back() {
    many(Server::Postgres);
}

#[test]
fn mariadb_goes_there_and_back() {
    many(Server::Mariadb);
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|value| value.parse().ok())
}

fn many(server: Server) {
    let first = number("ALEMBIC_ROUNDTRIP_FIRST").unwrap_or(0);
    let seeds = match number("ALEMBIC_ROUNDTRIP_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number("ALEMBIC_ROUNDTRIP_PAIRS").unwrap_or(12),
    };
    for seed in seeds {
        let pair = Pair::new(server, seed);
        let Some(database) = Database::new(server) else { return };
        if let Err(broken) = attempt(&pair, database) {
            let (pair, broken) = smaller(pair, broken);
            panic!("{}", report(&pair, &broken, seed));
        }
    }
}

/// The whole way of one pair.
fn attempt(pair: &Pair, database: Database) -> Result<(), Broken> {
    let project = Project::new(&["alpha", "beta"]).database(&database.url);
    let (first, second) = (&pair.first, &pair.second());
    database.run_script(&rare::preparation(first));
    write(&project, first);
    run(&project, "generate -m M1 --yes", &[])?;
    run(&project, "upgrade", &[])?;
    write(&project, &pair.respelled());
    run(&project, "check", &[])?;
    database.run_script(&rows::insertion(first));
    rows::assert_sound(first, &database);
    let (schema, held) = (catalogue::described(&database), rows::held(first, &database));
    let start = project.rows();

    write(&project, second);
    let answers = answers(first, second);
    run(&project, "generate -m M2 --allow drop-table,drop-column,narrow-type --yes", &answers)?;
    run(&project, "upgrade", &[])?;
    settled(&project)?;
    let now = rows::held(second, &database);
    none_lost(rows::lost(first, &held, second, second, &now), "after the second upgrade", &project)?;

    if let [start] = &start[..] {
        run(&project, &format!("downgrade {start} --yes"), &[])?;
    }
    same(&schema, &catalogue::described(&database), &project)?;
    let back = rows::held(first, &database);
    none_lost(rows::lost(first, &held, second, first, &back), "after the downgrade", &project)
}

fn write(project: &Project, world: &World) {
    for (path, text) in layout::files(world) {
        project.write(&path, &text);
    }
}

fn run(project: &Project, line: &str, more: &[String]) -> Result<Finished, Broken> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.extend(more.iter().map(String::as_str));
    let finished = project.run_words(&words);
    if finished.status == 0 {
        return Ok(finished);
    }
    let what = format!("`{}` ended with {}", words.join(" "), finished.status);
    Err(Broken { what, details: format!("{}{}\n{}", finished.stdout, finished.stderr, scripts(project)) })
}

/// Nothing is left to be written, and both commands say so.
fn settled(project: &Project) -> Result<(), Broken> {
    let before = scripts(project);
    run(project, "generate -m M3 --yes", &[])?;
    let after = scripts(project);
    if before != after {
        return Err(Broken { what: "`generate` found something again".to_owned(), details: after });
    }
    run(project, "check", &[]).map(|_| ())
}

fn none_lost(lost: Vec<String>, when: &str, project: &Project) -> Result<(), Broken> {
    if lost.is_empty() {
        return Ok(());
    }
    Err(Broken { what: format!("rows lost values {when}: {}", lost.join("; ")), details: scripts(project) })
}

fn same(before: &[String], after: &[String], project: &Project) -> Result<(), Broken> {
    if before == after {
        return Ok(());
    }
    let only = |one: &[String], other: &[String], sign: char| {
        one.iter().filter(|line| !other.contains(line)).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    let difference = only(before, after, '-') + &only(after, before, '+');
    Err(Broken {
        what: "the downgrade gave another schema".to_owned(),
        details: format!("{difference}\n{}", scripts(project)),
    })
}

/// The flags that answer what `generate` would ask on the way to the second models.
fn answers(first: &World, second: &World) -> Vec<String> {
    let mut flags = Vec::new();
    let mut add = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    for table in &second.tables {
        for column in second.columns(table).filter(|column| !column.nullable && column.generated.is_none()) {
            let value = backfill(first, second, table, column);
            add("--backfill", format!("{}.{}={value}", table.full_name(), column.name));
        }
    }
    for table in &first.tables {
        let Some(later) = second.table(table.id) else {
            add("--no-rename", table.full_name());
            continue;
        };
        for column in first.columns(table).filter(|column| second.column(later, column.id).is_none()) {
            add("--no-rename", format!("{}.{}", later.full_name(), column.name));
        }
    }
    flags
}

/// A value that the column can also hold once it has its old type again.
fn backfill(first: &World, second: &World, table: &Table, column: &Column) -> String {
    let before = first.table(table.id).and_then(|table| first.column(table, column.id));
    match before.filter(|before| column.kind.is_text() && !before.kind.is_text()) {
        Some(before) => format!("'{}'", before.kind.value(first, 1).trim_matches('\'')),
        None => column.kind.value(second, 1),
    }
}

/// All scripts of the project, in the order of their paths.
fn scripts(project: &Project) -> String {
    let mut text = String::new();
    for feature in ["alpha", "beta"] {
        let folder = project.path(&format!("{feature}/migrations"));
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
        paths.sort();
        for path in paths {
            let _ = writeln!(text, "==> {}\n{}", path.display(), std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
    text
}

/// Leaves out steps and tables as long as something still breaks.
fn smaller(mut pair: Pair, mut broken: Broken) -> (Pair, Broken) {
    let try_one = |candidate: &Pair| {
        let database = Database::new(candidate.first.server)?;
        attempt(candidate, database).err()
    };
    let mut candidate = pair.clone();
    candidate.first.spelling = 0;
    if let Some(still) = try_one(&candidate) {
        (pair, broken) = (candidate, still);
    }
    for number in (0..pair.steps.len()).rev() {
        let mut candidate = pair.clone();
        candidate.steps.remove(number);
        if let Some(still) = try_one(&candidate) {
            (pair, broken) = (candidate, still);
        }
    }
    for number in (0..pair.first.tables.len()).rev() {
        let mut candidate = pair.clone();
        let table = candidate.first.tables.remove(number);
        candidate.first.tables.iter_mut().for_each(|other| other.references.retain(|of| of.target != table.id));
        if candidate.first.tables.is_empty() {
            continue;
        }
        if let Some(still) = try_one(&candidate) {
            (pair, broken) = (candidate, still);
        }
    }
    (pair, broken)
}

fn report(pair: &Pair, broken: &Broken, seed: u64) -> String {
    let mut text = format!("{:?}, ALEMBIC_ROUNDTRIP_SEED={seed}: {}\n\n", pair.first.server, broken.what);
    for (name, world) in [("M1", &pair.first), ("M2", &pair.second())] {
        for (path, source) in layout::files(world).into_iter().filter(|(path, _)| path.ends_with(".rs")) {
            let _ = writeln!(text, "--- {name} {path}\n{source}");
        }
    }
    text + "--- what happened\n" + &broken.details
}
