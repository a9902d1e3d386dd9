//! What real databases store and print of schemas: the only place where SQL of the backends runs.
//!
//! SQLite always runs. PostgreSQL and MariaDB need `ALEMBIC_TEST_POSTGRES_URL` and `ALEMBIC_TEST_MARIADB_URL`; without
//! them a test says `skipped`, or fails if `ALEMBIC_TEST_REQUIRE` lists the database. Read [`support`] first.

#[path = "../../../runtime/tests/databases/server.rs"]
mod server;
mod support;

mod mysql;
mod opening;
mod postgres;
mod sqlite;
