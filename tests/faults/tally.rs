//! What came of the trials of one kind, and which points are tried. Read [`Tally`] first.

use std::fmt;

/// How many trials of each kind the full sweep makes; none in the short run.
pub fn wanted() -> Option<usize> {
    std::env::var("ALEMBIC_FAULTS").ok().map(|text| text.parse().expect("ALEMBIC_FAULTS is a number"))
}

/// Returns `few` of the points in the short run, spread over all; in the full sweep all, as often as it takes for half
/// of the trials that are wanted, since there are two states to start from.
pub fn chosen<T: Copy>(points: &[T], few: usize) -> Vec<T> {
    match wanted() {
        Some(wanted) => {
            let trials = wanted.div_ceil(2).next_multiple_of(points.len().max(1));
            points.iter().copied().cycle().take(trials).collect()
        }
        None => spread(points, few),
    }
}

/// Returns the middle of each of `few` equal parts.
pub fn spread<T: Copy>(points: &[T], few: usize) -> Vec<T> {
    let few = few.min(points.len());
    (0..few).map(|part| points[(2 * part + 1) * points.len() / (2 * few)]).collect()
}

/// What a trial left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// After a plain run everything is as if nothing had happened.
    Exact,
    /// A plain run does not come to its end: a person is needed.
    Stuck(String),
    /// Something ran twice, not at all, or half, and nobody was told.
    Wrong(String),
}

/// The outcomes of one kind of trial.
pub struct Tally {
    kind: String,
    exact: usize,
    /// Of the exact ones, those in which the struck program itself came to its end.
    unaided: usize,
    stuck: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    pub fn new(kind: &str) -> Self {
        Tally { kind: kind.to_owned(), exact: 0, unaided: 0, stuck: Vec::new(), wrong: Vec::new() }
    }

    pub fn add(&mut self, point: &dyn fmt::Display, outcome: Outcome, aid: Aid) {
        match outcome {
            Outcome::Exact => {
                self.exact += 1;
                self.unaided += usize::from(aid == Aid::None);
            }
            Outcome::Stuck(why) => self.stuck.push(format!("{point}: {why}")),
            Outcome::Wrong(why) => self.wrong.push(format!("{point}: {why}")),
        }
    }

    /// Prints the line that `scripts/faults` makes its table of, and fails unless all were exact.
    pub fn finish(self) {
        let Tally { kind, exact, unaided, stuck, wrong } = self;
        let tried = exact + stuck.len() + wrong.len();
        println!("\nfaults|{kind}|{tried}|{exact}|{}|{}|{unaided}", stuck.len(), wrong.len());
        assert!(tried > 0, "{kind}: nothing was tried");
        let first = |faults: &[String]| faults.iter().take(3).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(wrong.is_empty(), "{kind}: {} of {tried} wrong\n{}", wrong.len(), first(&wrong));
        assert!(stuck.is_empty(), "{kind}: {} of {tried} stuck\n{}", stuck.len(), first(&stuck));
    }
}

/// Whether another run was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aid {
    None,
    SecondRun,
}

#[test]
fn the_short_run_spreads_its_points() {
    let points: Vec<usize> = (0..100).collect();
    assert_eq!(spread(&points, 4), [12, 37, 62, 87]);
    assert_eq!(spread(&points[..2], 4), [0, 1]);
}
