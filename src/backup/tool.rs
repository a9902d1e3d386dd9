//! The databases' own tools: which one dumps, what it is told, and the command line that restores.
//!
//! Text only; nothing is started here. Passwords travel in variables, never in a command line. Read [`dump`] first.

use alembic_runtime::DatabaseUrl;
use alembic_runtime::url::ServerParts;
use camino::Utf8Path;

use crate::app::quoted;

/// What made a backup, and thereby what restores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `pg_dump` into an archive.
    PostgresArchive,
    /// `pg_dump` as SQL.
    PostgresSql,
    MariadbDump,
    /// MySQL's own, which knows other flags than MariaDB's program of that name.
    Mysqldump,
    /// MariaDB's program under MySQL's name.
    RenamedMariadbDump,
    Vacuum,
}

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Tool::PostgresArchive | Tool::PostgresSql => "pg_dump",
            Tool::MariadbDump => "mariadb-dump",
            Tool::Mysqldump | Tool::RenamedMariadbDump => "mysqldump",
            Tool::Vacuum => "VACUUM INTO",
        }
    }

    /// Returns what stands near the end of a dump that is complete.
    pub fn last_words(self) -> Option<&'static str> {
        match self {
            Tool::PostgresSql => Some("-- PostgreSQL database dump complete"),
            Tool::MariadbDump | Tool::Mysqldump | Tool::RenamedMariadbDump => Some("-- Dump completed"),
            Tool::PostgresArchive | Tool::Vacuum => None,
        }
    }
}

/// Returns the flags with which a tool writes the whole database to its standard output.
pub fn dump(tool: Tool, parts: &ServerParts) -> Vec<String> {
    let mut words: Vec<String> = match tool {
        Tool::PostgresArchive => vec!["--format=custom".to_owned()],
        Tool::PostgresSql => ["--format=plain", "--clean", "--if-exists"].map(str::to_owned).to_vec(),
        // The user's own option file could leave things out, or the last line.
        Tool::MariadbDump | Tool::Mysqldump | Tool::RenamedMariadbDump => [
            "--no-defaults",
            "--single-transaction",
            "--quick",
            "--routines",
            "--triggers",
            "--events",
            "--hex-blob",
            "--no-tablespaces",
            "--default-character-set=utf8mb4",
            "--max-allowed-packet=1G",
        ]
        .map(str::to_owned)
        .to_vec(),
        Tool::Vacuum => Vec::new(),
    };
    match tool {
        Tool::PostgresArchive | Tool::PostgresSql => {
            words.push("--no-password".to_owned());
            words.push(format!("--dbname={}", conninfo(parts)));
        }
        _ => {
            if tool == Tool::Mysqldump {
                // Servers that keep a log of transactions refuse to take in another one's.
                words.push("--set-gtid-purged=OFF".to_owned());
            }
            words.extend(mysql_address(tool, parts));
            words.extend(parts.database.clone());
        }
    }
    words
}

/// Returns the variable that takes the password to the tool.
pub fn secret(tool: Tool) -> &'static str {
    match tool {
        Tool::PostgresArchive | Tool::PostgresSql => "PGPASSWORD",
        _ => "MYSQL_PWD",
    }
}

/// Returns the address as PostgreSQL's programs read it, without the password.
fn conninfo(parts: &ServerParts) -> String {
    let pairs = [
        ("host", &parts.host),
        ("port", &parts.port),
        ("user", &parts.user),
        ("dbname", &parts.database),
        ("sslmode", &parts.tls_mode),
        ("sslrootcert", &parts.tls_ca),
        ("sslcert", &parts.tls_certificate),
        ("sslkey", &parts.tls_key),
        ("options", &parts.options),
    ];
    let pair = |(name, value): (&str, &Option<String>)| {
        let value = value.as_ref()?;
        let is_plain = !value.is_empty() && !value.contains([' ', '\'', '\\', '\t', '\n']);
        let value =
            if is_plain { value.clone() } else { format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'")) };
        Some(format!("{name}={value}"))
    };
    pairs.into_iter().filter_map(pair).collect::<Vec<_>>().join(" ")
}

fn mysql_address(tool: Tool, parts: &ServerParts) -> Vec<String> {
    let flag = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("--{name}={value}"));
    // Without a protocol, `localhost` means a socket.
    let place = match &parts.socket {
        Some(socket) => vec![format!("--socket={socket}")],
        None => {
            let place = [flag("host", &parts.host), flag("port", &parts.port), Some("--protocol=tcp".to_owned())];
            place.into_iter().flatten().collect()
        }
    };
    let user = format!("--user={}", parts.user.as_deref().unwrap_or("root"));
    let mut words = [place, vec![user]].concat();
    words.extend([flag("ssl-ca", &parts.tls_ca), flag("ssl-cert", &parts.tls_certificate)].into_iter().flatten());
    words.extend(flag("ssl-key", &parts.tls_key));
    words.extend(tls(tool, parts.tls_mode.as_deref()));
    words
}

fn tls(tool: Tool, mode: Option<&str>) -> Vec<String> {
    let Some(mode) = mode else { return Vec::new() };
    if tool == Tool::Mysqldump {
        return vec![format!("--ssl-mode={}", mode.to_ascii_uppercase())];
    }
    // MariaDB's programs either look at the server's name, too, or at nothing.
    let words: &[&str] = match mode {
        "disabled" => &["--skip-ssl"],
        "required" => &["--ssl", "--skip-ssl-verify-server-cert"],
        "verify_ca" | "verify_identity" => &["--ssl", "--ssl-verify-server-cert"],
        _ => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Returns the command line that puts a backup back, for a shell; it asks for the password if one is needed.
pub fn restoring(url: &DatabaseUrl, tool: &Tool, path: &Utf8Path) -> String {
    let parts = url.server_parts().unwrap_or_default();
    let line = |words: &[&str]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let (file, address) = (path.as_str(), format!("--dbname={}", conninfo(&parts)));
    match tool {
        Tool::PostgresArchive => {
            line(&["pg_restore", "--clean", "--if-exists", "--single-transaction", &address, file])
        }
        Tool::PostgresSql => {
            let file = format!("--file={file}");
            line(&["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", &address, &file])
        }
        Tool::MariadbDump | Tool::Mysqldump | Tool::RenamedMariadbDump => {
            let program = if *tool == Tool::MariadbDump { "mariadb" } else { "mysql" };
            let mut words = vec![program.to_owned(), "--default-character-set=utf8mb4".to_owned()];
            words.extend(mysql_address(*tool, &parts));
            words.extend(parts.password.map(|_| "--password".to_owned()));
            words.push(format!("--database={}", parts.database.unwrap_or_default()));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            format!("{} < {}", line(&words), quoted(file))
        }
        Tool::Vacuum => {
            let database = url.path().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
            let command = format!(".restore \"{}\"", file.replace('\\', r"\\").replace('"', "\\\""));
            line(&["sqlite3", &database, &command])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> ServerParts {
        DatabaseUrl::parse(url).unwrap().server_parts().unwrap()
    }

    #[test]
    fn addresses_reach_the_tools_without_the_password() {
        for (url, tool, expected) in [
            (
                "postgres://ann:pw123@db:5433/my%20shop?sslmode=verify-full&sslrootcert=/ca's.pem",
                Tool::PostgresArchive,
                "--format=custom --no-password --dbname=host=db port=5433 user=ann dbname='my shop' sslmode=verify-full \
                 sslrootcert='/ca\\'s.pem'",
            ),
            ("postgres:///shop?host=/run/pg", Tool::PostgresSql, "--dbname=host=/run/pg dbname=shop"),
            ("mysql://ann:pw123@db/shop", Tool::MariadbDump, "--host=db --protocol=tcp --user=ann shop"),
            (
                "mysql://ann@db:3307/shop?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem",
                Tool::RenamedMariadbDump,
                "--host=db --port=3307 --protocol=tcp --user=ann --ssl-ca=/ca.pem --ssl --ssl-verify-server-cert shop",
            ),
            (
                "mysql://db/shop?ssl-mode=required",
                Tool::Mysqldump,
                "--set-gtid-purged=OFF --host=db --protocol=tcp --user=root --ssl-mode=REQUIRED shop",
            ),
            ("mysql://ann@/shop?socket=/my.sock", Tool::MariadbDump, "--socket=/my.sock --user=ann shop"),
        ] {
            let words = dump(tool, &parts(url)).join(" ");
            assert!(words.ends_with(expected), "{url}: {words}");
            assert!(!words.contains("pw123"), "{words}");
        }
    }

    #[test]
    fn restoring_is_a_line_for_a_shell() {
        for (url, tool, expected) in [
            (
                "postgres://ann:pw123@db/shop",
                Tool::PostgresArchive,
                "pg_restore --clean --if-exists --single-transaction '--dbname=host=db user=ann dbname=shop' 'my backup'",
            ),
            (
                "mysql://ann:pw123@db/shop",
                Tool::MariadbDump,
                "mariadb --default-character-set=utf8mb4 --host=db --protocol=tcp --user=ann --password --database=shop < \
                 'my backup'",
            ),
            ("sqlite:/srv/a.db", Tool::Vacuum, "sqlite3 /srv/a.db '.restore \"my backup\"'"),
        ] {
            assert_eq!(restoring(&DatabaseUrl::parse(url).unwrap(), &tool, Utf8Path::new("my backup")), expected);
        }
    }
}
