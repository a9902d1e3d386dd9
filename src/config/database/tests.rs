use super::*;

/// A root with a `.env`, and settings with one environment `prod`.
struct Case {
    root: tempfile::TempDir,
    settings: WorkspaceSettings,
    file: SettingsFile,
}

impl Case {
    fn new(dotenv: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs_err::write(root.path().join(".env"), dotenv).unwrap();
        let prod = EnvironmentSettings {
            url_env: Some("PROD_URL".to_owned()),
            protected: true,
            ..EnvironmentSettings::default()
        };
        let settings = WorkspaceSettings {
            database_url: Some("sqlite:setting.db".to_owned()),
            environments: [("prod".to_owned(), prod)].into(),
            ..WorkspaceSettings::default()
        };
        Case { root, settings, file: SettingsFile::Manifest }
    }

    fn choose(
        &self,
        url: Option<&str>,
        environment: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Result<DatabaseChoice, DatabaseChoiceError> {
        let root = Utf8Path::from_path(self.root.path()).unwrap();
        let process = Environment::new("/elsewhere", variables.iter().copied());
        let at = SettingsAt { settings: &self.settings, root, file: &self.file };
        choose_database(DatabaseRequest { url, environment }, at, &process)
    }
}

#[test]
fn the_strongest_origin_wins() {
    let case = Case::new("DATABASE_URL=dotenv\nPROD_URL=prod-dotenv\n");
    let process = [("DATABASE_URL", "process"), ("PROD_URL", "prod-process")];
    let rows = [
        (Some("flag"), Some("prod"), &process[..], "flag", "--database-url"),
        (None, Some("prod"), &process[..], "prod-process", "PROD_URL"),
        (None, Some("prod"), &process[..1], "prod-dotenv", "PROD_URL in .env"),
        (None, None, &process[..], "process", "DATABASE_URL"),
        (None, None, &[], "dotenv", "DATABASE_URL in .env"),
        (None, None, &[("DATABASE_URL", "")], "dotenv", "DATABASE_URL in .env"),
    ];
    for (url, environment, variables, expected, origin) in rows {
        let choice = case.choose(url, environment, variables).unwrap();
        assert_eq!((choice.url(), choice.origin.to_string().as_str()), (expected, origin));
        assert_eq!(choice.protected, environment.is_some(), "protected goes with the environment, not the URL");
    }
    let choice = Case::new("OTHER=1\n").choose(None, None, &[]).unwrap();
    assert_eq!((choice.url(), choice.origin.to_string().as_str()), ("sqlite:setting.db", "database-url in Cargo.toml"));
}

#[test]
fn only_the_flag_is_relative_to_the_current_directory() {
    let case = Case::new("");
    let root = Utf8Path::from_path(case.root.path()).unwrap();
    assert_eq!(case.choose(Some("sqlite:x.db"), None, &[]).unwrap().base, "/elsewhere");
    assert_eq!(case.choose(None, None, &[("DATABASE_URL", "sqlite:x.db")]).unwrap().base, root);
    assert_eq!(case.choose(None, None, &[]).unwrap().base, root);
}

#[test]
fn an_environment_falls_back_to_its_own_setting_only() {
    let mut case = Case::new("DATABASE_URL=dotenv\n");
    let error = case.choose(None, Some("prod"), &[("DATABASE_URL", "process")]).unwrap_err();
    assert_eq!(error.to_string(), "the environment `prod` reads its database from PROD_URL, which is not set");
    assert_eq!((error.code(), error.exit()), (Code("A0622"), Exit::Usage));
    case.settings.environments.get_mut("prod").unwrap().database_url = Some("sqlite:prod.db".to_owned());
    let choice = case.choose(None, Some("prod"), &[]).unwrap();
    assert_eq!(
        (choice.url(), choice.origin.clone()),
        (
            "sqlite:prod.db",
            UrlOrigin::Setting { key: "env.prod.database-url".to_owned(), file: SettingsFile::Manifest }
        )
    );
}

#[test]
fn errors_name_the_way_on() {
    let mut case = Case::new("");
    let error = case.choose(None, Some("prdo"), &[]).unwrap_err();
    assert_eq!(error.to_string(), "no environment is called `prdo`");
    assert_eq!(error.help().as_deref(), Some("pass `--env prod`"));
    assert_eq!(error.notes(), ["the environments are prod"]);
    assert!(matches!(case.choose(Some(""), None, &[]), Err(DatabaseChoiceError::EmptyFlag)));
    case.settings.database_url = None;
    let error = case.choose(None, None, &[]).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit()), ("no database is named", Exit::Usage));
    assert!(error.notes()[0].contains(".env") && error.help().unwrap().contains("--database-url"));
}

#[test]
fn a_broken_dotenv_matters_only_where_it_is_needed() {
    let case = Case::new("DATABASE_URL=above\nbroken line\n");
    assert_eq!(case.choose(None, None, &[]).unwrap().url(), "above");
    assert!(matches!(case.choose(None, Some("prod"), &[]), Err(DatabaseChoiceError::Dotenv(_))));
    assert_eq!(case.choose(None, Some("prod"), &[("PROD_URL", "x")]).unwrap().url(), "x");
}

#[test]
fn debug_hides_the_url() {
    let choice = Case::new("").choose(Some("postgres://u:secret@h/d"), None, &[]).unwrap();
    assert!(!format!("{choice:?}").contains("secret"));
}

#[test]
fn passwords_are_hidden_and_nothing_moves() {
    let text = "a = \"postgres://u:p@h/d\" # é\nb = 'postgres://h/d?password=ü'\nc = \"postgres://u@h/d\"\nd = \"mysql://u:p@h\n";
    let hidden = without_passwords(text);
    let expected = format!(
        "a = \"postgres://{}\" # é\nb = 'postgres://{}'\nc = \"postgres://u@h/d\"\nd = \"mysql://{}\n",
        "*".repeat("u:p@h/d".len()),
        "*".repeat("h/d?password=ü".len()),
        "*".repeat("u:p@h".len())
    );
    assert_eq!((hidden.as_str(), hidden.len()), (expected.as_str(), text.len()));
}

#[test]
fn passwords_are_seen() {
    let with = [
        "postgres://u:p@h/d",
        "mysql://u:p@h:3306/d",
        "postgres://u:p@ss@h/d",
        "postgres://u:p/q@h/d",
        "postgres://h/d?sslmode=require&password=x",
    ];
    let without =
        ["sqlite:app.db", "sqlite://app.db", "postgres://h/d", "postgres://u@h:5432/d", "postgres://h:5432/a@b"];
    for url in with {
        assert!(holds_password(url), "{url}");
    }
    for url in without {
        assert!(!holds_password(url), "{url}");
    }
}
