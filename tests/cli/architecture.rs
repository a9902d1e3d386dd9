//! Holds the code to `docs/architecture.md`: its tables of layers and of forbidden crates are the input of these tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LONGEST_FILE: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the cells of the table whose header starts with `first_header`, without the two header lines.
fn table(first_header: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md");
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {first_header} |")))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
        .collect();
    assert!(!rows.is_empty(), "no table `{first_header}` in docs/architecture.md");
    rows
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the module of the first level that a file of `src/` belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).expect("a file of src/");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Returns the modules of the first level that a text names as `crate::module` or `cargo_alembic::module`.
fn modules_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for prefix in ["crate::", "cargo_alembic::"] {
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let group = &group[..group.find('}').unwrap_or(group.len())];
                used.extend(group.split(',').map(|name| first_word(name.trim())));
            } else {
                used.insert(first_word(rest));
            }
        }
    }
    used
}

/// Returns what a file compiles to outside of tests: no comments, nothing behind `#[cfg(test)]`.
fn code_of(file: &Path) -> String {
    if file.file_name().is_some_and(|name| name == "tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(file).expect("readable file");
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn modules_use_only_lower_layers() {
    let layers: BTreeMap<String, u32> =
        table("layer").iter().map(|row| (row[1].clone(), row[0].parse().expect("a layer number"))).collect();
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let module = module_of(&file);
        if module == "lib" {
            continue;
        }
        let Some(layer) = layers.get(&module) else {
            faults.push(format!("{} is in no layer", file.display()));
            continue;
        };
        for used in modules_used(&code_of(&file)) {
            if used == module {
                continue;
            }
            match layers.get(&used) {
                Some(lower) if lower < layer => {}
                Some(_) => faults.push(format!("{} uses `{used}`, which is not below it", file.display())),
                None => faults.push(format!("{} uses `{used}`, which is in no layer", file.display())),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_do_not_depend_on_what_is_forbidden() {
    for row in table("package") {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--edges", "normal,no-proc-macro", "--prefix", "none", "--all-features"])
            .args(["-p", &row[0]])
            .current_dir(root())
            .output()
            .expect("cargo tree");
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
        let names: Vec<&str> = tree.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
        for forbidden in row[2].split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let found = names.iter().find(|name| forbidden == "any crate" || **name == forbidden);
            assert_eq!(found, None, "{} depends on {forbidden}", row[0]);
        }
    }
}

#[test]
fn only_ui_prints() {
    let printing = ["println!", "print!(", "eprintln!", "eprint!(", "io::stdout", "io::stderr", "dbg!("];
    for file in rust_files(&root().join("src")).into_iter().chain(rust_files(&root().join("crates/runtime/src"))) {
        if file.starts_with(root().join("src/ui")) {
            continue;
        }
        let code = code_of(&file);
        for word in printing {
            assert!(!code.contains(word), "{} prints with {word}", file.display());
        }
    }
}

#[test]
fn files_stay_readable() {
    let mut long = Vec::new();
    for folder in ["src", "crates"] {
        for file in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&file).expect("readable file").lines().count();
            if lines > LONGEST_FILE {
                long.push(format!("{lines} lines: {}", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "is each of these still one thing?\n{}", long.join("\n"));
}

#[test]
fn every_command_has_its_row_in_the_documentation() {
    let documented = fs::read_to_string(root().join("docs/commands.md")).expect("docs/commands.md");
    for file in rust_files(&root().join("src/commands")) {
        let name = file.file_stem().expect("a file name").to_string_lossy().replace('_', "-");
        if name != "mod" {
            assert!(documented.contains(&format!("`{name}")), "docs/commands.md does not mention `{name}`");
        }
    }
}

#[test]
fn every_error_code_has_its_row_in_the_documentation() {
    let documented = fs::read_to_string(root().join("docs/errors.md")).expect("docs/errors.md");
    let mut used = BTreeSet::new();
    for folder in ["src", "crates"] {
        let is_test = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "tests");
        for file in rust_files(&root().join(folder)).into_iter().filter(|file| !is_test(file)) {
            let code = code_of(&file);
            let literals = code.match_indices("\"A0").map(|(at, _)| code[at + 1..].chars().take(5).collect::<String>());
            used.extend(literals.filter(|code| code[1..].bytes().all(|digit| digit.is_ascii_digit())));
        }
    }
    assert!(used.len() > 100, "{used:?}");
    let rows: BTreeSet<String> =
        documented.lines().filter_map(|line| line.strip_prefix("| A0")).map(|row| format!("A0{}", &row[..3])).collect();
    let difference: Vec<_> = used.symmetric_difference(&rows).collect();
    assert!(difference.is_empty(), "only in the code or only in docs/errors.md: {difference:?}");
}

#[test]
fn every_trap_has_its_test() {
    let text = fs::read_to_string(root().join("docs/traps.md")).expect("docs/traps.md");
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit_once(" | "));
    let names: Vec<&str> = cells.map(|(_, test)| test.trim_matches('`')).filter(|test| *test != "test").collect();
    assert!(names.len() > 80, "{names:?}");
    for name in names {
        let (file, function) = name.split_once("::").unwrap_or_else(|| panic!("`{name}` is no FILE::TEST"));
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_test = |at: usize| source[..at].trim_end().ends_with("#[test]");
        let plain = source.match_indices(&format!("fn {function}(")).any(|(at, _)| is_test(at));
        assert!(plain || source.contains(&format!("scenario!({function} on ")), "{file} has no test {function}");
    }
}

#[test]
fn error_codes_are_unique_to_their_file_and_layer() {
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in ["src", "crates"] {
        let is_test = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "tests");
        for file in rust_files(&root().join(folder)).into_iter().filter(|file| !is_test(file)) {
            let code = code_of(&file);
            for (at, _) in code.match_indices("Code(\"A") {
                let name = code[at + 6..].chars().take(5).collect::<String>();
                let known = table("codes").iter().any(|row| name.starts_with(&row[0]));
                assert!(known, "{name} in {} belongs to no layer", file.display());
                if let Some(other) = seen.insert(name.clone(), file.clone()) {
                    assert_eq!(other, file, "{name} is used in two files");
                }
            }
        }
    }
    assert!(!seen.is_empty());
}
