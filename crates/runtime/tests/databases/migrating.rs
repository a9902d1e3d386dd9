//! What an application calls when it starts: policies, several at once, pools and connections that it has already.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alembic_revisions::diagnose::Diagnose;
use alembic_revisions::{Exit, RevisionGraph, Source, file};
use alembic_runtime::session::{Answer, BatchError, Door, Opening};
use alembic_runtime::{
    Ahead, Cancel, DatabaseUrl, Event, IntoSession, MigrateError, Migrator, OpenError, OpenOptions, Policy, Session,
    Upgraded, open,
};
use async_trait::async_trait;

use crate::support::{Database, Kind, Log, scenario};

/// Builds a graph of revisions in a line, from their ids and what stands below the front matter.
pub fn line(revisions: &[(&str, &str)]) -> Arc<RevisionGraph> {
    let mut below: Option<&str> = None;
    let scripts = revisions.iter().map(|(id, body)| {
        let parent = below.map(|id| format!("-- down_revision = \"{id}\"\n")).unwrap_or_default();
        below = Some(id);
        let text = format!("-- {id}\n--\n-- [alembic]\n-- revision = \"{id}\"\n{parent}\n{body}\n");
        let source = Source { path: format!("shop/migrations/{id}.sql").into(), text };
        Arc::new(file::parse(Arc::new(source), &"shop".into()).unwrap_or_else(|faults| panic!("{faults:?}")))
    });
    let graph = RevisionGraph::build(scripts.collect()).unwrap_or_else(|problems| panic!("{problems:?}"));
    Arc::new(graph)
}

/// Revisions that each make a table and note in `runs` that they ran.
pub fn counting(count: usize) -> Arc<RevisionGraph> {
    let ids: Vec<String> = (0..count).map(|number| format!("r{number}")).collect();
    let body = |id: &String| match id.as_str() {
        "r0" => "-- [upgrade]\nCREATE TABLE runs (revision varchar(32));".to_owned(),
        id => format!("-- [upgrade]\nCREATE TABLE t_{id} (id int);\nINSERT INTO runs VALUES ('{id}');"),
    };
    let bodies: Vec<String> = ids.iter().map(body).collect();
    line(&ids.iter().zip(&bodies).map(|(id, body)| (id.as_str(), body.as_str())).collect::<Vec<_>>())
}

fn ids(upgraded: &Upgraded) -> Vec<&str> {
    upgraded.steps.iter().map(|step| step.revision.as_str()).collect()
}

scenario!(an_application_upgrades_itself on Sqlite, Postgres, Mariadb);
async fn an_application_upgrades_itself(database: Database) {
    let log = Log::default();
    let mut migrator = Migrator::new(counting(3)).observe(log.observer());
    let first = migrator.upgrade(&database.url).await.unwrap();
    assert_eq!((ids(&first), first.rows.as_slice()), (vec!["r0", "r1", "r2"], &["r2".to_owned()][..]));
    assert_eq!(log.words()[..2], ["started r0 1/3", "finished r0"]);
    let second = migrator.upgrade(database.text.as_str()).await.unwrap();
    assert_eq!((second.steps.len(), second.rows), (0, first.rows));
    let one = Migrator::new(counting(5)).target("r3").upgrade(&database.text).await.unwrap();
    assert_eq!((ids(&one), one.rows.as_slice()), (vec!["r3"], &["r3".to_owned()][..]));
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY revision").await, ["r1", "r2", "r3"]);
    assert_eq!(Migrator::new(line(&[])).upgrade("sqlite::memory:").await.unwrap(), Upgraded::default());
}

scenario!(eight_programs_apply_each_revision_once on Sqlite, Postgres, Mariadb);
async fn eight_programs_apply_each_revision_once(database: Database) {
    let graph = counting(6);
    let start = |number: usize| {
        let (graph, url) = (graph.clone(), database.text.clone());
        let policy = if number == 7 { Policy::Wait } else { Policy::Apply };
        tokio::spawn(async move { Migrator::new(graph).policy(policy).upgrade(&url).await })
    };
    let mut steps = 0;
    for starter in (0..8).map(start).collect::<Vec<_>>() {
        let upgraded = starter.await.unwrap().unwrap_or_else(|error| panic!("{}", error.explained()));
        assert_eq!(upgraded.rows, ["r5"]);
        steps += upgraded.steps.len();
    }
    assert_eq!(steps, 6);
    assert_eq!(database.values("SELECT revision FROM runs ORDER BY revision").await, ["r1", "r2", "r3", "r4", "r5"]);
}

scenario!(policies_do_what_they_say on Sqlite, Postgres, Mariadb);
async fn policies_do_what_they_say(database: Database) {
    let with = |policy| Migrator::new(counting(2)).policy(policy).lock_timeout(Duration::from_millis(300));
    let off = with(Policy::Off).upgrade("postgres://nobody@127.0.0.1:1/nothing").await.unwrap();
    assert_eq!(off, Upgraded { policy: Policy::Off, ..Upgraded::default() });
    let error = with(Policy::Verify).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit()), ("`r0`, `r1` are not applied", Exit::No));
    let log = Log::default();
    let error = with(Policy::Wait).observe(log.observer()).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("Pending", Exit::Locked), "{error}");
    assert!(error.to_string().starts_with("nobody applied `r0`, `r1` to "), "{error}");
    assert_eq!(
        (log.words(), error.notes()),
        (vec!["pending 2".into()], vec!["nobody is seen to hold the lock".into()])
    );
    assert!(database.kind != Kind::Sqlite || !database.path().exists(), "neither writes anything");
    if database.kind != Kind::Sqlite {
        assert!(!database.has_table("alembic_version").await);
    }

    let waiting = {
        let (mut migrator, url) = (with(Policy::Wait).lock_timeout(Duration::from_secs(60)), database.text.clone());
        tokio::spawn(async move { migrator.upgrade(&url).await })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    with(Policy::Apply).upgrade(&database.url).await.unwrap();
    let waited = waiting.await.unwrap().unwrap();
    assert_eq!((waited.rows.as_slice(), waited.steps.len()), (&["r1".to_owned()][..], 0));
    assert!(waited.waited >= Duration::from_millis(300), "{:?}", waited.waited);
    assert_eq!(with(Policy::Verify).upgrade(&database.url).await.unwrap().rows, ["r1"]);
}

scenario!(a_wish_to_stop_ends_the_wait on Sqlite);
async fn a_wish_to_stop_ends_the_wait(database: Database) {
    let cancel = Cancel::default();
    let wish = cancel.clone();
    let observer = move |event: &Event<'_>| {
        if let Event::Pending { .. } = event {
            wish.request();
        }
    };
    let mut migrator = Migrator::new(counting(2)).policy(Policy::Wait).cancel(cancel).observe(observer);
    let error = migrator.upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("Interrupted", Exit::Interrupted));
}

scenario!(whoever_waits_is_told_who_applies on Postgres, Mariadb);
async fn whoever_waits_is_told_who_applies(database: Database) {
    let pause = if database.kind == Kind::Postgres { "SELECT pg_sleep(2);" } else { "DO SLEEP(2);" };
    let graph = line(&[("r0", "-- [upgrade]\nCREATE TABLE a (id int);"), ("r1", &format!("-- [upgrade]\n{pause}"))]);
    Migrator::new(graph.clone()).target("r0").upgrade(&database.url).await.unwrap();
    let applying = {
        let (mut migrator, url) = (Migrator::new(graph.clone()).owner("first"), database.text.clone());
        tokio::spawn(async move { migrator.upgrade(&url).await })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    let log = Log::default();
    let short = Migrator::new(graph.clone()).policy(Policy::Wait).lock_timeout(Duration::from_millis(200));
    let error = short.observe(log.observer()).upgrade(&database.url).await.unwrap_err();
    let words = log.words();
    assert!(words[0] == "pending 1" && words[1].starts_with("waiting for connection "), "{words:?}");
    assert!(error.notes()[0].ends_with(" holds the lock"), "{:?}", error.notes());
    let second = Migrator::new(graph).upgrade(&database.url).await.unwrap();
    assert!(second.steps.is_empty() && second.waited > Duration::from_millis(500), "{second:?}");
    assert_eq!(applying.await.unwrap().unwrap().steps.len(), 1);
}

scenario!(scripts_that_fail_are_explained on Sqlite, Postgres, Mariadb);
async fn scripts_that_fail_are_explained(database: Database) {
    let graph = line(&[("r0", "-- [upgrade]\nCREATE TABLE a (id int);"), ("r1", "-- [upgrade]\nDROP TABLE nowhere;")]);
    let error = Migrator::new(graph).upgrade(&database.url).await.unwrap_err();
    let text = error.explained();
    assert!(text.starts_with("error[A0513]: ") && text.contains("\n  at shop/migrations/r1.sql:8:"), "{text}");
    assert!(text.contains("1 revision before it stayed applied"), "{text}");
    let error = Migrator::new(counting(2)).target("r9").upgrade(&database.url).await.unwrap_err();
    assert!(matches!(&error, MigrateError::Plan(_)) && error.exit() == Exit::Usage, "{}", error.explained());
    let error = Migrator::new(counting(2)).upgrade("postgres://ann:secret@/x y").await.unwrap_err();
    assert!(!format!("{error:?}{}", error.explained()).contains("secret"), "{error:?}");
    assert_eq!(error.exit(), Exit::Usage);
}

scenario!(stamped_rows_that_nobody_knows_are_refused on Sqlite, Postgres, Mariadb);
async fn stamped_rows_that_nobody_knows_are_refused(database: Database) {
    database.sql("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)").await;
    database.sql("INSERT INTO alembic_version VALUES ('zz9')").await;
    for policy in [Policy::Apply, Policy::Wait, Policy::Verify] {
        let mut migrator = Migrator::new(counting(2)).policy(policy).ahead(Ahead::RunOn);
        let error = migrator.upgrade(&database.url).await.unwrap_err();
        let MigrateError::Ahead(beyond) = &error else { panic!("{}", error.explained()) };
        assert_eq!((beyond.unknown[0].id.as_str(), error.exit()), ("zz9", Exit::Disagree));
        assert!(error.notes()[0].starts_with("`zz9` has no row in the history"), "{:?}", error.notes());
    }
}

scenario!(an_older_program_runs_on_where_nothing_breaks_it on Sqlite, Postgres, Mariadb);
async fn an_older_program_runs_on_where_nothing_breaks_it(database: Database) {
    let r0 = ("r0", "-- [upgrade]\nCREATE TABLE a (id int);");
    let harmless = ("r1", "-- [upgrade]\n-- breaking = false\nCREATE TABLE b (id int);");
    Migrator::new(line(&[r0, harmless])).owner("new").upgrade(&database.url).await.unwrap();
    let old = |ahead| Migrator::new(line(&[r0])).ahead(ahead);
    let error = old(Ahead::Refuse).upgrade(&database.url).await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("Ahead", Exit::Disagree));
    assert!(error.notes()[0].ends_with(" by new; it breaks nothing"), "{:?}", error.notes());
    for policy in [Policy::Apply, Policy::Wait, Policy::Verify] {
        let on = old(Ahead::RunOn).policy(policy).upgrade(&database.url).await.unwrap();
        assert_eq!((on.ahead[0].id.as_str(), on.rows.as_slice(), on.steps.len()), ("r1", &["r1".to_owned()][..], 0));
    }
    let breaking = ("r2", "-- [upgrade]\nDROP TABLE a;");
    Migrator::new(line(&[r0, harmless, breaking])).upgrade(&database.url).await.unwrap();
    let error = old(Ahead::RunOn).upgrade(&database.url).await.unwrap_err();
    assert!(error.to_string().contains("it has `r2`, `r1`, which"), "{error}");
    assert!(error.explained().contains("it does not say whether it breaks"), "{}", error.explained());
}

/// A session that counts what travels through it.
struct Counted {
    inner: Box<dyn Session>,
    sent: Arc<AtomicUsize>,
}

#[async_trait]
impl Session for Counted {
    fn url(&self) -> &DatabaseUrl {
        self.inner.url()
    }

    async fn batch(&mut self, sql: &str) -> Result<Vec<u64>, BatchError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.batch(sql).await
    }

    async fn answers(&mut self, sql: &str) -> Result<Vec<Answer>, BatchError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.inner.answers(sql).await
    }

    async fn reconnect(&mut self) -> Result<(), OpenError> {
        self.inner.reconnect().await
    }

    fn door(&self) -> Option<Arc<dyn Door>> {
        self.inner.door()
    }

    async fn close(self: Box<Self>) {
        self.inner.close().await;
    }
}

struct Counting<'a>(&'a DatabaseUrl, Arc<AtomicUsize>);

impl<'c> IntoSession<'c> for Counting<'c> {
    fn into_session(self, options: OpenOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Box::new(Counted { inner: open(self.0, &options).await?, sent: self.1 }) as _) })
    }
}

scenario!(nothing_to_do_costs_two_round_trips on Sqlite, Postgres, Mariadb);
async fn nothing_to_do_costs_two_round_trips(database: Database) {
    Migrator::new(counting(4)).upgrade(&database.url).await.unwrap();
    for policy in [Policy::Apply, Policy::Wait, Policy::Verify] {
        let sent = Arc::new(AtomicUsize::new(0));
        let over = Counting(&database.url, sent.clone());
        Migrator::new(counting(4)).policy(policy).upgrade(over).await.unwrap();
        assert_eq!(sent.load(Ordering::Relaxed), 2, "{policy}");
    }
}
