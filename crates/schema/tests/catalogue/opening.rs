//! Every kind of database opens and answers, before anything is said about schemas.

use crate::support::{Database, scenario};

scenario!(sqlite on Sqlite);
async fn sqlite(database: &mut Database) {
    answers(database, "SELECT sqlite_version()").await;
}

scenario!(postgres on Postgres);
async fn postgres(database: &mut Database) {
    answers(database, "SELECT version()").await;
}

scenario!(mariadb on Mariadb);
async fn mariadb(database: &mut Database) {
    answers(database, "SELECT version()").await;
}

async fn answers(database: &mut Database, question: &str) {
    assert_eq!(database.rows(question).await.len(), 1);
    assert!(!database.refusal("SELECT * FROM nothing").await.is_empty());
}
