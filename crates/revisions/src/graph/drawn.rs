//! Graphs drawn as text, for tests: `a; b:a; c:a; m:b,c; d:b@users!c`.
//!
//! A revision is `id`, then `:parents`, `@labels` and `!depends_on`, each a list with commas. The drawing of a revision
//! is the text of its file, so that places can be checked. Read [`graph`] first.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnose::{Source, Span};
use crate::graph::{NodeId, RevisionGraph};
use crate::revision::{Reference, Revision};
use crate::script::Direction;
use crate::script::{Script, Section, SectionSettings};

/// Returns the scripts of a drawing, in its order.
pub fn scripts(drawing: &str) -> Vec<Arc<Script>> {
    drawing.split([';', ' ', '\n']).filter(|word| !word.is_empty()).map(|word| Arc::new(script(word))).collect()
}

/// Returns the graph of a drawing.
pub fn graph(drawing: &str) -> RevisionGraph {
    RevisionGraph::build(scripts(drawing)).unwrap_or_else(|problems| panic!("{drawing}: {problems:?}"))
}

/// Returns the ids of these nodes, with blanks between them.
pub fn names(graph: &RevisionGraph, nodes: &[NodeId]) -> String {
    nodes.iter().map(|node| graph.id(*node).as_str()).collect::<Vec<_>>().join(" ")
}

fn script(word: &str) -> Script {
    let id_end = word.find([':', '@', '!']).unwrap_or(word.len());
    let mut revision = Revision::new(word[..id_end].parse().unwrap_or_else(|error| panic!("{word}: {error}")));
    revision.id_span = Span::from(0..id_end);
    revision.message = format!("step {}", revision.id);
    let sql = format!("{word}\nSELECT 1;\n");
    let body = Span::from(word.len() + 1..sql.len());
    revision.source = Arc::new(Source { path: format!("migrations/{}_step.sql", revision.id).into(), text: sql });
    let mut start = id_end;
    while start < word.len() {
        let end = word[start + 1..].find([':', '@', '!']).map_or(word.len(), |length| start + 1 + length);
        for range in items(word, start + 1..end) {
            let (name, span) = (&word[range.clone()], Span::from(range));
            let reference = Reference { name: name.into(), span };
            match &word[start..start + 1] {
                ":" => revision.parents.push(reference),
                "!" => revision.depends_on.push(reference),
                _ => {
                    revision.branch_labels.push((name.parse().unwrap_or_else(|error| panic!("{word}: {error}")), span))
                }
            }
        }
        start = end;
    }
    let section = |direction| Section {
        direction,
        dialect: None,
        marker: Span::default(),
        body,
        settings: SectionSettings::default(),
    };
    Script { revision, sections: vec![section(Direction::Up), section(Direction::Down)] }
}

fn items(word: &str, list: Range<usize>) -> Vec<Range<usize>> {
    let mut start = list.start;
    let mut items = Vec::new();
    for item in word[list].split(',') {
        items.push(start..start + item.len());
        start += item.len() + 1;
    }
    items
}
