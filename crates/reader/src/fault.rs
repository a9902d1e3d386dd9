//! What can be wrong with the models of a workspace, and where. All faults are reported at once.

use alembic_revisions::diagnose::{self, Located};

/// Why source does not tell its models.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Against the grammar of the derive.
    #[error("{message}")]
    Grammar { message: String, help: Option<String> },
    #[error("no file for `mod {name}`")]
    MissingFile { name: String, tried: Vec<String> },
    #[error("`{path}` cannot be read: {why}")]
    Unreadable { path: String, why: String },
    #[error("whether `{subject}` exists depends on `cfg({name})`, which is not known")]
    UnknownCfg { subject: String, name: String },
    #[error("`{written}` cannot be flattened: {reason}")]
    FlattenTarget { written: String, reason: String },
    #[error("`{name}` has no `derive(Columns)`, so it cannot be flattened")]
    NoColumns { name: String },
    #[error("`{name}` flattens itself")]
    FlattenCycle { name: String },
    #[error("two columns of `{model}` are called `{column}`")]
    DuplicateColumn { model: String, column: String },
    #[error("`{model}` has no field `{field}`")]
    UnknownField { model: String, field: String, nearest: Option<String> },
    #[error("several fields of `{model}` are called `{field}`, by way of what it flattens")]
    AmbiguousField { model: String, field: String },
    #[error("`{model}` has no primary key")]
    NoPrimaryKey { model: String },
    #[error("`{column}` is of the primary key and may be NULL")]
    NullableKey { column: String },
}

impl diagnose::Problem for Problem {
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Problem::Grammar { .. } => ("A0701", "ModelAttribute"),
            Problem::MissingFile { .. } => ("A0702", "MissingModuleFile"),
            Problem::Unreadable { .. } => ("A0703", "UnreadableSource"),
            Problem::UnknownCfg { .. } => ("A0704", "UnknownCfg"),
            Problem::FlattenTarget { .. } => ("A0705", "UnknownFlattenTarget"),
            Problem::NoColumns { .. } => ("A0706", "FlattenWithoutColumns"),
            Problem::FlattenCycle { .. } => ("A0707", "FlattenCycle"),
            Problem::DuplicateColumn { .. } => ("A0708", "DuplicateColumn"),
            Problem::UnknownField { .. } => ("A0709", "UnknownField"),
            Problem::AmbiguousField { .. } => ("A0710", "AmbiguousField"),
            Problem::NoPrimaryKey { .. } => ("A0711", "NoPrimaryKey"),
            Problem::NullableKey { .. } => ("A0712", "NullableKey"),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Grammar { help, .. } => return help.clone(),
            Problem::MissingFile { name, tried } => {
                format!("create {}, or remove `mod {name};`", tried.join(" or "))
            }
            Problem::Unreadable { .. } => "look at its permissions, and save it as UTF-8".to_owned(),
            Problem::UnknownCfg { name, .. } => {
                let quoted = name.replace('"', "\\\"");
                format!(
                    "add `cfg = [\"{quoted}\"]` to `[workspace.metadata.alembic]`, or `cfg = [\"not({quoted})\"]` if it \
                     is never set"
                )
            }
            Problem::FlattenTarget { .. } => {
                "name a struct of this workspace that has `#[derive(Columns)]`, or write its columns out".to_owned()
            }
            Problem::NoColumns { name } => format!("add `#[derive(Columns)]` to `{name}`"),
            Problem::FlattenCycle { .. } => "remove one `#[column(flatten)]` of the circle".to_owned(),
            Problem::DuplicateColumn { .. } => {
                "rename one of them with `#[column(name = \"…\")]`, or leave it out with `#[column(skip)]`".to_owned()
            }
            Problem::UnknownField { nearest: Some(nearest), .. } => format!("write `{nearest}`"),
            Problem::UnknownField { nearest: None, .. } => "name a field of the struct".to_owned(),
            Problem::AmbiguousField { .. } => "write the name of the column, with its prefix".to_owned(),
            Problem::NoPrimaryKey { .. } => {
                "write `#[column(primary_key)]` at a field, or `#[table(no_primary_key)]`".to_owned()
            }
            Problem::NullableKey { .. } => "write the type without `Option`, or add `not_null`".to_owned(),
        })
    }
}

/// A fault of the source, with its places.
pub type ReadError = Located<Problem>;
