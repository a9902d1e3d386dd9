use proptest::prelude::*;
use serde_json::json;

use super::*;

fn file(path: &str, text: &str) -> BundledFile {
    BundledFile { path: path.into(), text: text.to_owned() }
}

/// Two features, one without files, and texts that look like the frame around them.
fn sample() -> Bundle {
    let players = BundledFeature {
        name: "players".to_owned(),
        settings: json!({ "branch-label": "players" }),
        scripts: vec![
            file("players/migrations/a.sql", "-- A\r\n\r\nSELECT 'ü';"),
            file("players/migrations/with \"quotes\"\n.sql", "\u{feff}sha256 0\nscript \"x\" 3 bytes\n"),
            file("players/migrations/empty.sql", ""),
        ],
        fixtures: vec![file("players/migrations/fixtures/a.sql", "\n")],
    };
    let matches = BundledFeature { name: "matches".to_owned(), ..BundledFeature::default() };
    let settings = json!({ "version-table": "v", "dialects": ["sqlite"] });
    Bundle { made_by: VERSION.to_owned(), settings, features: vec![matches, players] }
}

/// A bundle made by hand, whose checksum is right.
fn sealed(text: &str) -> Vec<u8> {
    format!("{text}{}", record::seal(text.as_bytes()).0).into_bytes()
}

#[test]
fn the_format_is_what_it_was() {
    let (text, checksum) = pack(&sample());
    let expected = format!(
        "cargo-alembic bundle 1\nmade by cargo-alembic {VERSION}\n\n\
         settings \"workspace\" 61 bytes\n{{\n  \"dialects\": [\n    \"sqlite\"\n  ],\n  \"version-table\": \"v\"\n}}\n\n\
         feature \"matches\" 5 bytes\nnull\n\n\
         feature \"players\" 32 bytes\n{{\n  \"branch-label\": \"players\"\n}}\n\n\
         script \"players/migrations/a.sql\" 20 bytes\n-- A\r\n\r\nSELECT 'ü';\n\
         script \"players/migrations/with \\\"quotes\\\"\\n.sql\" 31 bytes\n\u{feff}sha256 0\nscript \"x\" 3 bytes\n\n\
         script \"players/migrations/empty.sql\" 0 bytes\n\n\
         fixture \"players/migrations/fixtures/a.sql\" 1 bytes\n\n\n\
         sha256 {checksum}\n"
    );
    assert_eq!(text, expected);
    assert_eq!(unpack(text.as_bytes()).unwrap(), sample());
    assert!(is_bundle(&text) && !is_bundle("-- A\n"));
}

#[test]
fn each_damage_has_its_name() {
    let (text, _) = pack(&sample());
    let altered = Damage::Altered { has_carriage_returns: false };
    let upper = text.trim_end().rsplit_once(' ').map(|(above, digits)| format!("{above} {}\n", digits.to_uppercase()));
    for (bytes, expected) in [
        (String::new(), Damage::Cut { length: 0 }),
        ("cargo-al".to_owned(), Damage::Cut { length: 8 }),
        ("Cargo.toml".to_owned(), Damage::Foreign),
        (format!("{text}x"), Damage::Continued),
        (format!("{text}{text}"), Damage::Continued),
        (format!("{text}\n"), Damage::Continued),
        (text.replace("SELECT", "DELETE"), altered.clone()),
        (text.replace("20 bytes", "21 bytes"), altered.clone()),
        (text.replace("bundle 1", "bundle 2"), altered.clone()),
        (upper.unwrap(), altered.clone()),
        (text.trim_end().to_owned(), Damage::Cut { length: text.len() - 1 }),
        (text.replace('\n', "\r\n"), Damage::Altered { has_carriage_returns: true }),
    ] {
        assert_eq!(unpack(bytes.as_bytes()), Err(expected), "{bytes}");
    }
}

#[test]
fn what_was_made_by_hand_names_its_line() {
    let head = format!("cargo-alembic bundle 1\nmade by cargo-alembic {VERSION}\n\n");
    let settings = format!("{head}settings \"workspace\" 2 bytes\n{{}}\n");
    for (text, line, why) in [
        (head.clone(), 4, "the settings are missing"),
        (format!("{head}feature \"a\" 2 bytes\n{{}}\n"), 4, "the first record, and no other, has the settings"),
        (format!("{settings}{}", &settings[head.len()..]), 6, "the first record, and no other, has the settings"),
        (format!("{head}settings \"workspace\" 2 bytes\n[]\n"), 4, "the settings are no table"),
        (format!("{settings}script \"a.sql\" 1 bytes\nx\n"), 6, "it belongs to no feature"),
        (format!("{settings}feature a 2 bytes\n{{}}\n"), 6, "a record has a name in quotes"),
        (
            format!("{settings}feature \"a\" 2 bytes\n{{}}\nfeature \"a\" 2 bytes\n{{}}\n"),
            8,
            "this stands above already",
        ),
        (
            format!("{settings}table \"a\" 2 bytes\n{{}}\n"),
            6,
            "a record is `settings`, `feature`, `script` or `fixture`",
        ),
        (format!("{settings}feature \"a\" 99999999999999999999 bytes\n{{}}\n"), 6, "a record is expected"),
        (format!("{settings}feature \"a\" 18446744073709551615 bytes\n{{}}\n"), 6, "a record is expected"),
        (format!("{settings}feature \"a\" 5 bytes\n{{}}\n"), 6, "a record is expected"),
        (format!("{settings}feature \"a\" 1 bytes\nü\n"), 6, "a record is expected"),
        (format!("{settings}sha256 \n"), 6, "the last line stands in the middle"),
        ("cargo-alembic bundle 0\n\n\n".to_owned(), 1, "no format has this number"),
        ("cargo-alembic bundle one\n\n\n".to_owned(), 1, "no format has this number"),
        ("cargo-alembic bundle 1\n".to_owned(), 1, "it has no records"),
    ] {
        assert_eq!(unpack(&sealed(&text)), Err(Damage::Malformed { line, why }), "{text}");
    }
    let latin: Vec<u8> = [head.as_bytes(), b"\xff\n"].concat();
    let seal = record::seal(&latin).0;
    let why = "it is not UTF-8";
    assert_eq!(unpack(&[&latin, seal.as_bytes()].concat()), Err(Damage::Malformed { line: 4, why }));
}

#[test]
fn a_later_format_names_its_maker() {
    let later = sealed("cargo-alembic bundle 7\nmade by cargo-alembic 9.1.0\nanything\nat\nall\n");
    assert_eq!(unpack(&later), Err(Damage::Newer { made_by: "9.1.0".to_owned() }));
    let altered = Damage::Altered { has_carriage_returns: false };
    assert_eq!(unpack(&later[..later.len() - 9]), Err(altered), "nobody can tell how it was cut");
}

fn any_file() -> impl Strategy<Value = BundledFile> {
    let texts = prop_oneof![".{0,40}", Just("\r\n\u{feff}sha256 ".to_owned()), "(script \"a\" [0-9] bytes\n){0,3}"];
    ("\\PC{1,12}", texts).prop_map(|(path, text)| file(&path, &text))
}

prop_compose! {
    fn any_bundle()(
        features in prop::collection::btree_map("\\PC{1,8}", prop::collection::vec(any_file(), 0..4), 0..4),
        table in ".{0,8}",
    ) -> Bundle {
        let feature = |(name, mut files): (String, Vec<BundledFile>)| {
            files.iter_mut().enumerate().for_each(|(at, file)| file.path = format!("{name}/{at}{}", file.path).into());
            let fixtures = files.split_off(files.len() / 2);
            BundledFeature { name, settings: Value::Null, scripts: files, fixtures }
        };
        let features = features.into_iter().map(feature).collect();
        Bundle { made_by: VERSION.to_owned(), settings: json!({ "version-table": table }), features }
    }
}

proptest! {
    #[test]
    fn what_was_packed_is_unpacked(bundle in any_bundle()) {
        let (text, _) = pack(&bundle);
        prop_assert_eq!(unpack(text.as_bytes()), Ok(bundle.clone()));
        prop_assert_eq!(pack(&bundle).0, text);
    }

    #[test]
    fn no_cut_goes_unseen(bundle in any_bundle(), at in any::<prop::sample::Index>()) {
        let (text, _) = pack(&bundle);
        let cut = &text.as_bytes()[..at.index(text.len())];
        prop_assert_eq!(unpack(cut), Err(Damage::Cut { length: cut.len() }));
    }

    #[test]
    fn no_other_byte_goes_unseen(bundle in any_bundle(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = pack(&bundle).0.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let found = unpack(&bytes);
        let is_named = matches!(found, Err(Damage::Altered { .. }))
            || at < record::FIRST.len() && matches!(found, Err(Damage::Foreign));
        prop_assert!(is_named, "{found:?}");
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(cargo-alembic bundle 1\n)?.{0,60}\n{0,3}") {
        prop_assert!(unpack(&bytes).is_err());
        prop_assert!(unpack(&sealed(&text)).is_err());
    }
}
