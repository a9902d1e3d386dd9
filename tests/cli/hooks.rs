//! Hooks of the settings: when they run, what they are told, and what their no means.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::project::Project;

/// Two revisions, and hooks that write down what they are told.
fn hooked(hooks: &str) -> Project {
    let project = Project::drawn("a1; b2:a1");
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.alembic.hooks]\n{hooks}\n"));
    let script = "#!/bin/sh\necho \"$1|$ALEMBIC_COMMAND|$ALEMBIC_FROM|$ALEMBIC_TO|$ALEMBIC_REVISIONS|$DATABASE_URL|$(pwd)\" >> told\n\
                  echo \"out of $1\"\nexit ${2:-0}\n";
    project.write("hooks/tell", script);
    fs::set_permissions(project.path("hooks/tell"), fs::Permissions::from_mode(0o755)).expect("permissions");
    project
}

fn told(project: &Project) -> Vec<String> {
    let root = fs::canonicalize(project.root()).expect("a folder");
    let text = fs::read_to_string(project.path("told")).unwrap_or_default();
    let plain = |line: &str| {
        line.replace(&format!("{}", root.display()), "ROOT").replace(&format!("{}", project.root().display()), "ROOT")
    };
    text.lines().map(plain).collect()
}

const ALL: &str = "pre-upgrade = [\"hooks/tell\", \"before $HOME\"]\npost-upgrade = [\"hooks/tell\", \"after\"]\n\
                   pre-downgrade = [\"hooks/tell\", \"down\"]\npost-downgrade = [\"hooks/tell\", \"downed\"]";

#[test]
fn hooks_are_told_what_runs() {
    let project = hooked(ALL);
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    for text in [
        "        Hook pre-upgrade: hooks/tell 'before $HOME'\nout of before $HOME\n",
        "Hook post-upgrade",
        "out of after",
    ] {
        assert!(finished.stderr.contains(text), "{text} in {}", finished.stderr);
    }
    assert_eq!(finished.stdout, "");
    project.ok("downgrade -1 --yes --format json");
    assert_eq!(
        told(&project),
        [
            "before $HOME|upgrade||b2|a1 b2|sqlite:ROOT/app.db|ROOT",
            "after|upgrade||b2|a1 b2|sqlite:ROOT/app.db|ROOT",
            "down|downgrade|b2|a1|b2|sqlite:ROOT/app.db|ROOT",
            "downed|downgrade|b2|a1|b2|sqlite:ROOT/app.db|ROOT",
        ]
    );
}

#[test]
fn hooks_run_only_around_a_run() {
    let project = hooked(ALL);
    for line in
        ["upgrade --dry-run", "upgrade --sql", "upgrade --no-hooks", "upgrade", "stamp b2 --yes", "downgrade base"]
    {
        project.run(line);
        assert!(told(&project).is_empty(), "{line}: {:?}", told(&project));
    }
}

#[test]
fn a_no_before_stops_the_run_and_a_no_after_does_not() {
    let project = hooked("pre-upgrade = [\"hooks/tell\", \"before\", \"7\"]");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    for text in ["A0675", "the hook `pre-upgrade` failed: exit status: 7", "nothing was run", "--no-hooks"] {
        assert!(finished.stderr.contains(text), "{text} in {}", finished.stderr);
    }
    assert!(project.rows().is_empty());

    let project = hooked("post-upgrade = [\"hooks/tell\", \"after\", \"7\"]");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    assert!(
        finished.stderr.contains("warning: the hook `post-upgrade` failed: exit status: 7; what ran stays"),
        "{}",
        finished.stderr
    );
    assert_eq!(project.rows(), ["b2"]);
    let project = hooked("post-upgrade = [\"hooks/tell\", \"after\", \"7\"]");
    let finished = project.run("upgrade --format json");
    assert!(
        finished.status == 3 && finished.stdout.contains("\"warnings\":[\"the hook `post-upgrade` failed"),
        "{}",
        finished.stdout
    );

    let project = hooked("pre-upgrade = [\"no-such-program-here\"]");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 3, "{}", finished.stderr);
    assert!(finished.stderr.contains("there is no program `no-such-program-here`"), "{}", finished.stderr);
    assert!(project.rows().is_empty());
}

#[test]
fn ctrl_c_ends_a_hook() {
    let project = hooked("pre-upgrade = [\"sh\", \"-c\", \"kill -INT $PPID; exec sleep 60\"]");
    let finished = project.run("upgrade");
    assert_eq!(finished.status, 130, "{}", finished.stderr);
    assert!(finished.stderr.contains("the hook `pre-upgrade` was interrupted"), "{}", finished.stderr);
    assert!(project.rows().is_empty());
}

#[test]
fn wrong_hooks_are_errors_at_their_place() {
    for (hooks, says) in [
        ("pre-upgrade = \"make backup\"", "must be a list of strings, not a string"),
        ("pre-upgrade = [\"\"]", "is empty"),
        ("pre-upgrade = [1]", "must be a list of strings"),
        ("pre_upgrade = [\"x\"]", "write `pre-upgrade`"),
    ] {
        let finished = hooked(hooks).run("upgrade");
        assert_eq!(finished.status, 3, "{hooks}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(says) && finished.stderr.contains("Cargo.toml:6"),
            "{hooks}: {}",
            finished.stderr
        );
    }
}
