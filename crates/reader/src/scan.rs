//! The items of a file or a module as ranges of bytes; bodies of functions and the like are never looked into.
//!
//! Decides nothing about `cfg` and follows no `mod`. Read [`scan`] first.

use std::ops::Range;

use alembic_revisions::Span;

use crate::lexer::{Kind, Lexeme, Lexer};

/// What the items that can matter for models are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Struct,
    Enum,
    Union,
    /// `mod x;`
    ModuleFile,
    /// `mod x { … }`
    ModuleBlock,
    Use,
    /// `type X = …;`
    Alias,
    ExternCrate,
    /// `macro_rules!`, `macro`.
    MacroRules,
    MacroCall,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub form: Form,
    /// What stands between the brackets of its attributes.
    pub attributes: Vec<Span>,
    /// Without `r#`; of a macro call the last part of its path; empty for `use`.
    pub name: Span,
    /// From the first attribute to the end.
    pub span: Span,
    /// What follows the name: of a module or a macro what its braces hold, of the others all up to the end.
    pub body: Span,
}

/// The items of one file or module.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    pub items: Vec<Item>,
    /// What stands between the brackets of `#![…]`.
    pub inner: Vec<Span>,
    /// False if something was no item.
    pub is_clean: bool,
}

/// Returns the items of a whole file.
pub fn scan_file(text: &str) -> Scan {
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if text[start..].starts_with("#!") && Lexer::new(text, start + 2..text.len()).peek_byte() != Some(b'[') {
        start = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
    }
    scan(text, start..text.len())
}

/// Returns the items of a range of `text`.
pub fn scan(text: &str, range: Range<usize>) -> Scan {
    let mut scanner =
        Scanner { text, lexer: Lexer::new(text, range), found: Scan { is_clean: true, ..Scan::default() } };
    while scanner.item() == Flow::More {}
    scanner.found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    More,
    End,
}

struct Scanner<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    found: Scan,
}

/// An item of which only the beginning is read.
struct Begun {
    start: usize,
    attributes: Vec<Span>,
}

impl Scanner<'_> {
    fn item(&mut self) -> Flow {
        let mut begun = Begun { start: 0, attributes: Vec::new() };
        while self.lexer.peek_byte() == Some(b'#') {
            let start = self.lexer.position();
            self.lexer.next();
            let is_inner = self.eat(b'!');
            if !self.eat(b'[') {
                self.found.is_clean = false;
                return Flow::More;
            }
            let from = self.lexer.position();
            let content = Span::from(from..self.lexer.skip_group(b'['));
            if is_inner {
                self.found.inner.push(content);
            } else {
                if begun.attributes.is_empty() {
                    begun.start = start;
                }
                begun.attributes.push(content);
            }
        }
        if self.lexer.peek_byte().is_none() {
            self.found.is_clean &= begun.attributes.is_empty();
            return Flow::End;
        }
        if begun.attributes.is_empty() {
            begun.start = self.lexer.position();
        }
        self.head(begun)
    }

    /// Reads from the visibility on.
    fn head(&mut self, begun: Begun) -> Flow {
        while let Some(lexeme) = self.lexer.next() {
            let word = match lexeme.kind {
                Kind::Word | Kind::RawWord => &self.text[lexeme.start..lexeme.end],
                Kind::Punct if self.byte(lexeme) == b';' => return Flow::More,
                // A macro may be called by `::path::name!`.
                Kind::Punct if self.byte(lexeme) == b':' => continue,
                _ => {
                    self.stray(lexeme);
                    return Flow::More;
                }
            };
            let next = self.lexer.peek_byte();
            let may_be_path = !matches!(word, "use" | "impl" | "pub");
            if may_be_path && matches!(next, Some(b'!' | b':')) {
                self.macro_call(begun, lexeme);
                return Flow::More;
            }
            match word {
                "pub" | "crate" => {
                    if self.eat(b'(') {
                        self.lexer.skip_group(b'(');
                    }
                }
                "unsafe" | "async" | "default" | "auto" | "safe" => {}
                "const" if self.precedes(&["fn", "unsafe", "async", "extern"]) => {}
                "extern" => {
                    if self.precedes(&["crate"]) {
                        self.lexer.next();
                        self.named(begun, Form::ExternCrate, Self::past_semicolon);
                        return Flow::More;
                    }
                    if self.lexer.peek_byte().is_some_and(|byte| matches!(byte, b'"' | b'r')) {
                        self.lexer.next();
                    }
                    if self.eat(b'{') {
                        self.lexer.skip_group(b'{');
                        return Flow::More;
                    }
                }
                _ => {
                    self.keyword(begun, word, lexeme);
                    return Flow::More;
                }
            }
        }
        self.found.is_clean = false;
        Flow::End
    }

    fn keyword(&mut self, begun: Begun, word: &str, lexeme: Lexeme) {
        match word {
            "struct" => self.named(begun, Form::Struct, Self::past_block),
            "enum" => self.named(begun, Form::Enum, Self::past_block),
            "union" => self.named(begun, Form::Union, Self::past_block),
            "type" => self.named(begun, Form::Alias, Self::past_semicolon),
            "macro" => self.named(begun, Form::MacroRules, Self::past_block),
            "mod" => self.module(begun),
            "use" => {
                let body = lexeme.end..self.past_semicolon();
                self.push(begun, Form::Use, lexeme.end..lexeme.end, body);
            }
            "fn" | "impl" | "trait" => {
                self.past_block();
            }
            "const" | "static" => {
                self.past_semicolon();
            }
            _ => self.stray(lexeme),
        }
    }

    fn named(&mut self, begun: Begun, form: Form, tail: fn(&mut Self) -> usize) {
        let Some(name) = self.name() else { return };
        let body = name.end..tail(self);
        self.push(begun, form, name, body);
    }

    fn module(&mut self, begun: Begun) {
        let Some(name) = self.name() else { return };
        if self.eat(b'{') {
            let from = self.lexer.position();
            let to = self.lexer.skip_group(b'{');
            self.push(begun, Form::ModuleBlock, name, from..to);
        } else {
            self.found.is_clean &= self.eat(b';');
            let end = self.lexer.position();
            self.push(begun, Form::ModuleFile, name, end..end);
        }
    }

    /// `lexeme` is the first part of the macro's path; a `!` or a `:` follows.
    fn macro_call(&mut self, begun: Begun, lexeme: Lexeme) {
        let mut last = lexeme;
        loop {
            match self.lexer.next() {
                Some(next) if matches!(next.kind, Kind::Word | Kind::RawWord) => last = next,
                Some(next) if self.byte(next) == b':' => {}
                Some(next) if self.byte(next) == b'!' => break,
                Some(next) => return self.stray(next),
                None => return self.found.is_clean = false,
            }
        }
        let mut name = self.bare(last);
        let is_rules = &self.text[name.clone()] == "macro_rules";
        if self.lexer.peek_byte().is_some_and(|byte| !matches!(byte, b'{' | b'(' | b'['))
            && let Some(given) = self.name()
        {
            name = given;
        }
        let Some(open) = self.lexer.next().filter(|next| next.kind == Kind::Open) else {
            self.found.is_clean = false;
            return;
        };
        let open = self.byte(open);
        let from = self.lexer.position();
        let body = from..self.lexer.skip_group(open);
        if open != b'{' {
            self.eat(b';');
        }
        self.push(begun, if is_rules { Form::MacroRules } else { Form::MacroCall }, name, body);
    }

    fn name(&mut self) -> Option<Range<usize>> {
        match self.lexer.next() {
            Some(lexeme) if matches!(lexeme.kind, Kind::Word | Kind::RawWord) => Some(self.bare(lexeme)),
            Some(lexeme) => {
                self.stray(lexeme);
                None
            }
            None => {
                self.found.is_clean = false;
                None
            }
        }
    }

    fn bare(&self, lexeme: Lexeme) -> Range<usize> {
        lexeme.start + if lexeme.kind == Kind::RawWord { 2 } else { 0 }..lexeme.end
    }

    fn push(&mut self, begun: Begun, form: Form, name: Range<usize>, body: Range<usize>) {
        self.found.items.push(Item {
            form,
            attributes: begun.attributes,
            name: name.into(),
            span: (begun.start..self.lexer.position()).into(),
            body: body.into(),
        });
    }

    /// Skips to behind the item's block, or behind its `;` if that comes first.
    fn past_block(&mut self) -> usize {
        let mut angles = 0i32;
        while let Some(lexeme) = self.lexer.next() {
            match self.byte(lexeme) {
                b'{' => {
                    self.lexer.skip_group(b'{');
                    // A block between angle brackets is an argument: `impl X<{ N + 1 }> { … }`.
                    if angles <= 0 {
                        break;
                    }
                }
                open @ (b'(' | b'[') => {
                    self.lexer.skip_group(open);
                }
                b';' => break,
                b'<' => angles += 1,
                // The `>` of an arrow closes nothing.
                b'-' | b'=' if self.text.as_bytes().get(lexeme.end) == Some(&b'>') => {
                    self.lexer.next();
                }
                b'>' => angles -= 1,
                _ => {}
            }
        }
        self.lexer.position()
    }

    fn past_semicolon(&mut self) -> usize {
        while let Some(lexeme) = self.lexer.next() {
            if lexeme.kind == Kind::Open {
                self.lexer.skip_group(self.byte(lexeme));
            } else if self.byte(lexeme) == b';' {
                break;
            }
        }
        self.lexer.position()
    }

    fn stray(&mut self, lexeme: Lexeme) {
        self.found.is_clean = false;
        if lexeme.kind == Kind::Open {
            self.lexer.skip_group(self.byte(lexeme));
        }
    }

    fn precedes(&mut self, words: &[&str]) -> bool {
        let next = self.lexer.clone().next();
        next.is_some_and(|next| next.kind == Kind::Word && words.contains(&&self.text[next.start..next.end]))
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.lexer.peek_byte() == Some(byte);
        if is_there {
            self.lexer.next();
        }
        is_there
    }

    /// The byte of a token that has only one; of others one that is no punctuation.
    fn byte(&self, lexeme: Lexeme) -> u8 {
        match lexeme.kind {
            Kind::Punct | Kind::Open | Kind::Close => self.text.as_bytes()[lexeme.start],
            _ => b'a',
        }
    }
}

#[cfg(test)]
mod tests;
