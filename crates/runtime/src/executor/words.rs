//! What kind of statement a text is, by its first words.
//!
//! Only for decisions where a wrong guess is safe. Read [`first_words`] first.

/// Returns the first `count` words in upper case, without comments. An executable comment of MySQL is a word.
pub(super) fn first_words(sql: &str, count: usize) -> Vec<String> {
    let mut rest = sql;
    let mut words = Vec::new();
    while words.len() < count {
        rest = without_comments(rest);
        let length =
            rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        words.push(rest[..length].to_ascii_uppercase());
        rest = &rest[length..];
    }
    words
}

fn without_comments(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_whitespace() || character == '(');
        let after = if rest.starts_with("--") || rest.starts_with('#') {
            rest.split_once('\n').map(|(_, after)| after)
        } else if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") {
            rest.split_once("*/").map(|(_, after)| after)
        } else {
            return rest;
        };
        rest = after.unwrap_or("");
    }
}

/// True if the statement only reads or changes rows, so that MySQL does not commit before it.
pub(super) fn is_dml(sql: &str) -> bool {
    let words = first_words(sql, 2);
    let first = words.first().map(String::as_str);
    // `SET @x = 1` has a second character that is no word.
    let variable = first == Some("SET") && words.len() == 1 && !sql.contains("@@");
    variable || matches!(first, Some("INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SELECT" | "WITH" | "VALUES"))
}

/// True if the statement can make nothing but new, empty objects.
pub(super) fn is_create(sql: &str) -> bool {
    first_words(sql, 1).first().is_some_and(|word| word == "CREATE")
}

/// True if the statement ends the transaction that it runs in.
pub(super) fn ends_transaction(sql: &str) -> bool {
    let words = first_words(sql, 3);
    let word = |index: usize| words.get(index).map(String::as_str);
    match word(0) {
        Some("COMMIT" | "END" | "ABORT") => true,
        // `ROLLBACK [WORK|TRANSACTION] TO …` goes back to a savepoint and stays inside.
        Some("ROLLBACK") => word(1) != Some("TO") && word(2) != Some("TO"),
        Some("PREPARE") => word(1) == Some("TRANSACTION"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_words() {
        assert_eq!(first_words("-- a\n/* b */ # c\n (select 1", 2), ["SELECT", "1"]);
        assert_eq!(first_words("/*!40101 SET x */", 1), Vec::<String>::new());
        assert_eq!(first_words("-- only", 1), Vec::<String>::new());
    }

    #[test]
    fn statements_are_told_apart() {
        for (sql, dml, create, ends) in [
            ("INSERT INTO x VALUES (1)", true, false, false),
            ("(SELECT 1)", true, false, false),
            ("set @a = 1", true, false, false),
            ("SET @@autocommit = 1", false, false, false),
            ("SET autocommit = 1", false, false, false),
            ("CALL p()", false, false, false),
            ("/*!50000 CREATE TABLE x (a int) */", false, false, false),
            ("create index i on t (a)", false, true, false),
            ("COMMIT", false, false, true),
            ("END", false, false, true),
            ("ROLLBACK", false, false, true),
            ("ROLLBACK TRANSACTION TO SAVEPOINT s", false, false, false),
            ("rollback to s", false, false, false),
            ("PREPARE TRANSACTION 'x'", false, false, true),
            ("PREPARE s AS SELECT 1", false, false, false),
        ] {
            assert_eq!((is_dml(sql), is_create(sql), ends_transaction(sql)), (dml, create, ends), "{sql}");
        }
    }
}
