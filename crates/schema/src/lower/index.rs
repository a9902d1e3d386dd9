//! Indexes and unique constraints: as much of each as the database can hold, and each only once.
//!
//! Read [`lowered`] first.

use alembic_revisions::Place;

use super::naming::{conventional, of_keys};
use super::{ModelError, Surroundings};
use crate::model::{Model, ModelIndex, ModelKey, ModelKeyPart, Warning};
use crate::schema::{Deferrable, Index, IndexKey, IndexPart, Name, Nulls, Order, Table, Unique};

/// Adds a model's indexes and unique constraints to its table, which has its columns.
pub(super) fn lowered(
    around: &Surroundings<'_>,
    model: &Model,
    table: &mut Table,
    faults: &mut Vec<ModelError>,
    warnings: &mut Vec<Warning>,
) {
    for wish in &model.indexes {
        check_columns(model, wish, faults);
        let Some(index) = reduced(around, wish, warnings) else { continue };
        if around.knows.keys_need_length {
            check_lengths(around, model, table, wish, &index, faults);
        }
        if is_constraint(&index) {
            add_unique(table, index);
        } else {
            add_index(table, index);
        }
    }
}

/// A unique index without anything that only an index can say is a constraint.
pub(crate) fn is_constraint(index: &Index) -> bool {
    index.unique
        && index.predicate.is_none()
        && index.method.is_none()
        && index.include.is_empty()
        && !index.concurrently
        && index.keys.iter().all(is_plain_key)
}

fn is_plain_key(key: &IndexKey) -> bool {
    matches!(&key.part, IndexPart::Column(name) if IndexKey::column(name) == *key)
}

fn check_columns(model: &Model, wish: &ModelIndex, faults: &mut Vec<ModelError>) {
    let keys = wish.keys.iter().filter_map(|key| match &key.part {
        ModelKeyPart::Column(name) => Some(name),
        ModelKeyPart::Expression(_) => None,
    });
    let user = if wish.unique { "a unique constraint" } else { "an index" };
    faults.extend(keys.chain(&wish.include).filter_map(|name| super::unknown_column(user, model, name, &wish.place)));
}

/// Returns what the database can hold of an index; none where that would not be the same index.
fn reduced(around: &Surroundings<'_>, wish: &ModelIndex, warnings: &mut Vec<Warning>) -> Option<Index> {
    let knows = &around.knows;
    let dialect = around.backend.dialect();
    let mut warn = |message: String| {
        warnings.push(Warning { message, help: None, place: wish.place.clone() });
    };
    let has_expression = wish.keys.iter().any(|key| matches!(key.part, ModelKeyPart::Expression(_)));
    if has_expression && !knows.expression_keys {
        warn(format!("{dialect} has no indexes of expressions here: this one is left out"));
        return None;
    }
    if wish.predicate.is_some() && wish.unique && !knows.predicates {
        warn(format!("{dialect} has no partial indexes: this unique one is left out"));
        return None;
    }
    if wish.nulls_not_distinct && !knows.nulls_not_distinct {
        warn(format!("{dialect} takes NULLs as distinct: several rows may hold them"));
    }
    let keys: Vec<IndexKey> = wish.keys.iter().map(|key| reduced_key(around, key)).collect();
    Some(Index {
        name: match &wish.name {
            Some(name) => Name::Stated(name.clone()),
            None => Name::Unnamed,
        },
        keys,
        unique: wish.unique,
        method: wish.method.clone().filter(|method| knows.knows_method(method)),
        predicate: wish.predicate.clone().filter(|_| knows.predicates),
        include: if knows.include { wish.include.clone() } else { Vec::new() },
        nulls_not_distinct: wish.nulls_not_distinct && knows.nulls_not_distinct,
        concurrently: wish.concurrently && knows.concurrently,
    })
}

fn reduced_key(around: &Surroundings<'_>, key: &ModelKey) -> IndexKey {
    let knows = &around.knows;
    IndexKey {
        part: match &key.part {
            ModelKeyPart::Column(name) => IndexPart::Column(name.clone()),
            ModelKeyPart::Expression(expression) => IndexPart::Expression(expression.clone()),
        },
        order: key.order,
        nulls: if knows.nulls_order { written_nulls(key) } else { Nulls::Default },
        operator_class: key.operator_class.clone().filter(|_| knows.operator_classes),
        collation: None,
        length: key.length.filter(|_| knows.key_lengths),
    }
}

/// `ASC NULLS LAST` and `DESC NULLS FIRST` are what a key without these words has.
fn written_nulls(key: &ModelKey) -> Nulls {
    match (key.order, key.nulls) {
        (Order::Ascending, Nulls::Last) | (Order::Descending, Nulls::First) => Nulls::Default,
        (_, nulls) => nulls,
    }
}

/// A text of any length is a key only by its beginning.
fn check_lengths(
    around: &Surroundings<'_>,
    model: &Model,
    table: &Table,
    wish: &ModelIndex,
    index: &Index,
    faults: &mut Vec<ModelError>,
) {
    let is_fulltext = index.method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("fulltext"));
    for key in index.keys.iter().filter(|key| key.length.is_none() && !is_fulltext) {
        let IndexPart::Column(name) = &key.part else { continue };
        faults.extend(unkeyable(around, model, table, name, &wish.place));
    }
}

/// Returns the fault of a column whose type can be no key as a whole.
pub(super) fn unkeyable(
    around: &Surroundings<'_>,
    model: &Model,
    table: &Table,
    column: &str,
    place: &Place,
) -> Option<ModelError> {
    let sql_type = &table.column(column)?.sql_type.sql;
    let base = sql_type.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    (base.ends_with("text") || base.ends_with("blob") || base == "json").then(|| ModelError::KeyWithoutLength {
        dialect: around.backend.dialect(),
        table: model.name.clone(),
        column: column.to_owned(),
        sql_type: sql_type.clone(),
        place: place.clone(),
    })
}

/// Returns the constraint that such an index is.
pub(crate) fn constraint(index: Index) -> Unique {
    let columns = index.keys.into_iter().filter_map(|key| match key.part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    });
    Unique {
        columns: columns.collect(),
        name: index.name,
        nulls_not_distinct: index.nulls_not_distinct,
        deferrable: Deferrable::No,
    }
}

/// A column's `unique` and a table's may be one; the name that is stated stays.
fn add_unique(table: &mut Table, index: Index) {
    let mut unique = constraint(index);
    if unique.name == Name::Unnamed {
        unique.name = conventional("uq", &[&table.name.name, &unique.columns.join("_")]);
    }
    let twin =
        table.uniques.iter_mut().find(|other| Unique { name: unique.name.clone(), ..(*other).clone() } == unique);
    if !twin.is_some_and(|twin| absorbs(&mut twin.name, &unique.name)) {
        table.uniques.push(unique);
    }
}

fn add_index(table: &mut Table, mut index: Index) {
    if index.name == Name::Unnamed {
        let kind = if index.unique { "uq" } else { "ix" };
        index.name = conventional(kind, &[&table.name.name, &of_keys(&index.keys)]);
    }
    let twin = table.indexes.iter_mut().find(|other| Index { name: index.name.clone(), ..(*other).clone() } == index);
    if !twin.is_some_and(|twin| absorbs(&mut twin.name, &index.name)) {
        table.indexes.push(index);
    }
}

/// Returns whether one object does for both names; it gets the better one. Two stated names are two objects.
fn absorbs(first: &mut Name, second: &Name) -> bool {
    match (&*first, second) {
        (Name::Stated(one), Name::Stated(other)) => one == other,
        (_, Name::Stated(_)) => {
            first.clone_from(second);
            true
        }
        _ => true,
    }
}
