//! Which database a command talks to, and who said so.
//!
//! A URL is a secret: nothing here prints one, and [`DatabaseChoice`] has no `Display`. Read [`choose_database`] first.

use std::fmt;

use alembic_revisions::diagnose::nearest;
use alembic_revisions::{Code, Diagnose, Exit};
use camino::{Utf8Path, Utf8PathBuf};

use super::dotenv::{Dotenv, DotenvError};
use super::environment::{Environment, EnvironmentError};
use super::settings::{EnvironmentSettings, WorkspaceSettings};

const DATABASE_URL: &str = "DATABASE_URL";

/// What the command line says about the database.
#[derive(Clone, Copy, Default)]
pub struct DatabaseRequest<'a> {
    /// `--database-url`.
    pub url: Option<&'a str>,
    /// `--env`.
    pub environment: Option<&'a str>,
}

/// The file in which settings stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// The root manifest.
    Manifest,
    /// A bundle, by its file name.
    Bundle(String),
}

impl fmt::Display for SettingsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SettingsFile::Manifest => "Cargo.toml",
            SettingsFile::Bundle(name) => name,
        })
    }
}

/// Settings, with the folder where relative paths in them begin and `.env` lies.
#[derive(Clone, Copy, Debug)]
pub struct SettingsAt<'a> {
    pub settings: &'a WorkspaceSettings,
    pub root: &'a Utf8Path,
    pub file: &'a SettingsFile,
}

/// Who named the database, from the strongest to the weakest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlOrigin {
    Flag,
    /// A variable of the process.
    Variable(String),
    /// A variable in `.env` at the workspace root.
    Dotenv(String),
    /// A setting, by its dotted key.
    Setting {
        key: String,
        file: SettingsFile,
    },
}

impl fmt::Display for UrlOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlOrigin::Flag => f.write_str("--database-url"),
            UrlOrigin::Variable(name) => write!(f, "{name}"),
            UrlOrigin::Dotenv(name) => write!(f, "{name} in .env"),
            UrlOrigin::Setting { key, file } => write!(f, "{key} in {file}"),
        }
    }
}

/// The database that a command talks to.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseChoice {
    url: String,
    /// The directory to which a SQLite path in the URL is relative.
    pub base: Utf8PathBuf,
    pub origin: UrlOrigin,
    /// The name given with `--env`.
    pub environment: Option<String>,
    /// The environment's setting `protected`.
    pub protected: bool,
}

impl DatabaseChoice {
    /// Returns the URL as written, with its password.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for DatabaseChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DatabaseChoice");
        shown.field("base", &self.base).field("origin", &self.origin);
        shown.field("environment", &self.environment).field("protected", &self.protected).finish_non_exhaustive()
    }
}

/// Why no database can be chosen.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseChoiceError {
    #[error("no database is named")]
    Unnamed { file: SettingsFile },
    #[error("no environment is called `{}`", .name.escape_debug())]
    UnknownEnvironment { name: String, near: Option<String>, known: Vec<String>, file: SettingsFile },
    #[error("the environment `{environment}` reads its database from {variable}, which is not set")]
    NotSet { environment: String, variable: String },
    #[error("--database-url is empty")]
    EmptyFlag,
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
}

impl Diagnose for DatabaseChoiceError {
    fn code(&self) -> Code {
        match self {
            DatabaseChoiceError::Unnamed { .. } => Code("A0620"),
            DatabaseChoiceError::UnknownEnvironment { .. } => Code("A0621"),
            DatabaseChoiceError::NotSet { .. } => Code("A0622"),
            DatabaseChoiceError::EmptyFlag => Code("A0623"),
            DatabaseChoiceError::Environment(error) => error.code(),
            DatabaseChoiceError::Dotenv(error) => error.code(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            DatabaseChoiceError::Unnamed { .. } | DatabaseChoiceError::EmptyFlag => "NoDatabase",
            DatabaseChoiceError::UnknownEnvironment { .. } => "UnknownEnvironment",
            DatabaseChoiceError::NotSet { .. } => "VariableNotSet",
            DatabaseChoiceError::Environment(error) => error.kind(),
            DatabaseChoiceError::Dotenv(error) => error.kind(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            DatabaseChoiceError::Environment(error) => error.exit(),
            DatabaseChoiceError::Dotenv(error) => error.exit(),
            _ => Exit::Usage,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            DatabaseChoiceError::Unnamed { .. } | DatabaseChoiceError::EmptyFlag => Some(
                "pass `--database-url sqlite:app.db`, or set it once: `export DATABASE_URL=sqlite:app.db`".to_owned(),
            ),
            DatabaseChoiceError::UnknownEnvironment { near: Some(near), .. } => Some(format!("pass `--env {near}`")),
            DatabaseChoiceError::UnknownEnvironment { name, file, .. } => Some(format!(
                "add `[workspace.metadata.alembic.env.{}]` with `url-env = \"VARIABLE\"` to the root Cargo.toml{}",
                name.escape_debug(),
                match file {
                    SettingsFile::Manifest => "",
                    SettingsFile::Bundle(_) => ", and make the bundle anew",
                }
            )),
            DatabaseChoiceError::NotSet { variable, .. } => {
                Some(format!("set it: `export {variable}=URL`, or write `{variable}=URL` into .env"))
            }
            DatabaseChoiceError::Environment(error) => error.help(),
            DatabaseChoiceError::Dotenv(error) => error.help(),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            DatabaseChoiceError::Unnamed { file } => {
                let (beside, settings) = match file {
                    SettingsFile::Manifest => ("at the workspace root", "in [workspace.metadata.alembic]"),
                    SettingsFile::Bundle(_) => ("beside the bundle", "in the bundle"),
                };
                vec![format!(
                    "looked at --database-url, --env, DATABASE_URL, DATABASE_URL in .env {beside}, \
                     and database-url {settings}"
                )]
            }
            DatabaseChoiceError::UnknownEnvironment { known, .. } if !known.is_empty() => {
                vec![format!("the environments are {}", known.join(", "))]
            }
            _ => Vec::new(),
        }
    }
}

/// Returns the database to talk to: `--database-url`, else the one of `--env`, else `DATABASE_URL` in the process, else
/// in `root/.env`, else the setting `database-url`.
///
/// A SQLite path is relative to the current directory in the flag, to `root` everywhere else. Fails if nobody names a
/// database, or if `--env` names one that cannot be found.
pub fn choose_database(
    request: DatabaseRequest<'_>,
    at: SettingsAt<'_>,
    environment: &Environment,
) -> Result<DatabaseChoice, DatabaseChoiceError> {
    let named = request.environment.map(|name| find_environment(name, at)).transpose()?;
    let (url, origin) = match (request.url, named) {
        (Some(""), _) => return Err(DatabaseChoiceError::EmptyFlag),
        (Some(url), _) => (url.to_owned(), UrlOrigin::Flag),
        (None, Some((name, named))) => url_of_environment(name, named, at, environment)?,
        (None, None) => default_url(at, environment)?,
    };
    let base = if origin == UrlOrigin::Flag { environment.current_dir() } else { at.root };
    Ok(DatabaseChoice {
        url,
        base: base.to_owned(),
        origin,
        environment: request.environment.map(str::to_owned),
        protected: named.is_some_and(|(_, named)| named.protected),
    })
}

/// True if the URL has a password, which no manifest and no message may hold.
pub fn holds_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    // The last `@`: a password may hold one that is not escaped. The same goes for `/`, `?` and `#`.
    let has_user_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
        || (authority.contains(':') && url.contains('@') && !authority.contains('@') && !is_port_only(authority));
    let query = url.split_once('?').map_or("", |(_, query)| query);
    has_user_password || query.split('&').any(|pair| pair.to_ascii_lowercase().starts_with("password="))
}

/// Returns a text with `*` for each byte of a URL that holds a password: lines of a manifest are shown around a fault.
pub fn without_passwords(text: &str) -> String {
    let hide = |line: &str| match line.find("://") {
        Some(at) if holds_password(line) => {
            let (before, address) = line.split_at(at + "://".len());
            let end = address.find(['"', '\'']).unwrap_or(address.trim_end().len());
            format!("{before}{}{}", "*".repeat(end), &address[end..])
        }
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(hide).collect()
}

fn is_port_only(authority: &str) -> bool {
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn find_environment<'a>(
    name: &'a str,
    at: SettingsAt<'a>,
) -> Result<(&'a str, &'a EnvironmentSettings), DatabaseChoiceError> {
    let settings = at.settings;
    settings.environments.get_key_value(name).map(|(name, found)| (name.as_str(), found)).ok_or_else(|| {
        let known: Vec<String> = settings.environments.keys().cloned().collect();
        let near = nearest(name, known.iter().map(String::as_str)).first().map(|near| (*near).to_owned());
        DatabaseChoiceError::UnknownEnvironment { name: name.to_owned(), near, known, file: at.file.clone() }
    })
}

fn url_of_environment(
    name: &str,
    settings: &EnvironmentSettings,
    at: SettingsAt<'_>,
    environment: &Environment,
) -> Result<(String, UrlOrigin), DatabaseChoiceError> {
    if let Some(variable) = &settings.url_env
        && let Some(found) = variable_url(variable, at.root, environment)?
    {
        return Ok(found);
    }
    match (&settings.database_url, &settings.url_env) {
        (Some(url), _) => {
            let key = format!("env.{name}.database-url");
            Ok((url.clone(), UrlOrigin::Setting { key, file: at.file.clone() }))
        }
        (None, Some(variable)) => {
            Err(DatabaseChoiceError::NotSet { environment: name.to_owned(), variable: variable.clone() })
        }
        (None, None) => Err(DatabaseChoiceError::Unnamed { file: at.file.clone() }),
    }
}

fn default_url(at: SettingsAt<'_>, environment: &Environment) -> Result<(String, UrlOrigin), DatabaseChoiceError> {
    if let Some(found) = variable_url(DATABASE_URL, at.root, environment)? {
        return Ok(found);
    }
    let file = at.file.clone();
    match &at.settings.database_url {
        Some(url) => Ok((url.clone(), UrlOrigin::Setting { key: "database-url".to_owned(), file })),
        None => Err(DatabaseChoiceError::Unnamed { file }),
    }
}

/// Returns the value of a variable, in the process or else in `.env`.
fn variable_url(
    name: &str,
    root: &Utf8Path,
    environment: &Environment,
) -> Result<Option<(String, UrlOrigin)>, DatabaseChoiceError> {
    if let Some(url) = environment.text(name)? {
        return Ok(Some((url.to_owned(), UrlOrigin::Variable(name.to_owned()))));
    }
    let dotenv = Dotenv::read(root);
    match dotenv.get(name) {
        Ok(url) => Ok(url.map(|url| (url.to_owned(), UrlOrigin::Dotenv(name.to_owned())))),
        Err(_) => dotenv.into_fault().map_or(Ok(None), |fault| Err(fault.into())),
    }
}

#[cfg(test)]
mod tests;
