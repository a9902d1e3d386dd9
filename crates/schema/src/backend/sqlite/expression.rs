//! The normal form of an expression: what blanks, comments, case, quotes and outer parentheses do not change.
//!
//! Works on tokens and never looks for equal meaning. Read [`Names::normal`] first.

use std::borrow::Cow;

use alembic_revisions::DialectName;

use super::super::ink::Ink;
use super::tokens::{Kind, Token, closing, slice, tokens};
use crate::schema::Table;

/// Words that are never names, and those that stand before an operand of their own.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "COLLATE", "DISTINCT", "ELSE", "END", "ESCAPE", "EXISTS", "FROM",
    "GLOB", "IN", "IS", "ISNULL", "LIKE", "MATCH", "NOT", "NOTNULL", "NULL", "ON", "OR", "ORDER", "REGEXP", "SELECT",
    "THEN", "WHEN", "WHERE",
];

/// Words that are values, unless a column has their name.
const VALUES: &[&str] = &["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "FALSE", "TRUE"];

/// The names that an expression can use.
pub(super) struct Names<'t> {
    table: &'t str,
    columns: Vec<&'t str>,
}

impl<'t> Names<'t> {
    pub fn of(table: &'t Table) -> Self {
        Names { table: &table.name.name, columns: table.columns.iter().map(|column| column.name.as_str()).collect() }
    }

    /// No name is known, as in a default.
    pub fn none() -> Self {
        Names { table: "", columns: Vec::new() }
    }

    /// Returns the expression's normal form.
    pub fn normal(&self, sql: &str) -> String {
        let found = tokens(sql);
        let mut found = unwrapped(&found).to_vec();
        self.unqualify(&mut found);
        let mut text = String::with_capacity(sql.len());
        for index in 0..found.len() {
            let word = self.word(&found, index);
            if !text.is_empty() && is_apart(&found, index) {
                text.push(' ');
            }
            text.push_str(&word);
        }
        text
    }

    /// Takes the table's own name away before its columns: a rebuild makes the table under another name.
    fn unqualify(&self, found: &mut Vec<Token<'_>>) {
        let mut index = 0;
        while index + 2 < found.len() {
            let names = |at: usize, name: &str| is_name(&found[at], name);
            let is_qualified = names(index, self.table) && found[index + 1].is_symbol(".");
            let begins = index.checked_sub(1).is_none_or(|before| !found[before].is_symbol("."));
            if begins && is_qualified && self.columns.iter().any(|column| names(index + 2, column)) {
                found.drain(index..index + 2);
            }
            index += 1;
        }
    }

    fn word<'s>(&self, found: &[Token<'s>], index: usize) -> Cow<'s, str> {
        let token = &found[index];
        match token.kind {
            Kind::Word => self.bare(found, index),
            Kind::Quoted => match self.column(token) {
                Some(column) => Cow::Owned(column),
                None => token.text.into(),
            },
            Kind::Blob => Cow::Owned(token.text.to_ascii_uppercase()),
            Kind::Number => Cow::Owned(token.text.to_ascii_lowercase()),
            Kind::Symbol => Cow::Borrowed(match token.text {
                "==" => "=",
                "!=" => "<>",
                other => other,
            }),
            Kind::String => Cow::Borrowed(token.text),
        }
    }

    fn bare<'s>(&self, found: &[Token<'s>], index: usize) -> Cow<'s, str> {
        let token = &found[index];
        let before = index.checked_sub(1).map(|before| &found[before]);
        let names_type = before.is_some_and(|before| before.is("AS") || before.is("COLLATE"));
        if is_keyword(token) || names_type {
            return Cow::Owned(token.text.to_ascii_uppercase());
        }
        if found.get(index + 1).is_some_and(|next| next.is_symbol("(")) {
            return Cow::Owned(token.text.to_ascii_lowercase());
        }
        match self.column(token) {
            Some(column) => Cow::Owned(column),
            None if VALUES.iter().any(|value| token.is(value)) => Cow::Owned(token.text.to_ascii_uppercase()),
            None => Cow::Borrowed(token.text),
        }
    }

    fn column(&self, token: &Token<'_>) -> Option<String> {
        let column = self.columns.iter().find(|column| is_name(token, column))?;
        Some(Ink(DialectName::Sqlite).name(column).into_owned())
    }
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    token.kind != Kind::String && token.name().is_some_and(|found| found.eq_ignore_ascii_case(name))
}

fn is_keyword(token: &Token<'_>) -> bool {
    KEYWORDS.iter().any(|keyword| token.is(keyword))
}

/// Returns the tokens without parentheses around all of them.
fn unwrapped<'t, 's>(mut found: &'t [Token<'s>]) -> &'t [Token<'s>] {
    while found.len() > 2 && found[0].is_symbol("(") && closing(found, 0) == found.len() - 1 {
        found = &found[1..found.len() - 1];
    }
    found
}

/// True if a blank stands before the token.
fn is_apart(found: &[Token<'_>], index: usize) -> bool {
    let token = &found[index];
    let Some(before) = index.checked_sub(1).map(|before| &found[before]) else { return false };
    let joins = |token: &Token<'_>, symbols: &[&str]| symbols.iter().any(|symbol| token.is_symbol(symbol));
    if joins(before, &["(", "."]) || joins(token, &[")", ",", "."]) {
        return false;
    }
    if token.is_symbol("(") && matches!(before.kind, Kind::Word | Kind::Quoted) {
        return is_keyword(before) && !before.is("CAST");
    }
    // `- -1` must not become a comment.
    let is_unary = joins(before, &["-", "+", "~"]) && index.checked_sub(2).is_none_or(|at| is_open(&found[at]));
    !is_unary || token.text == before.text
}

/// True if an operand must follow the token.
fn is_open(token: &Token<'_>) -> bool {
    let is_operator = token.kind == Kind::Symbol && token.text != ")";
    is_operator || (is_keyword(token) && !["END", "NULL", "ISNULL", "NOTNULL"].iter().any(|word| token.is(word)))
}

/// Returns the normal form of a default: a bare literal, or an expression in parentheses. None for NULL.
pub(super) fn normal_default(sql: &str, sql_type: &str) -> Option<String> {
    let found = tokens(sql);
    let inner = unwrapped(&found);
    let text = Names::none().normal(sql);
    if text.is_empty() || text == "NULL" {
        return None;
    }
    if let [single] = inner
        && let Some(name) = single.name()
        && single.kind != Kind::String
        && !VALUES.iter().any(|value| single.is(value))
    {
        // SQLite takes a name for a string here.
        return Some(Ink(DialectName::Sqlite).literal(&name));
    }
    if !is_literal(inner) {
        return Some(format!("({text})"));
    }
    let is_boolean = matches!(sql_type, "BOOLEAN" | "BOOL");
    Some(match text.as_str() {
        "1" if is_boolean => "TRUE".to_owned(),
        "0" if is_boolean => "FALSE".to_owned(),
        _ => text,
    })
}

/// True for what a default can be without parentheses.
fn is_literal(inner: &[Token<'_>]) -> bool {
    let is_sign = |token: &Token<'_>| token.is_symbol("-") || token.is_symbol("+");
    match inner {
        [single] => single.kind != Kind::Symbol,
        [sign, number] => is_sign(sign) && number.kind == Kind::Number,
        _ => false,
    }
}

/// True if a default (in normal form) has one value for all rows, as ADD COLUMN needs it.
pub(super) fn is_constant(default: &str) -> bool {
    is_literal(&tokens(default)) && !default.starts_with("CURRENT_")
}

/// Returns the text between the tokens' ends.
pub(super) fn raw(sql: &str, found: &[Token<'_>]) -> String {
    slice(sql, found).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::{Column, ObjectName};

    fn table() -> Table {
        let column = |name: &str| Column { name: name.to_owned(), ..Column::default() };
        Table { name: ObjectName::new("t"), columns: ["x", "y", "Tag", "end"].map(column).to_vec(), ..Table::default() }
    }

    #[test]
    fn spelling_is_no_difference() {
        let table = table();
        for (sql, expected) in [
            ("((x>0))", "x > 0"),
            ("(x > 0) and (y<5)", "(x > 0) AND (y < 5)"),
            ("X in( 1,2 )", "x IN (1, 2)"),
            ("\"x\" <> 'A' /* why */ or [Tag] == `y`", "x <> 'A' OR \"Tag\" = y"),
            ("x = \"Sad\"", "x = \"Sad\""),
            ("LENGTH ( x ) between 1 AND - 2", "length(x) BETWEEN 1 AND -2"),
            ("- -1 + x - -y", "- -1 + x - -y"),
            ("t.x > T.\"y\" and u.t.x", "x > y AND u.t.x"),
            ("cast(x as integer) collate nocase", "CAST(x AS INTEGER) COLLATE NOCASE"),
            ("\"end\" is not null", "\"end\" IS NOT NULL"),
            ("case when x then true else x'ab' end", "CASE WHEN x THEN TRUE ELSE X'AB' END"),
            ("x->>'$.A'", "x ->> '$.A'"),
            ("", ""),
        ] {
            let names = Names::of(&table);
            assert_eq!(names.normal(sql), expected, "{sql}");
            assert_eq!(names.normal(expected), expected, "again: {sql}");
        }
    }

    #[test]
    fn defaults_get_the_parentheses_that_the_catalogue_lost() {
        for (sql, sql_type, expected) in [
            ("1+2", "INTEGER", Some("(1 + 2)")),
            ("((1 + 2))", "INTEGER", Some("(1 + 2)")),
            ("(5)", "INTEGER", Some("5")),
            ("- 5", "INTEGER", Some("-5")),
            ("1", "BOOLEAN", Some("TRUE")),
            ("false", "BOOLEAN", Some("FALSE")),
            ("0", "INTEGER", Some("0")),
            ("null", "TEXT", None),
            ("current_timestamp", "DATETIME", Some("CURRENT_TIMESTAMP")),
            ("'it''s'", "TEXT", Some("'it''s'")),
            ("\"it's\"", "TEXT", Some("'it''s'")),
            ("foo", "TEXT", Some("'foo'")),
            ("datetime('now')", "DATETIME", Some("(datetime('now'))")),
        ] {
            let found = normal_default(sql, sql_type);
            assert_eq!(found.as_deref(), expected, "{sql}");
            if let Some(found) = found {
                assert_eq!(normal_default(&found, sql_type).as_deref(), expected, "again: {sql}");
            }
        }
    }

    #[test]
    fn only_some_defaults_are_constant() {
        for (default, expected) in
            [("5", true), ("'a'", true), ("TRUE", true), ("CURRENT_DATE", false), ("(1 + 2)", false), ("-1.5", true)]
        {
            assert_eq!(is_constant(default), expected, "{default}");
        }
    }

    /// Returns expressions as somebody may write them.
    fn written() -> impl Strategy<Value = String> {
        let operand =
            prop::sample::select(vec!["x", "X", "\"Tag\"", "[y]", "t.x", "T . y", "1", ".5", "1E3", "'a  B'", "x'ab'"]);
        let operator =
            prop::sample::select(vec!["+", " - ", "and", "Or", "=", "==", "!=", "||", " is not", "like", "->>"]);
        let unary = prop::sample::select(vec!["-", "- ", "not ", "+", "/* no */ "]);
        operand.prop_map(str::to_owned).prop_recursive(4, 24, 3, move |inner| {
            prop_oneof![
                (inner.clone(), operator.clone(), inner.clone())
                    .prop_map(|(left, word, right)| { format!("{left} {word} {right}") }),
                (unary.clone(), inner.clone()).prop_map(|(unary, operand)| format!("{unary} {operand}")),
                inner.clone().prop_map(|inner| format!("( {inner})")),
                (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("Coalesce ({one},{two} )")),
                (inner.clone(), inner).prop_map(|(one, two)| format!("{one} in({two}\n, 2)")),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_normal_form_is_one(sql in written()) {
            let table = table();
            let names = Names::of(&table);
            let once = names.normal(&sql);
            prop_assert_eq!(names.normal(&once), once.clone());
            // Nothing is lost but what is said elsewhere.
            let words = |sql: &str| tokens(sql).iter().filter(|token| token.kind == Kind::String).count();
            prop_assert_eq!(words(&once), words(&sql));
        }

        #[test]
        fn no_expression_is_too_strange(sql in "[a-zXx'\"().,<>=!|+*~0-9 -]{0,40}") {
            let _ = (Names::of(&table()).normal(&sql), normal_default(&sql, "BOOLEAN"));
        }
    }
}
