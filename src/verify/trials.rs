//! Up, down and up again, for one revision after the other.
//!
//! A revision that leaves something behind does not spoil the others: the database is built anew without it. Read
//! [`Trials::of`] first, then [`Trials::round_trip`].

use std::collections::BTreeSet;

use alembic_revisions::plan::PlanFault;
use alembic_revisions::{Applied, Diagnose, Direction, NodeId, Plan, RevisionGraph, plan};
use alembic_schema::catalogue::{Catalogue, Comparison, compare};

use super::locks::{self, Statement};
use super::stage::Stage;
use super::stopped::{Doing, Stopped};
use crate::app::Failure;

/// What came of one revision.
#[derive(Clone, Debug)]
pub struct Trial {
    pub node: NodeId,
    pub verdict: Verdict,
    pub has_fixture: bool,
    pub stopped: Vec<Stopped>,
    /// Why there is no downgrade to try, where that is a fault.
    pub no_downgrade: Option<String>,
    /// What the downgrade left, compared with the state before the upgrade.
    pub trace: Comparison,
    /// What the second upgrade made, compared with the first.
    pub again: Comparison,
    pub statements: Vec<Statement>,
}

/// How far a revision came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Up, down and up again, or as far as something was found.
    Tried,
    /// Up only, because it says so.
    Irreversible,
    /// Something that it requires does not run.
    Unreached,
}

impl Trial {
    fn new(node: NodeId) -> Self {
        Trial {
            node,
            verdict: Verdict::Tried,
            has_fixture: false,
            stopped: Vec::new(),
            no_downgrade: None,
            trace: Comparison::default(),
            again: Comparison::default(),
            statements: Vec::new(),
        }
    }

    /// True unless something was found that fails.
    pub fn is_sound(&self) -> bool {
        let is_same = self.trace.differences.is_empty() && self.again.differences.is_empty();
        self.verdict != Verdict::Unreached && self.stopped.is_empty() && self.no_downgrade.is_none() && is_same
    }

    /// True if nothing at all was found, so that there is nothing to say the next time.
    pub fn passed_plainly(&self) -> bool {
        self.is_sound() && self.trace.notes.is_empty() && self.again.notes.is_empty()
    }
}

/// The revisions of a graph on their way through a stage.
pub struct Trials<'s, 'a> {
    stage: &'s mut Stage<'a>,
    /// What runs and is not in the database yet.
    waiting: Vec<NodeId>,
    /// What does not run, with all that stands on it.
    lost: BTreeSet<NodeId>,
    /// What the database has, if nothing ran since.
    known: Option<Catalogue>,
    found: Vec<Trial>,
    with_locks: bool,
}

impl<'s, 'a> Trials<'s, 'a> {
    /// Tries these revisions, oldest first; the others only run, where one of these stands on them.
    pub fn of(stage: &'s mut Stage<'a>, tried: &BTreeSet<NodeId>, with_locks: bool) -> Result<Vec<Trial>, Failure> {
        let graph = stage.graph.clone();
        let progress = stage.app.ui.progress();
        let mut trials =
            Trials { stage, waiting: Vec::new(), lost: BTreeSet::new(), known: None, found: Vec::new(), with_locks };
        for node in graph.oldest_first() {
            if trials.is_lost(&graph, *node) {
                trials.lose(*node, tried);
                continue;
            }
            if !tried.contains(node) {
                trials.waiting.push(*node);
                continue;
            }
            trials.catch_up(&graph, tried)?;
            if trials.is_lost(&graph, *node) {
                trials.lose(*node, tried);
                continue;
            }
            let revision = graph.revision(*node);
            progress.started("Verifying", &format!("{}  {}  {}", revision.id, revision.feature, revision.title()));
            let trial = trials.round_trip(*node)?;
            trials.found.push(trial);
        }
        Ok(trials.found)
    }

    fn is_lost(&self, graph: &RevisionGraph, node: NodeId) -> bool {
        graph.required(node).iter().any(|below| self.lost.contains(below))
    }

    fn lose(&mut self, node: NodeId, tried: &BTreeSet<NodeId>) {
        self.lost.insert(node);
        if tried.contains(&node) {
            self.found.push(Trial { verdict: Verdict::Unreached, ..Trial::new(node) });
        }
    }

    /// Runs what waits; whatever does not run is found now.
    fn catch_up(&mut self, graph: &RevisionGraph, tried: &BTreeSet<NodeId>) -> Result<(), Failure> {
        while !self.waiting.is_empty() {
            self.known = None;
            let waiting = std::mem::take(&mut self.waiting);
            let before = self.stage.climbed().len();
            let Err(stopped) = self.stage.climb(&waiting)? else { return Ok(()) };
            let done: Vec<NodeId> = self.stage.climbed().to_vec();
            let failed = stopped.node;
            self.lost.insert(failed);
            self.found.push(Trial { stopped: vec![stopped], ..Trial::new(failed) });
            self.stage.rebuild(&done)?;
            for node in waiting.into_iter().skip(done.len() - before + 1) {
                if self.is_lost(graph, node) { self.lose(node, tried) } else { self.waiting.push(node) }
            }
        }
        Ok(())
    }

    /// Tries one revision; afterwards the database has it, unless it does not run.
    fn round_trip(&mut self, node: NodeId) -> Result<Trial, Failure> {
        let below = self.stage.climbed().to_vec();
        let mut trial = Trial { has_fixture: self.stage.fixtures.get(node).is_some(), ..Trial::new(node) };
        if let Err(stopped) = self.stage.fixture(node)? {
            return self.fail(trial, stopped, &below);
        }
        let before = match self.known.take().filter(|_| !trial.has_fixture) {
            Some(known) => known,
            None => self.stage.catalogue()?,
        };
        if self.with_locks {
            trial.statements = locks::observe(self.stage, node, &below)?;
        }
        if let Err(stopped) = self.stage.run(&[node], Direction::Up)? {
            return self.fail(trial, stopped, &below);
        }
        let first = self.stage.catalogue()?;
        match self.way_back(node) {
            WayBack::Down => {}
            WayBack::Irreversible => {
                self.known = Some(first);
                return Ok(Trial { verdict: Verdict::Irreversible, ..trial });
            }
            WayBack::None(fault) => {
                self.known = Some(first);
                return Ok(Trial { no_downgrade: Some(fault), ..trial });
            }
        }
        self.known = self.down_and_up(&mut trial, &before, &first)?;
        if !trial.is_sound() {
            self.stage.rebuild(&[below.as_slice(), &[node]].concat())?;
            self.known = None;
        }
        Ok(trial)
    }

    /// Takes the revision back and runs it again; returns what the database has in the end.
    fn down_and_up(
        &mut self,
        trial: &mut Trial,
        before: &Catalogue,
        first: &Catalogue,
    ) -> Result<Option<Catalogue>, Failure> {
        if let Err(stopped) = self.stage.run(&[trial.node], Direction::Down)? {
            trial.stopped.push(stopped);
            return Ok(None);
        }
        trial.trace = compare(before, &self.stage.catalogue()?);
        if let Err(stopped) = self.stage.run(&[trial.node], Direction::Up)? {
            trial.stopped.push(Stopped { doing: Doing::UpgradeAgain, ..stopped });
            return Ok(None);
        }
        let second = self.stage.catalogue()?;
        trial.again = compare(first, &second);
        Ok(Some(second))
    }

    /// Goes on without a revision that does not run.
    fn fail(&mut self, trial: Trial, stopped: Stopped, below: &[NodeId]) -> Result<Trial, Failure> {
        self.lost.insert(trial.node);
        self.stage.rebuild(below)?;
        self.known = None;
        Ok(Trial { stopped: vec![stopped], ..trial })
    }

    fn way_back(&self, node: NodeId) -> WayBack {
        let graph = &self.stage.graph;
        let route = plan::in_order(graph, &Applied::up_to(graph, [node]), Direction::Down, &[node]);
        match Plan::prepare(graph, &route, self.stage.dialect()) {
            Ok(_) => WayBack::Down,
            Err(faults) if faults.iter().any(|fault| matches!(fault, PlanFault::Irreversible { .. })) => {
                WayBack::Irreversible
            }
            Err(faults) => {
                let help = faults.help().map(|help| format!("; {help}")).unwrap_or_default();
                WayBack::None(format!("{faults}{help}"))
            }
        }
    }
}

enum WayBack {
    Down,
    Irreversible,
    /// There is none, and nobody said that there should be none.
    None(String),
}
