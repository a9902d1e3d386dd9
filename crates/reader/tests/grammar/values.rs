use alembic_reader::grammar::ast::{DefaultItem, Derive, Reference};
use alembic_reader::grammar::words::{renamed_all, snake_case};
use alembic_reader::grammar::{enum_faults, parse_enum_table};

use crate::{faults_of, lexer, struct_of, told};

fn with(items: &str) -> String {
    format!("#[table(no_primary_key)] struct A {{ #[column({items})] a: Option<i64> }}")
}

#[test]
fn numbers_lose_what_only_rust_needs() {
    let cases = [
        ("0", "0"),
        ("1_000", "1000"),
        ("-1_0i64", "-10"),
        ("0xFFu8", "255"),
        ("-0b1_01", "-5"),
        ("0o17usize", "15"),
        ("1.", "1.0"),
        ("0.50", "0.50"),
        ("1.5_0f64", "1.50"),
        ("2f32", "2"),
        ("1e-3", "1e-3"),
        ("1_0.5E+1_0f64", "10.5E+10"),
    ];
    for (written, read) in cases {
        let source = with(&format!("default = {written}"));
        let decl = struct_of(&source);
        let default = decl.fields[0].column.default.as_ref().map(|at| at.value.clone());
        assert_eq!(default, Some(DefaultItem::Number(read.to_owned())), "{written}");
    }
    for (written, message) in [
        ("1q", "numbers have no suffix `q` @ 1q"),
        ("0x1f_f32g", "numbers have no suffix `g` @ 0x1f_f32g"),
        ("0b", "`0b` is no number @ 0b"),
        ("-\"x\"", "expected a number after `-` @ -"),
        ("+1", "expected a literal @ +"),
    ] {
        assert_eq!(faults_of(&with(&format!("default = {written}")), Derive::Table), [message]);
    }
}

#[test]
fn strings_are_what_rust_says_they_are() {
    let cases = [
        (r#""plain""#, "plain"),
        (r#""""#, ""),
        (r#""a\"b\\c\'d\n\r\t\0""#, "a\"b\\c'd\n\r\t\0"),
        (r#""\x41\u{1F3AE}\u{0_0e9}""#, "A\u{1F3AE}é"),
        ("\"a\\\n     b\"", "ab"),
        ("\"a\r\nb\"", "a\nb"),
        (r##"r"a\n""##, "a\\n"),
        (r###"r##"say "#hi"#"##"###, "say \"#hi\"#"),
        (r#""naïve ₤""#, "naïve ₤"),
    ];
    for (written, read) in cases {
        let source = with(&format!("default_value = {written}"));
        let decl = struct_of(&source);
        assert_eq!(decl.fields[0].column.default_value.as_ref().map(|at| at.value.as_str()), Some(read), "{written}");
    }
    for (written, message) in [
        (r#"b"x""#, r#"byte strings are not text @ b"x""#),
        (r#"c"x""#, r#"C strings are not text @ c"x""#),
        ("'x'", "characters are not text @ 'x'"),
        (r#""\q""#, r#"unknown escape in the string @ "\q""#),
        (r#""\u{110000}""#, r#"unknown escape in the string @ "\u{110000}""#),
        (r#""\xé""#, r#"unknown escape in the string @ "\xé""#),
    ] {
        assert_eq!(faults_of(&with(&format!("default_value = {written}")), Derive::Table), [message]);
    }
}

#[test]
fn a_bare_word_is_no_expression() {
    for sql in ["now()", "CURRENT_DATE", "true", "null", "'euw1'", "1 + 1", "nextval('s')", "current_timestamp", "(1)"]
    {
        struct_of(&with(&format!("default = {sql:?}")));
    }
    for data in ["euw1", "", " ", "NA", "_x", "größe"] {
        assert_eq!(faults_of(&with(&format!("default = {data:?}")), Derive::Table).len(), 1, "{data}");
    }
}

#[test]
fn references_name_a_table_and_its_columns() {
    let reference = |schema: Option<&str>, table: &str, columns: &[&str]| Reference {
        schema: schema.map(str::to_owned),
        table: table.to_owned(),
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
    };
    for (written, read) in [
        ("players.id", reference(None, "players", &["id"])),
        (" arena.players.id", reference(Some("arena"), "players", &["id"])),
        ("players(id)", reference(None, "players", &["id"])),
        ("arena.players ( id )", reference(Some("arena"), "players", &["id"])),
    ] {
        let source = with(&format!("references = {written:?}"));
        let decl = struct_of(&source);
        assert_eq!(decl.fields[0].column.references.as_ref().map(|at| &at.value), Some(&read), "{written}");
    }
    for odd in [
        "players",
        ".id",
        "players.",
        "a.b.c.d",
        "a.b.c(d)",
        "players(",
        "players()",
        "players(id,)",
        "p (id) x",
        "(id)",
        "'p'.id",
    ] {
        assert_eq!(faults_of(&with(&format!("references = {odd:?}")), Derive::Table).len(), 1, "{odd}");
    }
}

#[test]
fn names_change_their_case_as_sqlx_changes_them() {
    for (name, snake) in [
        ("SmurfScore", "smurf_score"),
        ("HTTPServer", "http_server"),
        ("PlayerV2", "player_v2"),
        ("Level3Cache", "level3_cache"),
        ("V2X", "v2x"),
        ("already_snake__", "already_snake"),
        ("Äußeres", "äußeres"),
        ("A", "a"),
    ] {
        assert_eq!(snake_case(name), snake);
    }
    for (case, renamed) in [
        ("snake_case", "player_id"),
        ("lowercase", "player_id"),
        ("UPPERCASE", "PLAYER_ID"),
        ("camelCase", "playerId"),
        ("PascalCase", "PlayerId"),
        ("SCREAMING_SNAKE_CASE", "PLAYER_ID"),
        ("kebab-case", "player-id"),
    ] {
        assert_eq!(renamed_all("player_id", case).as_deref(), Some(renamed), "{case}");
    }
    assert_eq!(renamed_all("player_id", "Title Case"), None);
}

#[test]
fn enums_say_which_values_are_renamed() {
    let source = r#"#[derive(Values)] #[table(name = "mood", schema = "arena")]
        #[table(renamed(Sad = "Blue", "a b" = "a-b"))] #[sqlx(rename_all = "lowercase")] pub enum Mood { Blue }"#;
    let items = parse_enum_table(&lexer::tokens(source)).unwrap();
    let renamed: Vec<_> = items.renamed.iter().map(|it| (it.old.value.as_str(), it.new.value.as_str())).collect();
    assert_eq!(renamed, [("Sad", "Blue"), ("a b", "a-b")]);
    assert_eq!((items.name.unwrap().value.as_str(), items.schema.unwrap().value.as_str()), ("mood", "arena"));
    let source = r#"#[table(renamed(1 = "x", A, B(c), "d" = , "e" "f", a.b))] enum Mood { }"#;
    let faults: Vec<String> = enum_faults(&lexer::tokens(source)).iter().map(|fault| told(fault, source)).collect();
    assert_eq!(
        faults,
        [
            r#"expected `Old = "New"` @ 1"#,
            r#"`A` takes a string | write `A = "…"` @ A"#,
            r#"`B` takes a string | write `B = "…"` @ B"#,
            r#"expected `Old = "New"` @ "d""#,
            r#"expected `Old = "New"` @ "e""#,
            r#"expected `Old = "New"` @ a"#,
        ]
    );
}
