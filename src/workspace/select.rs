//! Which feature a command means: by `-p`, or all of them.
//!
//! Read [`Workspace::selected_features`] first.

use alembic_revisions::diagnose::nearest;
use alembic_revisions::{Code, Diagnose, Exit};

use super::{Package, Workspace};

/// Why no feature can be selected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("no package of this workspace has migrations yet")]
    NoFeature { packages: Vec<String> },
    #[error("no package of this workspace is called `{}`", .name.escape_debug())]
    UnknownPackage { name: String, near: Option<String>, features: Vec<String> },
    #[error("no feature of the bundle is called `{}`", .name.escape_debug())]
    NotInBundle { name: String, near: Option<String>, features: Vec<String> },
    #[error("the package `{name}` has no migrations yet")]
    NotAFeature { name: String, features: Vec<String> },
}

impl Diagnose for SelectError {
    fn code(&self) -> Code {
        Code(match self {
            SelectError::NoFeature { .. } => "A0605",
            SelectError::UnknownPackage { .. } | SelectError::NotInBundle { .. } => "A0606",
            SelectError::NotAFeature { .. } => "A0607",
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            SelectError::NoFeature { .. } => "NoFeature",
            SelectError::UnknownPackage { .. } | SelectError::NotInBundle { .. } => "UnknownPackage",
            SelectError::NotAFeature { .. } => "NotAFeature",
        }
    }

    fn exit(&self) -> Exit {
        match self {
            SelectError::NoFeature { .. } => Exit::Project,
            SelectError::UnknownPackage { .. } | SelectError::NotInBundle { .. } | SelectError::NotAFeature { .. } => {
                Exit::Usage
            }
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            SelectError::NoFeature { packages } => {
                let name = packages.first().map_or("NAME", String::as_str);
                Some(format!("make one a feature: `cargo alembic init -p {name}`"))
            }
            SelectError::UnknownPackage { near: Some(near), .. }
            | SelectError::NotInBundle { near: Some(near), .. } => Some(format!("pass `-p {near}`")),
            SelectError::UnknownPackage { .. } | SelectError::NotInBundle { .. } => None,
            SelectError::NotAFeature { name, .. } => Some(format!("make it a feature: `cargo alembic init -p {name}`")),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            SelectError::NoFeature { packages } if packages.len() > 1 => {
                vec![format!("the packages are {}", packages.join(", "))]
            }
            SelectError::UnknownPackage { features, .. }
            | SelectError::NotInBundle { features, .. }
            | SelectError::NotAFeature { features, .. }
                if !features.is_empty() =>
            {
                vec![format!("the features are {}", features.join(", "))]
            }
            _ => Vec::new(),
        }
    }
}

impl Workspace {
    /// Returns the features, or the error that says how to make one.
    pub fn require_features(&self) -> Result<Vec<&Package>, SelectError> {
        let features: Vec<&Package> = self.features().collect();
        if features.is_empty() {
            let packages = self.packages.iter().map(|package| package.name.clone()).collect();
            return Err(SelectError::NoFeature { packages });
        }
        Ok(features)
    }

    /// Returns the member of this name, feature or not.
    pub fn package(&self, name: &str) -> Result<&Package, SelectError> {
        self.packages.iter().find(|package| package.name == name).ok_or_else(|| {
            let names = self.packages.iter().map(|package| package.name.as_str());
            let near = nearest(name, names).first().map(|near| (*near).to_owned());
            SelectError::UnknownPackage { name: name.to_owned(), near, features: self.feature_names() }
        })
    }

    /// Returns the feature of this name.
    pub fn feature(&self, name: &str) -> Result<&Package, SelectError> {
        let package = self.package(name)?;
        if package.is_feature {
            Ok(package)
        } else {
            Err(SelectError::NotAFeature { name: package.name.clone(), features: self.feature_names() })
        }
    }

    /// Returns the features that `-p` names, by name and each once; all features if it names none.
    pub fn selected_features(&self, names: &[String]) -> Result<Vec<&Package>, SelectError> {
        if names.is_empty() {
            return self.require_features();
        }
        let mut selected = names.iter().map(|name| self.feature(name)).collect::<Result<Vec<_>, _>>()?;
        selected.sort_by(|left, right| left.name.cmp(&right.name));
        selected.dedup_by(|left, right| left.name == right.name);
        Ok(selected)
    }

    fn feature_names(&self) -> Vec<String> {
        self.features().map(|feature| feature.name.clone()).collect()
    }
}
