//! Where names come from.

use alembic_reader::Edition;
use alembic_schema::model::RustType;

use crate::workspace::{Source, files};

const A: &str = "#[derive(alembic_model::Table)] struct A { #[column(primary_key)] x: X }";

#[test]
fn paths() {
    for text in [
        format!("type X = i64; {A}"),
        format!("mod m {{ pub type X = i64; }} use m::X; {A}"),
        format!("mod m {{ pub type Y = i64; }} use self::m::Y as X; {A}"),
        format!("mod m {{ pub mod n {{ pub type X = i64; }} pub use n::*; }} use crate::m::{{self, *}}; {A}"),
        format!("type X = i64; mod m {{ use super::*; {A} }}"),
        format!("type X = i64; mod m {{ mod n {{ use super::super::X; {A} }} }}"),
        format!("mod m {{ pub type Y = i64; }} mod n {{ pub use crate::m::{{Y as Z}}; }} use n::Z as X; {A}"),
        format!("use Y as X; type Y = i64; {A}"),
        format!("mod a {{ pub use super::b::*; }} mod b {{ pub use super::a::*; pub type X = i64; }} use a::X; {A}"),
        format!("extern crate self as me; mod m {{ pub type X = i64; }} use me::m::X; {A}"),
        format!("use X as _; type X = i64; {A}"),
        format!("use shared::X; {A}"),
        format!("use ::shared::inner::X; {A}"),
        format!("extern crate shared as s; use s::X; {A}"),
        format!("mod shared {{ pub type X = i64; }} use self::shared::X; {A}"),
        format!("fn X() {{}} type X = i64; {A}"),
    ] {
        let text = format!(
            "//- shared/lib.rs\npub mod inner {{ pub type X = i64; }} pub use inner::X;\n//- app/lib.rs\n{text}"
        );
        let models = files(&text).models();
        assert_eq!(models.tables[0].columns[0].rust_type, RustType::I64, "{text}");
    }
}

#[test]
fn circles_of_names_end() {
    for text in [
        format!("use a::X; mod a {{ pub use crate::b::X; }} mod b {{ pub use crate::a::X; }} {A}"),
        format!("use self::X; {A}"),
        format!("use a::*; mod a {{ pub use super::*; }} {A}"),
        format!("use X::X; {A}"),
    ] {
        let models = files(&format!("//- app/lib.rs\n{text}")).models();
        let found = &models.tables[0].columns[0].rust_type;
        assert!(matches!(found, RustType::Unresolved { .. }), "{text}: {found:?}");
    }
}

#[test]
fn uses_of_2015_begin_at_the_root() {
    let text = format!("//- app/lib.rs\nmod m {{ pub type X = i64; }} mod n {{ use m::X; {A} }}");
    let old = Source { edition: Edition::Rust2015, ..files(&text) }.models();
    assert_eq!(old.tables[0].columns[0].rust_type, RustType::I64);
    let new = files(&text).models();
    assert!(matches!(new.tables[0].columns[0].rust_type, RustType::Unresolved { .. }));
}

#[test]
fn a_binary_sees_its_library() {
    let text = format!("//- app/lib.rs\npub type X = i64;\n//- app/main.rs\nuse app::X; {A}");
    assert_eq!(files(&text).models().tables[0].columns[0].rust_type, RustType::I64);
}
