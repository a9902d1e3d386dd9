use proptest::prelude::*;

use super::*;

fn kinds(text: &str) -> String {
    let one = |lexeme: Lexeme| {
        let kind = match lexeme.kind {
            Kind::Word => "w",
            Kind::RawWord => "r",
            Kind::Lifetime => "l",
            Kind::Literal => "n",
            Kind::Punct => "p",
            Kind::Open => "o",
            Kind::Close => "c",
        };
        format!("{kind}:{}", &text[lexeme.start..lexeme.end])
    };
    Lexer::new(text, 0..text.len()).map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn tokens_of_rust() {
    for (text, expected) in [
        ("a_1 r#type é", "w:a_1 r:r#type w:é"),
        (
            "'a 'static 'x' '\\'' '\\u{e9}' 'é' b'\\n' '_",
            "l:'a l:'static n:'x' n:'\\'' n:'\\u{e9}' n:'é' n:b'\\n' l:'_",
        ),
        (r#""a\"b" b"x" c"y""#, r#"n:"a\"b" n:b"x" n:c"y""#),
        (r###"r"a\" r#"b"c"# br##"x"#"## cr"z""###, r###"n:r"a\" n:r#"b"c"# n:br##"x"#"## n:cr"z""###),
        ("r #x", "w:r p:# w:x"),
        (
            "1 1.5 1. 1..2 1.x 1e-3 0x1e-3 1_0i64",
            "n:1 n:1.5 n:1. n:1 p:. p:. n:2 n:1 p:. w:x n:1e-3 n:0x1e p:- n:3 n:1_0i64",
        ),
        ("a/*x/*y*/z*/b//c\nd/e", "w:a w:b w:d p:/ w:e"),
        ("/// doc\n//! doc\n/** doc */a", "w:a"),
        ("(a)[b]{c}", "o:( w:a c:) o:[ w:b c:] o:{ w:c c:}"),
        ("a::<b>", "w:a p:: p:: p:< w:b p:>"),
        ("a\u{2028}b\u{85}", "w:a w:b"),
        ("\"open", "n:\"open"),
        ("/* open", ""),
        ("r#\"open\"", "n:r#\"open\""),
        ("'", "p:'"),
        ("'\\", "n:'\\"),
        ("#[x]", "p:# o:[ w:x c:]"),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
    }
}

#[test]
fn groups_are_skipped_with_what_hides_delimiters() {
    for inside in [
        "",
        "a { b } c",
        "\"}\"",
        "\"\\\"}\"",
        "r\"}\\\"",
        "r#\"}\"}\"#",
        "xr(\"}\")",
        "'}' '\\'' '{'",
        "'a ",
        "// }\n",
        "/* } /* } */ } */",
        "1 / 2",
        "b'}' b\"}\" c\"}\"",
        "(x) [y]",
    ] {
        let text = format!("{{{inside}}} rest");
        let mut lexer = Lexer::new(&text, 1..text.len());
        assert_eq!(lexer.skip_group(b'{'), inside.len() + 1, "{text}");
        assert_eq!(lexer.next().map(|next| &text[next.start..next.end]), Some("rest"), "{text}");
    }
}

/// Text in which what the lexer looks for is frequent.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("r#".to_owned()),
        Just("#".to_owned()),
        Just("/*".to_owned()),
        Just("*/".to_owned()),
        Just("//".to_owned()),
        Just("\n".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("b'".to_owned()),
        Just("1.".to_owned()),
        Just("e-".to_owned()),
        Just("é".to_owned()),
        Just("\u{2028}".to_owned()),
        any::<String>(),
        "[a-z]{1,3}",
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_split_without_a_panic(text in texts(), open in prop_oneof![Just(b'{'), Just(b'('), Just(b'[')]) {
        let mut end = 0;
        for lexeme in Lexer::new(&text, 0..text.len()) {
            prop_assert!(lexeme.start >= end && lexeme.end > lexeme.start);
            prop_assert!(text.get(lexeme.start..lexeme.end).is_some());
            end = lexeme.end;
        }
        let mut lexer = Lexer::new(&text, 0..text.len());
        prop_assert!(lexer.skip_group(open) <= text.len());
        prop_assert!(tokens(&text, 0..text.len()).iter().all(|token| text.get(token.span.range()).is_some()));
    }

    #[test]
    fn skipping_ends_where_reading_does(pieces in proptest::collection::vec(prop_oneof![
        Just("a "), Just("{b}"), Just("\"}\" "), Just("r#\"}\"# "), Just("'}' "), Just("'a "), Just("// }\n"),
        Just("/* } */"), Just("b\"\\\"}\" "), Just("(x)"), Just("1 / 2 "), Just("#[x]"), Just("r#type "), Just("br\"}\" "),
    ], 0..20)) {
        let inside = pieces.concat();
        let text = format!("{inside}}} tail");
        let mut depth = 1;
        let mut closing = None;
        for lexeme in Lexer::new(&text, 0..text.len()) {
            match &text[lexeme.start..lexeme.end] {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                closing = Some(lexeme.start);
                break;
            }
        }
        prop_assert_eq!(closing, Some(inside.len()));
        prop_assert_eq!(Lexer::new(&text, 0..text.len()).skip_group(b'{'), inside.len());
    }
}
