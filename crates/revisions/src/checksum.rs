//! Checksums of scripts, over tokens: they change when the SQL does, and not when its layout does.
//!
//! Blanks, line ends, comments and the byte order mark do not count; strings, dollar quotes and MySQL's `/*! */` do.
//! Only [`of_text`] takes everything as it is. Read [`of_statement`] first.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::dialect::DialectName;
use crate::graph::{NodeId, RevisionGraph};
use crate::script::{Direction, Script, Statement};
use crate::split::{self, SplitRules, tokens};

/// SHA-256, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

/// Returns the checksum of a text as it is, layout and all; its bytes need not be UTF-8.
pub fn of_text(text: impl AsRef<[u8]>) -> Checksum {
    Checksum(Sha256::digest(text).into())
}

/// Returns the checksum of one statement.
pub fn of_statement(sql: &str, dialect: DialectName) -> Checksum {
    let rules = SplitRules::of(dialect);
    let mut hash = Sha256::new();
    tokens(sql, &rules).for_each(|token| add(&mut hash, token));
    Checksum(hash.finalize().into())
}

/// Adds a token and its end; a string may have been checked out with other line ends.
fn add(hash: &mut Sha256, token: &str) {
    for part in token.split_inclusive("\r\n") {
        match part.strip_suffix("\r\n") {
            Some(line) => {
                hash.update(line);
                hash.update("\n");
            }
            None => hash.update(part),
        }
    }
    // No token contains this byte: a script with it is refused.
    hash.update([0]);
}

/// Returns the checksum of statements in this order: of a section, or of its first statements.
pub fn of_statements<'s>(statements: impl IntoIterator<Item = &'s str>, dialect: DialectName) -> Checksum {
    let mut hash = Sha256::new();
    for sql in statements {
        hash.update(of_statement(sql, dialect).0);
    }
    Checksum(hash.finalize().into())
}

/// Returns the checksums of the first 0, 1, 2 … statements, up to all of them.
pub fn of_beginnings<'s>(statements: impl IntoIterator<Item = &'s str>, dialect: DialectName) -> Vec<Checksum> {
    let mut hash = Sha256::new();
    let mut beginnings = vec![Checksum(hash.clone().finalize().into())];
    for sql in statements {
        hash.update(of_statement(sql, dialect).0);
        beginnings.push(Checksum(hash.clone().finalize().into()));
    }
    beginnings
}

/// Returns the checksum of the section that a dialect runs, with its statements; none if there is no such section, or
/// no statements can be told apart in it.
pub fn of_section(script: &Script, direction: Direction, dialect: DialectName) -> Option<(Checksum, Vec<Statement>)> {
    let statements = split::statements(script, script.section(direction, dialect)?, dialect).ok()?;
    Some((of_statements(statements.iter().map(Statement::sql), dialect), statements))
}

/// Returns the checksum of what each revision and all that it requires do on a dialect, in load order; `beside` is what
/// else decides on a revision's effect.
pub fn of_lineages(graph: &RevisionGraph, dialect: DialectName, beside: &dyn Fn(NodeId) -> String) -> Vec<Checksum> {
    let mut found = vec![Checksum([0; 32]); graph.len()];
    for node in graph.oldest_first() {
        let mut hash = Sha256::new();
        add(&mut hash, graph.id(*node).as_str());
        add(&mut hash, &beside(*node));
        for direction in [Direction::Up, Direction::Down] {
            add_section(&mut hash, graph.script(*node), direction, dialect);
        }
        graph.required(*node).iter().for_each(|below| hash.update(found[below.index()].0));
        found[node.index()] = Checksum(hash.finalize().into());
    }
    found
}

fn add_section(hash: &mut Sha256, script: &Script, direction: Direction, dialect: DialectName) {
    let Some(section) = script.section(direction, dialect) else { return add(hash, "none") };
    add(hash, &format!("{:?}", section.settings));
    match of_section(script, direction, dialect) {
        Some((checksum, _)) => hash.update(checksum.0),
        None => add(hash, script.text(section.body)),
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checksum has 64 hexadecimal digits")]
pub struct NoChecksum;

impl FromStr for Checksum {
    type Err = NoChecksum;

    fn from_str(text: &str) -> Result<Self, NoChecksum> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoChecksum);
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| NoChecksum)?;
        }
        Ok(Checksum(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layout_does_not_count_and_text_does() {
        use DialectName::{Mysql, Postgres, Sqlite};
        for (dialect, left, right, same) in [
            (Sqlite, "SELECT 1", "SELECT\r\n\t1 -- one", true),
            (Sqlite, "SELECT 1", "/* one */ SELECT 1", true),
            (Sqlite, "SELECT 'a b'", "SELECT 'a  b'", false),
            (Sqlite, "SELECT 'a\nb'", "SELECT 'a\r\nb'", true),
            (Sqlite, "SELECT ab", "SELECT a b", false),
            (Sqlite, "SELECT 'a' 'b'", "SELECT 'a''b'", false),
            (Sqlite, "SELECT a", "SELECT A", false),
            (Postgres, "SELECT $$a -- b$$", "SELECT $$a$$", false),
            (Postgres, "SELECT $$a\nb$$", "SELECT $$a\r\nb$$", true),
            (Postgres, "SELECT /* a /* b */ c */ 1", "SELECT 1", true),
            (Mysql, "SELECT 1 # one", "SELECT 1", true),
            (Mysql, "CREATE TABLE t (a int) /*!50100 ENGINE=x */", "CREATE TABLE t (a int)", false),
            (Mysql, "SELECT /*! 1 */", "SELECT /*!  1 */", true),
            (Mysql, "SELECT /*! 2 */*/* a */ 3", "SELECT /*! 2 */ */* b */ 3", true),
        ] {
            let equal = of_statement(left, dialect) == of_statement(right, dialect);
            assert_eq!(equal, same, "{dialect}: {left:?} and {right:?}");
        }
    }

    #[test]
    fn bytes_count_as_they_are() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(of_text(b"").to_string(), empty);
        assert_ne!(of_text(b"SELECT 1"), of_text(b"SELECT  1"));
    }

    #[test]
    fn statements_keep_their_borders() {
        let of = |statements: &[&str]| of_statements(statements.iter().copied(), DialectName::Sqlite);
        assert_ne!(of(&["SELECT 1", "SELECT 2"]), of(&["SELECT 1 SELECT 2"]));
        assert_ne!(of(&["SELECT 1", "SELECT 2"]), of(&["SELECT 2", "SELECT 1"]));
        let beginnings = of_beginnings(["SELECT 1", "SELECT 2"], DialectName::Sqlite);
        assert_eq!(beginnings, [of(&[]), of(&["SELECT 1"]), of(&["SELECT 1", "SELECT 2"])]);
        assert_eq!(of(&["SELECT 1"]).to_string().parse(), Ok(of(&["SELECT 1"])));
        assert_eq!("xyz".parse::<Checksum>(), Err(NoChecksum));
        assert_eq!("é".repeat(32).parse::<Checksum>(), Err(NoChecksum));
    }

    #[test]
    fn a_lineage_changes_with_everything_below_it() {
        let sums = |drawing: &str, marked: &str| {
            let graph = crate::graph::drawn::graph(drawing);
            let beside = |node: NodeId| if graph.id(node).as_str() == marked { "x" } else { "" }.to_owned();
            let sums = of_lineages(&graph, DialectName::Sqlite, &beside);
            graph.nodes().map(|node| (graph.id(node).to_string(), sums[node.index()])).collect::<Vec<_>>()
        };
        let drawing = "a; b:a; c:a; d:b!c; e:c";
        let changed = |marked: &str| -> String {
            let pairs = sums(drawing, "").into_iter().zip(sums(drawing, marked));
            pairs.filter(|(old, new)| old != new).map(|((id, _), _)| id).collect()
        };
        for (marked, expected) in [("", ""), ("a", "abcde"), ("b", "bd"), ("c", "cde"), ("e", "e")] {
            assert_eq!(changed(marked), expected, "{marked}");
        }
        assert_ne!(sums("a; b:a", ""), sums("a; b", ""));
    }

    proptest! {
        #[test]
        fn any_text_has_a_checksum(text in ".{0,80}") {
            for dialect in DialectName::ALL {
                prop_assert_eq!(of_statement(&text, dialect), of_statement(&format!(" -- x\r\n{text}"), dialect));
            }
        }
    }
}
