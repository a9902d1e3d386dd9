//! An address in parts, for the database's own programs: what a driver takes from a URL, they get as flags and variables.
//!
//! The password is among the parts; whoever asks for them keeps it out of command lines and messages. Read
//! [`DatabaseUrl::server_parts`] first.

use std::fmt;
use std::path::Path;

use alembic_revisions::DialectName;

use super::{DatabaseUrl, decoded};

/// Where a server is and who connects to it, as the driver reads the URL.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerParts {
    /// A name, an address, or the folder of PostgreSQL's socket.
    pub host: Option<String>,
    pub port: Option<String>,
    /// MySQL's socket.
    pub socket: Option<String>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
    /// `sslmode` or `ssl-mode`, in lower case.
    pub tls_mode: Option<String>,
    pub tls_ca: Option<String>,
    pub tls_certificate: Option<String>,
    pub tls_key: Option<String>,
    /// PostgreSQL's settings of the session.
    pub options: Option<String>,
}

impl fmt::Debug for ServerParts {
    /// Hides the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ServerParts");
        shown.field("host", &self.host).field("database", &self.database).finish_non_exhaustive()
    }
}

impl DatabaseUrl {
    /// Returns the path of a SQLite file; none for a server, and for a database in memory.
    pub fn path(&self) -> Option<&Path> {
        self.file().and_then(|file| file.path.as_deref())
    }

    /// Returns the parts of a server's address.
    pub fn server_parts(&self) -> Option<ServerParts> {
        let url = self.server()?;
        let some = |text: &str| Some(decoded(text).into_owned()).filter(|text| !text.is_empty());
        let named = |names: &[&str]| names.iter().rev().find_map(|name| self.parameter(name));
        let host = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        let is_postgres = self.dialect == DialectName::Postgres;
        let only_postgres = |name: &str| self.parameter(name).filter(|_| is_postgres);
        let elsewhere = only_postgres("hostaddr").or_else(|| only_postgres("host"));
        Some(ServerParts {
            host: elsewhere.or_else(|| host.and_then(some)),
            port: only_postgres("port").or_else(|| url.port().map(|port| port.to_string())),
            socket: self.parameter("socket").filter(|_| !is_postgres),
            user: self.user(),
            password: only_postgres("password").or_else(|| url.password().and_then(some)),
            database: self.database(),
            tls_mode: named(&["sslmode", "ssl-mode"]).map(|mode| mode.to_ascii_lowercase()),
            tls_ca: named(&["sslrootcert", "ssl-root-cert", "sslca", "ssl-ca"]),
            tls_certificate: named(&["sslcert", "ssl-cert"]),
            tls_key: named(&["sslkey", "ssl-key"]),
            options: self.options().filter(|_| is_postgres),
        })
    }

    fn options(&self) -> Option<String> {
        let mut words = Vec::new();
        for (key, value) in self.server()?.query_pairs() {
            match key.strip_prefix("options[").and_then(|key| key.strip_suffix(']')) {
                Some(setting) => words.push(format!("-c {setting}={value}")),
                None if key == "options" => words.push(value.into_owned()),
                None => {}
            }
        }
        (!words.is_empty()).then(|| words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> ServerParts {
        DatabaseUrl::parse(url).unwrap().server_parts().unwrap()
    }

    #[test]
    fn servers_come_apart_as_the_driver_reads_them() {
        let text = |text: &str| Some(text.to_owned());
        let found = parts(
            "postgres://ann:s%40cret@[::1]:5433/shop?sslmode=Verify-Full&sslrootcert=/ca.pem&options[work_mem]=1MB",
        );
        let expected = ServerParts {
            host: text("::1"),
            port: text("5433"),
            user: text("ann"),
            password: text("s@cret"),
            database: text("shop"),
            tls_mode: text("verify-full"),
            tls_ca: text("/ca.pem"),
            options: text("-c work_mem=1MB"),
            ..ServerParts::default()
        };
        assert_eq!(found, expected);
        assert!(!format!("{found:?}").contains("cret"));
        let socket = parts("postgres:///shop?host=/run/pg&user=ann&password=x");
        assert_eq!((socket.host, socket.user, socket.password), (text("/run/pg"), text("ann"), text("x")));
        let mysql = parts("mysql://ann@/shop?socket=/run/my.sock&ssl-mode=REQUIRED");
        assert_eq!((mysql.socket, mysql.tls_mode, mysql.port), (text("/run/my.sock"), text("required"), None));
    }

    #[test]
    fn files_have_a_path_and_no_server() {
        let file = DatabaseUrl::parse("sqlite:a%20b.db").unwrap();
        assert_eq!((file.path(), file.server_parts()), (Some(Path::new("a b.db")), None));
        assert_eq!(DatabaseUrl::parse("sqlite::memory:").unwrap().path(), None);
        assert_eq!(DatabaseUrl::of_file(Some("a b.db".into())), file);
    }
}
