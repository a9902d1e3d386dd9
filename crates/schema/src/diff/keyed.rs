//! The comparison itself: what went, what came, what is on both sides.
//!
//! Generic; a kind of object says only what tells two of it apart. Read [`keyed`] first.

use crate::structure::Structured;

/// Two lists side by side, each part in the order of its list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Keyed<T> {
    pub gone: Vec<T>,
    pub came: Vec<T>,
    /// Old and new.
    pub kept: Vec<(T, T)>,
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Keyed { gone: Vec::new(), came: Vec::new(), kept: Vec::new() }
    }
}

/// Pairs what has one key; of several with one key, the first with the first.
pub(super) fn keyed<T, K: PartialEq>(
    old: impl IntoIterator<Item = T>,
    new: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Keyed<T> {
    let mut rest: Vec<(K, T)> = old.into_iter().map(|old| (key(&old), old)).collect();
    let mut found = Keyed::default();
    for new in new {
        let wanted = key(&new);
        match rest.iter().position(|(candidate, _)| *candidate == wanted) {
            Some(at) => found.kept.push((rest.remove(at).1, new)),
            None => found.came.push(new),
        }
    }
    found.gone = rest.into_iter().map(|(_, old)| old).collect();
    found
}

/// Pairs what has one structure; where several have it, those that also have one name.
pub(super) fn structured<T: Structured>(old: &[T], new: &[T]) -> Keyed<T> {
    let exact = |part: &T| (part.name().text().map(str::to_owned), part.structure());
    let mut found = keyed(old.iter().cloned(), new.iter().cloned(), exact);
    let loose = keyed(found.gone, found.came, T::structure);
    found.kept.extend(loose.kept);
    Keyed { gone: loose.gone, came: loose.came, kept: found.kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Name};

    fn check(name: &str, expression: &str) -> Check {
        Check { name: Name::Stated(name.into()), expression: expression.into() }
    }

    #[test]
    fn each_is_paired_once() {
        let found = keyed(["a", "b", "b"], ["b", "c"], |text| *text);
        assert_eq!(found, Keyed { gone: vec!["a", "b"], came: vec!["c"], kept: vec![("b", "b")] });
    }

    #[test]
    fn names_decide_between_equal_structures() {
        let old = [check("x", "a > 0"), check("y", "a > 0"), check("z", "b > 0")];
        let new = [check("y", "a > 0"), check("w", "b > 0")];
        let found = structured(&old, &new);
        assert_eq!(found.gone, [check("x", "a > 0")]);
        assert_eq!(found.came, []);
        assert_eq!(
            found.kept,
            [(check("y", "a > 0"), check("y", "a > 0")), (check("z", "b > 0"), check("w", "b > 0"))]
        );
    }
}
