//! A bundle that was read, checked and understood.
//!
//! Everything is checked before anything is used. Read [`OpenedBundle::open`] first.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use alembic_revisions::diagnose::{Transparent, nearest};
use alembic_revisions::file::{self, FIXTURES, FileFaults};
use alembic_revisions::{Diagnose, Script, Source};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::semver::Version;

use super::NamedBundle;
use crate::bundle::{self, Bundle, BundleError, BundledFeature, Damage, SaidBy, VERSION};
use crate::config::{Environment, FeatureSettings, SettingsError, SettingsFile, WorkspaceSettings};
use crate::workspace::SelectError;

/// The most bytes that a bundle may have: as many as a place can name.
const LARGEST: u64 = u32::MAX as u64;

/// A bundle that was read, checked and understood.
#[derive(Debug)]
pub struct OpenedBundle {
    /// Where it lies: where relative paths of the settings begin.
    pub folder: Utf8PathBuf,
    pub file: SettingsFile,
    pub said: SaidBy,
    pub settings: WorkspaceSettings,
    pub features: Vec<BundledFeature>,
    /// In load order.
    pub scripts: Vec<Arc<Script>>,
}

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Scripts(#[from] FileFaults),
}

impl Transparent for OpenError {
    fn reason(&self) -> &dyn Diagnose {
        match self {
            OpenError::Bundle(error) => error,
            OpenError::Scripts(error) => error,
        }
    }
}

impl OpenedBundle {
    /// Reads a bundle and checks all that is in it.
    ///
    /// Fails if it cannot be read, is damaged or of a newer version, or if a script in it has a fault.
    pub fn open(named: &NamedBundle, environment: &Environment) -> Result<Self, OpenError> {
        let path = &named.path;
        let damaged = |damage| BundleError::Damaged { path: path.clone(), damage };
        let bytes = read(&environment.absolute(path))
            .map_err(|why| BundleError::Unreadable { path: path.clone(), why: why.to_string() })?;
        let bundle = bundle::unpack(&bytes).map_err(damaged)?;
        let newer = || damaged(Damage::Newer { made_by: bundle.made_by.clone() });
        let is_newer = is_newer(&bundle.made_by);
        let settings = settings(&bundle).map_err(|faults| {
            let faults = faults.iter().map(ToString::to_string).collect();
            if is_newer { newer() } else { damaged(Damage::Settings { faults }) }
        })?;
        let scripts = scripts(&bundle)
            .map_err(|faults| if is_newer { OpenError::from(newer()) } else { OpenError::from(faults) })?;
        let folder = environment.absolute(path).parent().map(Utf8Path::to_owned).unwrap_or_default();
        let file = SettingsFile::Bundle(path.file_name().unwrap_or(path.as_str()).to_owned());
        Ok(OpenedBundle { folder, file, said: named.said, settings, features: bundle.features, scripts })
    }

    /// Returns the names of the features that `-p` names, sorted; all of them if it names none.
    pub fn selected_features(&self, names: &[String]) -> Result<Vec<&str>, SelectError> {
        let known = || self.features.iter().map(|feature| feature.name.as_str());
        if names.is_empty() {
            return Ok(known().collect());
        }
        let find = |name: &String| {
            known().find(|known| known == name).ok_or_else(|| SelectError::NotInBundle {
                name: name.clone(),
                near: nearest(name, known()).first().map(|near| (*near).to_owned()),
                features: known().map(str::to_owned).collect(),
            })
        };
        let mut selected = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        selected.sort_unstable();
        selected.dedup();
        Ok(selected)
    }

    /// Returns a file of a feature's folder of fixtures.
    pub fn fixture(&self, feature: &str, name: &str) -> Option<Arc<Source>> {
        let feature = self.features.iter().find(|known| known.name == feature)?;
        let is_meant = |path: &Utf8Path| {
            path.file_name() == Some(name) && path.parent().and_then(Utf8Path::file_name) == Some(FIXTURES)
        };
        let found = feature.fixtures.iter().find(|file| is_meant(&file.path))?;
        Some(Arc::new(Source { path: found.path.clone(), text: found.text.clone() }))
    }
}

/// Returns the bytes of a file; of nothing else, which might never end.
fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let not_read = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return not_read("it is a folder");
    }
    if !metadata.is_file() {
        return not_read("it is no regular file");
    }
    if metadata.len() > LARGEST {
        return not_read("it is larger than 4 GiB");
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the settings of the workspace, once those of all features were found right, too.
fn settings(bundle: &Bundle) -> Result<WorkspaceSettings, SettingsError> {
    // No manifest is here to point into.
    let nowhere = Utf8Path::new("");
    for feature in &bundle.features {
        FeatureSettings::read(&feature.settings, nowhere, nowhere)?;
    }
    WorkspaceSettings::read(&bundle.settings, nowhere, nowhere)
}

/// Returns all scripts, or every fault of every one.
fn scripts(bundle: &Bundle) -> Result<Vec<Arc<Script>>, FileFaults> {
    let (mut scripts, mut faults) = (Vec::new(), Vec::new());
    for feature in &bundle.features {
        let name: Arc<str> = feature.name.as_str().into();
        for script in &feature.scripts {
            let source = Arc::new(Source { path: script.path.clone(), text: script.text.clone() });
            match file::parse(source, &name) {
                Ok(script) => scripts.push(Arc::new(script)),
                Err(found) => faults.extend(found),
            }
        }
    }
    FileFaults::new(faults).map_or(Ok(scripts), Err)
}

/// True if a later version of this program made the bundle.
fn is_newer(made_by: &str) -> bool {
    match (Version::parse(made_by), Version::parse(VERSION)) {
        (Ok(made_by), Ok(own)) => made_by > own,
        _ => false,
    }
}
