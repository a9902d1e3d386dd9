//! From the roots of crates along `mod`, `include!` and macros with items in braces to everything that is declared.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use alembic_revisions::Place;
use camino::{Utf8Path, Utf8PathBuf};

use super::files::{Loaded, NoText, shown};
use super::location::Location;
use super::{Call, Declaration, Doubt, FileId, Module, ModuleId, Name, Tree, macros, uses};
use crate::attributes::Attributes;
use crate::cfg::Truth;
use crate::fault::{Problem, ReadError};
use crate::lexer::tokens;
use crate::scan::{Form, Item, Scan, scan, scan_file};

/// Modules within modules beyond this are not read; the compiler gives up at 128.
const DEEPEST: usize = 128;
/// How many modules of one crate may have the same file.
const MOST_USES_OF_A_FILE: usize = 8;

/// A range of a file whose items belong to a module.
struct Stretch {
    module: ModuleId,
    file: FileId,
    path: Utf8PathBuf,
    /// None: the whole file.
    range: Option<Range<usize>>,
    location: Location,
    doubt: Option<Doubt>,
    origin: Origin,
    depth: usize,
}

/// Whether the compiler surely reads a stretch as items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Source,
    MacroBody,
}

struct Walk<'t, 'w> {
    tree: &'t mut Tree<'w>,
    loaded: Loaded,
    waiting: VecDeque<Stretch>,
    /// By the root of a crate and a file.
    uses_of_files: HashMap<(ModuleId, FileId), usize>,
}

/// Fills the tree.
pub fn walk(tree: &mut Tree<'_>) {
    let mut walk = Walk { tree, loaded: Loaded::default(), waiting: VecDeque::new(), uses_of_files: HashMap::new() };
    for package in wanted(walk.tree) {
        let described = &walk.tree.workspace.packages[package];
        if let Some(path) = &described.library {
            walk.tree.libraries[package] = walk.root(package, path);
        }
        for path in &described.binaries {
            walk.root(package, path);
        }
    }
    while let Some(stretch) = walk.waiting.pop_front() {
        walk.stretch(&stretch);
    }
}

/// Returns the features, the packages in which a model could be forgotten, and what these depend on.
fn wanted(tree: &Tree<'_>) -> Vec<usize> {
    let packages = &tree.workspace.packages;
    let mut is_wanted: Vec<bool> = packages.iter().map(|package| package.is_feature || package.knows_models).collect();
    let mut waiting: Vec<usize> = (0..packages.len()).filter(|package| is_wanted[*package]).collect();
    while let Some(package) = waiting.pop() {
        for other in packages[package].dependencies.values() {
            if is_wanted.get(*other) == Some(&false) {
                is_wanted[*other] = true;
                waiting.push(*other);
            }
        }
    }
    (0..packages.len()).filter(|package| is_wanted[*package]).collect()
}

impl Walk<'_, '_> {
    fn root(&mut self, package: usize, path: &Utf8Path) -> Option<ModuleId> {
        match self.loaded.open(self.tree, path) {
            Ok(file) => {
                let module = self.module(package, None);
                self.wait(Stretch {
                    module,
                    file,
                    path: path.to_owned(),
                    range: None,
                    location: Location::of_file(path),
                    doubt: None,
                    origin: Origin::Source,
                    depth: 0,
                });
                Some(module)
            }
            Err(why) => {
                let why = match why {
                    NoText::Missing => "there is no such file".to_owned(),
                    NoText::Unreadable(why) => why,
                };
                let path = shown(path, &self.tree.workspace.shown_root).into_string();
                if self.tree.workspace.packages[package].is_feature {
                    let problem = Problem::Unreadable { path, why };
                    self.tree.errors.push(ReadError { problem, places: Vec::new() });
                }
                None
            }
        }
    }

    fn module(&mut self, package: usize, parent: Option<ModuleId>) -> ModuleId {
        let id = self.tree.modules.len();
        let root = parent.map_or(id, |parent| self.tree.modules[parent].root);
        self.tree.modules.push(Module {
            package,
            root,
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
            imports_model_macros: false,
        });
        id
    }

    fn wait(&mut self, stretch: Stretch) {
        if stretch.range.is_none() {
            let root = self.tree.modules[stretch.module].root;
            let uses = self.uses_of_files.entry((root, stretch.file)).or_default();
            *uses += 1;
            if *uses > MOST_USES_OF_A_FILE {
                return;
            }
        }
        if stretch.depth < DEEPEST {
            self.waiting.push_back(stretch);
        } else {
            let place = self.tree.place(stretch.file, (0..0).into());
            let package = self.tree.modules[stretch.module].package;
            self.tree.blind_spot(package, "the modules are nested too deeply to be read".to_owned(), place);
        }
    }

    fn stretch(&mut self, stretch: &Stretch) {
        let source = Arc::clone(&self.tree.files[stretch.file]);
        let text = source.text.as_str();
        let Scan { items, inner, .. } = match &stretch.range {
            Some(range) => scan(text, range.clone()),
            None => scan_file(text),
        };
        let package = self.tree.modules[stretch.module].package;
        let cfg = self.tree.cfg(package);
        let whole = Attributes::read(text, &inner, &cfg).condition;
        let Some(doubt) = doubt(whole, stretch.file, stretch.doubt.as_ref()) else { return };
        for item in items {
            let attributes = Attributes::read(text, &item.attributes, &cfg);
            let condition = self::doubt(attributes.condition.clone(), stretch.file, doubt.as_ref());
            let Some(doubt) = condition else { continue };
            self.item(stretch, text, item, attributes, doubt);
        }
    }

    fn item(&mut self, around: &Stretch, text: &str, item: Item, attributes: Attributes, doubt: Option<Doubt>) {
        let name = text[item.name.range()].to_owned();
        match item.form {
            Form::Struct | Form::Enum | Form::Union | Form::Alias => {
                let id = self.tree.items.len();
                self.name(around.module, name.clone(), Name::Item(id));
                let Stretch { module, file, .. } = *around;
                self.tree.items.push(Declaration { module, file, name, item, attributes, doubt });
            }
            Form::ModuleBlock => {
                let module = self.child(around.module, name.clone());
                self.wait(Stretch {
                    module,
                    range: Some(item.body.range()),
                    location: around.location.inline(&name, attributes.path.as_deref()),
                    doubt,
                    ..around.beneath()
                });
            }
            Form::ModuleFile => self.module_file(around, &item, &name, attributes.path.as_deref(), doubt),
            Form::Use => {
                let uses = uses::leaves(&tokens(text, item.body.range()));
                for (name, path) in uses.names {
                    self.name(around.module, name, Name::Use(path));
                }
                self.tree.modules[around.module].globs.extend(uses.globs);
            }
            Form::ExternCrate => {
                let tail = tokens(text, item.body.range());
                if let Some((alias, path)) = macros::extern_crate(&name, &tail) {
                    self.name(around.module, alias, Name::Use(path));
                }
                let root = self.tree.modules[around.module].root;
                self.tree.modules[root].imports_model_macros |= attributes.macro_use && name == "alembic_model";
            }
            Form::MacroRules => {
                if macros::suspicion(text, item.body).is_some() {
                    self.suspect(around, format!("the macro `{name}!` may make models"), &item);
                    self.tree.model_macros.insert(name);
                }
            }
            Form::MacroCall => self.macro_call(around, text, &item, &name, doubt),
        }
    }

    fn name(&mut self, module: ModuleId, name: String, meaning: Name) {
        self.tree.modules[module].names.entry(name).or_default().push(meaning);
    }

    fn child(&mut self, parent: ModuleId, name: String) -> ModuleId {
        let module = self.module(self.tree.modules[parent].package, Some(parent));
        self.name(parent, name, Name::Module(module));
        module
    }

    fn module_file(&mut self, around: &Stretch, item: &Item, name: &str, path: Option<&str>, doubt: Option<Doubt>) {
        let candidates = around.location.files(name, path);
        let root = &self.tree.workspace.shown_root;
        let tried: Vec<_> = candidates.iter().map(|tried| format!("`{}`", shown(&tried.path, root))).collect();
        let place = self.place(around, item);
        for candidate in candidates {
            match self.loaded.open(self.tree, &candidate.path) {
                Ok(file) => {
                    let module = self.child(around.module, name.to_owned());
                    let (path, location) = (candidate.path, candidate.location);
                    let stretch = Stretch { module, file, path, range: None, location, doubt, ..around.beneath() };
                    return self.wait(stretch);
                }
                Err(NoText::Missing) => {}
                Err(NoText::Unreadable(why)) => {
                    let path = shown(&candidate.path, root).into_string();
                    return self.fault(around, Problem::Unreadable { path, why }, place);
                }
            }
        }
        if doubt.is_some() || around.origin == Origin::MacroBody {
            self.suspect(around, format!("the file of `mod {name}` is missing"), item);
        } else {
            self.fault(around, Problem::MissingFile { name: name.to_owned(), tried }, place);
        }
    }

    fn macro_call(&mut self, around: &Stretch, text: &str, item: &Item, name: &str, doubt: Option<Doubt>) {
        let package = self.tree.modules[around.module].package;
        if name == "include" {
            return self.include(around, text, item, doubt);
        }
        if name == "cfg_if" {
            for branch in macros::cfg_if(text, item.body, &self.tree.cfg(package)) {
                let condition = self::doubt(branch.condition, around.file, doubt.as_ref());
                let Some(doubt) = condition else { continue };
                self.wait(Stretch { range: Some(branch.body), doubt, ..around.beneath() });
            }
            return;
        }
        let place = self.place(around, item);
        self.tree.calls.push(Call { name: name.to_owned(), package, place });
        let has_braces = text.as_bytes().get(item.body.range().end) == Some(&b'}');
        if has_braces && scan(text, item.body.range()).is_clean {
            let range = Some(item.body.range());
            self.wait(Stretch { range, doubt, origin: Origin::MacroBody, ..around.beneath() });
        } else if let Some(reason) = macros::suspicion(text, item.body) {
            self.suspect(around, format!("the macro `{name}!` {reason}"), item);
        }
    }

    fn include(&mut self, around: &Stretch, text: &str, item: &Item, doubt: Option<Doubt>) {
        let Some(path) = macros::included(text, item.body) else {
            return self.suspect(around, "`include!` of a file that only the compiler can name".to_owned(), item);
        };
        let path = around.path.parent().unwrap_or(Utf8Path::new("")).join(path);
        match self.loaded.open(self.tree, &path) {
            Ok(file) => {
                let location = Location::of_file(&path);
                self.wait(Stretch { file, path, range: None, location, doubt, ..around.beneath() });
            }
            Err(_) => self.suspect(around, format!("the included file `{path}` cannot be read"), item),
        }
    }

    fn place(&self, around: &Stretch, item: &Item) -> Place {
        let start = item.attributes.last().map_or(item.span.start, |last| last.end + 1);
        let text = self.tree.text(around.file, (start as usize..item.span.end as usize).into());
        let start = start as usize + text.len() - text.trim_start().len();
        self.tree.place(around.file, (start..item.span.end as usize).into())
    }

    fn suspect(&mut self, around: &Stretch, reason: String, item: &Item) {
        let place = self.place(around, item);
        let package = self.tree.modules[around.module].package;
        self.tree.blind_spot(package, reason, place);
    }

    /// Faults of crates that own no tables are left to the compiler.
    fn fault(&mut self, around: &Stretch, problem: Problem, place: Place) {
        let package = self.tree.modules[around.module].package;
        if self.tree.workspace.packages[package].is_feature {
            self.tree.errors.push(ReadError::new(problem, place));
        }
    }
}

impl Stretch {
    /// Returns what a stretch within this one starts from.
    fn beneath(&self) -> Stretch {
        Stretch {
            module: self.module,
            file: self.file,
            path: self.path.clone(),
            range: self.range.clone(),
            location: self.location.clone(),
            doubt: self.doubt.clone(),
            origin: self.origin,
            depth: self.depth + 1,
        }
    }
}

/// Returns the doubt about something under a condition; None if it is not there at all.
fn doubt(condition: Truth, file: FileId, around: Option<&Doubt>) -> Option<Option<Doubt>> {
    match condition {
        Truth::False => None,
        Truth::True => Some(around.cloned()),
        Truth::Unknown(unknown) => Some(Some(around.cloned().unwrap_or(Doubt { unknown, file }))),
    }
}
