use proptest::prelude::*;

use super::*;

fn brief(text: &str) -> String {
    let scan = scan_file(text);
    let one = |item: &Item| {
        let part = |span: Span| text[span.range()].trim();
        let attributes: String = item.attributes.iter().map(|span| format!("#{} ", part(*span))).collect();
        format!("{attributes}{:?} {}|{}", item.form, part(item.name), part(item.body))
    };
    let items = scan.items.iter().map(one).collect::<Vec<_>>().join(" ; ");
    if scan.is_clean { items } else { format!("{items} (and more)") }
}

#[test]
fn items() {
    for (text, expected) in [
        ("struct A;", "Struct A|;"),
        ("pub(in a::b) struct r#A<T>(T) where T: X;", "Struct A|<T>(T) where T: X;"),
        ("#[a] /// x\n #[b(\"])\")] struct A { x: u8 }", "#a #b(\"])\") Struct A|{ x: u8 }"),
        ("enum E { A, B } union U { a: u8 }", "Enum E|{ A, B } ; Union U|{ a: u8 }"),
        ("type X<T> = Vec<[T; { 1; 2 }]>;", "Alias X|<T> = Vec<[T; { 1; 2 }]>;"),
        ("mod a; mod b { struct C; } unsafe mod c {}", "ModuleFile a| ; ModuleBlock b|struct C; ; ModuleBlock c|"),
        ("use a::{b, c}; pub use ::d as e;", "Use |a::{b, c}; ; Use |::d as e;"),
        ("extern crate a as b; extern \"C\" { struct No; } extern fn f() {}", "ExternCrate a|as b;"),
        ("macro_rules! m { () => {} } macro_rules! n (a);", "MacroRules m|() => {} ; MacroRules n|a"),
        ("a::b! { c } ::d!(e); f![g]; r#h! i { j }", "MacroCall b|c ; MacroCall d|e ; MacroCall f|g ; MacroCall i|j"),
        ("const A: u8 = { 1; 2 }; static B: &str = \";\"; const fn f() { struct No; }", ""),
        ("const unsafe extern \"C\" fn f() {} async fn g() {} default impl X for Y {} auto trait Z {}", ""),
        ("impl<const N: usize> X for Y<{ N + 1 }> { type No = u8; } struct A;", "Struct A|;"),
        ("fn f<T: Fn() -> u8>() -> impl Fn() -> T where T: X { struct No; } struct A;", "Struct A|;"),
        ("trait T = Send; trait U: Fn(u8) -> u8 { const X: u8; } struct A;", "Struct A|;"),
        ("; struct A {}; struct B;", "Struct A|{} ; Struct B|;"),
        ("let x = 1; struct A;", "Struct A|; (and more)"),
        ("struct", " (and more)"),
        ("#[a", " (and more)"),
        ("x", " (and more)"),
    ] {
        assert_eq!(brief(text), expected, "{text}");
    }
}

#[test]
fn attributes_of_the_whole() {
    let text = "#!/bin/x\n#![a]\n#![cfg(b)] struct A;";
    let scan = scan_file(text);
    let inner: Vec<&str> = scan.inner.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(inner, ["a", "cfg(b)"]);
    assert_eq!(&text[scan.items[0].span.range()], "struct A;");
}

/// Items whose spans are known since they are put together from pieces; the second part tells whether they are found.
fn pieces() -> impl Strategy<Value = (&'static str, Option<Form>)> {
    prop_oneof![
        Just(("#[derive(X)]\npub struct S<'a> { a: &'a str, b: [u8; { 2 }] }", Some(Form::Struct))),
        Just(("struct T(pub u8, fn() -> u8);", Some(Form::Struct))),
        Just(("pub(crate) enum E { A = '}' as isize, B { x: u8 } }", Some(Form::Enum))),
        Just(("mod m;", Some(Form::ModuleFile))),
        Just(("pub mod n { fn f() { \"}\"; } struct Inner; }", Some(Form::ModuleBlock))),
        Just(("use a::{b, c as d, e::*};", Some(Form::Use))),
        Just(("type A<T> = Option<T>;", Some(Form::Alias))),
        Just(("thing! { } ", Some(Form::MacroCall))),
        Just(("#[x] path::thing!(a, b);", Some(Form::MacroCall))),
        Just(("macro_rules! r { ($a:ty) => { struct $a; } }", Some(Form::MacroRules))),
        Just(("fn f<'a>(x: &'a str) -> char { let _ = r#\"}\"#; struct No; '{' }", None)),
        Just(("impl<T> ::std::fmt::Debug for S<{ 1 }> where T: X { fn y() { /* } */ } }", None)),
        Just(("const C: [u8; 1] = { [1] };", None)),
        Just(("pub static ref_: &str = \"struct No;\";", None)),
        Just(("unsafe extern \"C\" { fn z(); }", None)),
        Just(("// struct No;\n", None)),
        Just(("/* struct /* No */ ; */", None)),
    ]
}

proptest! {
    #[test]
    fn spans_are_those_of_the_pieces(pieces in proptest::collection::vec(pieces(), 0..12)) {
        let mut text = String::new();
        let mut expected = Vec::new();
        for (piece, form) in pieces {
            let start = text.len();
            text += piece;
            if let Some(form) = form {
                expected.push((form, Span::from(start..start + piece.trim_end().len())));
            }
            text.push('\n');
        }
        let scan = scan_file(&text);
        let found: Vec<_> = scan.items.iter().map(|item| (item.form, item.span)).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(scan.is_clean);
    }

    #[test]
    fn any_text_is_scanned_without_a_panic(text in any::<String>(), words in proptest::collection::vec(prop_oneof![
        Just("struct "), Just("mod "), Just("r#"), Just("{"), Just("}"), Just("#["), Just("]"), Just("!"), Just("x"), Just("::"),
        Just("extern "), Just("const "), Just("macro_rules"), Just("\""), Just("pub("), Just(";"), Just("use "), Just("<"),
    ], 0..24)) {
        for text in [text, words.concat()] {
            for item in scan_file(&text).items {
                for span in [item.name, item.span, item.body] {
                    prop_assert!(text.get(span.range()).is_some(), "{:?}", item);
                }
            }
        }
    }
}
