//! Primary keys, indexes, checks, foreign keys.

use alembic_schema::model::{Model, ModelDialect, ModelIndex, ModelKeyPart, ModelTableOption, TableOption};
use alembic_schema::schema::{Action, Deferrable, Nulls, Order};

use crate::workspace::one;

fn table(head: &str, fields: &str) -> Model {
    let text = format!(
        "#[derive(Columns)] struct Base {{ #[column(index = \"grp\", name = \"when_\")] at: i64 }}\n\
         #[derive(Table)] {head} struct A {{ {fields} }}"
    );
    one(&text).models().tables.remove(0)
}

fn brief(index: &ModelIndex) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| {
            let part = match &key.part {
                ModelKeyPart::Column(name) => name.clone(),
                ModelKeyPart::Expression(expression) => format!("({expression})"),
            };
            let order = if key.order == Order::Descending { " desc" } else { "" };
            let nulls = match key.nulls {
                Nulls::Default => "",
                Nulls::First => " first",
                Nulls::Last => " last",
            };
            let class = key.operator_class.as_ref().map_or_else(String::new, |class| format!(" {class}"));
            let length = key.length.map_or_else(String::new, |length| format!(" {length}"));
            format!("{part}{order}{nulls}{class}{length}")
        })
        .collect();
    let kind = if index.unique { "unique" } else { "index" };
    format!("{kind} {}({})", index.name.as_deref().unwrap_or(""), keys.join(", "))
}

#[test]
fn primary_keys() {
    for (head, fields, expected) in [
        ("", "#[column(primary_key)] id: i64", &["id"][..]),
        ("", "x: i32, #[column(primary_key)] b: i64, #[column(primary_key, name = \"z\")] a: i64", &["b", "z"]),
        ("#[table(primary_key(b, a))]", "#[sqlx(rename = \"z\")] a: i64, b: i64", &["b", "z"]),
        ("#[table(primary_key(at))]", "#[column(flatten)] base: Base", &["when_"]),
        ("#[table(primary_key(when_))]", "#[column(flatten)] base: Base", &["when_"]),
        ("#[table(primary_key(p_when_))]", "#[column(flatten, prefix = \"p_\")] base: Base", &["p_when_"]),
        ("#[table(no_primary_key)]", "id: i64", &[]),
        ("#[table(external)]", "id: i64", &[]),
    ] {
        assert_eq!(table(head, fields).primary_key, expected, "{head} {fields}");
    }
}

#[test]
fn indexes() {
    for (head, fields, expected) in [
        ("", "#[column(index)] a: i64, #[column(unique)] b: i64", "index (a) | unique (b)"),
        (
            "",
            "#[column(index = \"grp\", name = \"x\")] a: i64, #[column(flatten)] base: Base, #[column(index = \"grp\")] b: i64",
            "index grp(x, when_, b)",
        ),
        (
            "",
            "#[column(unique = \"u\")] a: i64, #[column(unique = \"u\", index = \"u\")] b: i64",
            "index u(b) | unique u(a, b)",
        ),
        (
            "#[table(index(a.desc.nulls_last, expr = \"lower(b)\", name = \"i\"), unique(b, nulls_not_distinct))]",
            "#[column(name = \"x\")] a: i64, b: String",
            "index i(x desc last, (lower(b))) | unique (b)",
        ),
        (
            "#[table(index(a, b, ops(b = \"text_pattern_ops\"), len(a = 8)))]",
            "a: String, b: String",
            "index (a 8, b text_pattern_ops)",
        ),
    ] {
        let head = format!("#[table(no_primary_key)] {head}");
        let found: Vec<String> = table(&head, fields).indexes.iter().map(brief).collect();
        assert_eq!(found.join(" | "), expected, "{head} {fields}");
    }
    let all = table(
        "#[table(no_primary_key, index(a, using = \"gin\", where = \"a > 0\", include(b), concurrently))]",
        "a: i64, #[column(name = \"x\")] b: i64",
    );
    let index = &all.indexes[0];
    assert_eq!((index.method.as_deref(), index.predicate.as_deref()), (Some("gin"), Some("a > 0")));
    assert_eq!((index.include.as_slice(), index.concurrently), (["x".to_owned()].as_slice(), true));
    let unique = table("#[table(no_primary_key, unique(a, nulls_not_distinct))]", "a: i64");
    assert!(unique.indexes[0].nulls_not_distinct);
}

#[test]
fn foreign_keys() {
    let table = table(
        "#[table(no_primary_key, foreign_key(columns(a, b), references = \"game.pairs(x, y)\", deferrable = \"deferred\"))]",
        "#[column(references = \"players.id\", on_delete = \"cascade\", on_update = \"restrict\", fk_name = \"f\", name = \"z\")] a: i64, b: i64",
    );
    let [single, pair] = table.foreign_keys.as_slice() else { panic!("{:?}", table.foreign_keys) };
    assert_eq!((single.columns.as_slice(), single.name.as_deref()), (["z".to_owned()].as_slice(), Some("f")));
    assert_eq!(
        (single.references.to_string().as_str(), single.referenced_columns.join(",").as_str()),
        ("players", "id")
    );
    assert_eq!(
        (single.on_delete, single.on_update, single.deferrable),
        (Action::Cascade, Action::Restrict, Deferrable::No)
    );
    assert_eq!((pair.columns.join(","), pair.references.to_string()), ("z,b".to_owned(), "game.pairs".to_owned()));
    assert_eq!((pair.on_delete, pair.deferrable), (Action::NoAction, Deferrable::Deferred));
    assert_eq!(&single.place.source.text[single.place.span.range()], "\"players.id\"");
}

#[test]
fn checks_and_options() {
    let table = table(
        "#[table(no_primary_key, check(name = \"c\", \"a > 0\"), check(postgres = \"a > 1\", sqlite = \"a > 2\"), \
         mysql(engine = \"InnoDB\"), sqlite(strict))]",
        "a: i64",
    );
    let [both, some] = table.checks.as_slice() else { panic!("{:?}", table.checks) };
    assert_eq!(
        (both.name.as_deref(), both.expressions.as_slice()),
        (Some("c"), [(None, "a > 0".to_owned())].as_slice())
    );
    let expected = [(ModelDialect::Postgres, "a > 1"), (ModelDialect::Sqlite, "a > 2")];
    assert_eq!(some.expressions, expected.map(|(dialect, text)| (Some(dialect), text.to_owned())));
    let options = [
        ModelTableOption { dialect: ModelDialect::Mysql, option: TableOption::Engine("InnoDB".to_owned()) },
        ModelTableOption { dialect: ModelDialect::Sqlite, option: TableOption::Strict },
    ];
    assert_eq!(table.options, options);
}
