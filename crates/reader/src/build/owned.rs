//! Which structs are tables of a feature: `derive(Table)` must be alembic-model's, since other crates have one too.

use std::collections::BTreeSet;

use alembic_schema::model::{BlindSpot, Warning};

use super::Workshop;
use crate::attributes::Derived;
use crate::cfg::Truth;
use crate::fault::Problem;
use crate::grammar::ast::Derive;
use crate::names::{MODEL_CRATE, Meaning, Nothing};
use crate::scan::Form;
use crate::tree::{Declaration, Doubt, ItemId};

/// The tables of all features, in the order of packages, files and lines.
pub struct Owned {
    pub tables: Vec<ItemId>,
    pub blind_spots: Vec<BlindSpot>,
}

/// Whether a derive is the wanted one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Yes,
    No,
    /// A glob of a crate from elsewhere could bring it in.
    Perhaps,
}

/// Adds to `blind_spots` the structs of which nobody can tell.
pub fn find(shop: &Workshop<'_>, blind_spots: Vec<BlindSpot>) -> Owned {
    let mut owned = Owned { tables: Vec::new(), blind_spots };
    let mut doubts = BTreeSet::new();
    for (id, item) in shop.tree.items.iter().enumerate() {
        let package = &shop.tree.workspace.packages[shop.tree.modules[item.module].package];
        if item.form() == Form::Alias {
            continue;
        }
        let Some((derived, verdict)) = verdict(shop, item, Derive::Table) else { continue };
        if !package.is_feature {
            if verdict == Verdict::Yes {
                no_feature(shop, item, &package.feature);
            }
        } else if verdict == Verdict::Perhaps {
            owned.blind_spots.push(BlindSpot {
                feature: package.feature.clone(),
                reason: format!("`derive(Table)` of `{}` may be alembic-model's", item.name),
                place: shop.tree.place(item.file, derived.span),
            });
        } else if let Some(doubt) = doubt(item, derived) {
            if doubts.insert((doubt.file, doubt.unknown.span.start)) {
                unknown_cfg(shop, &item.name, &doubt);
            }
        } else {
            owned.tables.push(id);
        }
    }
    let files = &shop.tree.files;
    let key = |id: &ItemId| {
        let item = &shop.tree.items[*id];
        (shop.tree.modules[item.module].package, &files[item.file].path, item.item.span.start)
    };
    owned.tables.sort_by_key(|id| key(id));
    // A file that several crates of a package have is the same model.
    owned.tables.dedup_by_key(|id| key(id));
    owned
}

/// A model that is passed over in silence would be missed only in production.
fn no_feature(shop: &Workshop<'_>, item: &Declaration, package: &str) {
    shop.warnings.borrow_mut().push(Warning {
        message: format!("`{}` is passed over: `{package}` has no migrations", item.name),
        help: Some(format!("make it a feature with `cargo alembic init -p {package}`")),
        place: shop.tree.place(item.file, item.item.name),
    });
}

/// Returns whether a struct can be flattened.
pub fn has_columns(shop: &Workshop<'_>, item: &Declaration) -> bool {
    verdict(shop, item, Derive::Columns).is_some()
}

pub fn unknown_cfg(shop: &Workshop<'_>, subject: &str, doubt: &Doubt) {
    let place = shop.tree.place(doubt.file, doubt.unknown.span);
    shop.fault(Problem::UnknownCfg { subject: subject.to_owned(), name: doubt.unknown.name.clone() }, vec![place]);
}

/// Returns the `cfg` on which a declaration, its derive or a module around it hangs.
pub fn doubt(item: &Declaration, derived: &Derived) -> Option<Doubt> {
    let of_derive = match &derived.condition {
        Truth::Unknown(unknown) => Some(Doubt { unknown: unknown.clone(), file: item.file }),
        Truth::True | Truth::False => None,
    };
    item.doubt.clone().or(of_derive)
}

fn verdict<'i>(shop: &Workshop<'_>, item: &'i Declaration, derive: Derive) -> Option<(&'i Derived, Verdict)> {
    let name = match derive {
        Derive::Table => "Table",
        Derive::Columns => "Columns",
    };
    let judged = item.attributes.derives.iter().map(|derived| (derived, judge(shop, item, derived, name)));
    judged.filter(|(_, verdict)| *verdict != Verdict::No).min_by_key(|(_, verdict)| *verdict == Verdict::Perhaps)
}

fn judge(shop: &Workshop<'_>, item: &Declaration, derived: &Derived, name: &str) -> Verdict {
    if let Some(is_ours) = shop.names.is_derive(item.module, &derived.path, &[MODEL_CRATE], name) {
        return if is_ours { Verdict::Yes } else { Verdict::No };
    }
    let root = &shop.tree.modules[shop.tree.modules[item.module].root];
    if derived.is_for_reading_alone || root.imports_model_macros || says_columns(shop, item) {
        return Verdict::Yes;
    }
    match shop.names.resolve(item.module, &derived.path) {
        Meaning::Nothing(Nothing::Glob(_)) => Verdict::Perhaps,
        _ => Verdict::Yes,
    }
}

/// `#[table(…)]` or `#[column(…)]` is there.
fn says_columns(shop: &Workshop<'_>, item: &Declaration) -> bool {
    let text = || shop.tree.text(item.file, item.item.span);
    item.attributes.names_table || memchr::memmem::find(text().as_bytes(), b"column(").is_some()
}
