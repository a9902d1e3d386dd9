//! What the derives make, and where their errors stand.

use alembic_model::{Columns, Table, Values};

#[derive(Columns)]
#[expect(dead_code, reason = "only its names are looked at")]
struct Base {
    #[column(primary_key)]
    id: i64,
    #[column(name = "made_at", default = "now()")]
    created: String,
}

#[derive(Table)]
#[table(check(name = "confidence", "confidence BETWEEN 0 AND 1"), index(id, player_id.desc))]
#[expect(dead_code, reason = "only its names are looked at")]
struct SmurfScore {
    #[column(flatten)]
    base: Base,
    #[column(references = "players.id", on_delete = "cascade", index)]
    player_id: i64,
    /// Of the verdict.
    confidence: f64,
    #[column(skip)]
    cached: Option<String>,
    verdict: Verdict,
    #[cfg(any())]
    #[column(no_such_key)]
    never: i64,
}

#[derive(Values)]
#[table(name = "verdict", renamed(Fake = "Smurf"))]
#[expect(dead_code, reason = "only looked at by the compiler")]
enum Verdict {
    Smurf,
}

#[derive(Table)]
#[table(primary_key(r#type))]
#[expect(dead_code, reason = "only its names are looked at")]
struct Wrapped<'a, T: AsRef<[u8]> = String, F: Fn(u8) -> u8 = fn(u8) -> u8, const N: usize = { 1 + 1 }>
where
    T: Clone,
{
    r#type: i64,
    payload: &'a [T; N],
    call: F,
}

macro_rules! table {
    ($vis:vis $name:ident, $table:literal, $type:ty) => {
        #[derive(Table)]
        #[table(name = $table)]
        #[expect(dead_code, reason = "only its names are looked at")]
        $vis struct $name {
            #[column(primary_key)]
            id: $type,
        }
    };
}
table!(pub(crate) Made, "by_macro", i64);

/// What an application writes that does not depend on this crate.
#[cfg_attr(any(), derive(Table), table(name = "x"))]
#[expect(dead_code, reason = "only that it compiles is looked at")]
struct Unseen {
    #[cfg_attr(any(), column(primary_key))]
    id: i64,
}

#[test]
fn tables_have_names_and_columns() {
    assert_eq!((SmurfScore::TABLE, Base::COLUMNS), ("smurf_score", &["id", "made_at"][..]));
    assert_eq!(SmurfScore::COLUMNS, ["player_id", "confidence", "verdict"]);
    assert_eq!(Wrapped::<'static, Vec<u8>, fn(u8) -> u8, 3>::COLUMNS, ["type", "payload", "call"]);
    assert_eq!((Made::TABLE, Made::COLUMNS), ("by_macro", &["id"][..]));
}

#[test]
fn errors_stand_where_the_fault_is() {
    trybuild::TestCases::new().compile_fail("tests/derive/fail/*.rs");
}
