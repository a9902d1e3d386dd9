//! Two versions of models, compared on one database and told to another: the SQL that comes out.

use alembic_revisions::DialectName::{self, Mysql, Postgres, Sqlite};

use super::*;
use crate::backend;
use crate::diff::Renames;
use crate::lower;
use crate::lower::tests::*;
use crate::model::*;
use crate::schema::*;

const ALL_PAIRS: [(DialectName, DialectName); 6] =
    [(Postgres, Sqlite), (Postgres, Mysql), (Sqlite, Postgres), (Sqlite, Mysql), (Mysql, Postgres), (Mysql, Sqlite)];

fn normal(models: &Models, dialect: DialectName) -> Schema {
    let backend = backend::of(dialect, None);
    let mut schema = lower(models, &*backend).unwrap_or_else(|faults| panic!("{faults:#?}")).schema;
    backend.normalize(&mut schema);
    schema
}

fn changes(old: &Models, new: &Models, dialect: DialectName, renames: &Renames) -> Vec<Change> {
    diff::changes(&normal(old, dialect), &normal(new, dialect), renames)
}

fn told(old: &Models, new: &Models, renames: &Renames, from: DialectName, to: DialectName) -> Translated {
    let changes = changes(old, new, from, renames);
    let (primary, secondary) = (backend::of(from, None), backend::of(to, None));
    let ours = normal(new, from);
    let theirs = lower(new, &*secondary).expect("models of every database").schema;
    let mut translated = translate(
        &[&changes],
        Side { backend: &*primary, wanted: &ours },
        Side { backend: &*secondary, wanted: &theirs },
    )
    .expect("changes that lead there");
    translated.remove(0)
}

/// The SQL of both directions, with the notes above.
fn sql(translated: &Translated, dialect: DialectName) -> String {
    let backend = backend::of(dialect, None);
    let up = backend.render(&translated.changes, &translated.before).expect("the way up");
    let mut after = translated.before.clone();
    after.apply_all(&translated.changes).expect("changes of that schema");
    let down = backend.render(&crate::change::reversed(&translated.changes), &after).expect("the way down");
    let notes: String = translated.notes.iter().map(|note| format!("-- {note}\n")).collect();
    format!("{notes}{}-- down\n{}", up.to_sql(), down.to_sql())
}

/// What each pair must have in common with a comparison on the second database itself.
#[track_caller]
fn same_as_there(old: &Models, new: &Models, renames: &Renames) {
    for (from, to) in ALL_PAIRS {
        let translated = told(old, new, renames, from, to);
        assert_eq!(translated.changes, changes(old, new, to, renames), "{from} to {to}: {:#?}", translated.notes);
        assert_eq!(translated.before, normal(old, to), "{from} to {to}");
        assert_eq!(translated.notes, [""; 0], "{from} to {to}");
        sql(&translated, to);
    }
}

fn nothing() -> Models {
    Models::default()
}

/// Columns whose types have one counterpart in every database.
fn wide() -> Vec<Model> {
    let with = |settings, of: ModelColumn| ModelColumn { settings, ..of };
    let default = |value| ColumnSettings { default: Some(value), ..ColumnSettings::default() };
    let mut players = model(
        "players",
        vec![
            column("id", RustType::I64),
            with(default(DefaultValue::Value("it's".into())), column("name", RustType::String)),
            with(default(DefaultValue::Bool(true)), column("active", RustType::Bool)),
            with(default(DefaultValue::Number("5".into())), column("level", RustType::I64)),
            column("rating", RustType::F64),
            with(default(DefaultValue::Expression("now()".into())), column("seen_at", RustType::ZonedDateTime)),
            column("born", RustType::Date),
            column("wakes", RustType::Time),
        ],
    );
    players.indexes = vec![an_index(&["level"]), unique(&["name"])];
    players.checks = vec![ModelCheck {
        place: place("check"),
        name: Some("level".into()),
        expressions: vec![(None, "level >= 0".into())],
    }];
    let mut scores = model("scores", vec![column("id", RustType::I64), column("player_id", RustType::I64)]);
    scores.foreign_keys =
        vec![ModelForeignKey { on_delete: Action::Cascade, ..reference(&["player_id"], "players", &[]) }];
    vec![players, scores]
}

#[test]
fn created_tables_are_those_of_the_models() {
    same_as_there(&nothing(), &models(wide()), &Renames::default());
}

#[test]
fn parts_that_come_are_exact() {
    let old = models(vec![model("players", vec![column("id", RustType::I64)])]);
    same_as_there(&old, &models(wide()), &Renames::default());
}

#[test]
fn renames_are_renames_everywhere() {
    let old = models(wide());
    let mut tables = wide();
    tables[0].name = ObjectName::new("people");
    tables[1].foreign_keys[0].references = ObjectName::new("people");
    tables[0].columns[4].name = "elo".into();
    let people = || ObjectName::new("people");
    let renames = Renames {
        tables: [(people(), ObjectName::new("players"))].into(),
        columns: [((people(), "elo".to_owned()), "rating".to_owned())].into(),
        ..Renames::default()
    };
    let new = models(tables);
    for (from, to) in ALL_PAIRS {
        let translated = told(&old, &new, &renames, from, to);
        let is_rename = |change: &&Change| {
            matches!(change, Change::Table(Delta::Rename { .. }) | Change::Column { delta: Delta::Rename { .. }, .. })
        };
        assert_eq!(translated.changes.iter().filter(is_rename).count(), 2, "{from} to {to}: {:#?}", translated.changes);
        let drops = translated.changes.iter().filter(|change| {
            matches!(change, Change::Table(Delta::Drop(_)) | Change::Column { delta: Delta::Drop(_), .. })
        });
        assert_eq!(drops.count(), 0, "{from} to {to}");
        sql(&translated, to);
    }
}

#[test]
fn what_stays_keeps_the_words_of_its_database() {
    let old = models(wide());
    let mut tables = wide();
    tables[0].columns[4].nullable = true;
    tables[1].foreign_keys[0].on_delete = Action::NoAction;
    same_as_there(&old, &models(tables), &Renames::default());
}

#[test]
fn dropped_columns_and_tables_come_back_in_the_words_of_the_other() {
    let new = models(vec![model("players", vec![column("id", RustType::I64)])]);
    let old = models(wide());
    for (from, to) in ALL_PAIRS {
        let translated = told(&old, &new, &Renames::default(), from, to);
        let is = |table: &str, name: &str| {
            let there = normal(&old, to);
            let expected = there.tables[&ObjectName::new(table)].column(name).cloned();
            let found = translated.before.tables[&ObjectName::new(table)].column(name).cloned();
            assert_eq!(found, expected, "{from} to {to}: {table}.{name}");
        };
        for name in ["id", "name", "active", "level", "rating", "born", "wakes"] {
            is("players", name);
        }
        is("scores", "player_id");
        sql(&translated, to);
    }
}

#[test]
fn a_type_without_a_counterpart_is_noted() {
    let new = models(vec![model("bills", vec![column("id", RustType::I64)])]);
    let mut old = new.clone();
    let mut cost = column("cost", RustType::Decimal);
    cost.settings = ColumnSettings { precision: Some(10), scale: Some(2), ..ColumnSettings::default() };
    old.tables[0].columns.push(cost);
    let changes = changes(&old, &new, Postgres, &Renames::default());
    let (primary, secondary) = (backend::of(Postgres, None), backend::of(Sqlite, None));
    let (ours, theirs) = (normal(&new, Postgres), normal(&new, Sqlite));
    let translated = translate(
        &[&changes],
        Side { backend: &*primary, wanted: &ours },
        Side { backend: &*secondary, wanted: &theirs },
    )
    .expect("changes that lead there");
    let [translated] = &translated[..] else { panic!("{translated:#?}") };
    assert_eq!(translated.notes, ["`cost` of `bills`: it was numeric(10,2), which TEXT is taken for"]);
    assert!(sql(translated, Sqlite).contains("DROP COLUMN cost"), "{}", sql(translated, Sqlite));
}

fn moody(values: &[&str], renamed: &[(&str, &str)]) -> Models {
    let owned = |text: &str| text.to_owned();
    let mood = ModelEnum {
        feature: "app".into(),
        rust_name: "Mood".into(),
        place: place("Mood"),
        name: ObjectName::new("mood"),
        values: values.iter().map(|value| owned(value)).collect(),
        renamed: renamed.iter().map(|(old, new)| (owned(old), owned(new))).collect(),
        storage: EnumStorage::Native,
    };
    let table = model("players", vec![column("id", RustType::I64), column("mood", RustType::Enum(0))]);
    Models { tables: vec![table], enums: vec![mood], ..Models::default() }
}

#[test]
fn a_value_of_an_enum_comes_where_values_are_kept() {
    let (old, new) = (moody(&["ok", "sad"], &[]), moody(&["ok", "meh", "sad"], &[]));
    let none = Renames::default();
    assert_eq!(told(&old, &new, &none, Postgres, Mysql).changes, changes(&old, &new, Mysql, &none));
    assert_eq!(told(&old, &new, &none, Mysql, Postgres).changes, changes(&old, &new, Postgres, &none));
    assert_eq!(told(&old, &new, &none, Postgres, Sqlite).changes, []);
    assert_eq!(told(&old, &new, &none, Mysql, Sqlite).changes, []);
}

#[test]
fn a_renamed_value_of_an_enum_reaches_rows_that_hold_text() {
    let (old, new) = (moody(&["ok", "sad"], &[]), moody(&["ok", "blue"], &[("sad", "blue")]));
    let renames = Renames {
        enum_values: [((ObjectName::new("mood"), "blue".to_owned()), "sad".to_owned())].into(),
        ..Renames::default()
    };
    let value = Change::Value {
        table: ObjectName::new("players"),
        column: "mood".into(),
        from: "sad".into(),
        to: "blue".into(),
    };
    assert_eq!(told(&old, &new, &renames, Postgres, Sqlite).changes, std::slice::from_ref(&value));
    let of_column = Renames {
        column_values: [((ObjectName::new("players"), "mood".to_owned(), "blue".to_owned()), "sad".to_owned())].into(),
        ..Renames::default()
    };
    assert_eq!(told(&old, &new, &renames, Postgres, Mysql).changes, changes(&old, &new, Mysql, &of_column));
    assert_eq!(told(&old, &new, &of_column, Mysql, Postgres).changes, changes(&old, &new, Postgres, &renames));
    assert_eq!(told(&old, &new, &of_column, Mysql, Sqlite).changes, [value]);
}

#[test]
fn groups_follow_each_other() {
    let old = models(vec![model("players", vec![column("id", RustType::I64)])]);
    let new = models(wide());
    let changes = changes(&old, &new, Postgres, &Renames::default());
    let groups: Vec<&[Change]> = changes.chunks(2).collect();
    let (primary, secondary) = (backend::of(Postgres, None), backend::of(Sqlite, None));
    let (ours, theirs) = (normal(&new, Postgres), normal(&new, Sqlite));
    let steps =
        translate(&groups, Side { backend: &*primary, wanted: &ours }, Side { backend: &*secondary, wanted: &theirs })
            .expect("changes that lead there");
    assert_eq!(steps.len(), groups.len());
    assert_eq!(steps[0].before, normal(&old, Sqlite));
    let mut end = steps[steps.len() - 1].before.clone();
    end.apply_all(&steps[steps.len() - 1].changes).expect("the last step");
    assert_eq!(end.tables.keys().collect::<Vec<_>>(), theirs.tables.keys().collect::<Vec<_>>());
}

#[test]
fn a_backfill_is_told_too() {
    let old = models(vec![model("players", vec![column("id", RustType::I64)])]);
    let new = models(vec![model("players", vec![column("id", RustType::I64), column("level", RustType::I32)])]);
    let ours = normal(&new, Postgres);
    let asked = changes(&old, &new, Postgres, &Renames::default());
    let fill = Fill { expression: "1::integer".into(), is_stand_in: false, ..Fill::default() };
    let answers = [((ObjectName::new("players"), "level".to_owned()), fill)].into();
    let changes = diff::filled(asked, &answers);
    let (primary, secondary) = (backend::of(Postgres, None), backend::of(Sqlite, None));
    let theirs = normal(&new, Sqlite);
    let translated = translate(
        &[&changes],
        Side { backend: &*primary, wanted: &ours },
        Side { backend: &*secondary, wanted: &theirs },
    )
    .expect("changes that lead there");
    let [Change::Column { fill: Some(fill), .. }] = &translated[0].changes[..] else { panic!("{translated:#?}") };
    assert_eq!(fill.expression, "1");
}
