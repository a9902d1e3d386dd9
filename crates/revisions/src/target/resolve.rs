//! Targets to revisions (`revision-graph.md` §5.2, §6, §7.1, §8.2, §8.3).
//!
//! One meaning for every command: steps count from their symbol, else from where the database is. Read
//! [`Resolver::many`] first.

use super::error::{AmbiguousWhy, TargetError};
use super::parse::{Form, Steps, Symbol, Target};
use crate::graph::{Applied, NodeId, NodeSet, Over, RevisionGraph};
use crate::script::Direction;

/// What `head` means where one line depends on the head of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadRule {
    /// The one head that no other head stands on: upgrading to it upgrades all.
    Real,
    /// The only head by parent edges, for new revisions, as in Alembic.
    Strict,
}

/// The lineage of a revision, as a filter.
#[derive(Clone, Debug)]
pub struct Branch {
    pub name: String,
    /// The revision that the name stands for, not the head of the branch.
    pub node: NodeId,
    pub lineage: NodeSet,
}

/// What stands at the end of a walk that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fall {
    Fails,
    Stays,
}

/// Where a target leads, and how it was found.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// Empty for base.
    pub nodes: Vec<NodeId>,
    /// The branch that was named, or for bare steps the one of the row that they start from.
    pub branch: Option<Branch>,
    /// For steps from the rows: the revisions that were entered going up, or left going down.
    pub walked: Option<Vec<NodeId>>,
}

/// Finds revisions for targets.
#[derive(Clone, Copy, Debug)]
pub struct Resolver<'a> {
    pub(super) graph: &'a RevisionGraph,
    applied: Option<&'a Applied>,
    heads: HeadRule,
    command: &'static str,
    fall: Fall,
}

impl<'a> Resolver<'a> {
    /// Returns a resolver without a database; `command` is the word that was typed, for the help of errors.
    pub fn new(graph: &'a RevisionGraph, command: &'static str) -> Self {
        Resolver { graph, applied: None, heads: HeadRule::Real, command, fall: Fall::Fails }
    }

    /// Returns a resolver that knows where the database is.
    pub fn at(self, applied: &'a Applied) -> Self {
        Resolver { applied: Some(applied), ..self }
    }

    /// Returns a resolver with another meaning of `head`.
    pub fn with_heads(self, heads: HeadRule) -> Self {
        Resolver { heads, ..self }
    }

    pub(crate) fn with_fall(self, fall: Fall) -> Self {
        Resolver { fall, ..self }
    }

    /// Returns the revisions that the target means, in load order; none for base.
    ///
    /// # Errors
    /// If a name is unknown or ambiguous, or steps lead nowhere or several ways.
    pub fn many(&self, target: &Target) -> Result<Vec<NodeId>, TargetError> {
        self.locate(target).map(|located| located.nodes)
    }

    /// Returns the one revision that the target means, or none for base.
    ///
    /// # Errors
    /// As [`Resolver::many`], and if it means several.
    pub fn one(&self, target: &Target) -> Result<Option<NodeId>, TargetError> {
        self.single(target, self.many(target)?)
    }

    pub(crate) fn locate(&self, target: &Target) -> Result<Located, TargetError> {
        let branch = target.branch().map(|name| self.branch(name)).transpose()?;
        let nodes = match self.form(target) {
            Form::Symbol(symbol) => self.symbol(target, symbol, branch.as_ref())?,
            Form::Relative(None | Some(Symbol::Current), steps) => return self.steps_from_rows(target, steps, branch),
            Form::Relative(Some(symbol), steps) => {
                // Going up, the branch steers the walk and says nothing of its start (§7.1.3, §8.3).
                let (of_start, of_walk) = match steps {
                    Steps { direction: Direction::Up, count: 1.. } => (None, branch.as_ref()),
                    _ => (branch.as_ref(), None),
                };
                let start = self.single(target, self.symbol(target, symbol, of_start)?)?;
                self.walk(target, start, steps, of_walk)?.0.into_iter().collect()
            }
        };
        Ok(Located { nodes, branch, walked: None })
    }

    /// True if the target counts from where the database is.
    pub fn needs_rows(&self, target: &Target) -> bool {
        match self.form(target) {
            Form::Symbol(symbol) => symbol == Symbol::Current,
            Form::Relative(start, _) => matches!(start, None | Some(Symbol::Current)),
        }
    }

    /// Returns how the target reads in this graph.
    pub(crate) fn form<'t>(&self, target: &'t Target) -> Form<'t> {
        target.form(|name| self.exact(name).is_some())
    }

    pub(crate) fn single(&self, target: &Target, nodes: Vec<NodeId>) -> Result<Option<NodeId>, TargetError> {
        match nodes.as_slice() {
            [] => Ok(None),
            [node] => Ok(Some(*node)),
            _ => Err(self.several(target, &nodes)),
        }
    }

    fn several(&self, target: &Target, nodes: &[NodeId]) -> TargetError {
        let place = |node: &NodeId| self.graph.place(*node, format!("in `{}`", self.graph.revision(*node).feature));
        TargetError::MultipleHeads {
            target: target.to_string(),
            command: self.command,
            ids: self.graph.ids(nodes),
            places: nodes.iter().map(place).collect(),
        }
    }

    fn symbol(&self, target: &Target, symbol: Symbol, branch: Option<&Branch>) -> Result<Vec<NodeId>, TargetError> {
        let heads = || self.graph.heads().into_iter().filter(|head| is_in(branch, *head)).collect::<Vec<_>>();
        match symbol {
            Symbol::Base => Ok(Vec::new()),
            Symbol::Name(name) => self.find(name, branch).map(|node| vec![node]),
            Symbol::Heads if branch.is_none() => Ok(self.graph.real_heads()),
            Symbol::Heads => Ok(match self.heads {
                HeadRule::Real => self.graph.maximal(&heads()),
                HeadRule::Strict => heads(),
            }),
            Symbol::Head => {
                let heads = match self.heads {
                    HeadRule::Real => self.graph.maximal(&heads()),
                    HeadRule::Strict => heads(),
                };
                self.single(target, heads).map(|head| head.into_iter().collect())
            }
            Symbol::Current => {
                let applied = self.database(target)?;
                Ok(match branch {
                    Some(branch) => self.standing(applied, branch),
                    None => applied.rows(self.graph),
                })
            }
        }
    }

    fn database(&self, target: &Target) -> Result<&'a Applied, TargetError> {
        self.applied.ok_or_else(|| TargetError::NoDatabase { target: target.to_string() })
    }

    fn steps_from_rows(&self, target: &Target, steps: Steps, branch: Option<Branch>) -> Result<Located, TargetError> {
        let applied = self.database(target)?;
        if steps.count == 0 {
            return Err(TargetError::WrongWay {
                target: target.to_string(),
                why: "moves nowhere",
                help: "write `current` for where the database is".to_owned(),
            });
        }
        let start = match steps.direction {
            Direction::Up => self.start_up(target, steps, applied, branch.as_ref())?,
            Direction::Down => Some(self.start_down(target, steps, applied, branch.as_ref())?),
        };
        let steered = branch.as_ref().filter(|_| steps.direction == Direction::Up);
        let (end, walked) = self.walk(target, start, steps, steered)?;
        let branch = match (branch, start) {
            (None, Some(row)) => Some(self.branch(self.graph.id(row).as_str())?),
            (branch, _) => branch,
        };
        Ok(Located { nodes: end.into_iter().collect(), branch, walked: Some(walked) })
    }

    /// Returns where `+N` starts (§7.1.2); none is base.
    fn start_up(
        &self,
        target: &Target,
        steps: Steps,
        applied: &Applied,
        branch: Option<&Branch>,
    ) -> Result<Option<NodeId>, TargetError> {
        let starts = match branch {
            Some(branch) => self.standing(applied, branch),
            None => applied.rows(self.graph),
        };
        match starts.as_slice() {
            [] => Ok(None),
            [start] => Ok(Some(*start)),
            _ => Err(self.several_rows(target, steps, &starts)),
        }
    }

    /// Returns where `-N` starts (§8.2).
    fn start_down(
        &self,
        target: &Target,
        steps: Steps,
        applied: &Applied,
        branch: Option<&Branch>,
    ) -> Result<NodeId, TargetError> {
        let of_branch =
            |nodes: Vec<NodeId>| -> Vec<NodeId> { nodes.into_iter().filter(|node| is_in(branch, *node)).collect() };
        let mut starts = of_branch(applied.rows(self.graph));
        if starts.is_empty() {
            starts = of_branch(applied.tips(self.graph));
        }
        match (starts.as_slice(), branch) {
            ([start], _) => Ok(*start),
            ([], None) => Err(TargetError::OutOfRange { target: target.to_string(), direction: steps.direction }),
            ([], Some(branch)) => {
                Err(TargetError::NotApplied { target: target.to_string(), branch: branch.name.clone() })
            }
            _ => Err(self.several_rows(target, steps, &starts)),
        }
    }

    /// Returns where a branch stands: its rows, else what of its lineage nothing else of it stands on.
    fn standing(&self, applied: &Applied, branch: &Branch) -> Vec<NodeId> {
        let rows: Vec<NodeId> =
            applied.rows(self.graph).into_iter().filter(|row| branch.lineage.contains(*row)).collect();
        if !rows.is_empty() {
            return rows;
        }
        let own = branch.lineage.clone().intersection(applied.nodes());
        let mut below = NodeSet::with_capacity(self.graph.len());
        for node in own.iter() {
            self.graph.effective_parents(node).iter().for_each(|parent| {
                below.insert(*parent);
            });
        }
        own.difference(&below).iter().collect()
    }

    fn several_rows(&self, target: &Target, steps: Steps, rows: &[NodeId]) -> TargetError {
        let choice = |row: &NodeId| format!("{}@{steps}", self.branch_of(*row, rows));
        TargetError::AmbiguousWalk {
            target: target.to_string(),
            why: AmbiguousWhy::Rows(self.graph.ids(rows)),
            command: self.command,
            choices: rows.iter().map(choice).collect(),
        }
    }

    /// Returns a branch label that is in the lineage of this row only, else its id.
    fn branch_of(&self, row: NodeId, rows: &[NodeId]) -> String {
        let mut labels: Vec<_> = self.graph.labels().map(|(label, node)| (node, label.as_str())).collect();
        labels.sort_unstable();
        let names_it_alone = |node: NodeId| {
            let lineage = self.graph.lineage(node, Over::Parents);
            rows.iter().all(|other| lineage.contains(*other) == (*other == row))
        };
        labels
            .into_iter()
            .find(|(node, _)| names_it_alone(*node))
            .map_or_else(|| self.graph.id(row).to_string(), |(_, label)| label.to_owned())
    }

    /// Goes so many steps from a revision, or from base, along parent edges (§6).
    fn walk(
        &self,
        target: &Target,
        start: Option<NodeId>,
        steps: Steps,
        branch: Option<&Branch>,
    ) -> Result<(Option<NodeId>, Vec<NodeId>), TargetError> {
        let mut position = start;
        let mut walked = Vec::new();
        for taken in 0..steps.count {
            let next = match (steps.direction, position) {
                (Direction::Up, None) => self.graph.bases(),
                (Direction::Up, Some(node)) => self.graph.children(node).to_vec(),
                (Direction::Down, None) => Vec::new(),
                (Direction::Down, Some(node)) => self.graph.parents(node).to_vec(),
            };
            let next: Vec<NodeId> = next.into_iter().filter(|node| is_in(branch, *node)).collect();
            let fell = next.is_empty() && (steps.direction == Direction::Up || position.is_none());
            if fell && self.fall == Fall::Stays {
                break;
            }
            if fell {
                return Err(TargetError::OutOfRange { target: target.to_string(), direction: steps.direction });
            }
            if next.len() > 1 {
                let left = Steps { count: steps.count - taken - 1, ..steps };
                return Err(self.fork(target, position, left, &next));
            }
            let next = next.first().copied();
            walked.extend(if steps.direction == Direction::Up { next } else { position });
            position = next;
        }
        Ok((position, walked))
    }

    fn fork(&self, target: &Target, at: Option<NodeId>, left: Steps, ways: &[NodeId]) -> TargetError {
        let why = match (left.direction, at) {
            (_, None) => AmbiguousWhy::Bases,
            (Direction::Up, Some(node)) => AmbiguousWhy::Children(self.graph.id(node).clone()),
            (Direction::Down, Some(node)) => AmbiguousWhy::Parents(self.graph.id(node).clone()),
        };
        let choice = |way: &NodeId| match left.count {
            0 => self.graph.id(*way).to_string(),
            _ => format!("{}{left}", self.graph.id(*way)),
        };
        TargetError::AmbiguousWalk {
            target: target.to_string(),
            why,
            command: self.command,
            choices: ways.iter().map(choice).collect(),
        }
    }

    /// Goes so many steps down from every one of these; used for the lower end of a range.
    pub(crate) fn below(&self, target: &Target, starts: &[NodeId], steps: Steps) -> Result<Vec<NodeId>, TargetError> {
        let mut ends = Vec::new();
        for start in starts {
            match self.walk(target, Some(*start), steps, None)?.0 {
                Some(end) => ends.push(end),
                None => return Ok(Vec::new()),
            }
        }
        Ok(ends)
    }
}

fn is_in(branch: Option<&Branch>, node: NodeId) -> bool {
    branch.is_none_or(|branch| branch.lineage.contains(node))
}
