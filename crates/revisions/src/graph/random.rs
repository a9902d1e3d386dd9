//! Random drawings of graphs, for property tests. Read [`drawing`] first.

use proptest::prelude::*;

/// Up to 14 revisions, each standing on and depending on any earlier ones, in any load order.
pub fn drawing() -> impl Strategy<Value = String> {
    let edges = proptest::collection::vec(any::<(u8, u8, u8, u8)>(), 1..14);
    let drawn =
        edges.prop_map(|nodes| nodes.iter().enumerate().map(|(at, picks)| node(at, *picks)).collect::<Vec<_>>());
    drawn.prop_shuffle().prop_map(|words| words.join("; "))
}

fn node(at: usize, (shape, first, second, third): (u8, u8, u8, u8)) -> String {
    let name = |pick: u8| format!("n{:02}", usize::from(pick) % at.max(1));
    let parents = match shape % 8 {
        _ if at == 0 => String::new(),
        0 => String::new(),
        1 | 2 => format!(":{},{}", name(first), name(second)),
        _ => format!(":{}", name(first)),
    };
    let depends = if at > 0 && shape % 3 == 0 { format!("!{},{}", name(second), name(third)) } else { String::new() };
    format!("n{at:02}{parents}{depends}")
}
