//! From declarations to models: which structs count, and what their attributes make of them.
//!
//! Which type a database has for a field is not decided here. Read [`build`] first.

mod columns;
mod declared;
mod keys;
mod owned;
mod plain;

use std::cell::RefCell;
use std::collections::BTreeSet;

use alembic_revisions::Place;
use alembic_revisions::diagnose::Several;
use alembic_schema::model::{Model, ModelTableOption, Models, Warning};
use alembic_schema::schema::ObjectName;

use crate::enums;
use crate::fault::{Problem, ReadError};
use crate::names::{Names, Types};
use crate::tree::{ItemId, Tree};
use columns::Columns;
use declared::{Declared, Decls};
use owned::Owned;

/// What all parts of the work share.
struct Workshop<'t> {
    tree: &'t Tree<'t>,
    names: &'t Names<'t>,
    types: Types<'t>,
    errors: RefCell<Vec<ReadError>>,
    warnings: RefCell<Vec<Warning>>,
}

/// Returns the models that the tree declares, or everything that is wrong with them.
pub fn build(mut tree: Tree<'_>) -> Result<Models, Several<ReadError>> {
    let mut errors = std::mem::take(&mut tree.errors);
    let blind_spots = std::mem::take(&mut tree.blind_spots);
    let tree = &tree;
    let names = Names::new(tree);
    let shop = Workshop {
        tree,
        names: &names,
        types: Types::new(&names),
        errors: RefCell::default(),
        warnings: RefCell::default(),
    };
    let Owned { tables, mut blind_spots } = owned::find(&shop, blind_spots);
    let decls = Decls::new(&shop);
    let tables: Vec<Model> = tables.into_iter().filter_map(|id| model(&shop, &decls, id)).collect();
    let enums = enum_owners(&shop, &tables);
    let enums = enums.into_iter().map(|(id, owner)| enums::read(tree, id, owner, &mut errors)).collect();
    warn_of_newtypes(&shop);
    errors.extend(shop.errors.take());
    errors.sort_by_key(|error| order(error.places.first()));
    if let Some(several) = Several::new(errors) {
        return Err(several);
    }
    let mut warnings = shop.warnings.take();
    warnings.sort_by_key(|warning| order(Some(&warning.place)));
    blind_spots.sort_by_key(|spot| order(Some(&spot.place)));
    blind_spots.dedup_by_key(|spot| (spot.feature.clone(), order(Some(&spot.place)), spot.reason.clone()));
    Ok(Models { tables, enums, blind_spots, warnings })
}

fn order(place: Option<&Place>) -> Option<(String, u32)> {
    place.map(|place| (place.source.path.to_string(), place.span.start))
}

fn model(shop: &Workshop<'_>, decls: &Decls<'_>, id: ItemId) -> Option<Model> {
    let declared = decls.table(id)?;
    let columns = Columns::of(shop, decls, &declared);
    let item = &shop.tree.items[id];
    let decl = &declared.decl;
    let table = &decl.table;
    let keys = keys::Keys { shop, declared: &declared, columns: &columns };
    let place = declared.place(shop, decl.name.span);
    let value = |text: &Option<crate::grammar::ast::At<String>>| text.as_ref().map(|text| text.value.clone());
    let (primary_key, indexes) = (keys.primary_key(), keys.indexes());
    let (checks, foreign_keys) = (keys.checks(), keys.foreign_keys());
    let package = shop.tree.modules[item.module].package;
    let options = table.dialects.iter().flat_map(|(dialect, options)| {
        let dialect = plain::dialect(dialect.value);
        options.iter().map(move |option| ModelTableOption { dialect, option: plain::option(&option.value) })
    });
    Some(Model {
        feature: shop.tree.workspace.packages[package].feature.clone(),
        rust_name: item.name.clone(),
        place,
        name: ObjectName { schema: value(&table.schema), name: decl.table_name() },
        renamed_from: value(&table.renamed_from),
        comment: value(&table.comment),
        primary_key,
        external: table.external.is_some(),
        indexes,
        checks,
        foreign_keys,
        options: options.collect(),
        columns: columns.all.into_iter().map(|column| column.model).collect(),
    })
}

/// Returns the enums of the columns, each with its feature: the crate's own, or that of the first table with it.
fn enum_owners(shop: &Workshop<'_>, tables: &[Model]) -> Vec<(ItemId, String)> {
    let first_user = |index: usize| {
        let uses = |table: &&Model| table.columns.iter().any(|column| plain::enum_of(&column.rust_type) == Some(index));
        tables.iter().find(uses).map(|table| table.feature.clone()).unwrap_or_default()
    };
    let owner = |(index, id): (usize, &ItemId)| {
        let package = &shop.tree.workspace.packages[shop.tree.modules[shop.tree.items[*id].module].package];
        (*id, if package.is_feature { package.feature.clone() } else { first_user(index) })
    };
    shop.types.enums.borrow().iter().enumerate().map(owner).collect()
}

fn warn_of_newtypes(shop: &Workshop<'_>) {
    let newtypes: BTreeSet<ItemId> = shop.types.opaque_newtypes.take().into_iter().collect();
    for id in newtypes {
        let item = &shop.tree.items[id];
        shop.warnings.borrow_mut().push(Warning {
            message: format!("without `transparent`, sqlx takes `{}` for a type of PostgreSQL's own", item.name),
            help: Some(format!("add `#[sqlx(transparent)]` to `{}`", item.name)),
            place: shop.tree.place(item.file, item.item.name),
        });
    }
}

impl Workshop<'_> {
    fn fault(&self, problem: Problem, places: Vec<Place>) {
        self.errors.borrow_mut().push(ReadError { problem, places });
    }
}

impl Declared<'_> {
    fn place(&self, shop: &Workshop<'_>, span: alembic_revisions::Span) -> Place {
        shop.tree.place(self.file, span)
    }
}
