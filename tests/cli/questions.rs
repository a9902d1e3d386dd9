//! The questions of the real commands: declined, interrupted, and where nobody can be asked.
//!
//! [`ASKED`] lists every question once, with the way to it; what holds for all of them is tested here. `answers` has what
//! becomes of an answer, `interruptions` what Ctrl-C does to a run and to a wait.

mod answers;
mod interruptions;

use portable_pty::CommandBuilder;

use crate::project::{Project, TOOL, run_printed};
use crate::terminal::{self, CTRL_C, ENTER, ESC, Ended, Terminal};

/// A question and how one comes to it.
struct Asked {
    project: fn() -> Project,
    line: &'static str,
    /// What comes first, and the keys that get past it.
    before: &'static [(&'static str, &'static str)],
    question: &'static str,
    kind: Kind,
    /// The exit status without a terminal.
    without: i32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Between alternatives, or a text.
    Choice,
    Approval,
    /// The name of a protected database.
    Name,
}

const ASKED: [Asked; 19] = [
    Asked {
        project: untouched,
        line: "init",
        before: &[],
        question: "? Which crates own migrations?",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: features,
        line: "revision -m x",
        before: &[],
        question: "? Which feature does the revision belong to?",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: features,
        line: "revision",
        before: &[("? Which feature", ENTER)],
        question: "? What does the revision do?",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: two,
        line: "revision -p right",
        before: &[],
        question: "? There are 2 heads. Which one does the revision follow?",
        kind: Kind::Choice,
        without: 2,
    },
    Asked {
        project: two,
        line: "upgrade",
        before: &[],
        question: "? There are 2 heads. Upgrade to which?",
        kind: Kind::Choice,
        without: 2,
    },
    Asked {
        project: dropping,
        line: "upgrade",
        before: &[],
        question: "? This drops data. Go on?",
        kind: Kind::Approval,
        without: 0,
    },
    Asked {
        project: three,
        line: "merge -m x",
        before: &[],
        question: "? There are 3 heads. Which ones does the revision join?",
        kind: Kind::Choice,
        without: 0,
    },
    Asked {
        project: two,
        line: "merge",
        before: &[],
        question: "? What does the revision do? › Merge left and right",
        kind: Kind::Choice,
        without: 0,
    },
    Asked {
        project: uneven,
        line: "downgrade left@-2",
        before: &[],
        question: "? Take 4 revisions back?",
        kind: Kind::Approval,
        without: 5,
    },
    Asked {
        project: two,
        line: "stamp left@head",
        before: &[],
        question: "? Change what counts as applied? Nothing is run. (y/n) › no",
        kind: Kind::Approval,
        without: 0,
    },
    Asked {
        project: edited,
        line: "repair",
        before: &[],
        question: "? What is right?",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: edited,
        line: "repair --accept aaa1",
        before: &[],
        question: "? Take aaa1 for what ran? (y/n) › no",
        kind: Kind::Approval,
        without: 5,
    },
    Asked {
        project: protected,
        line: "downgrade aaa1 --env prod",
        before: &[],
        question: "? `prod` is protected. To go on, type the name of its database ›",
        kind: Kind::Name,
        without: 5,
    },
    Asked {
        project: protected,
        line: "upgrade --env prod",
        before: &[],
        question: "? `prod` is protected. To go on, type the name of its database ›",
        kind: Kind::Name,
        without: 5,
    },
    Asked {
        project: || modelled("pub id: i64, pub name: String", "pub id: i64, pub game_name: String"),
        line: "generate -m x --allow drop-column --backfill players.game_name=id",
        before: &[],
        question: "? Is players.game_name new, or renamed?",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: || modelled("pub id: i64", "pub id: i64, pub level: i32"),
        line: "generate -m x",
        before: &[],
        question: "? Which value do old rows get in players.level? (SQL) › 0",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: || modelled("pub id: i64, pub name: String", "pub id: i64"),
        line: "generate -m x",
        before: &[],
        question: "? This loses all values of `players.name` when it runs. Write it? (y/n) › no",
        kind: Kind::Choice,
        without: 5,
    },
    Asked {
        project: || modelled("pub id: i64", "pub id: i64, pub name: Option<String>"),
        line: "generate",
        before: &[],
        question: "? What does the revision do? › ",
        kind: Kind::Choice,
        without: 0,
    },
    Asked {
        project: foreign,
        line: "generate -m x --against live",
        before: &[],
        question: "? players is in the database, and no revision makes it. Adopt it? (y/n) › no",
        kind: Kind::Choice,
        without: 5,
    },
];

/// A workspace whose model had other fields when its one revision was generated.
fn modelled(before: &str, now: &str) -> Project {
    let project = Project::new(&["players"]);
    let write = |fields: &str| {
        let model = format!(
            "#[derive(Table)]\n#[table(name = \"players\")]\nstruct Player {{ #[column(primary_key)] {fields} }}\n"
        );
        project.write("players/src/lib.rs", &format!("use alembic_model::Table;\n{model}"));
    };
    write(before);
    project.ok("generate");
    write(now);
    project
}

/// A model for a table that somebody else made.
fn foreign() -> Project {
    let project = modelled("pub id: i64", "pub id: i64");
    std::fs::remove_dir_all(project.path("players/migrations")).expect("a folder");
    std::fs::create_dir(project.path("players/migrations")).expect("a folder");
    project.sqlite("CREATE TABLE players (id INTEGER PRIMARY KEY)");
    project
}

/// A workspace that knows nothing of migrations.
fn untouched() -> Project {
    let project = Project::new(&["left", "right"]);
    for feature in ["left", "right"] {
        std::fs::remove_dir(project.path(&format!("{feature}/migrations"))).expect("an empty folder");
    }
    project
}

/// Two features, one head.
fn features() -> Project {
    let project = Project::new(&["left", "right"]);
    project.draw("left", "aaa1");
    project
}

/// TWO of `revision-graph.md` §19: two branches with labels on a shared base, a feature each.
fn two() -> Project {
    let project = Project::new(&["left", "right", "web"]);
    project.draw("left", "aaa1");
    for (feature, first, second) in [("left", "bbb1", "bbb2"), ("right", "ccc1", "ccc2")] {
        project.draw(feature, &format!("{first}:aaa1; {second}:{first}"));
        let path = format!("{feature}/migrations/{first}_step.sql");
        let script = project.read(&path);
        let label = format!("\"aaa1\"]\n-- branch_labels = [\"{feature}\"]\n");
        project.write(&path, &script.replacen("\"aaa1\"]\n", &label, 1));
        let path = format!("{feature}/migrations/{second}_step.sql");
        let script = project.read(&path);
        let created = "\n-- created = 2026-11-20T08:00:00Z\n\n-- [upgrade]";
        project.write(&path, &script.replacen("\n\n-- [upgrade]", created, 1));
    }
    project
}

/// [`two`] and a third head in a third feature.
fn three() -> Project {
    let project = two();
    project.draw("web", "ddd1:aaa1");
    project
}

/// [`two`] at `bbb1` and `ccc2`: example 18 of `revision-graph.md`.
fn uneven() -> Project {
    let project = two();
    project.ok("upgrade bbb1 ccc2");
    project
}

/// The second revision drops the table of the first, which is applied.
fn dropping() -> Project {
    let project = Project::drawn("aaa1");
    project.revision("app", "bbb1", &["aaa1"], "DROP TABLE t_aaa1;", "CREATE TABLE t_aaa1 (id integer);");
    project.ok("upgrade aaa1");
    project
}

/// An applied revision whose file is another one now.
fn edited() -> Project {
    let project = Project::drawn("aaa1");
    project.ok("upgrade");
    project.revision("app", "aaa1", &[], "CREATE TABLE t_aaa1 (id integer, x integer);", "DROP TABLE t_aaa1;");
    project
}

/// Three revisions in an environment that is protected, two of them applied; the third drops a table.
fn protected() -> Project {
    let project = Project::drawn("aaa1; bbb1:aaa1");
    project.revision("app", "ccc1", &["bbb1"], "DROP TABLE t_aaa1;", "CREATE TABLE t_aaa1 (id integer);");
    let manifest = project.read("Cargo.toml");
    let prod = "[workspace.metadata.alembic.env.prod]\nurl-env = \"PROD_URL\"\nprotected = true\n";
    project.write("Cargo.toml", &format!("{manifest}\n{prod}"));
    project.write(".env", "PROD_URL=sqlite:app.db\n");
    project.ok("upgrade bbb1 --env prod");
    project
}

fn command(project: &Project, line: &str) -> CommandBuilder {
    let words: Vec<&str> = ["alembic"].into_iter().chain(line.split_whitespace()).collect();
    let mut command = terminal::command(TOOL, &words);
    command.cwd(project.root());
    command.env("DATABASE_URL", "sqlite:app.db");
    command
}

fn start(project: &Project, line: &str) -> Terminal {
    Terminal::start(command(project, line), 30, 100)
}

impl Asked {
    /// Starts the command and goes up to the question.
    fn reach(&self, project: &Project, flags: &str) -> Terminal {
        let mut terminal = start(project, &format!("{} {flags}", self.line));
        for (shown, keys) in self.before {
            terminal.wait_for(shown).send(keys);
        }
        terminal.wait_for(self.question);
        terminal
    }
}

#[track_caller]
fn assert_done(ended: &Ended) {
    assert_eq!((ended.status, &ended.signal), (0, &None), "{}", ended.screen);
    assert!(ended.shows_cursor, "{}", ended.screen);
}

#[track_caller]
fn assert_shows(screen: &str, texts: &[&str]) {
    for text in texts {
        assert!(screen.contains(text), "no `{text}` in\n{screen}");
    }
}

/// The command lines in an error: between backticks, or a line each.
fn printed(stderr: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, _) in stderr.match_indices("cargo alembic ") {
        let rest = stderr[at..].lines().next().unwrap_or_default();
        let end = if stderr[..at].ends_with('`') { rest.find('`') } else { None };
        lines.push(rest[..end.unwrap_or(rest.len())].trim_end().to_owned());
    }
    lines
}

#[test]
fn esc_declines_and_nothing_has_changed() {
    for asked in &ASKED {
        let project = (asked.project)();
        let before = project.files();
        let mut terminal = asked.reach(&project, "");
        terminal.send(ESC);
        let ended = terminal.end();
        assert_eq!(ended.status, 5, "{}", ended.screen);
        assert!(ended.shows_cursor, "{}", ended.screen);
        assert_shows(&ended.screen, &["· declined", "error[A0902]: declined: the command stops here"]);
        assert!(project.files() == before, "`{}` changed something:\n{}", asked.line, ended.screen);
    }
}

#[test]
fn ctrl_c_ends_every_question_and_nothing_has_changed() {
    for asked in &ASKED {
        let project = (asked.project)();
        let before = project.files();
        let mut terminal = asked.reach(&project, "");
        terminal.send(CTRL_C);
        let ended = terminal.end();
        assert_eq!(ended.status, 130, "{}", ended.screen);
        assert!(ended.shows_cursor, "{}", ended.screen);
        assert_shows(&ended.screen, &["\nerror[A0903]: interrupted"]);
        assert!(project.files() == before, "`{}` changed something:\n{}", asked.line, ended.screen);
    }
}

#[test]
fn without_a_terminal_the_error_prints_what_would_have_answered() {
    for asked in &ASKED {
        let project = (asked.project)();
        let before = project.files();
        let finished = project.run(asked.line);
        assert_eq!(finished.status, asked.without, "`{}`: {}", asked.line, finished.stderr);
        assert!(!finished.stderr.contains("\n? "), "{}", finished.stderr);
        if asked.without == 0 {
            continue;
        }
        assert!(project.files() == before, "`{}` changed something", asked.line);
        let lines = printed(&finished.stderr);
        assert!(!lines.is_empty(), "{}", finished.stderr);
        for line in lines {
            let project = (asked.project)();
            let answered = run_printed(&project, &line);
            assert_eq!(answered.status, 0, "`{line}`: {}", answered.stderr);
            assert!(project.files() != before, "`{line}` did nothing");
        }
    }
}

#[test]
fn nobody_is_asked_who_does_not_want_to_be() {
    for asked in &ASKED {
        for (flags, term) in [("--no-input", "xterm-256color"), ("--format json", "xterm-256color"), ("", "dumb")] {
            let project = (asked.project)();
            let mut command = command(&project, &format!("{} {flags}", asked.line));
            command.env("TERM", term);
            let ended = Terminal::start(command, 40, 130).end();
            let shown = format!("`{} {flags}` with {term}:\n{}", asked.line, ended.screen);
            assert_eq!(ended.status, u32::try_from(asked.without).expect("a status"), "{shown}");
            assert!(!ended.screen.contains("\n? ") && !ended.screen.starts_with("? "), "{shown}");
        }
    }
}

#[test]
fn yes_approves_and_never_chooses() {
    for asked in &ASKED {
        let project = (asked.project)();
        if asked.kind == Kind::Approval {
            let ended = start(&project, &format!("{} --yes", asked.line)).end();
            assert_done(&ended);
            assert!(!ended.screen.contains("\n? "), "{}", ended.screen);
            continue;
        }
        let mut terminal = asked.reach(&project, "--yes");
        terminal.send(ESC);
        assert_eq!(terminal.end().status, 5, "{}", asked.line);
        let finished = project.run(&format!("{} --yes", asked.line));
        assert_eq!(finished.status, asked.without, "`{} --yes`: {}", asked.line, finished.stderr);
    }
}
