use super::*;

/// A workspace whose target folder is a new one.
fn workspace(folder: &tempfile::TempDir) -> Workspace {
    let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    Workspace {
        target_directory: root.join("target"),
        root,
        version_table: alembic_revisions::TableName::default(),
        history: true,
        store_scripts: false,
        dialects: Vec::new(),
        packages: Vec::new(),
    }
}

fn names(home: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_read_becomes_the_watched_folder() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(&folder);
    let watched = workspace.root.join("players/migrations");
    fs::create_dir_all(&watched).unwrap();
    let Watches(watches) = Watches::begin(&workspace, &[&watched]);
    let [Watch { file, folders }] = watches.as_slice() else { panic!("one watch") };
    assert_eq!((fs::read(file).unwrap(), folders), (Vec::new(), &vec![watched.clone()]));
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
    link(file.as_std_path(), folders);
    fs::write(watched.join("new.sql"), "").unwrap();
    assert!(file.join("new.sql").is_file(), "the path leads into the folder");
    assert!(!fs::symlink_metadata(file).unwrap().is_symlink(), "a link at the end would count with its own time");
    // Another process with the same id, or the next call of this one, gets another.
    let Watches(again) = Watches::begin(&workspace, &[&watched]);
    assert_ne!(again[0].file, *file);
}

#[test]
fn folders_that_do_not_exist_are_old_until_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(&folder);
    let missing = ["a", "b"].map(|name| workspace.root.join(name).join("db/migrations"));
    let Watches(watches) = Watches::begin(&workspace, &[&missing[0], &missing[1]]);
    let [Watch { file, folders }] = watches.as_slice() else { panic!("one watch for both") };
    link(file.as_std_path(), folders);
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
    assert_eq!(names(file), ["0", "1"]);
    assert!(!file.join("1").exists());
    fs::create_dir_all(&missing[1]).unwrap();
    assert!(file.join("1").is_dir() && !file.join("0").exists());
}

#[test]
fn nothing_else_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, content) in [("other/file", ""), ("watch-1-0/file", "not empty"), ("watch-1-1/folder/file", "")] {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        link(&file, &[root.join("players/migrations")]);
        assert!(file.is_file(), "{name}");
    }
    link(&root.join("watch-2-0/missing"), &[root.join("players/migrations")]);
    link::<&Path>(&root.join("watch-1-1"), &[]);
    assert!(!root.join("watch-2-0").exists() && root.join("watch-1-1").is_dir());
}

#[test]
fn old_ones_go_and_no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let home = Utf8Path::from_path(folder.path()).unwrap().join("alembic");
    let precious = home.join("precious");
    fs::create_dir_all(&precious).unwrap();
    fs::write(precious.join("a.sql"), "").unwrap();
    let unread = unused_folder(&home).unwrap();
    fs::write(unread.join("migrations"), "").unwrap();
    make_link(precious.as_std_path(), home.join("watch-1-0").as_std_path()).unwrap();
    let now = SystemTime::now();
    remove_old(&home, now);
    assert_eq!(names(&home).len(), 3, "what is new stays");
    remove_old(&home, now + KEPT * 2);
    assert_eq!(names(&home), ["precious"]);
    assert!(precious.join("a.sql").is_file());
    // Far more than are in use: only those of the last hour stay.
    (0..=MANY).for_each(|_| _ = unused_folder(&home).unwrap());
    remove_old(&home, SystemTime::now());
    assert_eq!(names(&home).len(), MANY + 2);
    remove_old(&home, SystemTime::now() + IN_USE * 2);
    assert_eq!(names(&home).len(), MANY + 1);
}
