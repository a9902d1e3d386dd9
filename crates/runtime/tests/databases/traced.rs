//! What a subscriber of `tracing` hears.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;

use alembic_runtime::Migrator;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::migrating::counting;
use crate::support::{Database, scenario};

/// Keeps the events of ours as lines, for each test by itself: a test has its thread, and a subscriber of one thread
/// misses events that other threads have sent first.
struct Heard;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Heard {
    fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Heard).unwrap());
        Heard::lines();
    }

    /// Returns what was heard since.
    fn lines() -> Vec<String> {
        LINES.take()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            // Time passes as it likes.
            "elapsed_ms" => self.0.push_str(" elapsed_ms"),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "alembic" && *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

scenario!(each_revision_is_told on Sqlite);
async fn each_revision_is_told(database: Database) {
    Heard::listen();
    Migrator::new(counting(2)).upgrade(&database.url).await.unwrap();
    let common = |id: &str| format!("revision=\"{id}\" feature=\"shop\" direction=\"up\"");
    let expected: Vec<String> = [("r0", 1), ("r1", 2)]
        .into_iter()
        .flat_map(|(id, number)| {
            [
                format!("DEBUG message=started {} number={number} total=2", common(id)),
                format!("INFO message=applied {} number={number} total=2 elapsed_ms", common(id)),
            ]
        })
        .collect();
    assert_eq!(Heard::lines(), expected);
}

scenario!(whoever_waits_says_for_whom on Postgres, Mariadb);
async fn whoever_waits_says_for_whom(database: Database) {
    Migrator::new(counting(2)).upgrade(&database.url).await.unwrap();
    let mut holder = crate::locking::hold(&database).await;
    Heard::listen();
    let timeout = std::time::Duration::from_millis(300);
    let error = Migrator::new(counting(3)).lock_timeout(timeout).upgrade(&database.url).await.unwrap_err();
    let lines = Heard::lines();
    holder.execute("ROLLBACK").await.unwrap();
    holder.close().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("INFO message=waiting for the lock holder=connection "), "{lines:?}");
    assert!(error.to_string().contains(" holds the lock of "), "{error}");
}
