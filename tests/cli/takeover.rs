//! Python's Alembic and we, one after the other, on the same database and the same graph.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::databases::{Database, Server, given};
use crate::project::{Finished, Project};

/// (id, parents, depends_on): a branch, a merge, and a line of its own that depends on the first.
const GRAPH: [(&str, &[&str], &[&str]); 7] = [
    ("aaaa11111111", &[], &[]),
    ("bbbb11111111", &["aaaa11111111"], &[]),
    ("cccc11111111", &["aaaa11111111"], &[]),
    ("dddd11111111", &["bbbb11111111", "cccc11111111"], &[]),
    ("eeee11111111", &[], &["bbbb11111111"]),
    ("eeee22222222", &["eeee11111111"], &[]),
    ("ffff11111111", &["dddd11111111", "eeee22222222"], &[]),
];

/// An Alembic project on a database.
pub struct Python {
    python: String,
    folder: PathBuf,
}

impl Python {
    /// A project without revisions; none where Python's Alembic is missing and may be.
    pub fn empty(folder: &Path, database: &Database) -> Option<Python> {
        let python = given("alembic", "ALEMBIC_TEST_PYTHON")?;
        let url = match database.server {
            Server::Sqlite => database.url.replacen("sqlite://", "sqlite:///", 1),
            Server::Postgres => database.url.replacen("postgres://", "postgresql+psycopg://", 1),
            Server::Mariadb => database.url.replacen("mysql://", "mysql+pymysql://", 1),
        };
        let folder = folder.join("python");
        fs::create_dir_all(folder.join("versions")).expect("a folder");
        let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("a written file");
        write("alembic.ini", format!("[alembic]\nscript_location = {}\nsqlalchemy.url = {url}\n", folder.display()));
        write("script.py.mako", String::new());
        write("env.py", ENV.to_owned());
        Some(Python { python, folder })
    }

    /// The same graph as an Alembic project.
    fn new(folder: &Path, database: &Database) -> Option<Python> {
        let python = Python::empty(folder, database)?;
        for (id, parents, depends_on) in GRAPH {
            let (up, down) = (format!("CREATE TABLE t_{id} (id integer)"), format!("DROP TABLE t_{id}"));
            python.revision(id, parents, depends_on, &[&up], &[&down]);
        }
        Some(python)
    }

    pub fn revision(&self, id: &str, parents: &[&str], depends_on: &[&str], up: &[&str], down: &[&str]) {
        let tuple = |ids: &[&str]| match ids {
            [] => "None".to_owned(),
            ids => format!("({},)", ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ")),
        };
        let body = |statements: &[&str]| {
            let lines = statements.iter().map(|sql| format!("    op.execute(\"{sql}\")\n"));
            lines.chain(["    pass\n".to_owned()]).collect::<String>()
        };
        let text = format!(
            "\"\"\"Step {id}\"\"\"\nfrom alembic import op\nrevision = '{id}'\ndown_revision = {}\ndepends_on = {}\n\
             def upgrade():\n{}def downgrade():\n{}",
            tuple(parents),
            tuple(depends_on),
            body(up),
            body(down)
        );
        fs::write(self.folder.join(format!("versions/{id}_step.py")), text).expect("a written file");
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-m", "alembic", "-c"]).arg(self.folder.join("alembic.ini")).args(line.split_whitespace());
        command
    }

    #[track_caller]
    fn ok(&self, line: &str) {
        let finished = Finished::of(self.command(line).output().expect("python"));
        assert_eq!(finished.status, 0, "alembic {line}: {}", finished.stderr);
    }
}

const ENV: &str = "\
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option('sqlalchemy.url')).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

fn ours(database: &Database) -> Project {
    let project = Project::new(&["app"]).database(&database.url);
    for (id, parents, depends_on) in GRAPH {
        let quoted = |ids: &[&str]| ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ");
        let text = format!(
            "-- Step {id}\n--\n-- [alembic]\n-- revision = \"{id}\"\n-- down_revision = [{}]\n-- depends_on = [{}]\n\n\
             -- [upgrade]\nCREATE TABLE t_{id} (id integer);\n\n-- [downgrade]\nDROP TABLE t_{id};\n",
            quoted(parents),
            quoted(depends_on)
        );
        project.write(&format!("app/migrations/{id}_step.sql"), &text);
    }
    project
}

/// What both must leave: a table per applied revision, and these rows.
#[track_caller]
fn expect(database: &Database, applied: &[&str], rows: &[&str]) {
    let tables: Vec<String> = applied.iter().map(|id| format!("t_{id}")).collect();
    assert_eq!(database.tables(), tables, "{:?}", database.server);
    let found = database.query("SELECT version_num FROM alembic_version ORDER BY version_num");
    assert_eq!(found.lines().collect::<Vec<_>>(), rows, "{:?}", database.server);
}

#[test]
fn we_continue_what_alembic_began() {
    for database in Database::each() {
        let project = ours(&database);
        let Some(python) = Python::new(project.root(), &database) else { return };
        python.ok("upgrade eeee11111111");
        expect(&database, &["aaaa11111111", "bbbb11111111", "eeee11111111"], &["eeee11111111"]);
        project.ok("upgrade head");
        expect(&database, &GRAPH.map(|(id, _, _)| id), &["ffff11111111"]);
        project.ok("downgrade dddd11111111 --yes");
        python.ok("downgrade base");
        expect(&database, &[], &[]);
    }
}

#[test]
fn alembic_continues_what_we_began() {
    for database in Database::each() {
        let project = ours(&database);
        let Some(python) = Python::new(project.root(), &database) else { return };
        project.ok("upgrade cccc11111111 eeee22222222");
        expect(
            &database,
            &["aaaa11111111", "bbbb11111111", "cccc11111111", "eeee11111111", "eeee22222222"],
            &["cccc11111111", "eeee22222222"],
        );
        python.ok("upgrade head");
        expect(&database, &GRAPH.map(|(id, _, _)| id), &["ffff11111111"]);
        python.ok("downgrade dddd11111111");
        assert_eq!(project.rows(), ["dddd11111111", "eeee22222222"]);
        project.ok("downgrade base --yes");
        expect(&database, &[], &[]);
    }
}
