//! The compiler's tokens as those of the grammar, which borrow their texts: the compiler lends none.

use proc_macro::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};

use crate::grammar::ast::{Token, TokenKind};

/// All tokens of an item, in their order, with groups told by their delimiters.
pub struct Flat {
    tokens: Vec<(Owned, Span)>,
}

enum Owned {
    Ident(String),
    Lifetime(String),
    Literal(String),
    /// What has no text.
    Mark(TokenKind<'static>),
}

impl Flat {
    pub fn new(stream: TokenStream) -> Self {
        let mut flat = Flat { tokens: Vec::new() };
        flat.push_all(stream);
        flat
    }

    pub fn tokens(&self) -> Vec<Token<'_>> {
        self.tokens.iter().map(|(owned, span)| Token { kind: owned.kind(), span: *span }).collect()
    }

    fn push_all(&mut self, stream: TokenStream) {
        let mut trees = stream.into_iter();
        while let Some(tree) = trees.next() {
            let span = tree.span();
            let token = match tree {
                TokenTree::Group(group) => {
                    self.push_group(&group);
                    continue;
                }
                TokenTree::Ident(ident) => Owned::Ident(without_raw(&ident.to_string()).to_owned()),
                TokenTree::Punct(quote) if quote.as_char() == '\'' && quote.spacing() == Spacing::Joint => {
                    let name = trees.next().map(|name| name.to_string()).unwrap_or_default();
                    Owned::Lifetime(without_raw(&name).to_owned())
                }
                TokenTree::Punct(punct) => Owned::Mark(TokenKind::Punct(punct.as_char())),
                TokenTree::Literal(literal) => Owned::Literal(literal.to_string()),
            };
            self.tokens.push((token, span));
        }
    }

    fn push_group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ('(', ')'),
            Delimiter::Bracket => ('[', ']'),
            Delimiter::Brace => ('{', '}'),
            // What a macro was given stands as if it were written there.
            Delimiter::None => return self.push_all(group.stream()),
        };
        self.tokens.push((Owned::Mark(TokenKind::Open(open)), group.span_open()));
        self.push_all(group.stream());
        self.tokens.push((Owned::Mark(TokenKind::Close(close)), group.span_close()));
    }
}

impl Owned {
    fn kind(&self) -> TokenKind<'_> {
        match self {
            Owned::Ident(word) => TokenKind::Ident(word),
            Owned::Lifetime(name) => TokenKind::Lifetime(name),
            Owned::Literal(written) => TokenKind::Literal(written),
            Owned::Mark(kind) => *kind,
        }
    }
}

fn without_raw(word: &str) -> &str {
    word.strip_prefix("r#").unwrap_or(word)
}
