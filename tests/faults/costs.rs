//! What the lock and the journal cost, in messages of the whole program to the server.
//!
//! Read [`cost`] first.

use super::proxy::{Proxy, Wire};
use super::subject::{PATIENCE, Running, Start, Subject, Way};
use crate::databases::{Database, Server};

/// Returns how many messages a run of so many revisions sends; with none, a run that has nothing to do.
fn messages(server: Server, revisions: usize, statements: &dyn Fn(usize) -> String) -> Option<usize> {
    let ids: Vec<String> = (0..=revisions).map(|number| format!("r{}", number + 1)).collect();
    let sql = |number| if number == 0 { first() } else { statements(number) };
    let scripts: Vec<(&str, String)> = ids.iter().enumerate().map(|(number, id)| (id.as_str(), sql(number))).collect();
    let subject = Subject::of(Database::new(server)?, &scripts, Start::Installed);
    subject.reset();
    let proxy = Proxy::start(
        if server == Server::Postgres { Wire::Postgres } else { Wire::Mysql },
        &subject.address(Way::Direct)?,
    );
    let mut run = Running::start(subject.upgrade_at(&proxy.address));
    assert!(run.end_within(PATIENCE).is_some_and(|ended| ended.success()), "{}", run.said());
    Some(proxy.messages())
}

/// Returns the messages of one revision more, over its bare statements.
fn cost(server: Server, bare: usize, statements: &dyn Fn(usize) -> String) -> Option<f64> {
    let (few, many) = (messages(server, 2, statements)?, messages(server, 10, statements)?);
    let cost = (many - few) as f64 / 8.0 - bare as f64;
    println!("messages|{server:?}|{bare} statements|{cost:+}");
    Some(cost)
}

fn first() -> String {
    "CREATE TABLE runs (name varchar(32) NOT NULL);\n".to_owned()
}

fn table(number: usize) -> String {
    format!("CREATE TABLE t{number} (id integer);\n")
}

fn row(number: usize) -> String {
    format!("INSERT INTO runs VALUES ('r{number}');\n")
}

#[test]
fn bookkeeping_costs_at_most_two_messages() {
    for server in [Server::Postgres, Server::Mariadb] {
        let shapes: [(usize, &dyn Fn(usize) -> String); 4] = [
            (1, &table),
            (1, &row),
            (2, &|number| table(number) + &row(number)),
            (4, &|number| table(number) + &row(number) + &table(number + 100) + &row(number)),
        ];
        for (bare, statements) in shapes {
            let Some(cost) = cost(server, bare, statements) else { return };
            assert!(cost <= 2.0, "{server:?}: {cost:+} messages for {bare} statements");
        }
    }
}

#[test]
fn where_nothing_is_to_be_done_nothing_is_sent() {
    for server in [Server::Postgres, Server::Mariadb] {
        let Some(subject) = Database::new(server).map(|new| Subject::of(new, &[("r1", first())], Start::Fresh)) else {
            return;
        };
        let Some(address) = subject.address(Way::Direct) else { return };
        let proxy = Proxy::start(if server == Server::Postgres { Wire::Postgres } else { Wire::Mysql }, &address);
        let count = |command: &str| {
            proxy.reset();
            let url = subject.database.url_at(&proxy.address);
            let mut run = Running::start(subject.project.command(&[command, "-q", "-D", &url]));
            assert!(run.end_within(PATIENCE).is_some_and(|ended| ended.success()), "{}", run.said());
            proxy.messages()
        };
        let (upgrade, current) = (count("upgrade"), count("current"));
        println!("messages|{server:?}|nothing to do|{upgrade} against {current} of `current`");
        assert!(upgrade <= current + 1, "{server:?}: {upgrade} messages, `current` sends {current}");
    }
}
