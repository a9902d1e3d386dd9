//! Any text as a script: faults that point into it, or a script that survives being written and read again.

#![no_main]

use std::sync::Arc;

use alembic_revisions::diagnose::Source;
use alembic_revisions::file::{NewScript, check_message, parse, write};
use alembic_revisions::{Diagnose, DialectName, Direction, checksum};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let feature = Arc::from("arena");
    let source = |text: String| Arc::new(Source { path: "arena/migrations/1.sql".into(), text });
    let script = match parse(source(text.to_owned()), &feature) {
        Ok(script) => script,
        Err(faults) => {
            for fault in faults.iter() {
                let _ = fault.to_string();
                for place in fault.places() {
                    assert!(place.span.range().end <= place.source.text.len());
                    assert!(place.source.text.get(place.span.range()).is_some(), "a span within a character");
                }
            }
            return;
        }
    };
    let sections = [Direction::Up, Direction::Down];
    for (direction, dialect) in sections.into_iter().flat_map(|way| DialectName::ALL.map(|name| (way, name))) {
        let _ = checksum::of_section(&script, direction, dialect);
    }
    let new = NewScript::from(&script);
    // What a person could not have typed as a message is read, but never written.
    if check_message(&new.message).is_err() {
        return;
    }
    let again = parse(source(write(&new)), &feature).expect("what was written is read");
    assert_eq!(again.revision.id, script.revision.id);
    assert_eq!(again.revision.branch_labels.len(), script.revision.branch_labels.len());
    assert_eq!(again.sections.len(), script.sections.len());
});
