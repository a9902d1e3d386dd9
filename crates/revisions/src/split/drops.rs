//! `DROP TABLE a, b` as a statement per table: MariaDB drops several one after the other, and a crash leaves some.
//!
//! Read [`apart`] first.

use std::ops::Range;

use super::SplitRules;
use super::lex::{Kind, token};

/// Returns one text per object that a `DROP TABLE` or `DROP VIEW` names, if it names several.
///
/// Each is the statement with blanks where the other names stand, so places stay right.
pub(super) fn apart(sql: &str, rules: &SplitRules) -> Vec<String> {
    let names = names(sql, rules).filter(|names| names.len() > 1).unwrap_or_default();
    let list = names.first().map_or(0, |name| name.start)..names.last().map_or(0, |name| name.end);
    let only = |name: &Range<usize>| {
        let kept = |at: usize| !list.contains(&at) || name.contains(&at);
        let byte = |(at, byte): (usize, u8)| if kept(at) || byte == b'\n' { byte } else { b' ' };
        let text = String::from_utf8(sql.bytes().enumerate().map(byte).collect()).ok()?;
        Some(text.trim_end().to_owned())
    };
    names.iter().filter_map(only).collect()
}

/// Returns where the names stand; none if the text is anything else than a list of them.
fn names(sql: &str, rules: &SplitRules) -> Option<Vec<Range<usize>>> {
    let mut tokens = code(sql, rules)?.into_iter().peekable();
    let mut next_is = |words: &[&str]| {
        tokens.next_if(|range| words.iter().any(|word| sql[range.clone()].eq_ignore_ascii_case(word))).is_some()
    };
    if !next_is(&["DROP"]) {
        return None;
    }
    next_is(&["TEMPORARY"]);
    if !next_is(&["TABLE", "TABLES", "VIEW"]) {
        return None;
    }
    if next_is(&["IF"]) && !next_is(&["EXISTS"]) {
        return None;
    }
    let mut names = Vec::new();
    loop {
        let first = tokens.next()?;
        let mut end = first.end;
        while tokens.next_if(|range| &sql[range.clone()] == ".").is_some() {
            end = tokens.next()?.end;
        }
        names.push(first.start..end);
        if tokens.next_if(|range| &sql[range.clone()] == ",").is_none() {
            return Some(names);
        }
    }
}

/// Returns where the tokens stand that count; none if the text holds what only the server can read.
fn code(sql: &str, rules: &SplitRules) -> Option<Vec<Range<usize>>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < sql.len() {
        let (kind, end) = token(sql, at, rules).ok()?;
        match kind {
            Kind::Blank | Kind::Comment => {}
            Kind::Version => return None,
            Kind::Word | Kind::Number | Kind::Quoted | Kind::Mark => found.push(at..end),
        }
        // Longer statements are no lists of names.
        if found.len() == 1 && !sql[found[0].clone()].eq_ignore_ascii_case("DROP") {
            return None;
        }
        at = end;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::DialectName;

    #[test]
    fn each_object_has_a_statement_of_its_own() {
        for (sql, expected) in [
            ("DROP TABLE a, b", &["DROP TABLE a", "DROP TABLE    b"][..]),
            ("DROP TABLE a", &[]),
            (
                "drop tables if exists a,\n  s.`b,é` cascade",
                &["drop tables if exists a \n           cascade", "drop tables if exists   \n  s.`b,é` cascade"],
            ),
            ("DROP TEMPORARY TABLE a /* one */, b", &["DROP TEMPORARY TABLE a", "DROP TEMPORARY TABLE              b"]),
            ("DROP VIEW a, b RESTRICT", &["DROP VIEW a    RESTRICT", "DROP VIEW    b RESTRICT"]),
            ("DROP TABLE /*! IF EXISTS */ a, b", &[]),
            ("DROP TABLE a,", &[]),
            ("DROP TABLE IF a, b", &[]),
            ("DROP INDEX a ON b", &[]),
            ("DROP USER a, b", &[]),
            ("SELECT 'DROP TABLE a, b'", &[]),
            ("", &[]),
        ] {
            assert_eq!(apart(sql, &SplitRules::of(DialectName::Mysql)), expected, "{sql}");
        }
    }
}
