//! The random models as the compiler sees them: what the reader takes, the real derives take, too.
//!
//! Other crates' types are stand-ins, so nothing is downloaded. What stands in `cfg_attr(any(), …)` is taken out of it.

use std::path::PathBuf;
use std::process::Command;

use crate::databases::Server;

use super::{Pair, layout, number};

/// Types that models name, of whichever crate.
const STUB: &str = "pub use stub_macros::{FromRow, Type};
pub struct DateTime<T>(T); pub struct Utc; pub struct Local;
pub struct NaiveDateTime; pub struct NaiveDate; pub struct NaiveTime; pub struct OffsetDateTime;
pub struct Uuid; pub struct Decimal; pub struct Value; pub struct IpNetwork; pub struct MacAddress;
pub mod fmt { pub struct Hyphenated; }
pub mod types {
    pub use crate::Uuid;
    pub struct Json<T>(T);
    pub struct PgInterval;
    pub mod time { pub struct PrimitiveDateTime; }
}
pub mod postgres { pub use crate::types; }
";

const STUB_MACROS: &str = "use proc_macro::TokenStream;
#[proc_macro_derive(Type, attributes(sqlx))]
pub fn r#type(_: TokenStream) -> TokenStream { TokenStream::new() }
#[proc_macro_derive(FromRow, attributes(sqlx))]
pub fn from_row(_: TokenStream) -> TokenStream { TokenStream::new() }
";

const CRATES: [&str; 8] = ["sqlx", "chrono", "time", "uuid", "rust_decimal", "serde_json", "ipnetwork", "mac_address"];

#[test]
fn models_compile() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("stub_macros/Cargo.toml", &(manifest("stub_macros", "") + "[lib]\nproc-macro = true\n"));
    write("stub_macros/src/lib.rs", STUB_MACROS);
    write("stub/Cargo.toml", &manifest("stub", "stub_macros = { path = \"../stub_macros\" }\n"));
    write("stub/src/lib.rs", STUB);
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"stub\", \"stub_macros\", \"*/alpha\", \"*/beta\"]\n",
    );
    let first = number("ALEMBIC_ROUNDTRIP_FIRST").unwrap_or(0);
    for seed in first..first + 7 {
        for server in Server::ALL {
            let pair = Pair::new(server, seed);
            let world = if seed % 2 == 0 { pair.second() } else { pair.first };
            let name = format!("{server:?}{seed}").to_lowercase();
            write_models(&write, &name, layout::files(&world));
        }
    }
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("models");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--workspace", "--quiet"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", "--cap-lints allow")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn write_models(write: &impl Fn(&str, &str), name: &str, files: Vec<(String, String)>) {
    for (path, text) in files.into_iter().filter(|(path, _)| path.ends_with(".rs")) {
        let mut text = taken_out(&text).replace("Unknown", "alpha::Unknown");
        // `#[sqlx(…)]` is sqlx's own derive's.
        for derive in ["Table", "Columns"] {
            text = text.replace(&format!("derive({derive})"), &format!("derive({derive}, sqlx::FromRow)"));
        }
        if path.ends_with("lib.rs") {
            text.extend(CRATES.map(|name| format!("extern crate stub as {name};\n")));
        }
        if path == "alpha/src/lib.rs" {
            text.push_str("pub struct Unknown;\n");
        }
        write(&format!("{name}/{path}"), &text);
    }
    let model = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("crates/model");
    let dependencies =
        format!("stub = {{ path = \"../../stub\" }}\nalembic-model = {{ path = {:?} }}\n", model.display().to_string());
    let alpha = format!("alpha = {{ path = \"../alpha\", package = \"{name}_alpha\" }}\n");
    write(&format!("{name}/alpha/Cargo.toml"), &manifest(&format!("{name}_alpha"), &dependencies));
    write(&format!("{name}/beta/Cargo.toml"), &manifest(&format!("{name}_beta"), &(dependencies + &alpha)));
}

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{dependencies}\n")
}

/// Attributes that the compiler would remove, for it to check; each ends a line.
fn taken_out(text: &str) -> String {
    let (start, end) = ("cfg_attr(any(), ", ")]\n");
    let mut parts = text.split(start);
    let mut taken = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        taken.push_str(&part.replacen(end, "]\n", 1));
    }
    taken
}
