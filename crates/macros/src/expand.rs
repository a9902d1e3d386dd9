//! The code that `embed!` expands to: constants of the types in `alembic_runtime::embedded`.
//!
//! Every field of a script is spelled out, so that a field that is added does not compile before it is embedded. Read
//! [`Embedding::tokens`] first.

use std::fmt::Write as _;
use std::sync::Arc;

use alembic_revisions::revision::Reference;
use alembic_revisions::{DialectName, Direction, Revision, Script, Section, SectionSettings, Span, TableName};
use camino::{Utf8Path, Utf8PathBuf};

use crate::metadata::Workspace;
use crate::watch::{Watch, Watches};

/// All that is embedded.
pub(crate) struct Embedding<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) scripts: &'a [Arc<Script>],
    /// Files besides the scripts whose change must cause a rebuild.
    pub(crate) inputs: &'a [Utf8PathBuf],
    pub(crate) watches: &'a Watches,
}

impl Embedding<'_> {
    /// Returns a block whose value is an `Embedded`; `__alembic` is the module that has its types.
    pub(crate) fn tokens(&self) -> String {
        let mut code = String::from("{");
        for input in self.inputs {
            _ = write!(code, "const _: &str = ::core::include_str!({input:?});");
        }
        for Watch { file, folders } in &self.watches.0 {
            // `concat!` expands its arguments one after the other: the file is read before it is replaced.
            _ = write!(
                code,
                "const _: &str = ::core::concat!(::core::include_str!({file:?}), __alembic::watched!({file:?}, {}));",
                list(folders, |folder| format!("{folder:?}"))
            );
        }
        let TableName { schema, name } = &self.workspace.version_table;
        _ = write!(
            code,
            "const EMBEDDED: __alembic::Embedded = __alembic::Embedded {{ scripts: &[{}], table_schema: {}, \
             table: {name:?}, history: __alembic::History::{}, store: __alembic::Scripts::{} }}; EMBEDDED }}",
            list(self.scripts, |script| self::script(script, &self.workspace.root)),
            optional(schema.as_deref()),
            if self.workspace.history { "Required" } else { "Off" },
            if self.workspace.store_scripts { "Stored" } else { "NotStored" },
        );
        code
    }
}

fn script(script: &Script, root: &Utf8Path) -> String {
    let Script { revision, sections } = script;
    let Revision { id, id_span, parents, depends_on, branch_labels, message, created, feature, source } = revision;
    let names = |references: &[Reference]| list(references, |Reference { name, span }| named(name, *span));
    format!(
        "__alembic::EmbeddedScript {{ path: {path:?}, text: __alembic::text(::core::include_str!({file:?}), {length}), \
         feature: {feature:?}, id: {id}, parents: &[{parents}], depends_on: &[{depends_on}], \
         branch_labels: &[{labels}], message: {message:?}, created: {created}, sections: &[{sections}] }}",
        path = source.path,
        file = root.join(&source.path),
        length = source.text.len(),
        id = named(id.as_str(), *id_span),
        parents = names(parents),
        depends_on = names(depends_on),
        labels = list(branch_labels, |(label, span)| named(label.as_str(), *span)),
        created = optional(created.as_deref()),
        sections = list(sections, section),
    )
}

fn section(section: &Section) -> String {
    let Section { direction, dialect, marker, body, settings } = section;
    let SectionSettings { transaction, irreversible, rebuild, breaking, rust } = settings;
    let direction = match direction {
        Direction::Up => "Up",
        Direction::Down => "Down",
    };
    let dialect = match dialect {
        None => "::core::option::Option::None",
        Some(DialectName::Postgres) => "::core::option::Option::Some(__alembic::DialectName::Postgres)",
        Some(DialectName::Sqlite) => "::core::option::Option::Some(__alembic::DialectName::Sqlite)",
        Some(DialectName::Mysql) => "::core::option::Option::Some(__alembic::DialectName::Mysql)",
    };
    format!(
        "__alembic::EmbeddedSection {{ direction: __alembic::Direction::{direction}, \
         dialect: {dialect}, marker: {}, body: {}, transaction: {transaction}, irreversible: {}, rebuild: {rebuild}, \
         breaking: {}, rust: {rust} }}",
        span(*marker),
        span(*body),
        optional(irreversible.as_deref()),
        optional(*breaking),
    )
}

fn named(name: &str, at: Span) -> String {
    format!("__alembic::Named {{ name: {name:?}, span: {} }}", span(at))
}

fn span(Span { start, end }: Span) -> String {
    format!("__alembic::Span {{ start: {start}, end: {end} }}")
}

/// Returns the expression of an option whose value has an own literal as its debug form.
fn optional<T: std::fmt::Debug>(value: Option<T>) -> String {
    value.map_or_else(
        || "::core::option::Option::None".to_owned(),
        |value| format!("::core::option::Option::Some({value:?})"),
    )
}

fn list<T>(items: &[T], item: impl Fn(&T) -> String) -> String {
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}
