//! Names inside SQL expressions: finds them, and gives them another, without a parser.
//!
//! Expressions are kept as text of one database, so a scanner for all of them must do: it knows strings, comments and
//! every kind of quoted identifier, and where a word is a type or a function. Read [`tokens`] first.

use std::borrow::Cow;

/// A piece of SQL; all pieces in a row are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub kind: Kind,
    pub raw: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keyword, bare identifier or number.
    Word,
    /// `"x"`, `` `x` ``, `[x]`.
    Quoted,
    /// `'x'`, `$$x$$`.
    Literal,
    /// One character, or `::`.
    Symbol,
    /// White space and comments.
    Space,
}

/// Whether `\'` goes on with a string (MariaDB, MySQL) or ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    Plain,
    Escapes,
}

/// Splits SQL. A backslash outside of strings, or a string without an end, shows that `\'` was meant as an escape.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let plain = split(sql, Backslash::Plain);
    let is_odd = |token: &Token<'_>| match token.kind {
        Kind::Symbol => token.raw == "\\",
        Kind::Literal => token.raw.starts_with('\'') && (token.raw.len() == 1 || !token.raw.ends_with('\'')),
        _ => false,
    };
    if plain.iter().any(is_odd) { split(sql, Backslash::Escapes) } else { plain }
}

fn split(sql: &str, backslash: Backslash) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first, found.last(), backslash);
        let (raw, after) = rest.split_at(length);
        found.push(Token { kind, raw });
        rest = after;
    }
    found
}

fn next(rest: &str, first: char, before: Option<&Token<'_>>, backslash: Backslash) -> (Kind, usize) {
    match first {
        '\'' => {
            let is_escape_string = before.is_some_and(|token| token.raw.eq_ignore_ascii_case("e"));
            let backslash = if is_escape_string { Backslash::Escapes } else { backslash };
            (Kind::Literal, quoted_length(rest, '\'', backslash))
        }
        '"' | '`' => (Kind::Quoted, quoted_length(rest, first, Backslash::Plain)),
        // A subscript of PostgreSQL follows its array, a name of SQLite in brackets follows an operator.
        '[' if !before.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted) || token.raw == ")") => {
            match rest.find(']') {
                Some(end) if end > 1 && !rest[1..end].contains(['\'', '"', ',', '(']) => (Kind::Quoted, end + 1),
                _ => (Kind::Symbol, 1),
            }
        }
        '$' => match dollar_length(rest) {
            Some(length) => (Kind::Literal, length),
            None => (Kind::Symbol, 1),
        },
        '-' if rest.starts_with("--") => (Kind::Space, rest.find('\n').map_or(rest.len(), |end| end + 1)),
        '/' if rest.starts_with("/*") => (Kind::Space, rest.find("*/").map_or(rest.len(), |end| end + 2)),
        ':' if rest.starts_with("::") => (Kind::Symbol, 2),
        _ if first.is_whitespace() => (Kind::Space, run(rest, char::is_whitespace)),
        _ if is_part_of_word(first) => (Kind::Word, run(rest, is_part_of_word)),
        _ => (Kind::Symbol, first.len_utf8()),
    }
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// The length of a quoted piece with both of its quotes; a doubled quote goes on.
fn quoted_length(rest: &str, quote: char, backslash: Backslash) -> usize {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && backslash == Backslash::Escapes {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

fn dollar_length(rest: &str) -> Option<usize> {
    let tag_end = 1 + rest[1..].find('$')?;
    let tag = &rest[..=tag_end];
    if !tag[1..tag_end].chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let body = &rest[tag.len()..];
    Some(body.find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len()))
}

impl<'a> Token<'a> {
    /// Returns the identifier that it may be.
    fn identifier(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Word => Some(Cow::Borrowed(self.raw)),
            Kind::Quoted => {
                let raw = self.raw;
                let quote = &raw[..1];
                let body = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
                Some(if quote == "[" { Cow::Borrowed(body) } else { Cow::Owned(body.replace(&quote.repeat(2), quote)) })
            }
            _ => None,
        }
    }

    /// Whether it is this name; a bare word in any case, since a database folds it.
    pub(crate) fn names(&self, name: &str) -> bool {
        match self.kind {
            Kind::Word => self.raw.eq_ignore_ascii_case(name),
            _ => self.identifier().is_some_and(|identifier| identifier == name),
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// A column of this table.
    Column { table: &'a str },
    /// A table before a dot, as in an expression.
    Qualifier,
    /// A table anywhere, as in a trigger or a view.
    Table,
    /// A type in a cast.
    Type,
}

/// Returns `sql` with another name for one object.
pub(crate) fn renamed(sql: &str, target: Target<'_>, from: &str, to: &str) -> String {
    let tokens = tokens(sql);
    (0..tokens.len())
        .map(|at| match &tokens[at] {
            token if token.names(from) && is_meant(&tokens, at, target) => spell(token, to, sql),
            token => Cow::Borrowed(token.raw),
        })
        .collect()
}

/// True if the expression has this column in it.
pub(crate) fn mentions(sql: &str, column: &str) -> bool {
    let tokens = tokens(sql);
    (0..tokens.len()).any(|at| tokens[at].names(column) && is_meant(&tokens, at, Target::Column { table: "" }))
}

/// True if the text is one of the strings in it.
pub(crate) fn has_literal(sql: &str, text: &str) -> bool {
    tokens(sql).iter().any(|token| token.kind == Kind::Literal && token.raw == literal(text))
}

fn is_meant(tokens: &[Token<'_>], at: usize, target: Target<'_>) -> bool {
    let solid = |token: &&Token<'_>| token.kind != Kind::Space;
    let mut before = tokens[..at].iter().rev().filter(solid);
    let (last, last_but_one) = (before.next(), before.next());
    let next = tokens[at + 1..].iter().find(solid);
    let is = |token: Option<&Token<'_>>, raw: &str| token.is_some_and(|token| token.raw.eq_ignore_ascii_case(raw));
    let is_type =
        is(last, "::") || (is(last, "as") && target != Target::Table) || is_inside_type_name(tokens[at], last);
    let is_bare = tokens[at].kind == Kind::Word;
    let is_call = is_bare && is(next, "(");
    match target {
        Target::Column { table } => {
            let is_typed_literal = is_bare && next.is_some_and(|next| next.kind == Kind::Literal);
            let is_ours = !is(last, ".")
                || table.is_empty()
                || last_but_one.is_some_and(|name| ["new", "old", table].iter().any(|own| name.names(own)));
            !is_type && !is_call && !is_typed_literal && !is(next, ".") && is_ours
        }
        Target::Qualifier => is(next, ".") && !is_type,
        Target::Table => !is(last, ".") && (!is_call || is(last, "into")),
        Target::Type => is_type || (is(last, ".") && last_but_one.is_some()),
    }
}

/// The words of `timestamp without time zone` and `double precision` are no columns.
fn is_inside_type_name(token: Token<'_>, before: Option<&Token<'_>>) -> bool {
    const PAIRS: [(&str, &str); 4] = [("with", "time"), ("without", "time"), ("time", "zone"), ("double", "precision")];
    token.kind == Kind::Word
        && before.is_some_and(|before| {
            PAIRS
                .iter()
                .any(|(first, second)| before.raw.eq_ignore_ascii_case(first) && token.raw.eq_ignore_ascii_case(second))
        })
}

/// Writes a name in the manner of the token that it replaces; a bare word gets quotes only where it needs them.
fn spell<'a>(token: &Token<'a>, name: &'a str, sql: &str) -> Cow<'a, str> {
    let quote = match (token.kind, &token.raw[..1]) {
        (Kind::Quoted, quote) => quote,
        _ if crate::backend::ink::Ink(alembic_revisions::DialectName::Postgres).name(name) == name => {
            return Cow::Borrowed(name);
        }
        _ if sql.contains('`') => "`",
        _ => "\"",
    };
    Cow::Owned(match quote {
        "[" => format!("[{name}]"),
        quote => format!("{quote}{}{quote}", name.replace(quote, &quote.repeat(2))),
    })
}

/// Returns `sql` with another text in the literals of one enum: `'sad'::mood`, `'{sad,ok}'::mood[]`.
pub(crate) fn renamed_value(sql: &str, of: &str, from: &str, to: &str) -> String {
    let tokens = tokens(sql);
    let solid: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at].kind != Kind::Space).collect();
    let mut text = String::with_capacity(sql.len());
    for (at, token) in tokens.iter().enumerate() {
        let after: Vec<&Token<'_>> =
            solid.iter().filter(|next| **next > at).take(5).map(|next| &tokens[*next]).collect();
        let cast = cast_to(&after, of);
        match (token.kind, cast) {
            (Kind::Literal, Some(Cast::Value)) if token.raw == literal(from) => text.push_str(&literal(to)),
            (Kind::Literal, Some(Cast::Array)) => text.push_str(&renamed_element(token.raw, from, to)),
            _ => text.push_str(token.raw),
        }
    }
    text
}

enum Cast {
    Value,
    Array,
}

/// Reads the tokens after a literal: `::`, perhaps a schema and a dot, the type, perhaps `[`.
fn cast_to(after: &[&Token<'_>], of: &str) -> Option<Cast> {
    let [cast, name @ ..] = after else { return None };
    if cast.raw != "::" {
        return None;
    }
    let name = match name {
        [_, dot, rest @ ..] if dot.raw == "." => rest,
        name => name,
    };
    let (name, rest) = name.split_first()?;
    let is_array = rest.first().is_some_and(|token| token.raw.starts_with('['));
    name.names(of).then_some(if is_array { Cast::Array } else { Cast::Value })
}

/// Returns the text as a string literal of any database.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn renamed_element(raw: &str, from: &str, to: &str) -> String {
    let Some(elements) = raw.strip_prefix("'{").and_then(|raw| raw.strip_suffix("}'")) else { return raw.to_owned() };
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "''"));
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let new = if is_plain(to) { to.to_owned() } else { quoted(to) };
    let replace = |element| if element == from || element == quoted(from) { new.as_str() } else { element };
    let elements: Vec<&str> = elements.split(',').map(replace).collect();
    format!("'{{{}}}'", elements.join(","))
}

#[cfg(test)]
mod tests;
