//! What a path means where it stands.
//!
//! Lexical: the module, its `use`s and globs, crates of the workspace, crates from elsewhere, whose insides are known
//! only as far as `known` goes. Visibility does not matter, since the compiler has seen to it. Read [`Names::resolve`]
//! first.

mod known;
mod types;
mod written;

use std::cell::RefCell;
use std::collections::HashMap;

pub use known::{MODEL_CRATE, integer};
pub use types::Types;
pub use written::{Written, shown};

use crate::cursor::PathName;
use crate::tree::{ItemId, ModuleId, Name, Tree};
use crate::workspace::Edition;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Module(ModuleId),
    Item(ItemId),
    /// The path from its crate's own name on.
    External(Vec<String>),
    Nothing(Nothing),
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nothing {
    Undeclared,
    /// It may come from the path before `::*`.
    Glob(String),
    /// Which of several declarations counts hangs on this `cfg`.
    Doubt(String),
}

/// How paths are looked up in a tree.
pub struct Names<'t> {
    pub tree: &'t Tree<'t>,
    /// What single names mean, by module.
    found: RefCell<Vec<HashMap<String, Option<Meaning>>>>,
}

/// The names that are being looked up.
type Trail<'n> = Vec<(ModuleId, &'n str)>;

/// Longer chains of `use` are given up.
const LONGEST: usize = 64;

impl<'t> Names<'t> {
    pub fn new(tree: &'t Tree<'t>) -> Self {
        Names { tree, found: RefCell::new(vec![HashMap::new(); tree.modules.len()]) }
    }

    /// Returns what `path` means in `module`.
    pub fn resolve(&self, module: ModuleId, path: &PathName) -> Meaning {
        if let ([name], false) = (path.segments.as_slice(), path.from_root) {
            if let Some(known) = self.found.borrow().get(module).and_then(|names| names.get(name)) {
                return known.clone().unwrap_or_else(|| self.nothing(module));
            }
            let found = self.lookup(module, name, &mut Vec::new());
            let found = found.or_else(|| self.start(module, name));
            self.found.borrow_mut()[module].insert(name.clone(), found.clone());
            return found.unwrap_or_else(|| self.nothing(module));
        }
        self.follow(module, path, &mut Vec::new()).unwrap_or_else(|| self.nothing(module))
    }

    fn nothing(&self, module: ModuleId) -> Meaning {
        let mut globs = self.tree.modules[module].globs.iter();
        let foreign =
            globs.find(|path| matches!(self.follow(module, path, &mut Vec::new()), Some(Meaning::External(_))));
        Meaning::Nothing(match foreign {
            Some(path) => Nothing::Glob(path.segments.join("::")),
            None => Nothing::Undeclared,
        })
    }

    /// Follows a path; one of a single name may also be that of a crate.
    fn follow<'n>(&'n self, module: ModuleId, path: &'n PathName, trail: &mut Trail<'n>) -> Option<Meaning> {
        let (first, rest) = path.segments.split_first()?;
        let mut meaning = if path.from_root {
            Some(self.extern_crate(module, first))
        } else {
            let local = self.start(module, first).or_else(|| self.lookup(module, first, trail));
            Some(local.unwrap_or_else(|| self.extern_crate(module, first)))
        }?;
        for segment in rest {
            meaning = match meaning {
                Meaning::Module(module) if segment == "super" => Meaning::Module(self.tree.modules[module].parent?),
                Meaning::Module(module) => self.lookup(module, segment, trail)?,
                Meaning::External(mut path) => {
                    path.push(segment.clone());
                    Meaning::External(path)
                }
                Meaning::Item(_) | Meaning::Nothing(_) => return None,
            };
        }
        Some(meaning)
    }

    fn start(&self, module: ModuleId, name: &str) -> Option<Meaning> {
        let here = &self.tree.modules[module];
        match name {
            "crate" => Some(Meaning::Module(here.root)),
            "self" => Some(Meaning::Module(module)),
            "super" => here.parent.map(Meaning::Module),
            _ => None,
        }
    }

    fn lookup<'n>(&'n self, module: ModuleId, name: &'n str, trail: &mut Trail<'n>) -> Option<Meaning> {
        if trail.len() > LONGEST || trail.contains(&(module, name)) {
            return None;
        }
        trail.push((module, name));
        let found = self.declared(module, name, trail).or_else(|| self.through_globs(module, name, trail));
        trail.pop();
        found
    }

    fn declared<'n>(&'n self, module: ModuleId, name: &str, trail: &mut Trail<'n>) -> Option<Meaning> {
        let names = self.tree.modules[module].names.get(name)?;
        if let Some(doubt) = self.doubt(names) {
            return Some(Meaning::Nothing(Nothing::Doubt(doubt)));
        }
        let own = names.iter().find_map(|name| match name {
            Name::Item(item) => Some(Meaning::Item(*item)),
            Name::Module(module) => Some(Meaning::Module(*module)),
            Name::Use(_) => None,
        });
        own.or_else(|| {
            names.iter().find_map(|name| match name {
                Name::Use(path) => self.used(module, path, trail),
                Name::Item(_) | Name::Module(_) => None,
            })
        })
    }

    /// Returns the `cfg` that would tell which of several items is meant.
    fn doubt(&self, names: &[Name]) -> Option<String> {
        let items = || {
            names.iter().filter_map(|name| match name {
                Name::Item(item) => Some(&self.tree.items[*item]),
                Name::Module(_) | Name::Use(_) => None,
            })
        };
        let doubtful = items().find_map(|item| item.doubt.as_ref()).filter(|_| items().count() > 1)?;
        Some(doubtful.unknown.name.clone())
    }

    /// Follows the path of a `use`.
    fn used<'n>(&'n self, module: ModuleId, path: &'n PathName, trail: &mut Trail<'n>) -> Option<Meaning> {
        let here = &self.tree.modules[module];
        let is_local = path.segments.first().is_some_and(|first| matches!(first.as_str(), "self" | "super" | "crate"));
        let edition = self.tree.workspace.packages[here.package].edition;
        let from = if edition == Edition::Rust2015 && !is_local { here.root } else { module };
        self.follow(from, path, trail)
    }

    fn through_globs<'n>(&'n self, module: ModuleId, name: &'n str, trail: &mut Trail<'n>) -> Option<Meaning> {
        self.tree.modules[module].globs.iter().find_map(|path| match self.used(module, path, trail)? {
            Meaning::Module(other) => self.lookup(other, name, trail),
            Meaning::External(mut path) => {
                path.push(name.to_owned());
                known::is_in_glob(&path).then_some(Meaning::External(path))
            }
            Meaning::Item(_) | Meaning::Nothing(_) => None,
        })
    }

    /// Returns the crate that a module calls so: one of the workspace, or one from elsewhere.
    fn extern_crate(&self, module: ModuleId, name: &str) -> Meaning {
        let package = &self.tree.workspace.packages[self.tree.modules[module].package];
        let member = match package.dependencies.get(name) {
            Some(member) => Some(*member),
            None if package.name == name => Some(self.tree.modules[module].package),
            None => None,
        };
        let member = member.filter(|member| {
            self.tree.workspace.packages.get(*member).is_some_and(|package| package.name != known::MODEL_CRATE)
        });
        if let Some(root) = member.and_then(|member| self.tree.libraries.get(member).copied().flatten()) {
            return Meaning::Module(root);
        }
        let renamed_member =
            package.dependencies.get(name).and_then(|member| self.tree.workspace.packages.get(*member));
        let own = renamed_member.map(|member| &member.name).or_else(|| package.renamed.get(name));
        Meaning::External(vec![own.cloned().unwrap_or_else(|| name.to_owned())])
    }

    /// Returns whether a derive in `module` is the one of `crates` that is called `name`; None if nothing tells.
    pub fn is_derive(&self, module: ModuleId, path: &PathName, crates: &[&str], name: &str) -> Option<bool> {
        if path.segments.len() > 1 && path.last() != name {
            return Some(false);
        }
        match self.resolve(module, path) {
            Meaning::External(path) if path.len() > 1 => {
                Some(path.last().is_some_and(|last| last == name) && crates.contains(&path[0].as_str()))
            }
            Meaning::External(_) | Meaning::Nothing(_) if path.last() == name => None,
            // A trait or a struct of that name says nothing about the macro.
            Meaning::Item(_) if path.last() == name => None,
            _ => Some(false),
        }
    }
}
