//! The server's own connections: one pool, to whichever database the URL names.

use std::error::Error;
use std::str::FromStr;

use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row, SqlitePool};

const CONNECTIONS: u32 = 4;

#[derive(Clone)]
pub enum Database {
    Postgres(PgPool),
    MySql(MySqlPool),
    Sqlite(SqlitePool),
}

impl Database {
    /// Connects to a database that exists.
    pub async fn connect(url: &str) -> Result<Database, Box<dyn Error>> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        Ok(match scheme {
            "postgres" | "postgresql" => {
                // PgBouncer refuses what it does not know.
                let options = PgConnectOptions::from_str(url)?.extra_float_digits(None);
                Database::Postgres(PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?)
            }
            "mysql" | "mariadb" => {
                Database::MySql(MySqlPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?)
            }
            _ => Database::Sqlite(SqlitePoolOptions::new().max_connections(CONNECTIONS).connect(url).await?),
        })
    }

    /// Returns the first column of a query that has nothing in it from outside.
    ///
    /// Nothing is prepared, so that PgBouncer may stand in between.
    pub async fn texts(&self, query: &str) -> Result<Vec<String>, sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(query));
        match self {
            Database::Postgres(pool) => query.fetch_all(pool).await?.iter().map(|row| row.try_get(0)).collect(),
            Database::MySql(pool) => query.fetch_all(pool).await?.iter().map(|row| row.try_get(0)).collect(),
            Database::Sqlite(pool) => query.fetch_all(pool).await?.iter().map(|row| row.try_get(0)).collect(),
        }
    }
}
