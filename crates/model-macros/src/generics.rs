//! The generics of a struct, as an `impl` repeats them.

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// A struct without its fields.
pub struct Generics {
    pub name: TokenTree,
    /// `'a, T: Bound`, without defaults.
    pub parameters: Vec<TokenTree>,
    /// `'a, T`
    pub arguments: Vec<TokenTree>,
    /// `where …`, or nothing.
    pub bounds: Vec<TokenTree>,
}

impl Generics {
    /// Those of the struct with named fields that `item` is.
    pub fn of(item: TokenStream) -> Option<Generics> {
        let mut trees: Vec<TokenTree> = item.into_iter().collect();
        // The last tree is the braces with the fields.
        trees.pop();
        let keyword = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word.to_string() == "struct");
        let at = trees.iter().position(keyword)?;
        let (name, rest) = trees.get(at + 1..)?.split_first()?;
        let empty = Generics { name: name.clone(), parameters: Vec::new(), arguments: Vec::new(), bounds: Vec::new() };
        if !rest.first().is_some_and(|tree| is(tree, '<')) {
            return Some(Generics { bounds: rest.to_vec(), ..empty });
        }
        let end = outside_angles(rest, 1, '>');
        let mut generics = Generics { bounds: rest.get(end + 1..).unwrap_or_default().to_vec(), ..empty };
        let inside = rest.get(1..end).unwrap_or_default();
        let mut start = 0;
        while start < inside.len() {
            let end = outside_angles(inside, start, ',');
            generics.push(&inside[start..end], inside.get(end));
            start = end + 1;
        }
        Some(generics)
    }

    fn push(&mut self, parameter: &[TokenTree], comma: Option<&TokenTree>) {
        let parameter = without_attributes(parameter);
        let default = outside_angles(parameter, 0, '=');
        let name = match parameter {
            [quote, name, ..] if is(quote, '\'') => vec![quote.clone(), name.clone()],
            [TokenTree::Ident(word), name, ..] if word.to_string() == "const" => vec![name.clone()],
            [name, ..] => vec![name.clone()],
            [] => Vec::new(),
        };
        self.parameters.extend(parameter.iter().take(default).chain(comma).cloned());
        self.arguments.extend(name.into_iter().chain(comma.cloned()));
    }
}

fn is(tree: &TokenTree, c: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c)
}

fn without_attributes(mut parameter: &[TokenTree]) -> &[TokenTree] {
    while let [hash, TokenTree::Group(group), rest @ ..] = parameter
        && is(hash, '#')
        && group.delimiter() == Delimiter::Bracket
    {
        parameter = rest;
    }
    parameter
}

/// Where `stop` stands outside of angle brackets, or the end.
fn outside_angles(trees: &[TokenTree], start: usize, stop: char) -> usize {
    let mut depth = 0usize;
    let mut before = None;
    for (at, tree) in trees.iter().enumerate().skip(start) {
        let arrow = is(tree, '>') && before.is_some_and(|before| is(before, '-'));
        match tree {
            tree if depth == 0 && !arrow && is(tree, stop) => return at,
            tree if is(tree, '<') => depth += 1,
            tree if is(tree, '>') && !arrow => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = Some(tree);
    }
    trees.len()
}
