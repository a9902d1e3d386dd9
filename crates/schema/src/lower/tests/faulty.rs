//! Models that no database can have, or this one cannot.

use super::*;

fn faults_of(tables: Vec<Model>) -> Vec<String> {
    faults(&models(tables), DialectName::Postgres)
}

fn scores(key: ModelForeignKey) -> Vec<Model> {
    let mut scores = model("scores", vec![column("id", RustType::I64), column("player_id", RustType::I64)]);
    scores.foreign_keys = vec![key];
    vec![players(), scores]
}

#[test]
fn references_that_lead_nowhere() {
    for (key, expected) in [
        (
            reference(&["player_id"], "player", &["id"]),
            "A0739 `scores` refers to `player`, which no model declares @ player",
        ),
        (
            reference(&["player_id"], "players", &["idd"]),
            "A0736 a foreign key names the column `idd`, which `players` does not have @ players",
        ),
        (
            reference(&["playr_id"], "players", &["id"]),
            "A0736 a foreign key names the column `playr_id`, which `scores` does not have @ players",
        ),
        (
            reference(&["id", "player_id"], "players", &[]),
            "A0740 a foreign key of `scores` has 2 columns and refers to one column of `players` @ players",
        ),
        (
            ModelForeignKey { on_delete: Action::SetNull, ..reference(&["player_id"], "players", &[]) },
            "A0744 a foreign key sets `scores.player_id` to NULL, which it may not be @ players, player_id",
        ),
    ] {
        assert_eq!(faults_of(scores(key)), [expected]);
    }
}

#[test]
fn references_to_what_is_not_unique_or_of_another_type() {
    let mut tables = scores(reference(&["player_id"], "players", &["name"]));
    assert_eq!(
        faults_of(tables.clone()),
        [
            "A0742 `scores` refers to `name` of `players`, which neither a primary key nor a unique constraint covers @ players, players",
            "A0743 `scores.player_id` is bigint, but refers to `players.name`, which is text @ player_id, name",
        ]
    );
    tables[0].indexes = vec![unique(&["name"])];
    tables[1].columns[1].rust_type = RustType::String;
    tables[1].columns[1].settings.len = Some(20);
    assert_eq!(faults_of(tables), [""; 0], "texts of different lengths may refer to each other");

    let mut tables = scores(reference(&["player_id"], "players", &[]));
    tables[1].columns[1].rust_type = RustType::I32;
    assert_eq!(
        faults_of(tables.clone()),
        ["A0743 `scores.player_id` is integer, but refers to `players.id`, which is bigint @ player_id, id"]
    );
    assert_eq!(faults(&models(tables), DialectName::Sqlite), [""; 0], "SQLite has one integer");
}

#[test]
fn two_of_one_name() {
    let other = Model { place: place("other"), ..players() };
    assert_eq!(faults_of(vec![players(), other]), ["A0732 two models are the table `players` @ players, other"]);

    let mut twice = players();
    twice.columns.push(ModelColumn { place: place("again"), ..column("name", RustType::I32) });
    assert_eq!(faults_of(vec![twice]), ["A0734 `players` has two columns `name` @ name, again"]);

    let mut stated = players();
    stated.indexes = [an_index(&["name"]), an_index(&["id"])]
        .map(|index| ModelIndex { name: Some("same".into()), ..index })
        .to_vec();
    assert_eq!(
        faults_of(vec![stated]),
        ["A0745 two constraints or indexes of `players` have the name `same` @ players"]
    );
}

#[test]
fn two_enums_of_one_name_must_agree() {
    let mood = |at: &str, values: &[&str]| ModelEnum {
        feature: "app".into(),
        rust_name: "Mood".into(),
        place: place(at),
        name: ObjectName::new("mood"),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        renamed: Vec::new(),
        storage: EnumStorage::Native,
    };
    let of = |enums| {
        let table = model("t", vec![column("id", RustType::I64), column("mood", RustType::Enum(0))]);
        Models { tables: vec![table], enums, ..Models::default() }
    };
    let apart = of(vec![mood("one", &["a"]), mood("other", &["b"])]);
    let expected = "A0733 two enums are the type `mood` and have different values @ one, other";
    assert_eq!(faults(&apart, DialectName::Postgres), [expected]);
    assert_eq!(faults(&apart, DialectName::Sqlite), [""; 0], "it has no types");
    let agreed = of(vec![mood("one", &["a"]), mood("other", &["a"])]);
    assert_eq!(faults(&agreed, DialectName::Postgres), [""; 0]);
}

#[test]
fn enums_that_no_database_can_keep() {
    let of = |values: &[&str], storage: EnumStorage, default: &str| {
        let mood = ModelEnum {
            feature: "app".into(),
            rust_name: "Mood".into(),
            place: place("Mood"),
            name: ObjectName::new("mood"),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            renamed: Vec::new(),
            storage,
        };
        let mut moody = ModelColumn { nullable: true, ..column("mood", RustType::Enum(0)) };
        moody.settings.default = Some(DefaultValue::Value(default.into())).filter(|_| !default.is_empty());
        Models {
            tables: vec![model("t", vec![column("id", RustType::I64), moody])],
            enums: vec![mood],
            ..Models::default()
        }
    };
    let none = "A0748 the enum `Mood` has no values @ Mood";
    let twice = "A0749 two values of the enum `Mood` are `x` in the database @ Mood";
    let outside = "A0750 the default `z` of `t.mood` is no value of its enum @ mood";
    for dialect in [DialectName::Postgres, DialectName::Sqlite, DialectName::Mysql] {
        for (values, default, expected) in [
            (&[][..], "", &[none][..]),
            (&["x", "y", "x"], "", &[twice]),
            (&["x", "y"], "z", &[outside]),
            (&["x", "y"], "y", &[]),
        ] {
            assert_eq!(faults(&of(values, EnumStorage::Native, default), dialect), expected, "{dialect} {values:?}");
        }
        let integers = EnumStorage::Integer(Box::new(RustType::I16));
        assert_eq!(faults(&of(&[], integers, ""), dialect), [""; 0]);
        let cases = faults(&of(&["X", "x"], EnumStorage::Native, ""), dialect);
        assert_eq!(cases.len(), usize::from(dialect == DialectName::Mysql), "{dialect}");
    }
}

#[test]
fn columns_that_cannot_be() {
    let unresolved = || RustType::Unresolved { written: "Money".into(), reason: "`Money` is not declared".into() };
    let with = |changed: ModelColumn| vec![model("t", vec![column("id", RustType::I64), changed])];
    assert_eq!(
        faults_of(with(column("cost", unresolved()))),
        ["A0730 the type `Money` of `t.cost` cannot be told: `Money` is not declared @ cost"]
    );
    let mut settled = column("cost", unresolved());
    settled.settings.sql_type = Some("money".into());
    assert_eq!(faults_of(with(settled)), [""; 0]);

    let mut key = column("id", RustType::I64);
    key.nullable = true;
    assert_eq!(
        faults_of(vec![model("t", vec![key])]),
        ["A0737 `t.id` belongs to the primary key and may be NULL @ id"]
    );

    let mut both = column("n", RustType::I32);
    both.settings.default = Some(DefaultValue::Number("1".into()));
    both.settings.generated = Some(("id + 1".into(), None));
    assert_eq!(faults_of(with(both)), ["A0738 `t.n` is computed and has a default @ n"]);

    let long = "n".repeat(64);
    let found = faults_of(with(column(&long, RustType::I32)));
    assert!(found.len() == 1 && found[0].starts_with("A0746"), "{found:?}");
}

#[test]
fn a_type_that_the_database_lacks_names_the_attribute() {
    let models = models(vec![model("t", vec![column("id", RustType::I64), column("n", RustType::U32)])]);
    let faults = lowered(&models, DialectName::Postgres).expect_err("PostgreSQL has no unsigned integers");
    let [fault] = &faults[..] else { panic!("{faults:#?}") };
    assert_eq!(fault.code().0, "A0731");
    assert_eq!(fault.places()[0].source.text, "n");
    assert!(fault.help().is_some_and(|help| !help.is_empty()));
    assert!(lowered(&models, DialectName::Sqlite).is_ok());
}

#[test]
fn mysql_keys_need_a_length() {
    let mut texts = players();
    texts.columns[1].settings.sql_type = Some("text".into());
    texts.indexes = vec![an_index(&["name"])];
    let expected = "A0747 `players.name` is text, of which mysql can index only a part @ index";
    assert_eq!(faults(&models(vec![texts.clone()]), DialectName::Mysql), [expected]);
    texts.indexes[0].keys[0].length = Some(20);
    assert_eq!(faults(&models(vec![texts]), DialectName::Mysql), [""; 0]);
}

#[test]
fn all_faults_come_at_once() {
    let mut one = players();
    one.indexes = vec![an_index(&["nam"])];
    one.primary_key = vec!["idd".into()];
    let mut two = model("scores", vec![]);
    two.foreign_keys = vec![reference(&["player_id"], "nowhere", &[])];
    let codes: Vec<String> = faults_of(vec![one, two]).iter().map(|fault| fault[..5].to_owned()).collect();
    assert_eq!(codes, ["A0736", "A0736", "A0735", "A0736", "A0739"]);
}
