//! Every scenario on every database it applies to.
//!
//! SQLite always runs. PostgreSQL and MariaDB need `ALEMBIC_TEST_POSTGRES_URL` and `ALEMBIC_TEST_MARIADB_URL`; without
//! them a test says `skipped`, or fails if `ALEMBIC_TEST_REQUIRE` lists the database.

mod history;
// The tests of the command line stop at messages, too: there is one proxy.
#[path = "../../../../tests/faults/proxy.rs"]
#[expect(dead_code, reason = "here nothing goes on after a stop")]
mod proxy;
mod server;
mod support;

mod applying;
mod cutting;
mod failing;
mod journal;
mod lent;
mod locking;
mod mariadb;
mod migrating;
mod opening;
mod outside;
mod postgres;
mod rust_steps;
mod speed;
mod sqlite;
mod statement_wise;
mod traced;
mod widening;
