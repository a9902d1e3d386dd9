//! Any text as SQL of each dialect: statements in order that lose no token, and a checksum that sees no layout.

#![no_main]

use alembic_revisions::split::{SplitRules, split, tokens};
use alembic_revisions::{DialectName, checksum};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for dialect in DialectName::ALL {
        let rules = SplitRules::of(dialect);
        let ranges = match split(text, &rules) {
            Ok(ranges) => ranges,
            Err(fault) => {
                assert!(text.get(fault.range).is_some(), "a span within a character");
                continue;
            }
        };
        let mut end = 0;
        for range in &ranges {
            assert!(end <= range.start && range.start < range.end);
            end = range.end;
        }
        assert!(end <= text.len());
        let _ = checksum::of_statements(ranges.iter().map(|range| &text[range.clone()]), dialect);
        for range in ranges {
            let statement = &text[range];
            let laid_out = format!("\n{statement}\n");
            assert_eq!(checksum::of_statement(statement, dialect), checksum::of_statement(&laid_out, dialect));
            // MySQL's `----` is two signs and a comment; without the comment the signs read as one.
            let signs = dialect == DialectName::Mysql && statement.trim_start_matches('-').is_empty();
            assert!(signs || tokens(statement, &rules).next().is_some(), "a statement of nothing");
        }
    }
});
