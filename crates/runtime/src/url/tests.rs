use super::*;

#[test]
fn parts_are_read() {
    for (text, target, database, user) in [
        ("postgres://ann:s3cret@db.local:5433/arena", "db.local:5433", Some("arena"), Some("ann")),
        ("postgresql://db.local/arena?sslmode=require", "db.local:5432", Some("arena"), None),
        ("postgres:///arena", "the local socket", Some("arena"), None),
        ("postgres:///arena?host=/run/pg&user=ann", "/run/pg", Some("arena"), Some("ann")),
        ("postgres://ann@[::1]:5432", "[::1]:5432", Some("ann"), Some("ann")),
        ("mariadb://a%40b:p%2Fw@db/my%20arena", "db:3306", Some("my arena"), Some("a@b")),
        ("mysql://root@/arena?socket=/run/my.sock", "/run/my.sock", Some("arena"), Some("root")),
        ("sqlite:arena.db", "arena.db", Some("arena.db"), None),
        ("sqlite://data/arena.db?mode=ro", "data/arena.db", Some("arena.db"), None),
        ("sqlite:///var/lib/arena%20one.db", "/var/lib/arena one.db", Some("arena one.db"), None),
        ("sqlite::memory:", ":memory:", Some(":memory:"), None),
        ("sqlite://:memory:", ":memory:", Some(":memory:"), None),
    ] {
        let url = DatabaseUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.target(), target, "{text}");
        assert_eq!(url.database().as_deref(), database, "{text}");
        assert_eq!(url.user().as_deref(), user, "{text}");
    }
}

#[test]
fn another_database_of_the_server_is_reached_in_the_same_way() {
    for (text, expected) in [
        ("postgres://ann:pw@db:5433/arena?sslmode=require", "postgres://ann:***@db:5433/a%20b?sslmode=require"),
        ("postgres:///arena?host=/run/pg&dbname=other", "postgres:///a%20b?host=%2Frun%2Fpg"),
        ("mysql://root@db", "mysql://root@db/a%20b"),
    ] {
        let beside = DatabaseUrl::parse(text).unwrap().beside("a b").unwrap();
        assert_eq!(beside.to_string(), expected);
        assert_eq!(beside.database().as_deref(), Some("a b"));
    }
    assert_eq!(DatabaseUrl::parse("sqlite:arena.db").unwrap().beside("x"), None);
}

#[test]
fn passwords_are_never_shown() {
    for text in [
        "postgres://ann:hunter2@db/arena",
        "mysql://ann:hunter2%40%2F@db/arena?ssl-mode=REQUIRED",
        "postgres://ann@db/arena?password=hunter2&sslmode=disable",
        "postgres:///arena?host=/run&user=ann&PassWord=hunter2",
    ] {
        let url = DatabaseUrl::parse(text).unwrap();
        for shown in [url.to_string(), format!("{url:?}"), url.target(), format!("{:#?}", Some(&url))] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert!(url.to_string().contains("***"), "{url}");
    }
    let kept = DatabaseUrl::parse("postgres://ann:pw@db/arena?sslmode=verify-full&application_name=x").unwrap();
    assert_eq!(kept.to_string(), "postgres://ann:***@db/arena?sslmode=verify-full&application_name=x");
}

#[test]
fn faults_are_named_without_repeating_the_url() {
    for (text, expected) in [
        ("", "the database URL is empty"),
        ("arena-hunter2.db", "the database URL has no scheme"),
        ("postgress://ann:hunter2@db/arena", "unknown scheme `postgress` in the database URL"),
        ("postgresql+asyncpg://ann:hunter2@db/a", "unknown scheme `postgresql+asyncpg` in the database URL"),
        ("postgres://ann:hunter2/x@db/arena", "the database URL has an `@` behind its host"),
        ("postgres://ann:?hunter2@db/arena", "the database URL has an `@` behind its host"),
        ("postgres:///:hunter2@db/arena", "the database URL has an `@` behind its host"),
        ("postgres://ann:x@db:hunter2/arena", "the port in the database URL is no number between 1 and 65535"),
        ("postgres://ann:hunter2#x@db/arena", "the database URL has a `#`, which ends a URL"),
        ("postgres://ann:hunter2%zz@db/arena", &UrlError::Escape.to_string()),
        ("postgres://ann:hunter2%ff@db/arena", &UrlError::Escape.to_string()),
        ("postgres://ann:hunter2@/arena", "the database URL names no host"),
        ("postgres:arena", "the database URL names no host"),
        ("mysql:///arena", "the database URL names no host"),
        ("mysql://db/arena?sslMode=hunter2", "the database URL has the parameter `sslMode`, which has no effect here"),
        (
            "postgres://db/arena?sslmode=required",
            "`required` is no value of the parameter `sslmode` in the database URL",
        ),
        ("mysql://db/arena?ssl-mode=require", "`require` is no value of the parameter `ssl-mode` in the database URL"),
        ("sqlite:", "the database URL names no file"),
        ("sqlite:a.db?mode=rx", "`rx` is no value of the parameter `mode` in the database URL"),
        ("sqlite:a.db?cash=1", "the database URL has the parameter `cash`, which has no effect here"),
    ] {
        let error = DatabaseUrl::parse(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
        assert!(!format!("{error:?} {:?}", error.help()).contains("hunter2"), "{text}");
        assert_eq!(error.exit(), Exit::Usage);
    }
    let near = |text| DatabaseUrl::parse(text).unwrap_err().help().unwrap();
    assert_eq!(near("postgress://db/arena"), "write `postgres:`");
    assert!(near("mysql+pymysql://db/arena").starts_with("write `mysql:`"));
}

#[test]
fn relative_files_belong_to_the_workspace() {
    let root = Path::new("/work/arena");
    let resolved = |text| DatabaseUrl::parse(text).unwrap().resolve_relative(root).to_string();
    assert_eq!(resolved("sqlite:arena.db"), "sqlite:/work/arena/arena.db");
    assert_eq!(resolved("sqlite:///tmp/arena.db"), "sqlite:/tmp/arena.db");
    assert_eq!(resolved("sqlite::memory:"), "sqlite::memory:");
    assert_eq!(resolved("postgres://db/arena"), "postgres://db/arena");
    let seen = |text| DatabaseUrl::parse(text).unwrap().resolve_relative(root).seen_from(root).to_string();
    assert_eq!(seen("sqlite:arena.db?mode=ro"), "sqlite:arena.db?mode=ro");
    assert_eq!(seen("sqlite:///tmp/arena.db"), "sqlite:/tmp/arena.db");
}
