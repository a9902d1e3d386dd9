use serde_json::{Value, json};

use super::fault::{Fault, place};
use super::*;

/// A stream that a test reads back.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<u8>>>);

impl Recorded {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no writer panicked").clone()).expect("what is written is UTF-8")
    }
}

impl Write for Recorded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that fails.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ui(options: UiOptions, surroundings: Surroundings) -> (Ui, Recorded, Recorded) {
    let (stdout, stderr) = (Recorded::default(), Recorded::default());
    let streams = Streams {
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        ask: Box::new(ask::Scripted::default()),
    };
    (Ui::with_streams(options, surroundings, streams), stdout, stderr)
}

struct Heads;

impl Outcome for Heads {
    fn json(&self) -> Value {
        json!({ "revisions": ["abc1"] })
    }

    fn render(&self, page: &mut Page) {
        page.line(Text::new().strong("abc1").plain(" (head)"));
    }
}

#[test]
fn an_outcome_goes_to_standard_output() {
    let (ui, stdout, stderr) = ui(UiOptions::default(), Surroundings::default());
    ui.outcome(&Heads).expect("the stream is in memory");
    assert_eq!((stdout.text().as_str(), stderr.text().as_str()), ("abc1 (head)\n", ""));
}

#[test]
fn each_stream_has_its_own_color() {
    let piped = Surroundings { stderr_is_terminal: true, term: "xterm".into(), ..Surroundings::default() };
    let (ui, stdout, stderr) = ui(UiOptions::default(), piped);
    ui.outcome(&Heads).expect("the stream is in memory");
    ui.status("Applying", "abc1");
    assert_eq!(stdout.text(), "abc1 (head)\n");
    assert_eq!(stderr.text(), "\u{1b}[32m\u{1b}[1m    Applying\u{1b}[0m abc1\n");
}

#[test]
fn messages_are_heard_by_verbosity() {
    let expected = [
        (Verbosity::Quiet, ""),
        (Verbosity::Normal, "    Applying abc1\nwarning: careful\nnote: aside\n"),
        (Verbosity::Verbose, "    Applying abc1\nwarning: careful\nnote: aside\nin detail\n"),
    ];
    for (verbosity, expected) in expected {
        let (ui, _, stderr) = ui(UiOptions { verbosity, ..UiOptions::default() }, Surroundings::default());
        ui.status("Applying", "abc1");
        ui.warn("careful");
        ui.note("aside");
        ui.verbose("in detail");
        assert_eq!(stderr.text(), expected, "{verbosity:?}");
    }
}

#[test]
fn json_is_one_document_and_carries_the_warnings() {
    let options = UiOptions { format: Format::Json, ..UiOptions::default() };
    let (ui, stdout, stderr) = ui(options, Surroundings::default());
    ui.status("Applying", "abc1");
    ui.warn("careful");
    ui.outcome(&Heads).expect("the stream is in memory");
    let document: Value = serde_json::from_str(&stdout.text()).expect("one document");
    assert_eq!(document, json!({ "format_version": 1, "revisions": ["abc1"], "warnings": ["careful"] }));
    assert_eq!(stdout.text().lines().count(), 1);
    assert_eq!(stderr.text(), "");
}

#[test]
fn a_json_error_has_the_shape_of_the_contract() {
    let options = UiOptions { format: Format::Json, ..UiOptions::default() };
    let (ui, stdout, stderr) = ui(options, Surroundings::default());
    let fault = Fault {
        places: vec![place("b/8f2c.sql", "-- é\n--  revision = \"8f2c\"\n", "8f2c", "a head")],
        notes: vec!["rolled back".into()],
        help: Some("merge them".into()),
        others: vec![Fault::saying("another")],
        ..Fault::saying("two heads")
    };
    assert_eq!(ui.failure(&fault), Exit::Project);
    assert_eq!(stdout.text(), "");
    assert_eq!(stderr.text().lines().count(), 1);
    let document: Value = serde_json::from_str(&stderr.text()).expect("one document");
    let other = json!({ "code": "A0203", "kind": "Fault", "message": "another", "help": null, "notes": [], "places": [],
                        "others": [] });
    assert_eq!(
        document,
        json!({ "format_version": 1, "error": {
            "code": "A0203", "kind": "Fault", "message": "two heads", "help": "merge them", "notes": ["rolled back"],
            "places": [{ "path": "b/8f2c.sql", "line": 2, "column": 17, "label": "a head" }], "others": [other],
        } })
    );
}

#[test]
fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
    let broken = |kind: io::ErrorKind| {
        let streams = Streams {
            stdout: Box::new(Broken(kind)),
            stderr: Box::new(Broken(kind)),
            ask: Box::new(ask::Scripted::default()),
        };
        let ui = Ui::with_streams(UiOptions::default(), Surroundings::default(), streams);
        ui.status("Applying", "abc1");
        ui.outcome(&Heads)
    };
    assert!(broken(io::ErrorKind::BrokenPipe).is_ok());
    assert_eq!(broken(io::ErrorKind::StorageFull).expect_err("the disk is full").exit(), Exit::Project);
}

#[test]
fn finished_steps_leave_a_line_and_running_ones_none_off_a_terminal() {
    let (ui, _, stderr) = ui(UiOptions::default(), Surroundings::default());
    let progress = ui.progress();
    progress.waiting("for the lock held by app@db");
    progress.started("Applying", "abc1");
    progress.retrying("the lock was busy");
    progress.finished("Applied", "abc1 players: add region", std::time::Duration::from_millis(12));
    assert_eq!(
        stderr.text(),
        "     Waiting for the lock held by app@db\n    Retrying the lock was busy\n     Applied abc1 players: add region (12 ms)\n"
    );
}
