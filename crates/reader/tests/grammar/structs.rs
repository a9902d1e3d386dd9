use alembic_reader::grammar::ast::{DefaultItem, Derive, Dialect, KeyItem, NullsItem, Reference};
use alembic_reader::grammar::{option_of, parse_struct};

use crate::{faults_of, lexer, struct_of};

#[test]
fn a_table_with_every_part_is_read() {
    let source = r##"
        #[doc = " A score."]
        #[table(name = "smurf_scores", schema = "arena", comment = "of players", renamed_from = "scores")]
        #[table(check(name = "confidence", "confidence BETWEEN 0 AND 1"), check(postgres = "a", sqlite = "b"))]
        #[table(index(player_id, played_at.desc.nulls_last, name = "ix", where = "x", using = "btree", include(factors),
                      ops(player_id = "int8_ops"), len(player_id = 8), concurrently),
                unique(expr = "lower(factors)", nulls_not_distinct),
                foreign_key(columns(player_id, region), references = "arena.players(id, region)", on_delete = "cascade"),
                extra_column(name = "search", sql_type = "tsvector", not_null),
                mysql(engine = "InnoDB", charset = "utf8mb4"), sqlite(strict, without_rowid))]
        pub(crate) struct SmurfScore<'a, T: Fn(u8) -> u8, const N: usize = { 1 }> where T: Into<Vec<T>>, {
            #[column(primary_key, identity = "always")] #[serde(default)] pub id: i64,
            #[column(references = "players.id", on_delete = "set_null", deferrable, fk_name = "fk", index)]
            player_id: Option<i64>,
            #[column(len = 4, default_value = "", collate = "C", unique = "per", check = "region <> ''")]
            region: String,
            #[cfg(feature = "x")] #[cfg(unix)] played_at: HashMap<String, Vec<(u8, u8)>>,
            #[sqlx(rename = "why", json(nullable), default)] factors: std::option::Option<&'a [T; N]>,
            #[column(skip)] cache: fn(u8) -> Cache,
            #[column(default = -1_0i64, mysql(sql_type = "tinyint", not_null), sqlite(default = 1.50))] r#type: i8,
        }
        "##;
    let decl = struct_of(source);
    assert_eq!((decl.name.value, decl.table_name().as_str()), ("SmurfScore", "smurf_scores"));
    let columns: Vec<&str> = decl.columns().map(|field| field.column_name()).collect();
    assert_eq!(columns, ["id", "player_id", "region", "played_at", "why", "type"]);
    assert_eq!(decl.fields[3].cfg.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    assert!(decl.fields[4].sqlx.json.is_some() && decl.fields[4].sqlx.json_nullable && decl.fields[4].is_nullable());
    let index = &decl.table.indexes[0].value;
    let key = KeyItem::Field { name: "played_at", descending: true, nulls: Some(NullsItem::Last) };
    assert_eq!(index.keys[1].value, key);
    assert_eq!((index.predicate.as_ref().unwrap().value.as_str(), index.len[0].1.value), ("x", 8));
    let references = &decl.table.foreign_keys[0].value.references.value;
    let columns = vec!["id".to_owned(), "region".to_owned()];
    assert_eq!(*references, Reference { schema: Some("arena".to_owned()), table: "players".to_owned(), columns });
    let last = &decl.fields[6].column;
    assert_eq!(last.default.as_ref().unwrap().value, DefaultItem::Number("-10".to_owned()));
    assert_eq!(last.dialects[0].0.value, Dialect::Mysql);
    assert_eq!(last.dialects[1].1.default.as_ref().unwrap().value, DefaultItem::Number("1.50".to_owned()));
    assert_eq!(decl.table.extra_columns[0].value.name.value, "search");
    assert_eq!(decl.table.dialects[1].1.len(), 2);
}

#[test]
fn rename_all_of_sqlx_renames_columns_without_a_name_of_their_own() {
    let decl = struct_of(
        r#"#[sqlx(rename_all = "camelCase")] struct A { #[column(primary_key)] the_id: i64,
           #[sqlx(rename = "b")] the_b: i64, #[column(name = "c")] the_c: i64 }"#,
    );
    assert_eq!(decl.columns().map(|field| field.column_name()).collect::<Vec<_>>(), ["theId", "b", "c"]);
}

#[test]
fn tokens_that_are_no_struct_are_faults_and_never_a_panic() {
    let source =
        r#"#[table(index(a.desc, name = "x"))] pub(crate) struct A<T> where T: B { #[column(len = 3)] a: Vec<T>, }"#;
    let all = lexer::tokens(source);
    for (start, end) in (0..=all.len()).flat_map(|start| (start..=all.len()).map(move |end| (start, end))) {
        let _ = parse_struct(&all[start..end], Derive::Table);
    }
    assert_eq!(
        faults_of("pub enum A { B }", Derive::Table),
        ["`derive(Table)` is for structs | write `derive(Values)` for an enum @ enum"]
    );
    assert_eq!(faults_of("struct A(u8);", Derive::Table), ["`A` has no named fields | write `struct … { … }` @ A"]);
}

#[test]
fn options_are_known_by_their_paths() {
    let inner = |source: &str| option_of(&lexer::tokens(source)).map(<[_]>::len);
    assert_eq!(inner("Option<i64>"), Some(1));
    assert_eq!(inner("::core::option::Option<Vec<u8>>"), Some(4));
    for other in ["i64", "my::Option<i64>", "Vec<Option<i64>>", "Option", "OptionX<i64>", "<Option<T> as X>::Y"] {
        assert_eq!(inner(other), None, "{other}");
    }
}
