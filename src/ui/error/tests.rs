use super::super::fault::{Fault, place};
use super::*;

fn rendered(fault: &Fault) -> String {
    Report { color: Color::Off, drawing: Drawing::Unicode, width: Some(80) }.render(fault)
}

const SCRIPT: &str =
    "-- [upgrade]\nALTER TABLE players ADD COLUMN region TEXT;\nCREATE INDEX ix ON playerz (region);\n";

#[test]
fn an_error_shows_its_place_its_notes_and_what_to_do() {
    let fault = Fault {
        places: vec![place("players/migrations/9a9a.sql", SCRIPT, "playerz", "PostgreSQL stopped here")],
        notes: vec!["statement 2 of 2; the transaction was rolled back".into()],
        help: Some("a table named `players` exists in this database".into()),
        ..Fault::saying("relation \"playerz\" does not exist")
    };
    assert_eq!(
        rendered(&fault),
        "\
error[A0203]: relation \"playerz\" does not exist
  ╭▸ players/migrations/9a9a.sql:3:20
  │
2 │ ALTER TABLE players ADD COLUMN region TEXT;
3 │ CREATE INDEX ix ON playerz (region);
  │                    ━━━━━━━ PostgreSQL stopped here
  │
  ╰ note: statement 2 of 2; the transaction was rolled back
help: a table named `players` exists in this database
"
    );
}

#[test]
fn two_files_are_two_snippets() {
    let fault = Fault {
        places: vec![
            place("billing/8f2c.sql", "-- revision = \"8f2c\"\n", "8f2c", "head of feature `billing`"),
            place("users/41aa.sql", "-- revision = \"41aa\"\n", "41aa", "head of feature `users`"),
        ],
        help: Some("merge them with `cargo alembic merge`".into()),
        ..Fault::saying("two heads for `head`")
    };
    let ascii = Report { color: Color::Off, drawing: Drawing::Ascii, width: None }.render(&fault);
    assert_eq!(
        ascii,
        "\
error[A0203]: two heads for `head`
 --> billing/8f2c.sql:1:16
  |
1 | -- revision = \"8f2c\"
  |                ^^^^ head of feature `billing`
  |
 ::: users/41aa.sql:1:16
  |
1 | -- revision = \"41aa\"
  |                ^^^^ head of feature `users`
  |
help: merge them with `cargo alembic merge`
"
    );
}

#[test]
fn an_error_without_a_place_keeps_its_help_close() {
    let fault = Fault {
        notes: vec!["not asking, because standard input is not a terminal".into()],
        help: Some("pass one of\n  cargo alembic generate -p players\n  cargo alembic generate -p billing".into()),
        ..Fault::saying("no answer to \"Which feature?\"")
    };
    assert_eq!(
        rendered(&fault),
        "\
error[A0203]: no answer to \"Which feature?\"
 │
 ├ note: not asking, because standard input is not a terminal
 ╰ help: pass one of
           cargo alembic generate -p players
           cargo alembic generate -p billing
"
    );
}

#[test]
fn places_far_into_a_line_keep_their_true_column() {
    let text = format!("SELECT {}bad{}\r\n", "a, ".repeat(10_000), ", b".repeat(10_000));
    let shown = rendered(&Fault { places: vec![place("big.sql", &text, "bad", "here")], ..Fault::saying("x") });
    assert!(shown.contains("big.sql:1:30008\n"), "{shown}");
    assert!(shown.contains(" bad, b, b"), "{shown}");
    assert!(shown.lines().all(|line| console::measure_text_width(line) <= 80), "{shown}");
}

#[test]
fn the_end_of_a_file_tabs_and_wide_characters_are_marked_where_they_are() {
    let text = "a\r\n\t表é = bad;\r\n";
    let at_end = Fault { places: vec![place("x.sql", text, "", "")], ..Fault::saying("ended") };
    let mut at_end = at_end;
    at_end.places[0].span = (text.len()..text.len()).into();
    assert_eq!(rendered(&at_end), "error[A0203]: ended\n  ╭▸ x.sql:3:1\n  │\n2 │     表é = bad;\n3 │\n  ╰╴━\n");
    let wide = Fault { places: vec![place("x.sql", text, "bad", "")], ..Fault::saying("wide") };
    assert_eq!(
        rendered(&wide),
        "error[A0203]: wide\n  ╭▸ x.sql:2:7\n  │\n1 │ a\n2 │     表é = bad;\n  ╰╴          ━━━\n"
    );
}

#[test]
fn nothing_from_a_file_reaches_the_terminal_as_a_command() {
    let text = "SELECT '\u{1b}[2J\u{9b}31m', bad\u{202e};\n";
    let fault = Fault {
        places: vec![place("a\u{1b}[1m.sql", text, "bad", "\u{7}label")],
        notes: vec!["note \u{1b}]0;title\u{7}".into()],
        help: Some("help \u{8}".into()),
        ..Fault::saying("message \u{1b}[31m")
    };
    let shown = rendered(&fault);
    assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
    assert!(!shown.contains('\u{202e}'));
    for piece in ["message \\u{1b}[31m", "'\\u{1b}[2J\\u{9b}31m', bad\\u{202e};", "\\u{7}label", "a\\u{1b}[1m.sql"] {
        assert!(shown.contains(piece), "{piece} is missing in {shown}");
    }
}

#[test]
fn all_errors_of_a_run_are_shown_and_counted() {
    let fault = Fault { others: vec![Fault::saying("second"), Fault::saying("third")], ..Fault::saying("first") };
    assert_eq!(rendered(&fault), "error[A0203]: first\n\nerror[A0203]: second\n\nerror[A0203]: third\n\n3 errors\n");
    let many = Fault { others: (0..60).map(|_| Fault::saying("again")).collect(), ..Fault::saying("first") };
    let shown = rendered(&many);
    assert_eq!(shown.matches("error[").count(), SHOWN);
    assert!(shown.ends_with("61 errors, the first 50 are shown\n"));
}

#[test]
fn causes_that_the_message_does_not_name_become_notes() {
    let cause = || Some(std::io::Error::other("disk on fire"));
    let unnamed = Fault { source: cause(), ..Fault::saying("cannot read a.sql") };
    assert_eq!(notes(&unnamed), ["caused by: disk on fire"]);
    let named = Fault { source: cause(), ..Fault::saying("cannot read a.sql: disk on fire") };
    assert!(notes(&named).is_empty());
}

#[test]
fn color_is_used_only_where_asked() {
    let report = Report { color: Color::On, drawing: Drawing::Unicode, width: Some(80) };
    assert!(report.render(&Fault::saying("x")).contains("\u{1b}["));
    assert!(!rendered(&Fault::saying("x")).contains('\u{1b}'));
}
