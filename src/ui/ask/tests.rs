use std::io;

use super::*;
use crate::ui::{Format, Streams, Surroundings, Ui, UiOptions};

fn at_terminal() -> Surroundings {
    Surroundings { stdin_is_terminal: true, stderr_is_terminal: true, term: "xterm".into(), ..Surroundings::default() }
}

fn ui(options: UiOptions, surroundings: Surroundings, script: &Scripted) -> Ui {
    let streams = Streams { stdout: Box::new(io::sink()), stderr: Box::new(io::sink()), ask: Box::new(script.clone()) };
    Ui::with_streams(options, surroundings, streams)
}

fn run_it(flag: &'static str) -> Confirm {
    let answers = vec!["cargo alembic downgrade -1 --yes".to_owned()];
    Confirm { question: "Run it?".into(), flag, answers, ..Confirm::default() }
}

fn feature() -> Select {
    Select {
        question: "Which feature?".into(),
        items: vec!["players".into(), "billing".into()],
        answers: vec!["cargo alembic generate -p players".into(), "cargo alembic generate -p billing".into()],
        ..Select::default()
    }
}

#[test]
fn the_gate_is_open_only_at_a_terminal_that_may_be_used() {
    let json = UiOptions { format: Format::Json, ..UiOptions::default() };
    let no_input = UiOptions { no_input: true, ..UiOptions::default() };
    let human = UiOptions::default();
    for (options, surroundings, reason) in [
        (human, at_terminal(), None),
        (human, Surroundings { stdout_is_terminal: true, ..at_terminal() }, None),
        (human, Surroundings { ci: "true".into(), ..at_terminal() }, None),
        (json, at_terminal(), Some("the format is json")),
        (no_input, at_terminal(), Some("`--no-input` is set")),
        (human, Surroundings { stdin_is_terminal: false, ..at_terminal() }, Some("standard input is not a terminal")),
        (human, Surroundings { stderr_is_terminal: false, ..at_terminal() }, Some("standard error is not a terminal")),
        (human, Surroundings { term: "dumb".into(), ..at_terminal() }, Some("the terminal is `dumb`")),
    ] {
        let script = Scripted::new([Answer::Item("billing".into())]);
        let answer = ui(options, surroundings.clone(), &script).ask().select(&feature());
        match (answer, reason) {
            (Ok(chosen), None) => assert_eq!(chosen, 1),
            (Err(unanswered), Some(reason)) => {
                assert_eq!(unanswered.notes(), [format!("not asking, because {reason}")]);
                assert!(script.asked().is_empty(), "{surroundings:?}");
            }
            (answer, reason) => panic!("{answer:?} where the reason is {reason:?}: {surroundings:?}"),
        }
    }
}

#[test]
fn every_question_stops_at_the_gate() {
    let script = Scripted::default();
    let ui = ui(UiOptions::default(), Surroundings::default(), &script);
    let ask = ui.ask();
    let is_anything = |_: &str| Ok(());
    let unanswered = [
        ask.confirm(&run_it(YES)).err(),
        ask.approve(&run_it(YES)).err(),
        ask.select(&feature()).err(),
        ask.select_many(&SelectMany::default()).err(),
        ask.text(&Entry::new("Message", &is_anything)).err(),
        ask.typed_name(&TypedName::default()).err(),
    ];
    for unanswered in unanswered {
        assert!(matches!(unanswered, Some(Unanswered::NoTerminal { .. })), "{unanswered:?}");
    }
}

#[test]
fn yes_approves_and_never_chooses() {
    let script = Scripted::new([Answer::No]);
    let yes = UiOptions { yes: true, ..UiOptions::default() };
    let off_terminal = ui(yes, Surroundings::default(), &script);
    assert!(off_terminal.ask().approve(&run_it(YES)).is_ok());
    assert!(off_terminal.ask().approve(&run_it("--allow drop-column")).is_err());
    assert!(off_terminal.ask().select(&feature()).is_err());
    assert!(off_terminal.ask().typed_name(&TypedName { name: "shop".into(), ..TypedName::default() }).is_err());
    let at_terminal = ui(yes, at_terminal(), &script);
    assert!(matches!(at_terminal.ask().confirm(&run_it("--allow drop-column")), Ok(false)));
}

#[test]
fn answers_reach_the_command() {
    let script = Scripted::new([
        Answer::No,
        Answer::Items(vec!["billing".into(), "players".into()]),
        Answer::Text("  ".into()),
        Answer::Text("add region".into()),
        Answer::Text("shoppe".into()),
        Answer::Text("shop".into()),
        Answer::Decline,
        Answer::Interrupt,
    ]);
    let ui = ui(UiOptions::default(), at_terminal(), &script);
    let ask = ui.ask();
    assert!(matches!(ask.approve(&run_it(YES)), Err(Unanswered::Declined)));
    let many = SelectMany { items: feature().items, ..SelectMany::default() };
    assert_eq!(ask.select_many(&many).expect("it is answered"), [0, 1]);
    let is_not_blank = |typed: &str| if typed.trim().is_empty() { Err("say something".to_owned()) } else { Ok(()) };
    assert_eq!(ask.text(&Entry::new("Message", &is_not_blank)).expect("it is answered"), "add region");
    assert!(ask.typed_name(&TypedName { name: "shop".into(), ..TypedName::default() }).is_ok());
    assert!(matches!(ask.select(&feature()), Err(Unanswered::Declined)));
    assert!(matches!(ask.select(&feature()), Err(Unanswered::Interrupted)));
    assert!(script.unused().is_empty());
    assert_eq!(script.asked()[5], "Which feature?: players, billing");
}

#[test]
fn an_unanswered_question_names_the_commands_that_answer_it() {
    let help = |commands: Vec<String>| {
        let unanswered = Unanswered::NoTerminal { question: "Which?".into(), reason: Reason::Stdin, commands };
        unanswered.help().expect("there is always a way on")
    };
    assert_eq!(help(vec![]), "run the command in a terminal");
    assert_eq!(help(vec!["cargo alembic merge".into()]), "run `cargo alembic merge`");
    assert_eq!(
        help(feature().answers),
        "pass one of\n  cargo alembic generate -p players\n  cargo alembic generate -p billing"
    );
    let many = help((0..12).map(|number| format!("-p f{number}")).collect());
    assert!(many.ends_with("\n  -p f9\n  … and 2 more"), "{many}");
}

#[test]
fn exit_statuses_are_those_of_the_contract() {
    let question = || "Run it?".to_owned();
    let no_terminal = Unanswered::NoTerminal { question: question(), reason: Reason::Stdin, commands: vec![] };
    assert_eq!(no_terminal.exit() as u8, 5);
    assert_eq!(Unanswered::Declined.exit() as u8, 5);
    assert_eq!(Unanswered::Interrupted.exit() as u8, 130);
    assert_eq!(no_terminal.to_string(), "no answer to \"Run it?\"");
}
