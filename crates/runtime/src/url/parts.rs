//! The address of a connection that an application has opened, from what the connection or its pool tells.
//!
//! Never with a password: it is shown, and tells the dialect; nobody connects with it. Read [`Parts`] first.

use alembic_revisions::DialectName;
use url::Url;

use super::{DatabaseUrl, Location, UrlError};

/// What is known of a server's address.
pub(crate) struct Parts<'a> {
    pub dialect: DialectName,
    /// A name, an address or the path of a socket.
    pub host: &'a str,
    pub port: u16,
    pub user: &'a str,
    pub database: &'a str,
}

impl Parts<'_> {
    /// Returns the parts as a URL.
    pub fn url(&self) -> Result<DatabaseUrl, UrlError> {
        let (scheme, socket) = match self.dialect {
            DialectName::Mysql => ("mysql", "socket"),
            DialectName::Postgres | DialectName::Sqlite => ("postgres", "host"),
        };
        let is_address = self.host.contains(':') && !self.host.starts_with('[');
        let host = match self.host {
            address if is_address => format!("[{address}]"),
            host if host.is_empty() || host.contains('/') => "localhost".to_owned(),
            host => host.to_owned(),
        };
        let mut url = Url::parse(&format!("{scheme}://{host}")).map_err(UrlError::Malformed)?;
        // These fail only for a URL without a host.
        let _ = url.set_username(self.user);
        let _ = url.set_port(Some(self.port));
        url.set_path(self.database);
        if self.host.contains('/') {
            url.query_pairs_mut().append_pair(socket, self.host);
        }
        Ok(DatabaseUrl { dialect: self.dialect, location: Location::Server(url) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_a_url_that_tells_them_again() {
        for (host, expected, target) in [
            ("db.local", "postgres://a%20b@db.local:5433/arena", "db.local:5433"),
            ("::1", "postgres://a%20b@[::1]:5433/arena", "[::1]:5433"),
            ("/run/pg", "postgres://a%20b@localhost:5433/arena?host=%2Frun%2Fpg", "/run/pg"),
            ("", "postgres://a%20b@localhost:5433/arena", "localhost:5433"),
        ] {
            let parts = Parts { dialect: DialectName::Postgres, host, port: 5433, user: "a b", database: "arena" };
            let url = parts.url().unwrap();
            assert_eq!((url.to_string().as_str(), url.target().as_str()), (expected, target));
            assert_eq!((url.database().as_deref(), url.user().as_deref()), (Some("arena"), Some("a b")));
        }
    }
}
