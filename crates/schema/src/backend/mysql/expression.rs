//! The normal form of an expression: one spelling for what differs only in quotes, case, space and aliases.
//!
//! Text alone, and never more than is certain; the rest is for the database (tier 2). The result is SQL that means the
//! same. Read [`normal`] first.

use alembic_revisions::DialectName;

use super::lex::{Token, literal, tokens};
use crate::backend::ink::Ink;

/// Words that a parenthesis may follow without being a call.
#[rustfmt::skip]
const OPERATORS: &[&str] = &[
    "all", "and", "any", "as", "between", "by", "case", "collate", "distinct", "div", "else", "escape", "exists",
    "from", "in", "interval", "is", "like", "mod", "not", "on", "or", "regexp", "rlike", "select", "some", "then",
    "update", "using", "when", "where", "xor",
];

/// Those of them whose operand may stand in parentheses or not.
const BEFORE_OPERAND: &[&str] =
    &["and", "between", "div", "else", "like", "not", "or", "regexp", "then", "when", "xor"];

/// Functions with two names; the second is the normal one.
const ALIASES: &[(&str, &str)] = &[
    ("character_length", "char_length"),
    ("curdate", "current_date"),
    ("current_time", "curtime"),
    ("lcase", "lower"),
    ("localtime", "current_timestamp"),
    ("localtimestamp", "current_timestamp"),
    ("now", "current_timestamp"),
    ("octet_length", "length"),
    ("pow", "power"),
    ("substring", "substr"),
    ("ucase", "upper"),
];

/// What MySQL puts before each string that it prints; the charset of the connection, no property of the schema.
const INTRODUCERS: &[&str] = &["_utf8", "_utf8mb3", "_utf8mb4"];

/// Returns the normal form. Idempotent.
pub(super) fn normal(sql: &str) -> String {
    print(&normal_tokens(tokens(sql)))
}

/// Returns the tokens of the normal form.
pub(super) fn normal_tokens(tokens: Vec<Token>) -> Vec<Token> {
    let mut now = tokens;
    // Each rule shortens the list or leaves it alone, so the end is near; the bound is for proofs that are wrong.
    for _ in 0..64 {
        let next = without_parentheses(renamed(lowered(now.clone())));
        if next == now {
            break;
        }
        now = next;
    }
    now
}

/// Names and keywords in lower case (no column's case matters), names without needless backticks.
fn lowered(tokens: Vec<Token>) -> Vec<Token> {
    let ink = Ink(DialectName::Mysql);
    tokens
        .into_iter()
        .map(|token| match token {
            Token::Word(word) => Token::Word(word.to_lowercase()),
            Token::Quoted(name) => {
                let name = name.to_lowercase();
                if ink.name(&name) == name { Token::Word(name) } else { Token::Quoted(name) }
            }
            Token::Number(number) if number.starts_with('.') => Token::Number(format!("0{number}")),
            Token::Number(number) if number.starts_with("0x") => Token::Number(number),
            Token::Number(number) => Token::Number(number.to_ascii_lowercase()),
            Token::Symbol("!=") => Token::Symbol("<>"),
            Token::Symbol("&&") => Token::Word("and".to_owned()),
            other => other,
        })
        .collect()
}

/// One name for functions and operators that have several.
fn renamed(tokens: Vec<Token>) -> Vec<Token> {
    let mut result: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let is_called = rest.peek().is_some_and(|next| next.is_symbol("("));
        let Token::Word(word) = &token else {
            result.push(token);
            continue;
        };
        let after_is = result.last().is_some_and(|before| before.is_word("is") || before.is_word("not"));
        match word.as_str() {
            "mod" if !is_called => result.push(Token::Symbol("%")),
            "true" if !after_is => result.push(Token::Number("1".to_owned())),
            "false" if !after_is => result.push(Token::Number("0".to_owned())),
            introducer if INTRODUCERS.contains(&introducer) && matches!(rest.peek(), Some(Token::Text(_))) => {}
            "localtime" | "localtimestamp" => result.push(Token::Word("current_timestamp".to_owned())),
            word if is_called => {
                let alias = ALIASES.iter().find(|(name, _)| *name == word).map_or(word, |(_, normal)| normal);
                result.push(Token::Word(alias.to_owned()));
            }
            _ => result.push(token),
        }
    }
    without_empty_calls(result)
}

/// `current_timestamp()`, `current_timestamp(0)` and `current_date()` without what says nothing.
fn without_empty_calls(tokens: Vec<Token>) -> Vec<Token> {
    let mut result: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        result.push(token.clone());
        at += 1;
        let takes_none = token.is_word("current_timestamp") || token.is_word("current_date");
        let has = |offset: usize, symbol| tokens.get(at + offset).is_some_and(|token| token.is_symbol(symbol));
        let is_zero = tokens.get(at + 1) == Some(&Token::Number("0".to_owned()));
        if takes_none && has(0, "(") && has(1, ")") {
            at += 2;
        } else if takes_none && has(0, "(") && is_zero && has(2, ")") {
            at += 3;
        }
    }
    result
}

/// Takes away parentheses around the whole, around a single token, and doubled ones.
fn without_parentheses(mut tokens: Vec<Token>) -> Vec<Token> {
    while tokens.first().is_some_and(|token| token.is_symbol("(")) && closing(&tokens, 0) == Some(tokens.len() - 1) {
        tokens.pop();
        tokens.remove(0);
    }
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at].is_symbol("(") || !may_go(at.checked_sub(1).map(|before| &tokens[before])) {
            at += 1;
            continue;
        }
        let Some(end) = closing(&tokens, at) else { break };
        let holds_one = end == at + 2 && !is_operator(&tokens[at + 1]) && !matches!(tokens[at + 1], Token::Symbol(_));
        let is_doubled = tokens[at + 1].is_symbol("(") && closing(&tokens, at + 1) == Some(end - 1);
        if holds_one || is_doubled {
            tokens.remove(end);
            tokens.remove(at);
        } else {
            at += 1;
        }
    }
    tokens
}

/// Whether a parenthesis after this token only groups.
fn may_go(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Symbol(symbol)) => *symbol != ")",
        Some(Token::Word(word)) => BEFORE_OPERAND.contains(&word.as_str()),
        Some(_) => false,
    }
}

/// Returns where the parenthesis at `open` is closed.
pub(super) fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn is_operator(token: &Token) -> bool {
    matches!(token, Token::Word(word) if OPERATORS.contains(&word.to_lowercase().as_str()))
}

/// Writes tokens as SQL with regular space.
pub(super) fn print(tokens: &[Token]) -> String {
    let mut sql = String::new();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && needs_space(&tokens[..at], token) {
            sql.push(' ');
        }
        match token {
            Token::Word(word) | Token::Number(word) => sql.push_str(word),
            Token::Quoted(name) => sql.push_str(&DialectName::Mysql.dialect().quote(name)),
            Token::Text(value) => sql.push_str(&literal(value)),
            Token::Symbol(symbol) => sql.push_str(symbol),
            Token::Other(c) => sql.push(*c),
        }
    }
    sql
}

fn needs_space(before: &[Token], token: &Token) -> bool {
    let Some((last, earlier)) = before.split_last() else { return false };
    let is_name = |token: &Token| matches!(token, Token::Word(_) | Token::Quoted(_));
    let is_prefix = |word: &str| matches!(word, "b" | "x" | "n") || word.starts_with('_');
    match (last, token) {
        (Token::Symbol("("), _) | (_, Token::Symbol(")" | ",")) => false,
        (Token::Word(_) | Token::Quoted(_), Token::Symbol("(")) => is_operator(last),
        (_, Token::Symbol(".")) => !is_name(last),
        (Token::Symbol("."), _) => !is_name(token) || !earlier.last().is_some_and(is_name),
        (Token::Word(word), Token::Text(_)) => !is_prefix(&word.to_lowercase()),
        (Token::Symbol("-" | "+" | "~" | "!"), next) if is_unary(earlier.last()) => {
            matches!(next, Token::Symbol(symbol) if *symbol != "(")
        }
        _ => true,
    }
}

/// Whether a sign after this token belongs to what follows.
fn is_unary(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Symbol(symbol)) => *symbol != ")",
        Some(token) => is_operator(token),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_expression_are_one() {
        for (written, stored) in [
            ("confidence BETWEEN 0 AND 1", "`confidence` between 0 and 1"),
            ("((a) > (0))", "`a` > 0"),
            ("b in (\"x\", 'y')", "`b` in ('x','y')"),
            ("a IS NOT NULL && b != 3", "`a` is not null and `b` <> 3"),
            ("LOWER(m) = 'x'", "lcase(`m`) = 'x'"),
            ("length( trim( b ) ) >= 1", "octet_length(trim(`b`)) >= 1"),
            ("coalesce(a,0)+-1 > 0", "coalesce(`a`,0) + -1 > 0"),
            ("b like '%\\_%'", "`b` like '%\\\\_%'"),
            ("b = 'it\\'s'", "`b` = 'it''s'"),
            ("a % 3 = 1 or a mod 3 = 2", "`a` MOD 3 = 1 or `a` MOD 3 = 2"),
            ("if(a > 1, true, false)", "if(`a` > 1,1,0)"),
            ("now()", "current_timestamp()"),
            ("CURRENT_TIMESTAMP(0)", "localtimestamp"),
            ("now(6)", "current_timestamp(6)"),
            ("current_date", "curdate()"),
            ("b = 'q'", "(`b` = _utf8mb4'q')"),
            ("`order` > .5", "`Order` > 0.5"),
            ("d > date '2020-01-01'", "`d` > DATE'2020-01-01'"),
        ] {
            assert_eq!(normal(written), normal(stored), "{written} / {stored}");
        }
    }

    #[test]
    fn what_differs_in_meaning_stays_apart() {
        for (one, other) in [
            ("a > 0", "a >= 0"),
            ("a in (1)", "a in (2)"),
            ("b = 'X'", "b = 'x'"),
            ("b = 'a b'", "b = 'a  b'"),
            ("(a or b) and c", "a or (b and c)"),
            ("a in ((1))", "a in (1, 1)"),
            ("d is true", "d = 1"),
            ("f((a))", "f(b)"),
            ("now(3)", "now(6)"),
            ("`current_date` > 1", "current_date > 1"),
            ("'now()'", "now()"),
            ("a - -1", "a - 1"),
        ] {
            assert_ne!(normal(one), normal(other), "{one} / {other}");
        }
    }

    #[test]
    fn the_normal_form_reads_well() {
        for (sql, expected) in [
            ("`a` in (1,2,3) AND NOT(`b`)", "a in (1, 2, 3) and not b"),
            ("`a`*-(1+2)", "a * -(1 + 2)"),
            ("`t`.`a`=b'101'", "t.a = b'101'"),
            ("case when `a`=1 then(2) end", "case when a = 1 then 2 end"),
            ("- - 5", "- -5"),
        ] {
            assert_eq!(normal(sql), expected);
        }
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(pieces in prop::collection::vec(prop::sample::select(&[
            "a", "`B`", "`order`", "'x'", "\"y\"", "(", ")", ",", ".", "1", ".5", "1e", "e3", "-", "+", "!", "=", "<",
            ">", "and", "not", "in", "now", "true", "is", "mod", "b", "_utf8mb4", "curdate", "localtime", "0", "'", "`",
            "\\", "--", "/*",
            "|", "&", "#", "ß", "0x", "case", "/", "*",
        ][..]), 0..14), glue in prop::sample::select(&["", " "][..])) {
            let once = normal(&pieces.join(glue));
            prop_assert_eq!(normal(&once), once);
        }
    }
}
