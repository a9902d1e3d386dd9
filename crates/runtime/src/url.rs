//! Where a database is: a URL that is parsed, resolved and shown, never with its password.
//!
//! Nothing here connects. Read [`DatabaseUrl::parse`] first.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use alembic_revisions::DialectName;
use alembic_revisions::diagnose::{Code, Diagnose, Exit, nearest};
use percent_encoding::percent_decode_str;
use url::Url;

#[cfg(feature = "sqlite")]
mod opened;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod parts;
mod server;

#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use parts::Parts;
pub use server::ServerParts;

const HIDDEN: &str = "***";
/// PostgreSQL's name of the setting.
const SSLMODE: &str = "sslmode";
/// MySQL's.
const SSL_MODE: &str = "ssl-mode";

/// How a SQLite file is opened; `mode=` of its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileMode {
    ReadOnly,
    /// `rw` and `rwc`: whether the file may be made is the caller's decision, not the URL's.
    ReadWrite,
}

/// A SQLite database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// None for `:memory:`.
    pub path: Option<PathBuf>,
    pub mode: FileMode,
    pub immutable: bool,
    pub vfs: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
enum Location {
    Server(Url),
    File(File),
}

/// The address of one database. `Display` and `Debug` show it without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    dialect: DialectName,
    location: Location,
}

impl DatabaseUrl {
    /// Parses `postgres:`, `postgresql:`, `mysql:`, `mariadb:` and `sqlite:` URLs.
    ///
    /// An error never repeats the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        let dialect = DialectName::of_url(text).ok_or_else(|| unknown_scheme(text))?;
        let location = match dialect {
            DialectName::Sqlite => Location::File(parse_file(text)?),
            DialectName::Postgres | DialectName::Mysql => Location::Server(parse_server(text, dialect)?),
        };
        Ok(DatabaseUrl { dialect, location })
    }

    /// Returns the dialect that the scheme names.
    pub fn dialect(&self) -> DialectName {
        self.dialect
    }

    /// Returns the URL with a relative SQLite path taken as relative to `folder`.
    #[must_use]
    pub fn resolve_relative(mut self, folder: &Path) -> Self {
        if let Location::File(File { path: Some(path), .. }) = &mut self.location {
            *path = folder.join(&*path);
        }
        self
    }

    /// Returns the URL as somebody in `folder` would write it: the path of a SQLite file inside of it is relative.
    #[must_use]
    pub fn seen_from(mut self, folder: &Path) -> Self {
        if let Location::File(File { path: Some(path), .. }) = &mut self.location
            && let Ok(inside) = path.strip_prefix(folder)
        {
            *path = inside.to_owned();
        }
        self
    }

    /// Returns the database's name, as `--confirm NAME` wants it: for SQLite the file's name.
    pub fn database(&self) -> Option<String> {
        match &self.location {
            Location::File(File { path: None, .. }) => Some(":memory:".to_owned()),
            Location::File(File { path: Some(path), .. }) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned())
            }
            Location::Server(url) => {
                let path = decoded(url.path().trim_start_matches('/')).into_owned();
                let named = self.parameter("dbname").filter(|_| self.dialect == DialectName::Postgres);
                named.or_else(|| Some(path).filter(|name| !name.is_empty())).or_else(|| match self.dialect {
                    DialectName::Postgres => self.user(),
                    DialectName::Mysql | DialectName::Sqlite => None,
                })
            }
        }
    }

    /// Returns the address of another database on the same server; a SQLite file has none beside it.
    pub fn beside(&self, database: &str) -> Option<Self> {
        let mut url = self.server()?.clone();
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| key != "dbname")
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(kept);
        if url.query() == Some("") {
            url.set_query(None);
        }
        url.path_segments_mut().ok()?.clear().push(database);
        Some(DatabaseUrl { dialect: self.dialect, location: Location::Server(url) })
    }

    /// Returns the user's name, if the URL has one.
    pub fn user(&self) -> Option<String> {
        let Location::Server(url) = &self.location else { return None };
        let named = self.parameter("user").filter(|_| self.dialect == DialectName::Postgres);
        named.or_else(|| Some(decoded(url.username()).into_owned()).filter(|user| !user.is_empty()))
    }

    /// Returns where the server listens (`host:port` or a socket's path), or the SQLite file's path.
    pub fn target(&self) -> String {
        let url = match &self.location {
            Location::File(File { path: None, .. }) => return ":memory:".to_owned(),
            Location::File(File { path: Some(path), .. }) => return printable(&path.to_string_lossy()),
            Location::Server(url) => url,
        };
        if let Some(socket) = self.parameter("socket") {
            return printable(&socket);
        }
        let host = self.parameter("host").or_else(|| url.host_str().map(|host| decoded(host).into_owned()));
        let (default_host, default_port) = match self.dialect {
            DialectName::Postgres => ("the local socket", 5432),
            DialectName::Mysql | DialectName::Sqlite => ("localhost", 3306),
        };
        match host.filter(|host| !host.is_empty()) {
            Some(host) if host.starts_with('/') => printable(&host),
            Some(host) => format!("{}:{}", printable(&host), url.port().unwrap_or(default_port)),
            None => default_host.to_owned(),
        }
    }

    pub(crate) fn server(&self) -> Option<&Url> {
        match &self.location {
            Location::Server(url) => Some(url),
            Location::File(_) => None,
        }
    }

    pub(crate) fn file(&self) -> Option<&File> {
        match &self.location {
            Location::File(file) => Some(file),
            Location::Server(_) => None,
        }
    }

    /// Returns the value of a query parameter of a server's URL.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.server()?.query_pairs();
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        DatabaseUrl::parse(text)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Location::File(File { path: None, .. }) => f.write_str("sqlite::memory:"),
            Location::File(File { path: Some(path), mode, .. }) => {
                write!(f, "sqlite:{}", printable(&path.to_string_lossy()))?;
                f.write_str(if *mode == FileMode::ReadOnly { "?mode=ro" } else { "" })
            }
            Location::Server(url) => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Why a text is no database URL. No variant repeats what could be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("the database URL is empty")]
    Empty,
    #[error("the database URL has no scheme")]
    MissingScheme,
    #[error("unknown scheme `{scheme}` in the database URL")]
    UnknownScheme { scheme: String, nearest: Option<&'static str> },
    #[error("the database URL names no host")]
    MissingHost(DialectName),
    #[error("the database URL names no file")]
    MissingFile,
    #[error("the port in the database URL is no number between 1 and 65535")]
    Port,
    #[error("the database URL has a `%` that is not followed by two hexadecimal digits, or that does not give UTF-8")]
    Escape,
    #[error("the database URL has a `#`, which ends a URL")]
    Fragment,
    #[error("the database URL has an `@` behind its host")]
    LateAt,
    #[error("the database URL is malformed: {0}")]
    Malformed(url::ParseError),
    #[error("the database URL has the parameter `{0}`, which has no effect here")]
    UnknownParameter(String),
    #[error("`{value}` is no value of the parameter `{name}` in the database URL")]
    Value { name: &'static str, value: String },
}

impl Diagnose for UrlError {
    fn code(&self) -> Code {
        Code("A0501")
    }

    fn kind(&self) -> &'static str {
        "IllegalUrl"
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            UrlError::Empty | UrlError::MissingScheme => {
                "write `sqlite:arena.db`, `postgres://user@host/arena` or `mysql://user@host/arena`".to_owned()
            }
            UrlError::UnknownScheme { scheme, nearest: Some(known) } if scheme.contains('+') => {
                format!("write `{known}:`; what follows the `+` names a Python driver")
            }
            UrlError::UnknownScheme { nearest: Some(known), .. } => format!("write `{known}:`"),
            UrlError::UnknownScheme { .. } => "use one of `postgres:`, `mysql:`, `mariadb:`, `sqlite:`".to_owned(),
            UrlError::MissingHost(dialect) => format!("write `{dialect}://user@host/database`"),
            UrlError::MissingFile => "write `sqlite:arena.db`, or `sqlite::memory:`".to_owned(),
            UrlError::Port | UrlError::Malformed(_) | UrlError::Escape | UrlError::Fragment | UrlError::LateAt => {
                "percent-encode special characters of user and password: `@` as `%40`, `:` as `%3A`, `/` as `%2F`, \
                 `?` as `%3F`, `#` as `%23`, `%` as `%25`"
                    .to_owned()
            }
            UrlError::UnknownParameter(name) if is_tls(name) => {
                "use `sslmode=require`, `sslmode=verify-full` or another of its values".to_owned()
            }
            UrlError::UnknownParameter(_) => "remove it".to_owned(),
            UrlError::Value { name: SSLMODE, .. } => {
                "use `disable`, `prefer`, `require`, `verify-ca` or `verify-full`".to_owned()
            }
            UrlError::Value { name: SSL_MODE, .. } => {
                "use `disabled`, `preferred`, `required`, `verify_ca` or `verify_identity`".to_owned()
            }
            UrlError::Value { name: "mode", .. } => "use `mode=ro` or `mode=rw`".to_owned(),
            UrlError::Value { .. } => "use `true` or `false`".to_owned(),
        })
    }
}

fn unknown_scheme(text: &str) -> UrlError {
    let Some((scheme, _)) = text.split_once(':') else { return UrlError::MissingScheme };
    let is_scheme = |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    if scheme.is_empty() || scheme.len() > 32 || !scheme.chars().all(is_scheme) {
        return UrlError::MissingScheme;
    }
    let known: Vec<&'static str> =
        DialectName::ALL.iter().flat_map(|name| name.dialect().url_schemes().iter().copied()).collect();
    let base = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
    let near = nearest(&base, known.iter().copied()).first().and_then(|near| known.iter().find(|name| *name == near));
    UrlError::UnknownScheme { scheme: scheme.to_owned(), nearest: near.copied() }
}

fn parse_server(text: &str, dialect: DialectName) -> Result<Url, UrlError> {
    let Some((_, rest)) = text.split_once("://") else { return Err(UrlError::MissingHost(dialect)) };
    if text.contains('#') {
        return Err(UrlError::Fragment);
    }
    check_escapes(rest)?;
    // What a password's own `/` or `?` cuts off would be shown as a path or a parameter.
    if rest.find(['/', '?']).is_some_and(|end| rest[end..].contains('@')) {
        return Err(UrlError::LateAt);
    }
    let url = Url::parse(&with_host(text, rest)).map_err(|error| match error {
        url::ParseError::EmptyHost => UrlError::MissingHost(dialect),
        url::ParseError::InvalidPort => UrlError::Port,
        other => UrlError::Malformed(other),
    })?;
    let parameters: Vec<String> = url.query_pairs().map(|(key, _)| key.into_owned()).collect();
    if let Some(unknown) = parameters.iter().find(|key| weakens_tls(key, dialect)) {
        return Err(UrlError::UnknownParameter(printable(unknown)));
    }
    check_tls_mode(&url, dialect)?;
    // `postgres:///arena` is the local socket, as everywhere; MySQL has to name its socket.
    let elsewhere = match dialect {
        DialectName::Postgres => {
            url.username().is_empty() && url.port().is_none() || parameters.contains(&"host".into())
        }
        DialectName::Mysql | DialectName::Sqlite => parameters.contains(&"socket".into()),
    };
    if url.host_str().is_none_or(str::is_empty) && !elsewhere {
        return Err(UrlError::MissingHost(dialect));
    }
    Ok(url)
}

/// Refuses what the driver would refuse only when it connects.
fn check_tls_mode(url: &Url, dialect: DialectName) -> Result<(), UrlError> {
    let (name, modes): (_, &[&str]) = match dialect {
        DialectName::Postgres => (SSLMODE, &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
        DialectName::Mysql => (SSL_MODE, &["disabled", "preferred", "required", "verify_ca", "verify_identity"]),
        DialectName::Sqlite => return Ok(()),
    };
    let given = url.query_pairs().find(|(key, _)| key == SSLMODE || key == SSL_MODE);
    match given {
        Some((_, value)) if !modes.contains(&&*value.to_ascii_lowercase()) => {
            Err(UrlError::Value { name, value: printable(&value) })
        }
        _ => Ok(()),
    }
}

/// A user without a host is no URL to the parser, but is one where a parameter names the socket.
fn with_host(text: &str, rest: &str) -> String {
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let elsewhere = rest.split_once('?').is_some_and(|(_, query)| {
        query.split('&').any(|parameter| parameter.starts_with("host=") || parameter.starts_with("socket="))
    });
    let end = text.len() - rest.len() + authority.len();
    if authority.ends_with('@') && elsewhere {
        format!("{}localhost{}", &text[..end], &text[end..])
    } else {
        text.to_owned()
    }
}

/// True for a parameter about encryption that the driver would ignore without a word.
fn weakens_tls(parameter: &str, dialect: DialectName) -> bool {
    let known = matches!(parameter, "sslmode" | "ssl-mode" | "ssl-ca" | "sslcert" | "ssl-cert" | "sslkey" | "ssl-key")
        || match dialect {
            DialectName::Postgres => matches!(parameter, "sslrootcert" | "ssl-root-cert"),
            DialectName::Mysql | DialectName::Sqlite => parameter == "sslca",
        };
    is_tls(parameter) && !known
}

fn is_tls(parameter: &str) -> bool {
    let lower = parameter.to_ascii_lowercase();
    lower.contains("ssl") || lower.contains("tls")
}

fn parse_file(text: &str) -> Result<File, UrlError> {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    check_escapes(rest)?;
    let path = decoded(path).into_owned();
    if path.is_empty() {
        return Err(UrlError::MissingFile);
    }
    let path = (path != ":memory:").then(|| PathBuf::from(path));
    let mut file = File { path, mode: FileMode::ReadWrite, immutable: false, vfs: None };
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let illegal = |name| UrlError::Value { name, value: printable(&value) };
        match (&*key, &*value) {
            ("mode", "ro") => file.mode = FileMode::ReadOnly,
            ("mode", "rw" | "rwc") => file.mode = FileMode::ReadWrite,
            ("mode", "memory") => file.path = None,
            ("mode", _) => return Err(illegal("mode")),
            ("immutable", "1" | "true") => file.immutable = true,
            ("immutable", "0" | "false") => file.immutable = false,
            ("immutable", _) => return Err(illegal("immutable")),
            ("vfs", vfs) => file.vfs = Some(vfs.to_owned()),
            _ => return Err(UrlError::UnknownParameter(printable(&key))),
        }
    }
    Ok(file)
}

fn check_escapes(text: &str) -> Result<(), UrlError> {
    let hexadecimal = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let whole = memchr_percent(bytes).all(|at| hexadecimal(bytes.get(at + 1)) && hexadecimal(bytes.get(at + 2)));
    let utf8 = percent_decode_str(text).decode_utf8();
    if whole && utf8.is_ok_and(|decoded| !decoded.contains('\0')) { Ok(()) } else { Err(UrlError::Escape) }
}

fn memchr_percent(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').map(|(at, _)| at)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

fn printable(text: &str) -> String {
    if text.chars().any(char::is_control) { text.escape_debug().to_string() } else { text.to_owned() }
}

fn redacted(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails only for a URL without a host, which cannot have a password either.
    if url.password().is_some() && shown.set_password(Some(HIDDEN)).is_err() {
        return format!("{}://{HIDDEN}", url.scheme());
    }
    let Some(query) = url.query() else { return shown.into() };
    let parameters: Vec<String> = query.split('&').map(redacted_parameter).collect();
    shown.set_query(Some(&parameters.join("&")));
    shown.into()
}

fn redacted_parameter(parameter: &str) -> String {
    let key = parameter.split('=').next().unwrap_or(parameter);
    let lower = decoded(key).to_ascii_lowercase();
    let secret = ["pass", "pwd", "secret", "token"].iter().any(|word| lower.contains(word));
    if secret { format!("{key}={HIDDEN}") } else { parameter.to_owned() }
}

#[cfg(test)]
mod tests;
