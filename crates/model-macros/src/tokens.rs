//! The compiler's tokens as those of the grammar.

use proc_macro::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::grammar::ast::{Token, TokenKind};

/// All tokens, in their order, with groups told by their delimiters.
pub fn flat(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    push_all(stream, &mut tokens);
    tokens
}

fn push_all(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter();
    while let Some(tree) = trees.next() {
        let span = tree.span();
        let kind = match tree {
            TokenTree::Group(group) => {
                push_group(&group, tokens);
                continue;
            }
            TokenTree::Ident(ident) => TokenKind::Ident(without_raw(&ident.to_string()).to_owned()),
            TokenTree::Punct(quote) if quote.as_char() == '\'' && quote.spacing() == Spacing::Joint => {
                let name = trees.next().map(|name| name.to_string()).unwrap_or_default();
                TokenKind::Lifetime(without_raw(&name).to_owned())
            }
            TokenTree::Punct(punct) => TokenKind::Punct(punct.as_char()),
            TokenTree::Literal(literal) => TokenKind::Literal(literal.to_string()),
        };
        tokens.push(Token { kind, span });
    }
}

fn push_group(group: &Group, tokens: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::Brace => ('{', '}'),
        // What a macro was given stands as if it were written there.
        Delimiter::None => return push_all(group.stream(), tokens),
    };
    tokens.push(Token { kind: TokenKind::Open(open), span: group.span_open() });
    push_all(group.stream(), tokens);
    tokens.push(Token { kind: TokenKind::Close(close), span: group.span_close() });
}

fn without_raw(word: &str) -> &str {
    word.strip_prefix("r#").unwrap_or(word)
}
