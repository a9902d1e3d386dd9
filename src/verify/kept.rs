//! Which revisions passed, by the checksum of all that decides on it: in `<target directory>/alembic/verified.DIALECT`.
//!
//! A result is kept only where nothing was found. Nothing here fails a command: in any doubt a revision is tried again.
//! A target directory is never made, only used. Read [`Kept::load`] first.

use std::collections::BTreeSet;
use std::io::Write;

use alembic_revisions::{Checksum, DialectName};
use camino::{Utf8Path, Utf8PathBuf};

/// Names this layout, and the program whose judgment it is.
const FORMAT: &str = concat!("verified 1 ", env!("CARGO_PKG_VERSION"));

/// Beyond this many, those of other branches go.
const MOST: usize = 10_000;

/// The checksums of revisions that passed.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// None where there is no target directory.
    path: Option<Utf8PathBuf>,
    passed: BTreeSet<String>,
}

impl Kept {
    /// Reads what the target directory has; without one nothing is kept.
    pub fn load(target: Option<&Utf8Path>, dialect: DialectName) -> Self {
        let Some(target) = target else { return Kept::default() };
        let path = target.join("alembic").join(format!("verified.{dialect}"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let passed = match text.split_once('\n') {
            Some((FORMAT, lines)) => lines.lines().map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        Kept { path: Some(path), passed }
    }

    pub fn has(&self, sum: &Checksum) -> bool {
        self.passed.contains(&sum.to_string())
    }

    /// Adds those that passed now; `all` are the checksums of this checkout.
    pub fn add(&mut self, passed: impl Iterator<Item = Checksum>, all: &[Checksum]) {
        let before = self.passed.len();
        self.passed.extend(passed.map(|sum| sum.to_string()));
        if self.passed.len() == before {
            return;
        }
        if self.passed.len() > MOST {
            let all: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
            self.passed.retain(|sum| all.contains(sum));
        }
        // The next run tries them again.
        let _ = self.store();
    }

    fn store(&self) -> Option<()> {
        let path = self.path.as_ref()?;
        let folder = path.parent()?;
        std::fs::create_dir_all(folder).ok()?;
        let mut file = tempfile::NamedTempFile::new_in(folder).ok()?;
        let lines: Vec<&str> = std::iter::once(FORMAT).chain(self.passed.iter().map(String::as_str)).collect();
        file.write_all((lines.join("\n") + "\n").as_bytes()).ok()?;
        file.persist(path).ok()?;
        Some(())
    }
}
