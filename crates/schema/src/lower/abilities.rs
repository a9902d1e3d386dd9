//! Which wishes of a model a database can hold at all: the others are left out, with a warning where that changes what
//! may be stored.
//!
//! Read [`Abilities`] first.

use alembic_revisions::DialectName;

use crate::backend::Backend;
use crate::model::ModelDialect;

/// What one database knows beyond plain tables, keys and indexes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Abilities {
    pub comments: bool,
    pub deferrable_keys: bool,
    pub expression_keys: bool,
    pub predicates: bool,
    pub include: bool,
    pub operator_classes: bool,
    pub nulls_order: bool,
    pub nulls_not_distinct: bool,
    pub concurrently: bool,
    pub key_lengths: bool,
    /// None: any, as extensions may bring their own.
    pub methods: Option<&'static [&'static str]>,
    /// Texts of any length are no keys.
    pub keys_need_length: bool,
}

impl Abilities {
    /// Returns those of a database, told by its dialect and the overrides that it reads.
    pub fn of(backend: &dyn Backend) -> Self {
        match backend.dialect() {
            DialectName::Postgres => Abilities {
                comments: true,
                deferrable_keys: true,
                expression_keys: true,
                predicates: true,
                include: true,
                operator_classes: true,
                nulls_order: true,
                nulls_not_distinct: true,
                concurrently: true,
                ..Abilities::default()
            },
            DialectName::Sqlite => Abilities {
                deferrable_keys: true,
                expression_keys: true,
                predicates: true,
                methods: Some(&[]),
                ..Abilities::default()
            },
            DialectName::Mysql => Abilities {
                comments: true,
                expression_keys: !backend.overrides().contains(&ModelDialect::Mariadb),
                key_lengths: true,
                methods: Some(&["btree", "hash", "fulltext", "spatial"]),
                keys_need_length: true,
                ..Abilities::default()
            },
        }
    }

    pub fn knows_method(&self, method: &str) -> bool {
        self.methods.is_none_or(|methods| methods.iter().any(|known| known.eq_ignore_ascii_case(method)))
    }
}
