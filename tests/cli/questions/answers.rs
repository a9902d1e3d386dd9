//! What becomes of an answer, and how it looks on the way.

use super::{
    assert_done, assert_shows, command, dropping, features, printed, protected, start, three, two, uneven, untouched,
};
use crate::project::{Project, run_printed};
use crate::terminal::{CTRL_C, DOWN, ENTER, ESC, Terminal};

#[test]
fn init_takes_the_checked_crates() {
    let project = untouched();
    let mut terminal = start(&project, "init");
    terminal.wait_for("❯ ◯ left").send(DOWN).wait_for("❯ ◯ right").send(ENTER).wait_for("✘ choose at least 1 (space)");
    terminal.send(DOWN).wait_for("❯ ◯ right").send(" ").wait_for("❯ ◉ right").send(ENTER);
    let ended = terminal.end();
    assert_done(&ended);
    assert_shows(
        &ended.screen,
        &[
            "✔ Which crates own migrations? · right\n     Writing Cargo.toml",
            "next: cargo alembic revision -p right -m",
            "note: run again without questions: cargo alembic init -p right",
        ],
    );
    assert!(!ended.screen.contains("space chooses"), "the hint goes with the question:\n{}", ended.screen);
    assert!(project.path("right/migrations").is_dir() && !project.path("left/migrations").exists());
}

#[test]
fn init_proposes_the_crates_that_are_features() {
    let project = Project::new(&["left", "right"]);
    std::fs::remove_dir(project.path("left/migrations")).expect("an empty folder");
    let mut terminal = start(&project, "init");
    terminal.wait_for("❯ ◯ left\n  ◉ right").send(ENTER);
    assert_shows(&terminal.end().screen, &["✔ Which crates own migrations? · right"]);
}

#[test]
fn revision_asks_for_the_feature_and_shows_the_file() {
    let project = features();
    let mut terminal = start(&project, "revision --rev-id bbb1");
    terminal.wait_for("❯ left\n  right").send(DOWN).wait_for("❯ right").send(ENTER);
    terminal.wait_for("? What does the revision do? ›").send("Add").wait_for("\n  right/migrations/bbb1_add.sql");
    terminal.send(" Region").wait_for("\n  right/migrations/bbb1_add_region.sql").send(ENTER);
    let ended = terminal.end();
    assert_done(&ended);
    assert_shows(
        &ended.screen,
        &[
            "✔ Which feature does the revision belong to? · right\n✔ What does the revision do? · Add Region\n",
            "Creating right/migrations/bbb1_add_region.sql",
            "note: run again without questions: cargo alembic revision --rev-id bbb1 -p right -m 'Add Region'",
        ],
    );
    assert!(project.read("right/migrations/bbb1_add_region.sql").starts_with("-- Add Region\n"));
}

#[test]
fn revision_says_why_a_message_will_not_do() {
    let project = Project::drawn("aaa1");
    let mut terminal = start(&project, "revision");
    terminal.wait_for("? What does").send(ENTER).wait_for("✘ the message is empty");
    terminal.send("?!").send(ENTER).wait_for("✘ the message has neither a letter nor a digit").send(CTRL_C);
    assert_eq!(terminal.end().status, 130);
    assert_eq!(project.json("heads")["revisions"].as_array().map(Vec::len), Some(1));
}

#[test]
fn revision_knows_the_feature_of_its_folder() {
    let project = features();
    let mut command = command(&project, "revision -m x --rev-id bbb1");
    command.cwd(project.path("right/src"));
    let ended = Terminal::start(command, 30, 100).end();
    assert_done(&ended);
    assert!(!ended.screen.contains("? "), "{}", ended.screen);
    assert!(project.path("right/migrations/bbb1_x.sql").exists());
}

#[test]
fn revision_asks_which_head_it_follows() {
    let project = two();
    let mut terminal = start(&project, "revision --rev-id eee1 -m x");
    terminal.wait_for("? Which feature").send(DOWN).send(ENTER);
    // The head of the chosen feature is proposed.
    terminal.wait_for("  bbb2 (left), Step bbb2  [left] 2026-11-20\n❯ ccc2 (right), Step ccc2  [right] 2026-11-20");
    terminal.send(ENTER);
    let ended = terminal.end();
    assert_done(&ended);
    assert_shows(
        &ended.screen,
        &[
            "✔ There are 2 heads. Which one does the revision follow? · ccc2\n",
            "without questions: cargo alembic revision --rev-id eee1 -m x -p right --head ccc2",
        ],
    );
    assert_shows(&project.read("right/migrations/eee1_x.sql"), &["-- down_revision = \"ccc2\""]);
}

#[test]
fn upgrade_offers_all_heads_one_or_a_merge() {
    let offered = "❯ all of them\n  only bbb2 (left), Step bbb2  [left] 2026-11-20\n  only ccc2 (right), Step ccc2  \
                   [right] 2026-11-20\n  none: stop, and merge them first";
    for (downs, answer, rows, target) in [
        (0, "all of them", &["bbb2", "ccc2"][..], Some("heads")),
        (2, "only ccc2", &["ccc2"], Some("ccc2")),
        (3, "none", &[], None),
    ] {
        let project = two();
        let mut terminal = start(&project, "upgrade");
        terminal.wait_for(offered);
        for _ in 0..downs {
            terminal.send(DOWN);
        }
        terminal.send(ENTER);
        let ended = terminal.end();
        assert!(ended.shows_cursor);
        assert_shows(&ended.screen, &[&format!("✔ There are 2 heads. Upgrade to which? · {answer}\n")]);
        match target {
            Some(target) => {
                let again = format!("note: run again without questions: cargo alembic upgrade {target}");
                assert_shows(&ended.screen, &[&again]);
                let unasked = two();
                assert_eq!(run_printed(&unasked, &printed(&again)[0]).status, 0);
                assert_eq!(unasked.rows(), rows);
                assert_eq!(ended.status, 0, "{}", ended.screen);
            }
            None => {
                assert_shows(
                    &ended.screen,
                    &["stopped before anything ran", "help: join the heads with `cargo alembic merge`"],
                );
                assert_eq!(ended.status, 5, "{}", ended.screen);
            }
        }
        assert_eq!(project.rows(), rows);
    }
}

#[test]
fn upgrade_asks_before_it_drops_data() {
    for (keys, status, rows, backups) in [
        (&[ENTER][..], 0, "bbb1", 1),
        (&[DOWN, ENTER], 0, "bbb1", 0),
        (&[DOWN, DOWN, ENTER], 5, "aaa1", 0),
        (&[ESC], 5, "aaa1", 0),
    ] {
        let project = dropping();
        let mut terminal = start(&project, "upgrade");
        let screen = terminal.wait_for("? This drops data. Go on?").wait_for("run without a backup").screen();
        assert_shows(&screen, &["! bbb1  app  drops table t_aaa1\n?"]);
        for key in keys {
            terminal.send(key);
        }
        let ended = terminal.end();
        assert_eq!(ended.status, status, "{}", ended.screen);
        assert_eq!(project.rows(), [rows]);
        let made = project.files().into_iter().filter(|(path, _)| path.to_string_lossy().contains("app-2")).count();
        assert_eq!(made, backups, "{}", ended.screen);
        assert_eq!(ended.screen.contains("Restore sqlite3"), backups == 1, "{}", ended.screen);
    }
    let project = dropping();
    let mut terminal = start(&project, "upgrade --no-backup");
    terminal.wait_for("? This drops data. Go on? (y/n) › no").send("y").send(ENTER);
    assert_done(&terminal.end());
    assert_eq!(project.rows(), ["bbb1"]);
    let project = dropping();
    let finished = project.run("upgrade");
    assert_shows(&finished.stderr, &["! bbb1  app  drops table t_aaa1"]);
    assert_eq!(project.rows(), ["bbb1"], "a deployment does not stop");
}

#[test]
fn merge_asks_which_of_three_heads() {
    let project = three();
    let mut terminal = start(&project, "merge --rev-id mmm1");
    terminal.wait_for(
        "❯ ◉ bbb2 (left), Step bbb2  [left] 2026-11-20\n  ◉ ccc2 (right), Step ccc2  [right] 2026-11-20\n  ◉ ddd1, \
         Step ddd1  [web]",
    );
    terminal.send(DOWN).send(" ").wait_for("❯ ◯ ccc2").send(ENTER);
    terminal
        .wait_for("? What does the revision do? › Merge left and web\n  left/migrations/mmm1_merge_left_and_web.sql");
    terminal.send(ENTER);
    let ended = terminal.end();
    assert_done(&ended);
    assert_shows(
        &ended.screen,
        &[
            "✔ There are 3 heads. Which ones does the revision join? · bbb2, ddd1\n",
            "questions: cargo alembic merge --rev-id mmm1 bbb2 ddd1 -m 'Merge left and web'",
        ],
    );
    assert_shows(&project.read("left/migrations/mmm1_merge_left_and_web.sql"), &["= [\"bbb2\", \"ddd1\"]"]);
}

#[test]
fn merge_of_two_heads_only_proposes_a_message() {
    let project = two();
    let mut terminal = start(&project, "merge --rev-id mmm1");
    let screen = terminal.wait_for("› Merge left and right").screen();
    assert_shows(
        &screen,
        &["note: bbb2: 2 revisions of its own, in left\nnote: ccc2: 2 revisions of its own, in right\n?"],
    );
    terminal.send(" again").send(ENTER);
    assert_done(&terminal.end());
    assert!(project.path("left/migrations/mmm1_merge_left_and_right_again.sql").exists());
}

#[test]
fn downgrade_says_what_is_lost_and_what_goes_beyond_the_words() {
    let lost = ["bbb1  left", "ccc2  right", "ccc1  right", "aaa1  left"].map(|step| {
        let id = &step[..4];
        format!("! {step}  drops table t_{id}\n")
    });
    let beyond = "! goes beyond `left@-2`: takes back ccc2, ccc1, too\n";
    for (key, status, rows) in [("y", 0, &[][..]), ("n", 5, &["bbb1", "ccc2"])] {
        let project = uneven();
        let mut terminal = start(&project, "downgrade left@-2 --no-backup");
        let screen = terminal.wait_for("? Take 4 revisions back? (y/n) › no").screen();
        assert_shows(&screen, &lost.each_ref().map(String::as_str));
        assert_shows(&screen, &[beyond, "bbb1, ccc2 -> <base>"]);
        terminal.send(key).send(ENTER);
        let ended = terminal.end();
        assert_eq!(ended.status, status, "{}", ended.screen);
        assert_eq!(project.rows(), rows);
    }
    let stderr = uneven().run("downgrade left@-2").stderr;
    assert_shows(&stderr, &[beyond, &lost[0], "help: run `cargo alembic downgrade left@-2 --yes`"]);
}

#[test]
fn quiet_still_shows_what_is_lost() {
    let project = uneven();
    let mut terminal = start(&project, "downgrade left@-2 -q");
    let screen = terminal.wait_for("? Take 4 revisions back?").screen();
    assert!(
        screen.starts_with("! goes beyond") && screen.contains("\n! aaa1  left  drops table t_aaa1\n?"),
        "{screen}"
    );
    terminal.send(ESC);
    assert_eq!(terminal.end().status, 5);
}

#[test]
fn stamp_says_what_counts_and_what_no_longer_does() {
    let project = uneven();
    let mut terminal = start(&project, "stamp aaa1");
    let screen = terminal.wait_for("? Change what counts as applied?").screen();
    assert_shows(
        &screen,
        &["Plan stamp bbb1, ccc2 -> aaa1", "- ccc2  right  Step ccc2  no longer counts as applied\n"],
    );
    terminal.send("y").send(ENTER);
    assert_done(&terminal.end());
    assert_eq!(project.rows(), ["aaa1"]);

    let mut terminal = start(&project, "stamp right@head");
    let screen = terminal.wait_for("? Change what counts as applied?").screen();
    assert_shows(
        &screen,
        &["+ ccc1  right  Step ccc1  counts as applied\n", "+ ccc2  right  Step ccc2  counts as applied\n"],
    );
    terminal.send(ENTER);
    assert_eq!(terminal.end().status, 5);
    assert_eq!(project.rows(), ["aaa1"]);
}

#[test]
fn a_protected_database_is_named() {
    let project = protected();
    let mut terminal = start(&project, "downgrade aaa1 --env prod --yes");
    terminal.wait_for("type the name of its database ›").send("prod").send(ENTER);
    terminal.wait_for("✘ type app.db, or press Esc").send("\u{15}").send("app.db").send(ENTER);
    let ended = terminal.end();
    assert_done(&ended);
    assert_shows(&ended.screen, &["✔ `prod` is protected. To go on, type the name of its database · app.db\n"]);
    assert_eq!(project.rows(), ["aaa1"]);

    let wrong = project.run("downgrade base --env prod --confirm prod");
    assert_eq!(wrong.status, 5, "{}", wrong.stderr);
    assert_shows(&wrong.stderr, &["--confirm names `prod`, but the database is `app.db`"]);
    let line = &printed(&wrong.stderr)[0];
    assert_eq!(line, "cargo alembic downgrade base --env prod --confirm app.db");
    assert_eq!(run_printed(&project, line).status, 0);
    assert_eq!(project.rows(), Vec::<String>::new());
}
