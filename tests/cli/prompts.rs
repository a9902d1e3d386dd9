//! Every kind of question on a real terminal: answered, declined, interrupted, and without a terminal.
//!
//! A test runs this very binary again inside a pseudo-terminal, where [`scenario`] asks what the variable names.

use std::process::{Command, Stdio};
use std::time::Duration;

use alembic_revisions::diagnose::Exit;
use cargo_alembic::ui::ask::{Confirm, Entry, Reply, Select, SelectMany, TypedName, Unanswered, YES};
use cargo_alembic::ui::{Surroundings, Text, Ui, UiOptions, interrupt};
use portable_pty::CommandBuilder;

use crate::terminal::{self, CTRL_C, DOWN, ENTER, ESC, Ended, Terminal};

const SCENARIO: &str = "ALEMBIC_TEST_SCENARIO";
const ARGUMENTS: [&str; 4] = ["--exact", "prompts::scenario", "--ignored", "--nocapture"];

/// Asks the question that the variable names, prints the answer, and exits as the tool would.
#[test]
#[ignore = "runs inside the terminal of another test"]
fn scenario() {
    let Ok(name) = std::env::var(SCENARIO) else { return };
    let surroundings = Surroundings::of_process(|name| std::env::var(name).ok());
    let ui = Ui::new(UiOptions::default(), surroundings);
    let exit = match answer(&ui, &name) {
        Ok(answer) => {
            println!("answer: {answer}");
            Exit::Done
        }
        Err(unanswered) => ui.failure(&unanswered),
    };
    std::process::exit(exit as i32);
}

fn answer(ui: &Ui, name: &str) -> Result<String, Unanswered> {
    let ask = ui.ask();
    let answers = vec!["cargo alembic merge a1 b2".to_owned(), "cargo alembic upgrade heads".to_owned()];
    let question = "What now?".to_owned();
    let names = |count: usize| (0..count).map(|number| format!("feature_{number}")).collect::<Vec<_>>();
    match name {
        "drop" | "go" => {
            let default = if name == "go" { Reply::Yes } else { Reply::No };
            let details = vec![Text::new().strong("      Plan").plain(" drops 2 tables")];
            let confirm = Confirm { question: "Run it?".into(), details, default, flag: YES, answers };
            ask.confirm(&confirm).map(|yes| yes.to_string())
        }
        "select" | "search" => {
            let items = names(if name == "search" { 40 } else { 3 });
            ask.select(&Select { question, items, default: 1, answers, ..Select::default() }).map(|at| at.to_string())
        }
        "long" => {
            let items = (0..12).map(|number| format!("{number} {}", "表é".repeat(30))).collect();
            ask.select(&Select { question: "Which one ".repeat(9), items, ..Select::default() })
                .map(|at| at.to_string())
        }
        "many" => {
            let many =
                SelectMany { question, items: names(3), preselected: vec![2], at_least: 2, ..Default::default() };
            ask.select_many(&many).map(|chosen| format!("{chosen:?}"))
        }
        "text" => {
            let check = |typed: &str| if typed.contains('g') { Ok(()) } else { Err("needs a g".to_owned()) };
            let hint = |typed: &str| format!("migrations/abc_{}.sql", typed.replace(' ', "_"));
            let entry = Entry { initial: "add ".into(), hint: &hint, answers, ..Entry::new("Message", &check) };
            ask.text(&entry)
        }
        "name" => {
            let typed = TypedName { question: "Database?".into(), name: "shop".into(), ..TypedName::default() };
            ask.typed_name(&typed).map(|()| "typed".to_owned())
        }
        "after" => {
            ask.confirm(&Confirm { question, default: Reply::Yes, ..Confirm::default() })?;
            let hold = interrupt::hold();
            ui.status("Applying", "a1b2");
            std::thread::sleep(Duration::from_millis(700));
            drop(hold);
            ui.status("Sleeping", "until Ctrl-C");
            std::thread::sleep(Duration::from_secs(30));
            Ok("not reached".to_owned())
        }
        "progress" => {
            let progress = ui.progress();
            progress.started("Applying", "a1b2 players: add region");
            progress.ran(3, 10_000);
            std::thread::sleep(Duration::from_millis(1_600));
            progress.finished("Applied", "a1b2 players: add region", Duration::from_millis(1_600));
            ui.status("Finished", "1 revision");
            Ok("done".to_owned())
        }
        other => panic!("no scenario {other}"),
    }
}

fn command(name: &str) -> CommandBuilder {
    let program = std::env::current_exe().expect("this binary has a path");
    let mut command = terminal::command(&program.to_string_lossy(), &ARGUMENTS);
    command.env(SCENARIO, name);
    command
}

fn start(name: &str) -> Terminal {
    Terminal::start(command(name), 16, 70)
}

fn assert_answered(ended: &Ended, lines: &[&str]) {
    assert_eq!(ended.status, 0, "{}", ended.screen);
    assert!(ended.shows_cursor);
    for line in lines {
        assert!(ended.screen.lines().any(|shown| shown.trim_end() == *line), "{line:?} is not in\n{}", ended.screen);
    }
}

#[test]
fn a_dangerous_confirmation_waits_for_enter_and_defaults_to_no() {
    let mut terminal = start("drop");
    let screen = terminal.wait_for("Run it? (y/n) › no").screen();
    assert!(screen.contains("      Plan drops 2 tables\n? Run it?"), "{screen}");
    terminal.send("y").wait_for("› yes").send(ENTER);
    assert_answered(&terminal.end(), &["✔ Run it? · yes", "answer: true"]);

    let mut terminal = start("drop");
    terminal.wait_for("Run it?").send(ENTER);
    assert_answered(&terminal.end(), &["✔ Run it? · no", "answer: false"]);
}

#[test]
fn a_harmless_confirmation_takes_one_key() {
    for (key, answer) in [("y", "true"), ("n", "false"), (ENTER, "true")] {
        let mut terminal = start("go");
        terminal.wait_for("Run it? (y/n) › yes").send(key);
        assert_answered(&terminal.end(), &[&format!("answer: {answer}")]);
    }
}

#[test]
fn a_choice_of_one() {
    let mut terminal = start("select");
    terminal.wait_for("❯ feature_1").send(DOWN).wait_for("❯ feature_2").send(ENTER);
    assert_answered(&terminal.end(), &["✔ What now? · feature_2", "answer: 2"]);
}

#[test]
fn a_long_list_is_searched_by_typing() {
    let mut terminal = start("search");
    terminal.wait_for("❯ feature_1").send("_27").wait_for("❯ feature_27").send(ENTER);
    assert_answered(&terminal.end(), &["✔ What now? · feature_27", "answer: 27"]);
}

#[test]
fn long_lines_are_shortened_and_leave_nothing_behind() {
    let mut terminal = Terminal::start(command("long"), 24, 40);
    terminal.wait_for("❯ 0 表é").send(DOWN).wait_for("❯ 1 表é").send(DOWN).wait_for("❯ 2 表é");
    let screen = terminal.screen();
    assert_eq!(screen.matches(" 0 表é").count(), 1, "{screen}");
    assert!(screen.contains("running 1 test"), "the lines above stay:\n{screen}");
    terminal.send(ENTER);
    assert_answered(&terminal.end(), &["answer: 2"]);
}

#[test]
fn a_choice_of_several_has_a_least_number() {
    let mut terminal = start("many");
    terminal.wait_for("◉ feature_2").send(ENTER).wait_for("✘ choose at least 2");
    terminal.send(" ").wait_for("◉ feature_0").send(ENTER);
    assert_answered(&terminal.end(), &["✔ What now? · feature_0, feature_2", "answer: [0, 2]"]);
}

#[test]
fn a_text_shows_what_it_makes_and_why_it_will_not_do() {
    let mut terminal = start("text");
    terminal.wait_for("? Message › add").wait_for("migrations/abc_add_.sql");
    terminal.send(ENTER).wait_for("✘ needs a g");
    terminal.send("region").wait_for("migrations/abc_add_region.sql");
    let row = terminal.screen().lines().position(|line| line == "? Message › add region");
    assert_eq!(Some(terminal.cursor()), row.map(|row| (row as u16, 22)));
    terminal.send(ENTER);
    let ended = terminal.end();
    assert_answered(&ended, &["✔ Message · add region", "answer: add region"]);
    assert!(!ended.screen.contains("migrations/"), "{}", ended.screen);
}

#[test]
fn a_name_is_typed_exactly() {
    let mut terminal = start("name");
    terminal.wait_for("? Database? ›").send("shoppe\r").wait_for("✘ type shop, or press Esc");
    terminal.send("\u{7f}\u{7f}").wait_until("the last letters to go", |screen| screen.contains("› shop\n"));
    terminal.send(ENTER);
    assert_answered(&terminal.end(), &["✔ Database? · shop", "answer: typed"]);
}

#[test]
fn esc_declines_every_question() {
    for name in ["drop", "go", "select", "search", "many", "text", "name"] {
        let mut terminal = start(name);
        terminal.wait_for("?").send(ESC);
        let ended = terminal.end();
        assert_eq!(ended.status, 5, "{name}: {}", ended.screen);
        assert!(ended.shows_cursor, "{name}");
        assert!(ended.screen.contains("· declined\n"), "{name}: {}", ended.screen);
        assert!(ended.screen.contains("error[A0902]: declined: "), "{name}: {}", ended.screen);
    }
}

#[test]
fn ctrl_c_interrupts_every_question() {
    for name in ["drop", "go", "select", "search", "many", "text", "name"] {
        let mut terminal = start(name);
        terminal.wait_for("?").send(CTRL_C);
        let ended = terminal.end();
        assert_eq!(ended.status, 130, "{name}: {}", ended.screen);
        assert!(ended.shows_cursor, "{name}");
        assert!(ended.screen.contains("\nerror[A0903]: interrupted"), "{name}: {}", ended.screen);
    }
}

#[test]
fn ctrl_c_ends_the_process_unless_somebody_holds_it() {
    let mut terminal = start("after");
    terminal.wait_for("What now?").send("y").wait_for("Applying a1b2").send(CTRL_C);
    terminal.wait_for("Sleeping until Ctrl-C").send(CTRL_C);
    let ended = terminal.end();
    assert!(ended.signal.is_some_and(|signal| signal.contains("Interrupt")), "{}", ended.screen);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let program = std::env::current_exe().expect("this binary has a path");
    for name in ["drop", "go", "select", "search", "many", "text", "name"] {
        let output = Command::new(&program)
            .args(ARGUMENTS)
            .env(SCENARIO, name)
            .stdin(Stdio::null())
            .output()
            .expect("this binary runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{name}: {stderr}");
        assert!(stderr.starts_with("error[A0901]: no answer to "), "{name}: {stderr}");
        assert!(stderr.contains("note: not asking, because standard input is not a terminal"), "{name}: {stderr}");
    }
}

#[test]
fn a_terminal_behind_redirected_input_is_not_asked() {
    let program = std::env::current_exe().expect("this binary has a path");
    let line = format!("exec '{}' {} < /dev/null", program.display(), ARGUMENTS.join(" "));
    let mut command = terminal::command("sh", &["-c", &line]);
    command.env(SCENARIO, "select");
    let ended = Terminal::start(command, 16, 70).end();
    assert_eq!(ended.status, 5, "{}", ended.screen);
    assert!(ended.screen.contains("help: pass one of"), "{}", ended.screen);
    assert!(ended.screen.contains("          cargo alembic upgrade heads"), "{}", ended.screen);
}

#[test]
fn a_dumb_terminal_and_a_tiny_one_are_not_asked() {
    let mut dumb = command("select");
    dumb.env("TERM", "dumb");
    let tiny = Terminal::start(command("select"), 3, 90).end();
    assert_eq!((Terminal::start(dumb, 16, 70).end().status, tiny.status), (5, 5), "{}", tiny.screen);
}

#[test]
fn a_running_step_is_shown_live_and_leaves_one_line() {
    let mut terminal = start("progress");
    terminal.wait_for("    Applying a1b2 players: add region 3 of 10000 1.0 s");
    let ended = terminal.end();
    let line = "     Applied a1b2 players: add region (1.6 s)";
    assert_answered(&ended, &[line, "    Finished 1 revision", "answer: done"]);
    assert!(!ended.screen.contains("Applying"), "{}", ended.screen);
    assert!(ended.screen.contains(&format!("running 1 test\n{line}\n")), "{}", ended.screen);
}

#[test]
fn nothing_is_drawn_over_where_ci_looks() {
    let mut command = command("progress");
    command.env("CI", "true");
    let mut terminal = Terminal::start(command, 16, 70);
    terminal.wait_until("an end without a live line", |screen| {
        assert!(!screen.contains("Applying"), "{screen}");
        screen.contains("answer: done")
    });
    assert_eq!(terminal.end().status, 0);
}
