//! Texts in, statements or faults out.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnose::{Diagnose, Source};
use DialectName::{Mysql, Postgres, Sqlite};

fn pieces(text: &str, dialect: DialectName) -> Result<Vec<&str>, SplitFault> {
    let ranges = split(text, &SplitRules::of(dialect))?;
    Ok(ranges.into_iter().map(|range| &text[range]).collect())
}

#[track_caller]
fn check(dialect: DialectName, text: &str, expected: &[&str]) {
    assert_eq!(pieces(text, dialect).as_deref(), Ok(expected), "{dialect}: {text}");
}

/// Checks that a text is one statement, also between two others.
#[track_caller]
fn check_one(dialect: DialectName, statement: &str) {
    check(dialect, statement, &[statement]);
    let text = format!("SELECT 1;\n{statement} ; -- done\nSELECT 2;");
    check(dialect, &text, &["SELECT 1", statement, "SELECT 2"]);
}

#[test]
fn statements_end_at_semicolons() {
    for dialect in DialectName::ALL {
        check(dialect, "", &[]);
        check(dialect, " ;;\n; -- nothing\n/* nothing; */", &[]);
        check(dialect, "SELECT 1", &["SELECT 1"]);
        check(dialect, "SELECT 1; SELECT\n 2 ;", &["SELECT 1", "SELECT\n 2"]);
        check(dialect, "-- first;\nSELECT 1 /* a; b */ + 1 -- last;\n;\n", &["SELECT 1 /* a; b */ + 1"]);
        check(dialect, "SELECT 'a;''b;', \"c;\"\"d;\";X", &["SELECT 'a;''b;', \"c;\"\"d;\"", "X"]);
        check(
            dialect,
            "SELECT 5 - 4 / 2 * 3 # ;\n$1;X",
            match dialect {
                Mysql => &["SELECT 5 - 4 / 2 * 3 # ;\n$1", "X"],
                Postgres | Sqlite => &["SELECT 5 - 4 / 2 * 3 #", "$1", "X"],
            },
        );
        check(dialect, "SELECT 'ä;ö';\r\nSELECT ü;\r\n", &["SELECT 'ä;ö'", "SELECT ü"]);
        check(dialect, "BEGIN; COMMIT; END;", &["BEGIN", "COMMIT", "END"]);
    }
}

#[test]
fn quotes_and_comments_of_each_dialect() {
    check(Postgres, r"SELECT E'\';', e'a''\\';X", &[r"SELECT E'\';', e'a''\\'", "X"]);
    check(Postgres, r"SELECT '\';X", &[r"SELECT '\'", "X"]);
    check(Postgres, r"SELECT name'\';X", &[r"SELECT name'\'", "X"]);
    check(Postgres, "SELECT $$a;b$$, $x$ $$;$y$; $x$;X", &["SELECT $$a;b$$, $x$ $$;$y$; $x$", "X"]);
    check(Postgres, "SELECT a$$;X", &["SELECT a$$", "X"]);
    check(Postgres, "SELECT $1;X;$2$ok", &["SELECT $1", "X", "$2$ok"]);
    check(Postgres, "/* a /* b; */ c; */ X; a[1]; `", &["X", "a[1]", "`"]);
    check(Postgres, "X -- ' \" $$\n;Y", &["X", "Y"]);
    check(
        Postgres,
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);X",
        &["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "X"],
    );
    check(Sqlite, "SELECT [a;'b], `c;``d`;X", &["SELECT [a;'b], `c;``d`", "X"]);
    check(Sqlite, "/* a /* b; */ X; '\\'; Y", &["X", "'\\'", "Y"]);
    check(Mysql, r#"SELECT 'a\';', "b\";", `c\`;X"#, &[r#"SELECT 'a\';', "b\";", `c\`"#, "X"]);
    check(Mysql, "SELECT 5--3; # a;\nX --\n; --\tb;\nY", &["SELECT 5--3", "X", "Y"]);
    check(
        Mysql,
        "/*!40101 SET x = ';' */; /*M!100100 SELECT 1 */;X",
        &["/*!40101 SET x = ';' */", "/*M!100100 SELECT 1 */", "X"],
    );
    check(
        Mysql,
        "CREATE TABLE t (id int) /*!50100 PARTITION BY KEY (id) */ ;SELECT 2*/* a; */3",
        &["CREATE TABLE t (id int) /*!50100 PARTITION BY KEY (id) */", "SELECT 2*/* a; */3"],
    );
    check(Mysql, "SELECT $$;X", &["SELECT $$", "X"]);
}

#[test]
fn bodies_of_postgres() {
    check_one(
        Postgres,
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END",
    );
    check_one(Postgres, "create or replace procedure p(begin int) begin /* c */ atomic select t.end, 1 as end; end");
    check_one(Postgres, "CREATE FUNCTION f() RETURNS trigger AS $f$ BEGIN NEW.x := 'a;'; END; $f$ LANGUAGE plpgsql");
    check_one(Postgres, "DO $$ BEGIN PERFORM 1; END $$");
    check_one(Postgres, "CREATE FUNCTION f() RETURNS int RETURN (SELECT begin FROM t)");
}

#[test]
fn bodies_of_sqlite() {
    check_one(
        Sqlite,
        "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = CASE WHEN b THEN 1 ELSE 2 END; DELETE FROM z; END",
    );
    check_one(
        Sqlite,
        "create temp trigger if not exists t before update of end on x when new.a = case 1 when 1 then 2 end begin select new.end; end",
    );
    check_one(Sqlite, "CREATE /* x */ TEMPORARY TRIGGER [a;b] DELETE ON x BEGIN SELECT 1; -- END;\n END");
    check(Sqlite, "CREATE TRIGGER broken; SELECT 1", &["CREATE TRIGGER broken", "SELECT 1"]);
}

#[test]
fn bodies_of_mysql() {
    for statement in [
        "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END",
        "CREATE OR REPLACE DEFINER = `a;b`@`%` PROCEDURE IF NOT EXISTS s.p(IN a INT, b SET('x')) COMMENT 'c;' NOT DETERMINISTIC SQL SECURITY INVOKER BEGIN END",
        "CREATE DEFINER=begin@localhost FUNCTION f(a INT) RETURNS VARCHAR(9) CHARACTER SET utf8 DETERMINISTIC RETURN IF(a, 1, 2)",
        "CREATE FUNCTION f() RETURNS INT again: LOOP LEAVE again; END LOOP again",
        "CREATE PROCEDURE p() IF a THEN SELECT 1; ELSEIF b THEN SELECT IF(c, 1, 2); ELSE SELECT 3; END IF",
        "CREATE PROCEDURE p() IF (a > CASE b WHEN 1 THEN 2 END) THEN BEGIN SELECT 1; END; END IF",
        "CREATE PROCEDURE p() CASE a WHEN 1 THEN SELECT CASE WHEN b THEN 1 ELSE 2 END; ELSE BEGIN END; END CASE",
        "CREATE PROCEDURE p() CASE WHEN a THEN SELECT 1; WHEN b THEN SELECT 2; END CASE",
        "CREATE PROCEDURE p() outer_one: BEGIN w: WHILE a < 3 DO SET a = a + 1; DO SLEEP(1); END WHILE w; REPEAT SET b = REPEAT('x', 2); UNTIL b > CASE 1 WHEN 1 THEN 2 END END REPEAT; END outer_one",
        "CREATE PROCEDURE p() BEGIN DECLARE d INT DEFAULT 0; DECLARE c CURSOR FOR SELECT begin, t.end FROM t FOR UPDATE; \
         DECLARE CONTINUE HANDLER FOR NOT FOUND SET d = IF(1, 2, 3); DECLARE EXIT HANDLER FOR SQLEXCEPTION, 1062, bad BEGIN ROLLBACK; END; \
         DECLARE EXIT HANDLER FOR SQLSTATE VALUE '23000' IF d THEN SELECT 1; END IF; START TRANSACTION; COMMIT; END",
        "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; UPDATE t SET end = 1, begin = 2; XA BEGIN 'x'; SELECT @begin, @@end; END",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2)",
        "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW FOLLOWS s.u BEGIN DELETE FROM y; END",
        "CREATE TRIGGER t AFTER DELETE ON x FOR EACH ROW PRECEDES `u` IF OLD.a THEN DELETE FROM y; END IF",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS IF(1, 2, 3) ON COMPLETION PRESERVE COMMENT 'x' DO BEGIN DELETE FROM y; END",
        "CREATE EVENT IF NOT EXISTS e ON SCHEDULE AT NOW() DO DELETE FROM y",
        "ALTER EVENT e DO BEGIN SELECT 1; END",
        "ALTER EVENT e RENAME TO f",
        "BEGIN NOT ATOMIC IF a THEN SELECT 1; END IF; SELECT 2; END",
        "IF a THEN SELECT 1; END IF",
        "CREATE FUNCTION f RETURNS STRING SONAME 'udf.so'",
        "CREATE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT begin FROM t",
        "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.a = 1; END */",
    ] {
        check_one(Mysql, statement);
    }
    check(Mysql, "BEGIN; XA BEGIN 'x'; BEGIN WORK;", &["BEGIN", "XA BEGIN 'x'", "BEGIN WORK"]);
    check(
        Mysql,
        "ALTER TABLE t ADD begin int; CREATE TABLE begin (end int); ALTER FUNCTION f COMMENT 'x'; X",
        &["ALTER TABLE t ADD begin int", "CREATE TABLE begin (end int)", "ALTER FUNCTION f COMMENT 'x'", "X"],
    );
}

#[test]
fn bracket_lines_hold_one_statement() {
    let text = "SELECT 1\n-- [statement]\nCREATE x 'open; BEGIN\n; b;\n\n  -- [end]  \r\nSELECT 2;\n--[statement]\n ;\n--[end]";
    for dialect in DialectName::ALL {
        check(dialect, text, &["SELECT 1", "CREATE x 'open; BEGIN\n; b", "SELECT 2"]);
        check(dialect, &text.replace('\n', "\r\n"), &["SELECT 1", "CREATE x 'open; BEGIN\r\n; b", "SELECT 2"]);
        check(dialect, "SELECT '\n-- [end]\n'; X -- [end]", &["SELECT '\n-- [end]\n'", "X"]);
    }
}

#[test]
fn faults_point_at_what_opens() {
    let table: &[(DialectName, &str, SplitProblem, &str)] = &[
        (Sqlite, "X; SELECT 'it''s", SplitProblem::UnclosedQuote('\''), "'it''s"),
        (Postgres, "SELECT E'a\\'", SplitProblem::UnclosedQuote('\''), "'a\\'"),
        (Mysql, "SELECT \"a\\\"; X", SplitProblem::UnclosedQuote('"'), "\"a"),
        (Mysql, "SELECT `a", SplitProblem::UnclosedQuote('`'), "`a"),
        (Sqlite, "SELECT [a", SplitProblem::UnclosedQuote('['), "[a"),
        (Postgres, "X /* a /* b */", SplitProblem::UnclosedComment, "/* a"),
        (Sqlite, "/*/", SplitProblem::UnclosedComment, "/*/"),
        (Mysql, "X; /*!50000 SELECT 1; Y", SplitProblem::UnclosedComment, "/*!50000"),
        (Postgres, "DO $x$ a $y$ $$;", SplitProblem::UnclosedDollarQuote("$x$".to_owned()), "$x$ a"),
        (Postgres, "X; SELECT ((1); Y;", SplitProblem::UnclosedParenthesis, "((1)"),
        (
            Postgres,
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; X;",
            SplitProblem::UnclosedBlock("BEGIN".to_owned()),
            "BEGIN",
        ),
        (
            Sqlite,
            "CREATE TRIGGER t DELETE ON x begin SELECT 1; X;",
            SplitProblem::UnclosedBlock("BEGIN".to_owned()),
            "begin",
        ),
        (Mysql, "CREATE PROCEDURE p() IF a THEN BEGIN Y; END; X;", SplitProblem::UnclosedBlock("IF".to_owned()), "IF"),
        (Mysql, "X;\nDELIMITER //\nY//", SplitProblem::Delimiter, "DELIMITER //"),
        (Postgres, "\\restrict x\nX;", SplitProblem::ClientCommand("\\restrict".to_owned()), "\\restrict"),
        (Sqlite, "X;\n.mode csv\r\n", SplitProblem::ClientCommand(".mode".to_owned()), ".mode csv\r"),
        (Postgres, "COPY t (a) FROM stdin;\n1\n\\.\n", SplitProblem::CopyFromStdin, "COPY t"),
        (
            Sqlite,
            "X;\n-- [statement]\nY;\n-- [statement]\n-- [end]",
            SplitProblem::UnclosedStatement,
            "-- [statement]\nY",
        ),
        (Sqlite, "X;\n-- [end]\n", SplitProblem::StrayEnd, "-- [end]"),
    ];
    for (dialect, text, problem, place) in table {
        let Err(fault) = pieces(text, *dialect) else { panic!("{text} was split") };
        assert_eq!(&fault.problem, problem, "{text}");
        assert!(text[fault.range.start..].starts_with(place), "{text}: {:?}", fault.range);
        assert!(text.get(fault.range).is_some_and(|place| !place.is_empty()));
    }
}

#[test]
fn statements_and_faults_of_a_script_are_places_in_its_file() {
    let text = "-- [alembic]\n-- revision = 'a'\n-- [upgrade]\n\nSELECT 1;\nSELECT 2;\n-- [downgrade]\nSELECT 'ä;\n";
    let source = Arc::new(Source { path: "a.sql".into(), text: text.to_owned() });
    let script = crate::file::parse(source, &"app".into()).expect("a script");
    let up = statements(&script, &script.sections[0], Sqlite).expect("two statements");
    let sql: Vec<&str> = up.iter().map(Statement::sql).collect();
    assert_eq!(sql, ["SELECT 1", "SELECT 2"]);
    let error = statements(&script, &script.sections[1], Sqlite).expect_err("an open quote");
    assert_eq!(error.to_string(), "a quote ' that nothing closes");
    let place = &error.places()[0];
    assert_eq!(place.line_column(), (8, 8));
}

#[test]
fn leading_words() {
    let table = [
        ("create /* a /* b */ c */ Unique\n-- x\nINDEX concurrently \"i\" ON t", "CREATE UNIQUE INDEX CONCURRENTLY"),
        ("/*!50003 CREATE*/ /*!50017 TRIGGER */ x", "CREATE TRIGGER X"),
        ("/* a /* b */ SELECT 1", "SELECT"),
        ("# x\nDROP TABLE `t`", "DROP TABLE"),
        ("VACUUM;", "VACUUM"),
        ("(SELECT 1)", ""),
        ("/* open", ""),
        ("", ""),
    ];
    for (sql, expected) in table {
        assert_eq!(keywords(sql, 9).join(" "), expected, "{sql}");
    }
    assert_eq!(keywords("a b c", 2), ["A", "B"]);
}

#[test]
fn transaction_control_is_found() {
    let found = [
        ("BEGIN", "BEGIN"),
        ("begin immediate", "begin"),
        ("START TRANSACTION READ ONLY", "START TRANSACTION"),
        ("Commit", "Commit"),
        ("END", "END"),
        ("ROLLBACK WORK", "ROLLBACK"),
        ("/* x */ ABORT", "ABORT"),
        ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
        ("XA START 'x'", "XA"),
        ("SET autocommit = 0", "SET autocommit"),
        ("SET SESSION autocommit = 0", "SET SESSION autocommit"),
        ("SET @@session.AUTOCOMMIT = 0", "SET"),
    ];
    for (sql, expected) in found {
        assert_eq!(transaction_control(sql, &(0..sql.len())), Some(expected), "{sql}");
    }
    for sql in [
        "BEGIN NOT ATOMIC END",
        "ROLLBACK TO a",
        "ROLLBACK WORK TO SAVEPOINT a",
        "SAVEPOINT a",
        "RELEASE a",
        "SET x = 1",
        "SET @autocommit = 1",
        "START SLAVE",
        "SELECT 1",
        "",
    ] {
        assert_eq!(transaction_control(sql, &(0..sql.len())), None, "{sql}");
    }
    let text = "SELECT 1; COMMIT;";
    assert_eq!(transaction_control(text, &(10..16)), Some("COMMIT"));
}

/// 50 MB in one line, in one statement and in many; run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn seconds_for_fifty_megabytes() {
    let texts = [
        ("one string", format!("INSERT INTO t VALUES ('{}');", "x".repeat(50_000_000))),
        ("one string of quotes", format!("INSERT INTO t VALUES ('{}');", "''".repeat(25_000_000))),
        ("one statement", format!("INSERT INTO t VALUES {} (1);", "(1, 'abc', -5--3),".repeat(2_700_000))),
        ("many statements", "INSERT INTO t (a, b) VALUES (1, 'abc');\n".repeat(1_250_000)),
        ("one trigger", format!("CREATE TRIGGER t DELETE ON x BEGIN {} END;", "SELECT 1, 'a';\n".repeat(3_300_000))),
        ("dashes", "SELECT 1--2\n".repeat(4_200_000)),
        ("slashes", "SELECT 1/2 /* c */;".repeat(2_600_000)),
    ];
    for (name, text) in &texts {
        for dialect in DialectName::ALL {
            let start = std::time::Instant::now();
            let statements = split(text, &SplitRules::of(dialect)).map(|statements| statements.len());
            println!("{name}, {dialect}: {statements:?} in {:?}", start.elapsed());
        }
    }
}

/// Fragments that are one statement each, wherever they stand.
fn fragments(dialect: DialectName) -> Vec<&'static str> {
    let mut fragments = vec![
        "SELECT 1",
        "SELECT ';'",
        "SELECT 'it''s; -- no'",
        "SELECT \"a;\"",
        "INSERT INTO t VALUES ('/*;', '*/')",
        "BEGIN",
        "END",
        "x /* ; */ y",
        "x -- ;'\"\ny",
        "ALTER TABLE begin ADD case int",
        "a - -1",
        "ß",
        "SELECT 'ä'",
        "''",
        "DROP TABLE end",
    ];
    fragments.extend(match dialect {
        Postgres => [
            "DO $$ ;' $$",
            "SELECT $a$;$$;$a$",
            r"SELECT E'\';'",
            r"'\'",
            "a /* /* ; */ ' */ b",
            "f(a; b)",
            "CREATE FUNCTION f() BEGIN ATOMIC x; CASE END; END",
        ],
        Sqlite => [
            "[;']",
            "`;\"`",
            r"'\'",
            "a$$",
            "CREATE TRIGGER t DELETE ON x BEGIN SELECT ';'; SELECT CASE 1 WHEN 1 THEN 2 END; END",
            "(",
            "a /* /* ; */ b",
        ],
        Mysql => [
            r"'\';'",
            "\"\\\";\"",
            "`;'`",
            "a # ;'\n b",
            "/*!1 ; */",
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN x; IF a THEN b; END IF; END",
            "5--5",
        ],
    });
    fragments
}

fn dialect_and_fragments() -> impl Strategy<Value = (DialectName, Vec<&'static str>)> {
    prop::sample::select(DialectName::ALL.to_vec()).prop_flat_map(|dialect| {
        (Just(dialect), prop::collection::vec(prop::sample::select(fragments(dialect)), 0..12))
    })
}

/// Whether nothing but blanks, comments, `;` and bracket lines is left.
fn is_empty_between(text: &str, dialect: DialectName) -> bool {
    let mut at = 0;
    while at < text.len() {
        match token(text, at, &SplitRules::of(dialect)) {
            Ok((Kind::Blank | Kind::Comment, end)) => at = end,
            Ok((Kind::Mark, end)) if &text[at..end] == ";" => at = end,
            _ => return false,
        }
    }
    true
}

proptest! {
    #[test]
    fn fragments_joined_by_semicolons_come_back((dialect, fragments) in dialect_and_fragments(), glue in prop::collection::vec(prop::sample::select(vec![";", "; ", "\n;\n", ";;", "; -- c;'\n", " ;/* ' */"]), 12)) {
        let mut text = String::new();
        for (fragment, glue) in fragments.iter().zip(glue) {
            text.push_str(fragment);
            text.push_str(glue);
        }
        let found = pieces(&text, dialect);
        prop_assert_eq!(found.as_deref(), Ok(&fragments[..]), "{} {}", dialect, text);
    }

    #[test]
    fn ranges_are_in_order_and_leave_no_code_out(
        dialect in prop::sample::select(DialectName::ALL.to_vec()),
        text in "(;|'|\"|`|\\[|\\]|\\$|\\$\\$|\\$a\\$|--|/\\*!?|\\*/|#|\\\\|\n|\r\n| |E|ä|x|1|\\(|\\)|CREATE |TRIGGER |PROCEDURE |FUNCTION |BEGIN |ATOMIC |END |CASE |IF |THEN |LOOP |\n-- \\[statement\\]\n|\n-- \\[end\\]\n|\\PC){0,40}",
    ) {
        let Ok(ranges) = split(&text, &SplitRules::of(dialect)) else { return Ok(()) };
        let mut end = 0;
        for range in &ranges {
            prop_assert!(range.start >= end && range.start < range.end);
            prop_assert!(is_empty_between(&text[end..range.start], dialect), "{:?} in {text:?}", &text[end..range.start]);
            end = range.end;
            let statement = &text[range.clone()];
            prop_assert!(!statement.starts_with(|first: char| first.is_ascii_whitespace()), "{statement:?}");
            prop_assert!(!statement.ends_with(|last: char| last.is_ascii_whitespace()), "{statement:?}");
        }
        prop_assert!(is_empty_between(&text[end..], dialect), "{:?} in {text:?}", &text[end..]);
    }

    #[test]
    fn no_text_makes_anything_panic(text in any::<String>(), dialect in prop::sample::select(DialectName::ALL.to_vec())) {
        if let Err(fault) = split(&text, &SplitRules::of(dialect)) {
            prop_assert!(text.get(fault.range).is_some());
        }
        let words = keywords(&text, 4);
        prop_assert!(words.len() <= 4);
        let control = transaction_control(&text, &(0..text.len()));
        prop_assert!(control.is_none_or(|control| text.contains(control)));
        let _ = crate::loss::destructive(&text, dialect);
    }
}
