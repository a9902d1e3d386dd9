use super::*;

fn row(values: &[&str]) -> Row {
    values.iter().map(|value| (*value != "-").then(|| (*value).to_owned())).collect()
}

fn postgres(rows: &[&[&str]]) -> Catalogue {
    let rows = rows.iter().map(|values| row(values)).collect();
    Catalogue::new(DialectName::Postgres, rows, &|name| name.starts_with("alembic_version"))
}

/// The rows that SQLite has after these statements; columns as its own reader finds them.
fn sqlite(objects: &[(&str, &str, &str, &str)]) -> Catalogue {
    let mut rows = Vec::new();
    for (kind, name, table, sql) in objects {
        rows.push(row(&["object", kind, name, table, sql, "-", "-", "-"]));
        if *kind == "table" {
            rows.push(row(&["options", "table", name, "0", "0", "-", "-", "-"]));
            rows.push(row(&["column", name, "000000", "id", "integer", "0", "-", "0"]));
        }
    }
    Catalogue::new(DialectName::Sqlite, rows, &|_| false)
}

fn words(from: &Catalogue, to: &Catalogue) -> Vec<String> {
    let comparison = compare(from, to);
    let differences = comparison.differences.iter().map(|difference| {
        let sign = match difference {
            Difference::Added(_) => '+',
            Difference::Removed(_) => '-',
            Difference::Changed { .. } => '~',
        };
        format!("{sign} {}: {}", difference.object().title(), difference.details())
    });
    let notes = comparison.notes.iter().map(|note| match note {
        Note::Order { table, to, .. } => format!("order of {table}: {}", to.join(", ")),
        Note::Spelling { table } => format!("spelling of {table}"),
    });
    differences.chain(notes).collect()
}

const PLAYERS: &[&[&str]] = &[
    &["table", "players", "-", "", "-"],
    &["column", "id", "players", "bigint not null", "1"],
    &["column", "level", "players", "integer", "2"],
];

fn with(more: &[&[&str]]) -> Catalogue {
    postgres(&[PLAYERS, more].concat())
}

#[test]
fn every_kind_of_object_is_named() {
    let plain = postgres(PLAYERS);
    for (more, expected) in [
        (&["view", "v", "-", " SELECT 1;", "-"], "+ view v: SELECT 1"),
        (&["index", "ix", "players", "CREATE INDEX ix", "-"], "+ index ix of players: CREATE INDEX ix"),
        (&["trigger", "tr", "players", "x", "-"], "+ trigger tr of players: x"),
        (&["comment", "of table players", "players", "x", "-"], "+ comment of table players: x"),
        (&["enum", "mood", "-", "'a', 'b'", "-"], "+ enum mood: 'a', 'b'"),
        (&["column", "elo", "players", "integer", "3"], "+ column players.elo: integer"),
    ] {
        assert_eq!(words(&plain, &with(&[more])), [expected]);
        let removed = expected.replacen('+', "-", 1);
        assert_eq!(words(&with(&[more]), &plain), [removed]);
    }
    assert!(words(&plain, &with(&[&["table", "alembic_version", "-", "", "-"]])).is_empty());
    let column: &[&str] = &["column", "alembic_version", "players", "text", "3"];
    assert_eq!(words(&plain, &with(&[column])), ["+ column players.alembic_version: text"], "only tables are hidden");
    assert!(words(&plain, &with(&[&["primary key", "pk", "app.\"alembic_version_lock\"", "", "-"]])).is_empty());
}

#[test]
fn a_table_speaks_for_its_parts() {
    let nothing = postgres(&[]);
    assert_eq!(words(&nothing, &postgres(PLAYERS)), ["+ table players: "]);
    assert!(nothing.is_empty() && !postgres(PLAYERS).is_empty());
}

#[test]
fn changes_are_told_with_both_sides() {
    let one = with(&[&["function", "f()", "-", "a\nb\nc", "-"]]);
    let other = with(&[&["function", "f()", "-", "a\nB\nc", "-"]]);
    assert_eq!(words(&one, &other), ["~ function f(): line 2: `B` instead of `b`"]);
    let (one, other) =
        (with(&[&["column", "x", "players", "integer", "3"]]), with(&[&["column", "x", "players", "", "3"]]));
    assert_eq!(words(&one, &other), ["~ column players.x: nothing instead of `integer`"]);
    let shorter = with(&[&["function", "f()", "-", "a\nb", "-"]]);
    let longer = with(&[&["function", "f()", "-", "a\nb\nc", "-"]]);
    assert_eq!(words(&shorter, &longer), ["~ function f(): line 3: `c` instead of nothing"]);
    assert_eq!(words(&longer, &shorter), ["~ function f(): line 3: nothing instead of `c`"]);
}

#[test]
fn another_order_of_columns_is_no_difference() {
    let other = postgres(&[PLAYERS[0], &["column", "id", "players", "bigint not null", "3"], PLAYERS[2]]);
    assert_eq!(words(&postgres(PLAYERS), &other), ["order of players: level, id"]);
}

#[test]
fn sqlite_statements_are_taken_apart() {
    let one = sqlite(&[(
        "table",
        "t",
        "t",
        "CREATE TABLE t (id integer, n text DEFAULT 'A,b', CHECK (n <> ')'), CONSTRAINT u UNIQUE (n)) STRICT",
    )]);
    for (sql, expected) in [
        (
            "create table \"t\" (id INTEGER,\n n TEXT default 'A,b', check (n <> ')'), constraint U unique ([n])) strict",
            &[][..],
        ),
        (
            "CREATE TABLE t (id integer, n text DEFAULT 'A,b', CHECK (n <> '('), CONSTRAINT u UNIQUE (n)) STRICT",
            &["+ check of t: CHECK (n <> '(')", "- check of t: CHECK (n <> ')')"],
        ),
        (
            "CREATE TABLE t (id integer, n text DEFAULT 'A,b', CONSTRAINT u UNIQUE (n)) STRICT",
            &["- check of t: CHECK (n <> ')')"],
        ),
        ("CREATE TABLE t (id integer, n text DEFAULT 'A,b', CHECK (n <> ')'), UNIQUE (n)) STRICT", &["spelling of t"]),
        (
            "CREATE TABLE t (n text DEFAULT 'A,b', id integer, CHECK (n <> ')'), CONSTRAINT u UNIQUE (n)) STRICT",
            &["order of t: n, id"],
        ),
    ] {
        assert_eq!(words(&one, &sqlite(&[("table", "t", "t", sql)])), expected, "{sql}");
    }
}

#[test]
fn sqlite_names_what_stands_in_statements_of_its_own() {
    let one = sqlite(&[("table", "t", "t", "CREATE TABLE t (id integer)")]);
    let other = sqlite(&[
        ("table", "t", "t", "CREATE TABLE t (id integer)"),
        ("index", "ix", "t", "CREATE INDEX ix\n ON t (id)"),
        ("view", "v", "v", "CREATE VIEW v AS SELECT 1"),
        ("trigger", "tr", "t", "CREATE TRIGGER tr AFTER DELETE ON t BEGIN SELECT 1; END"),
    ]);
    assert_eq!(
        words(&one, &other),
        [
            "+ view v: CREATE VIEW v AS SELECT 1",
            "+ index ix of t: CREATE INDEX ix ON t (id)",
            "+ trigger tr of t: CREATE TRIGGER tr AFTER DELETE ON t BEGIN SELECT 1; END",
        ]
    );
}

#[test]
fn a_table_in_other_words_is_only_noted() {
    let one = sqlite(&[("table", "t", "t", "CREATE TABLE t (id integer PRIMARY KEY)")]);
    let other = sqlite(&[("table", "t", "t", "CREATE TABLE t (id integer, PRIMARY KEY (id))")]);
    assert_eq!(words(&one, &other), ["spelling of t"]);
    let another = sqlite(&[("table", "t", "t", "CREATE TABLE t (id integer)")]);
    assert_eq!(words(&one, &another), ["~ column t.id: `integer` instead of `integer PRIMARY KEY`"]);
}

#[test]
fn any_statement_can_be_taken_apart() {
    for sql in [
        "",
        "(",
        ")",
        "CREATE TABLE t",
        "CREATE TABLE t (",
        "CREATE TABLE t (,)",
        "CREATE TABLE t ())(",
        "'",
        "CONSTRAINT (",
    ] {
        sqlite::objects(&[row(&["object", "table", "t", "t", sql])]);
    }
}
