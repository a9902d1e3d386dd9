//! How long models take to be read: 50,000 lines, of which none, a tenth or all are models.
//!
//! Prints Markdown; `scripts/bench` may run it. Files are warm: the best of several rounds counts.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use alembic_reader::{Package, Workspace, read};
use camino::{Utf8Path, Utf8PathBuf};

const ROUNDS: u32 = 15;
const LINES: usize = 50_000;
const LINES_OF_A_FILE: usize = 250;

fn model(name: &str, other: &str) -> String {
    format!(
        r#"
/// What is known of a player.
#[derive(Clone, Debug, Table, sqlx::FromRow)]
#[table(name = "{name}", index(name, created_at.desc), check(name = "level", "level > 0"))]
pub struct {name} {{
    #[column(flatten)]
    #[sqlx(flatten)]
    pub base: Base,
    #[column(unique, len = 64)]
    pub name: String,
    #[column(references = "{other}.id", on_delete = "cascade", index)]
    pub other_id: Option<i64>,
    #[column(default = 1)]
    pub level: i32,
    pub mood: Mood,
    /// When it was looked at last.
    pub seen_at: Option<DateTime<Utc>>,
    pub factors: Json<Vec<String>>,
}}
"#
    )
}

fn code(name: &str) -> String {
    format!(
        r#"
#[derive(Clone, Debug, Serialize)]
pub struct {name}Report {{
    pub total: usize,
    pub names: Vec<String>,
}}

impl {name}Report {{
    /// Returns the report of a number of players.
    pub async fn of(players: &[Player], pool: &sqlx::PgPool) -> Result<Self, Error> {{
        let mut names = Vec::with_capacity(players.len());
        for player in players {{
            if player.level > 3 && player.name != "}}" {{
                names.push(format!("{{}} ({{}})", player.name, player.level));
            }}
        }}
        let total = sqlx::query!("SELECT 1").fetch_all(pool).await?.len();
        Ok({name}Report {{ total, names }})
    }}
}}
"#
    )
}

/// Writes a crate of which one in `every` pieces is a model; returns its root.
fn tree(folder: &Utf8Path, every: usize) -> Utf8PathBuf {
    let base = "use alembic_model::{Columns, Table};\nuse chrono::{DateTime, Utc};\nuse sqlx::types::Json;\n\
        #[derive(Columns)]\npub struct Base {\n    #[column(primary_key)]\n    pub id: i64,\n    \
        #[column(default = \"now()\")]\n    pub created_at: DateTime<Utc>,\n}\n\
        #[derive(sqlx::Type)]\npub enum Mood {\n    Sad,\n    Happy,\n}\n";
    let mut root = base.to_owned();
    let (mut lines, mut files, mut pieces) = (0, 0, 0);
    while lines < LINES {
        let mut text = "use super::*;\n".to_owned();
        while text.lines().count() < LINES_OF_A_FILE {
            pieces += 1;
            let is_model = every > 0 && pieces % every == 0;
            let name = format!("Model{pieces}");
            text += &if is_model { model(&name, "Model1") } else { code(&name) };
        }
        lines += text.lines().count();
        files += 1;
        writeln!(root, "mod part{files};").expect("text");
        fs::write(folder.join(format!("part{files}.rs")), text).expect("a file");
    }
    fs::write(folder.join("lib.rs"), root).expect("a file");
    folder.join("lib.rs")
}

fn main() {
    println!("| 50,000 lines, of which | tables | read |");
    println!("|---|--:|--:|");
    for (name, every) in [("none are models", 0), ("a tenth are models", 10), ("all are models", 1)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("a UTF-8 path");
        fs::create_dir_all(&folder).expect("a folder");
        let package = Package {
            name: "app".to_owned(),
            feature: "app".to_owned(),
            is_feature: true,
            library: Some(tree(&folder, every)),
            ..Package::default()
        };
        let workspace = Workspace { packages: vec![package], shown_root: folder.clone(), ..Workspace::default() };
        let mut best = Duration::MAX;
        let mut tables = 0;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let models = read(&workspace).expect("sound models");
            best = best.min(started.elapsed());
            tables = models.tables.len();
        }
        println!("| {name} | {tables} | {:.1} ms |", best.as_secs_f64() * 1000.0);
    }
}
