//! The example of the documentation: a base, a reference, a check, an index.

use super::*;

fn smurf_scores() -> Model {
    let now = || ColumnSettings { default: Some(DefaultValue::Expression("now()".into())), ..Default::default() };
    let mut scores = model(
        "smurf_scores",
        vec![
            column("id", RustType::I64),
            ModelColumn { settings: now(), ..column("created_at", RustType::ZonedDateTime) },
            ModelColumn { settings: now(), ..column("updated_at", RustType::ZonedDateTime) },
            column("player_id", RustType::I64),
            column("confidence", RustType::F64),
            column("factors", RustType::String),
        ],
    );
    scores.indexes = vec![an_index(&["player_id"])];
    scores.checks = vec![ModelCheck {
        place: place("check"),
        name: Some("confidence".into()),
        expressions: vec![(None, "confidence BETWEEN 0 AND 1".into())],
    }];
    scores.foreign_keys =
        vec![ModelForeignKey { on_delete: Action::Cascade, ..reference(&["player_id"], "players", &["id"]) }];
    scores
}

#[test]
fn the_example_has_the_columns_of_the_type_table() {
    let models = models(vec![players(), smurf_scores()]);
    for (dialect, types) in [
        (DialectName::Postgres, ["bigint", "timestamptz", "timestamptz", "bigint", "double precision", "text"]),
        (DialectName::Sqlite, ["INTEGER", "DATETIME", "DATETIME", "INTEGER", "REAL", "TEXT"]),
        (DialectName::Mysql, ["bigint", "timestamp(6)", "timestamp(6)", "bigint", "double", "varchar(255)"]),
    ] {
        let wanted = wanted(&models, dialect);
        let found: Vec<_> = table(&wanted, "smurf_scores").columns.iter().map(|column| &*column.sql_type.sql).collect();
        let lower = |types: &[&str]| types.iter().map(|of| of.to_lowercase()).collect::<Vec<_>>();
        assert_eq!(lower(&found), lower(&types), "{dialect}");
        assert!(table(&wanted, "smurf_scores").columns.iter().all(|column| !column.nullable));
    }
}

#[test]
fn the_example_has_the_names_of_the_convention() {
    let wanted = wanted(&models(vec![players(), smurf_scores()]), DialectName::Postgres);
    let scores = table(&wanted, "smurf_scores");
    assert_eq!(names(scores.primary_key.iter().map(|key| &key.name)), ["pk_smurf_scores"]);
    assert_eq!(names(scores.foreign_keys.iter().map(|key| &key.name)), ["fk_smurf_scores_player_id_players"]);
    assert_eq!(names(scores.checks.iter().map(|check| &check.name)), ["ck_smurf_scores_confidence"]);
    assert_eq!(names(scores.indexes.iter().map(|index| &index.name)), ["ix_smurf_scores_player_id"]);
    assert_eq!(scores.column("id").and_then(|id| id.identity.clone()), Some(Identity::ByDefault));
    assert_eq!(scores.column("created_at").and_then(|at| at.default.as_deref()), Some("now()"));
    assert_eq!(scores.foreign_keys[0].on_delete, Action::Cascade);
}
