//! Words: nearest of several, `snake_case`, and the cases that sqlx's `rename_all` knows.

/// The word that `typed` was probably meant to be.
pub(super) fn nearest<'k>(typed: &str, words: &[&'k str]) -> Option<&'k str> {
    let limit = match typed.chars().count() {
        // Every letter is near to every other.
        0 | 1 => 0,
        letters => letters.max(3) / 3,
    };
    let near = words.iter().map(|word| (distance(typed, word), *word)).min()?;
    (near.0 <= limit).then_some(near.1)
}

/// Insertions, deletions and replacements from one word to the other, and exchanges of two neighbors.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (i, a) in from.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if j > 0 && previous == Some(b) && to[j - 1] == a {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
        previous = Some(a);
    }
    last[to.len()]
}

/// `SmurfScore` as `smurf_score`, `HTTPServer` as `http_server`.
pub fn snake_case(name: &str) -> String {
    parts(name).join("_")
}

/// `name` in the case that sqlx calls `case`; None for a case that sqlx does not know.
pub fn renamed_all(name: &str, case: &str) -> Option<String> {
    Some(match case {
        "snake_case" => snake_case(name),
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "SCREAMING_SNAKE_CASE" => parts(name).join("_").to_uppercase(),
        "kebab-case" => parts(name).join("-"),
        "PascalCase" => parts(name).iter().map(|part| capitalized(part)).collect(),
        "camelCase" => {
            let parts = parts(name);
            let rest = parts.iter().skip(1).map(|part| capitalized(part));
            parts.first().cloned().into_iter().chain(rest).collect()
        }
        _ => return None,
    })
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The words of a name, in lower case. Digits belong to the letter before them.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut last: Option<char> = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            parts.push(std::mem::take(&mut part));
            last = None;
            continue;
        }
        let starts = c.is_uppercase()
            && last.is_some_and(|last| {
                last.is_lowercase() || last.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase())
            });
        if starts {
            parts.push(std::mem::take(&mut part));
        }
        part.extend(c.to_lowercase());
        if c.is_alphabetic() {
            last = Some(c);
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}
