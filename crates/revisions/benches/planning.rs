//! How long the graph takes to build and an upgrade to plan: one line, and lines that depend on one another.
//!
//! Prints Markdown; `scripts/bench` runs it. The best of several rounds counts, since machines are noisy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alembic_revisions::revision::{Reference, Revision};
use alembic_revisions::{Applied, RevisionGraph, Script, Span, Target, plan};

const ROUNDS: u32 = 9;

/// Scripts of `lines` lines; each revision depends on the one before it in the next line.
fn scripts(count: usize, lines: usize) -> Vec<Arc<Script>> {
    let id = |at: usize| format!("r{at:07}");
    let reference = |at: usize| Reference { name: id(at).into(), span: Span::default() };
    (0..count)
        .map(|at| {
            let mut revision = Revision::new(id(at).parse().expect("an id"));
            revision.parents.extend(at.checked_sub(lines).map(reference));
            if lines > 1 {
                revision
                    .depends_on
                    .extend(at.checked_sub(lines - 1).filter(|other| other / lines != at / lines).map(reference));
            }
            Arc::new(Script { revision, sections: Vec::new() })
        })
        .collect()
}

fn best<T>(work: impl Fn() -> T) -> (Duration, T) {
    let timed = || {
        let started = Instant::now();
        let result = work();
        (started.elapsed(), result)
    };
    (1..ROUNDS).fold(timed(), |best, _| {
        let next = timed();
        if next.0 < best.0 { next } else { best }
    })
}

fn main() {
    println!("| graph | revisions | build | plan `upgrade heads` | plan `downgrade base` |");
    println!("|---|--:|--:|--:|--:|");
    for (name, count, lines) in [
        ("one line", 5_000, 1),
        ("20 lines that depend on one another", 5_000, 20),
        ("20 lines that depend on one another", 10_000, 20),
        ("20 lines that depend on one another", 20_000, 20),
    ] {
        let scripts = scripts(count, lines);
        let (build, graph) = best(|| RevisionGraph::build(scripts.clone()).expect("a sound graph"));
        let nothing = Applied::nothing(&graph);
        let (up, route) = best(|| plan::upgrade(&graph, &nothing, &[Target::heads()]).expect("a route"));
        assert_eq!(route.moves.len(), count);
        let all = Applied::up_to(&graph, graph.real_heads());
        let (down, route) = best(|| plan::downgrade(&graph, &all, &Target::base()).expect("a route"));
        assert_eq!(route.moves.len(), count);
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        println!("| {name} | {count} | {} | {} | {} |", ms(build), ms(up), ms(down));
    }
}
