//! The modules of the crates of a workspace, and what each declares.
//!
//! Made once by [`Tree::grow`], looked things up in by [`names`](crate::names). Nothing here knows what a table is beyond
//! the word. Read [`Tree`] first.

mod files;
mod location;
mod macros;
mod uses;
mod walk;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use alembic_revisions::{Place, Source, Span};
use alembic_schema::model::BlindSpot;

use crate::attributes::Attributes;
use crate::cfg::{Cfg, Unknown};
use crate::cursor::PathName;
use crate::fault::ReadError;
use crate::scan::{Form, Item};
use crate::workspace::Workspace;

/// An index in [`Tree::files`].
pub type FileId = usize;
/// An index in [`Tree::modules`].
pub type ModuleId = usize;
/// An index in [`Tree::items`].
pub type ItemId = usize;

/// Everything that was found.
pub struct Tree<'w> {
    pub workspace: &'w Workspace,
    pub files: Vec<Arc<Source>>,
    pub modules: Vec<Module>,
    /// Structs, enums, unions and aliases.
    pub items: Vec<Declaration>,
    /// The root of the library of each package.
    pub libraries: Vec<Option<ModuleId>>,
    pub blind_spots: Vec<BlindSpot>,
    pub errors: Vec<ReadError>,
    /// Macros of the workspace that make tables.
    model_macros: BTreeSet<String>,
    calls: Vec<Call>,
}

/// A module, or the root of a crate.
#[derive(Debug)]
pub struct Module {
    pub package: usize,
    /// The root of its crate.
    pub root: ModuleId,
    pub parent: Option<ModuleId>,
    pub names: HashMap<String, Vec<Name>>,
    /// Of `use a::b::*`: `a::b`.
    pub globs: Vec<PathName>,
    /// `#[macro_use] extern crate alembic_model;` stands in it.
    pub imports_model_macros: bool,
}

/// What a name of a module stands for.
#[derive(Clone, Debug)]
pub enum Name {
    Module(ModuleId),
    Item(ItemId),
    Use(PathName),
}

/// A struct, an enum, a union or an alias.
#[derive(Debug)]
pub struct Declaration {
    pub module: ModuleId,
    pub file: FileId,
    pub name: String,
    pub item: Item,
    pub attributes: Attributes,
    pub doubt: Option<Doubt>,
}

impl Declaration {
    pub fn form(&self) -> Form {
        self.item.form
    }
}

/// A `cfg` of which nobody has said whether it holds.
#[derive(Clone, Debug)]
pub struct Doubt {
    pub unknown: Unknown,
    pub file: FileId,
}

/// A macro that is called where items stand.
struct Call {
    name: String,
    package: usize,
    place: Place,
}

impl<'w> Tree<'w> {
    /// Reads the crates that features consist of and depend on.
    pub fn grow(workspace: &'w Workspace) -> Self {
        let mut tree = Tree {
            workspace,
            files: Vec::new(),
            modules: Vec::new(),
            items: Vec::new(),
            libraries: vec![None; workspace.packages.len()],
            blind_spots: Vec::new(),
            errors: Vec::new(),
            model_macros: BTreeSet::new(),
            calls: Vec::new(),
        };
        walk::walk(&mut tree);
        for Call { name, package, place } in std::mem::take(&mut tree.calls) {
            if tree.model_macros.contains(&name) {
                tree.blind_spot(package, format!("the macro `{name}!` makes models"), place);
            }
        }
        tree
    }

    pub fn text(&self, file: FileId, span: Span) -> &str {
        self.files[file].text.get(span.range()).unwrap_or_default()
    }

    pub fn place(&self, file: FileId, span: Span) -> Place {
        Place::new(Arc::clone(&self.files[file]), span)
    }

    pub fn cfg(&self, package: usize) -> Cfg<'w> {
        Cfg { features: &self.workspace.packages[package].features, settings: &self.workspace.cfg }
    }

    /// Remembers where models could hide, if they would count.
    fn blind_spot(&mut self, package: usize, reason: String, place: Place) {
        let package = &self.workspace.packages[package];
        if package.is_feature {
            self.blind_spots.push(BlindSpot { feature: package.feature.clone(), reason, place });
        }
    }
}
