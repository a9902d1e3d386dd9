//! Folders on disk in, scripts and faults out.

use super::*;
use crate::diagnose::Diagnose;

/// A folder that is removed when the test ends.
struct Temporary(Utf8PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("alembic-revisions-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Temporary(Utf8PathBuf::from_path_buf(path).expect("the temporary folder is UTF-8"))
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a path inside")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Writes a script without sections.
    fn script(&self, path: &str, id: &str) {
        self.write(path, format!("-- [alembic]\n-- revision = \"{id}\"\n"));
    }

    /// The folder of a feature in the workspace `ws`.
    fn folder(&self, feature: &str) -> Folder {
        let shown = Utf8PathBuf::from(format!("{feature}/migrations"));
        let root = self.0.join("ws");
        Folder { feature: feature.into(), dir: root.join(&shown), shown, root }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn ids(read: &FolderRead) -> Vec<&str> {
    read.scripts.iter().map(|script| script.revision.id.as_str()).collect()
}

fn faults(read: &FolderRead) -> Vec<String> {
    let show = |fault: &FileFault| format!("{} {}: {fault}", fault.places[0].source.path, fault.kind());
    read.faults.iter().map(show).collect()
}

#[test]
fn files_come_in_load_order_and_others_are_ignored() {
    let temporary = Temporary::new("order");
    let app = "ws/app/migrations";
    let files = [
        ("b.sql", "b"),
        ("B.sql", "B"),
        ("a b.SQL", "a"),
        ("z/a.sql", "za"),
        ("2024/x/a.sql", "x"),
        ("2024/b.sql", "y"),
    ];
    for (path, id) in files {
        temporary.script(&format!("{app}/{path}"), id);
    }
    for ignored in
        [".hidden.sql", "c.sql~", ".c.sql.swp", "c.sql.orig", "readme.md", "sql", ".git/d.sql", "fixtures/e.sql"]
    {
        temporary.write(&format!("{app}/{ignored}"), [0xff]);
    }
    let read = read_folder(&temporary.folder("app"));
    assert_eq!(faults(&read), Vec::<String>::new());
    assert_eq!(ids(&read), ["B", "a", "b", "y", "x", "za"]);
    assert_eq!(read.scripts[4].revision.source.path, "app/migrations/2024/x/a.sql");
    assert_eq!(&*read.scripts[0].revision.feature, "app");
}

#[test]
fn features_come_by_name_and_threads_change_nothing() {
    let temporary = Temporary::new("threads");
    for feature in ["users", "billing"] {
        for number in 100..400 {
            let header = if number % 50 == 0 { "-- [alembik]\n" } else { "-- [alembic]\n" };
            let text = format!("{header}-- revision = \"{feature}{number}\"\n");
            temporary.write(&format!("ws/{feature}/migrations/{number}.sql"), text);
        }
    }
    let folders = [temporary.folder("users"), temporary.folder("absent"), temporary.folder("billing")];
    let one = read_all(&folders, NonZeroUsize::MIN);
    assert_eq!((one.scripts.len(), one.faults.len()), (588, 12));
    assert_eq!(ids(&one)[..2], ["billing101", "billing102"]);
    assert_eq!(one.faults[6].places[0].source.path, "users/migrations/100.sql");
    for threads in [2, 3, 16] {
        let many = read_all(&folders, NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN));
        assert_eq!(many.scripts, one.scripts);
        assert_eq!(faults(&many), faults(&one));
    }
    assert!(one.into_scripts().is_err_and(|faults| faults.iter().count() == 12));
}

#[test]
fn files_that_are_no_utf8_text() {
    let temporary = Temporary::new("encoding");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| "\u{feff}-- [alembic]".encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let table: &[(&str, Vec<u8>, &str)] = &[
        ("1.sql", b"-- \xc3\xa4\n-- gr\xfc\xdfe\n--".to_vec(), "NotUtf8: the file is not UTF-8 at byte 12 (line 2)"),
        ("2.sql", utf16(u16::to_le_bytes), "Utf16: the file is UTF-16"),
        ("3.sql", utf16(u16::to_be_bytes), "Utf16: the file is UTF-16"),
        ("4.sql", utf16(u16::to_le_bytes)[2..].to_vec(), "Utf16: the file is UTF-16"),
        ("5.sql", Vec::new(), "NoFrontMatter: the file has no front matter"),
        ("6.sql", vec![0], "NulByte: a NUL byte"),
    ];
    let mut expected = Vec::new();
    for (name, bytes, message) in table {
        temporary.write(&format!("ws/app/migrations/{name}"), bytes);
        expected.push(format!("app/migrations/{name} {message}"));
    }
    expected.push("app/migrations/6.sql NoFrontMatter: the file has no front matter".to_owned());
    let read = read_folder(&temporary.folder("app"));
    assert_eq!(faults(&read), expected);
    assert_eq!(read.faults[0].places[0].line_column(), (2, 6));
}

#[test]
fn a_folder_that_is_a_file_is_a_fault() {
    let temporary = Temporary::new("file");
    temporary.write("ws/app/migrations", "");
    let faults = faults(&read_folder(&temporary.folder("app")));
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("app/migrations Unreadable: `app/migrations` cannot be read: "), "{faults:?}");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_do_not_leave_the_workspace() {
        let temporary = Temporary::new("links");
        let app = temporary.0.join("ws/app/migrations");
        temporary.script("ws/shared/a.sql", "inside");
        temporary.script("ws/more/b.sql", "folder");
        temporary.script("outside/secret.sql", "outside");
        temporary.script("ws/app/migrations/0.sql", "plain");
        symlink("../../shared/a.sql", app.join("a.sql")).expect("a link");
        symlink("../../more", app.join("more")).expect("a link");
        symlink(temporary.0.join("outside/secret.sql"), app.join("b.sql")).expect("a link");
        symlink(temporary.0.join("outside"), app.join("c")).expect("a link");
        symlink("nowhere", app.join("d.sql")).expect("a link");
        symlink("nowhere", app.join("e")).expect("a link");
        let read = read_folder(&temporary.folder("app"));
        assert_eq!(ids(&read), ["plain", "inside", "folder"]);
        let outside = fs::canonicalize(temporary.0.join("outside")).expect("a folder");
        let outside = outside.display();
        assert_eq!(
            faults(&read),
            [
                format!(
                    "app/migrations/b.sql OutsideWorkspace: `b.sql` points outside the workspace, at {outside}/secret.sql"
                ),
                format!("app/migrations/c OutsideWorkspace: `c` points outside the workspace, at {outside}"),
                "app/migrations/d.sql Unreadable: `d.sql` cannot be read: No such file or directory (os error 2)"
                    .to_owned(),
            ]
        );
        symlink(temporary.0.join("outside"), temporary.0.join("ws/elsewhere")).expect("a link");
        let elsewhere = Folder { dir: temporary.0.join("ws/elsewhere"), ..temporary.folder("app") };
        assert_eq!(read_folder(&elsewhere).faults[0].kind(), "OutsideWorkspace");
    }

    #[test]
    fn loops_end() {
        let temporary = Temporary::new("loops");
        let app = temporary.0.join("ws/app/migrations");
        temporary.script("ws/app/migrations/x/1.sql", "one");
        temporary.script("ws/app/migrations/y/2.sql", "two");
        symlink("..", app.join("x/up")).expect("a link");
        symlink("../y", app.join("x/other")).expect("a link");
        symlink("itself", app.join("itself")).expect("a link");
        let read = read_folder(&temporary.folder("app"));
        assert_eq!(ids(&read), ["one", "two"]);
        let kinds: Vec<_> =
            read.faults.iter().map(|fault| (fault.places[0].source.path.as_str(), fault.kind())).collect();
        let expected = [
            ("app/migrations/itself", "Unreadable"),
            ("app/migrations/x/other", "LinkLoop"),
            ("app/migrations/x/up", "LinkLoop"),
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn only_regular_files_are_opened() {
        let temporary = Temporary::new("special");
        temporary.script("ws/app/migrations/dir.sql/a.sql", "inside");
        let fifo = temporary.0.join("ws/app/migrations/pipe.sql");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().is_ok_and(|status| status.success());
        let read = read_folder(&temporary.folder("app"));
        assert_eq!(ids(&read), Vec::<&str>::new());
        let mut expected = vec!["app/migrations/dir.sql NotRegularFile: `dir.sql` is not a regular file"];
        if made {
            expected.push("app/migrations/pipe.sql NotRegularFile: `pipe.sql` is not a regular file");
        }
        assert_eq!(faults(&read), expected);
    }

    #[test]
    fn odd_file_names() {
        let temporary = Temporary::new("names");
        temporary.script("ws/app/migrations/a\u{1b}[31m.sql", "escape");
        temporary.write("ws/app/migrations/.keep", "");
        let app = temporary.0.join("ws/app/migrations");
        fs::write(app.as_std_path().join(OsStr::from_bytes(b"b\xff\".sql")), "").expect("a file");
        fs::write(app.as_std_path().join(OsStr::from_bytes(b"c\xff.txt")), "").expect("a file");
        let read = read_folder(&temporary.folder("app"));
        assert_eq!(ids(&read), ["escape"]);
        assert_eq!(faults(&read), ["app/migrations/b\\xff\".sql FileName: the file name `b\\xff\".sql` is not UTF-8"]);
    }
}
