//! The few lines of a file that an error shows.
//!
//! Cuts the neighborhood of each place out of a text of any size, makes it safe to show, and says where the marks went.
//! Knows nothing of drawing. Read [`excerpts`] first.

use std::ops::Range;

use alembic_revisions::diagnose::{Place, Source};

use super::escape::push_visible;

/// A line up to this many bytes is shown whole (the renderer trims it to the terminal); of a longer one, a window.
const WHOLE: usize = 1_000;
/// Bytes shown before and after a mark in a longer line.
const AROUND: usize = 300;
/// Places that lie further apart get an excerpt each, so that a gap costs nothing.
const GAP: usize = 200;

/// Consecutive lines of one file; those without a mark are empty unless they give context.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub path: String,
    pub first_line: usize,
    pub text: String,
    pub marks: Vec<Mark>,
    /// Lines without a mark that are shown all the same.
    pub context: Vec<Range<usize>>,
    /// The place in the file of the first mark, from 1, the column in characters.
    pub line: usize,
    pub column: usize,
    /// Whether a reader who counts in [`Excerpt::text`] finds another column.
    pub is_shifted: bool,
}

/// Bytes of [`Excerpt::text`] to mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub range: Range<usize>,
    pub label: String,
}

/// Returns the excerpts for `places`, files in the order of their first place.
pub(super) fn excerpts(places: &[Place]) -> Vec<Excerpt> {
    let mut files: Vec<(&Source, Vec<Spot>)> = Vec::new();
    for place in places {
        let spot = Spot::of(place);
        match files.iter_mut().find(|(source, _)| **source == *place.source) {
            Some((_, spots)) => spots.push(spot),
            None => files.push((&place.source, vec![spot])),
        }
    }
    files.into_iter().flat_map(|(source, spots)| clusters(spots).into_iter().map(|spots| cut(source, spots))).collect()
}

/// A place reduced to one line.
#[derive(Debug)]
struct Spot {
    range: Range<usize>,
    line: usize,
    column: usize,
    label: String,
}

impl Spot {
    /// Clamps the span to the text, moves it past leading white space, and ends it with its first line.
    fn of(place: &Place) -> Self {
        let text = place.source.text.as_str();
        let asked = place.span.range();
        let start = floor(text, asked.start);
        let end = floor(text, asked.end).max(start);
        let spanned = &text[start..end];
        let blank = spanned.len() - spanned.trim_start().len();
        let start = if blank < spanned.len() { start + blank } else { start };
        let first_line = text[start..end].lines().next().unwrap_or_default();
        let end = start + floor(first_line, first_line.trim_end().len().min(WHOLE));
        let (line, column) = place.source.line_column(start);
        Spot { range: start..end, line, column, label: place.label.clone() }
    }
}

/// Returns the last character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

/// Puts spots together that one excerpt can show.
fn clusters(mut spots: Vec<Spot>) -> Vec<Vec<Spot>> {
    // The first place is the one that the error speaks of; its cluster comes first.
    let first = spots.first().map(|spot| spot.range.clone());
    spots.sort_by_key(|spot| (spot.line, spot.column));
    let mut clusters: Vec<Vec<Spot>> = Vec::new();
    for spot in spots {
        match clusters.last_mut() {
            Some(cluster) if cluster.last().is_some_and(|last| is_near(last, &spot)) => cluster.push(spot),
            _ => clusters.push(vec![spot]),
        }
    }
    clusters.sort_by_key(|cluster| !cluster.iter().any(|spot| Some(&spot.range) == first.as_ref()));
    clusters
}

fn is_near(left: &Spot, right: &Spot) -> bool {
    if left.line == right.line { right.range.start - left.range.start <= AROUND } else { right.line - left.line <= GAP }
}

/// Copies the lines of `spots`, and the line before each for context.
fn cut(source: &Source, spots: Vec<Spot>) -> Excerpt {
    let text = source.text.as_str();
    let (line, column) = spots.first().map_or((1, 1), |spot| (spot.line, spot.column));
    let mut writer = Writer::default();
    let mut next_line = 0;
    let mut spots = spots.into_iter().peekable();
    while let Some(spot) = spots.next() {
        let bounds = line_bounds(text, spot.range.start);
        let context = context_before(text, bounds.start).filter(|_| spot.line > next_line.max(1));
        let from = if context.is_some() { spot.line - 1 } else { spot.line };
        if next_line == 0 {
            writer.first_line = from;
        } else {
            writer.skip(from - next_line);
        }
        if let Some(context) = context {
            writer.context(text, context);
        }
        next_line = spot.line + 1;
        let mut marked = spot.range.clone();
        let mut marks = vec![(spot.range, spot.label)];
        while let Some(other) = spots.next_if(|other| other.line == spot.line) {
            marked.end = marked.end.max(other.range.end);
            marks.push((other.range, other.label));
        }
        writer.line(text, window(text, bounds, marked), marks);
    }
    let Writer { first_line, text, marks, context } = writer;
    let is_shifted = marks.first().is_some_and(|mark| column_in(&text, mark.range.start) != column);
    Excerpt { path: source.path.to_string(), first_line, text, marks, context, line, column, is_shifted }
}

/// Returns the column of `offset`, from 1, in characters.
fn column_in(text: &str, offset: usize) -> usize {
    let before = &text[..offset];
    before[before.rfind('\n').map_or(0, |newline| newline + 1)..].chars().count() + 1
}

/// Returns the bytes of the line around `offset`, without its end.
fn line_bounds(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |newline| offset + newline);
    start..end
}

/// Returns the line that ends before `start`, if there is something on it.
fn context_before(text: &str, start: usize) -> Option<Range<usize>> {
    let newline = start.checked_sub(1)?;
    let bounds = line_bounds(text, newline);
    (!text[bounds.clone()].trim().is_empty()).then_some(bounds)
}

/// Returns the part of a line that is copied: all of it, or the neighborhood of what is marked.
fn window(text: &str, line: Range<usize>, marked: Range<usize>) -> Range<usize> {
    if line.len() <= WHOLE {
        return line;
    }
    let start = floor(text, marked.start.saturating_sub(AROUND)).max(line.start);
    let end = floor(text, marked.end + AROUND).min(line.end);
    start..end
}

#[derive(Default)]
struct Writer {
    first_line: usize,
    text: String,
    marks: Vec<Mark>,
    context: Vec<Range<usize>>,
}

impl Writer {
    fn skip(&mut self, lines: usize) {
        self.text.extend(std::iter::repeat_n('\n', lines));
    }

    fn context(&mut self, text: &str, line: Range<usize>) {
        let start = self.text.len();
        let part = window(text, line.clone(), line.start..line.start);
        self.line(text, part, Vec::new());
        self.context.push(start..self.text.len() - 1);
    }

    /// Copies `part` as one line; what is marked in it is marked in the copy.
    fn line(&mut self, text: &str, part: Range<usize>, marks: Vec<(Range<usize>, String)>) {
        let copied = text[part.clone()].strip_suffix('\r').unwrap_or(&text[part.clone()]);
        let mut starts = vec![self.text.len(); marks.len()];
        let mut ends = starts.clone();
        for (at, character) in copied.char_indices() {
            push_visible(&mut self.text, character);
            let (before, written) = (part.start + at, self.text.len());
            for ((range, _), (start, end)) in marks.iter().zip(starts.iter_mut().zip(&mut ends)) {
                if before < range.start {
                    *start = written;
                }
                if before < range.end.max(range.start) {
                    *end = written;
                }
            }
        }
        for ((_, label), (start, end)) in marks.into_iter().zip(starts.into_iter().zip(ends)) {
            self.marks.push(Mark { range: start..end.max(start), label });
        }
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn place(text: &str, range: Range<usize>) -> Place {
        let source = Source { path: "a.sql".into(), text: text.into() };
        Place::new(Arc::new(source), range)
    }

    /// Shows an excerpt with its marks in brackets, line numbers in front.
    fn drawn(places: &[Place]) -> Vec<String> {
        excerpts(places)
            .into_iter()
            .map(|excerpt| {
                let mut text = excerpt.text.clone();
                let mut cuts: Vec<(usize, char)> = Vec::new();
                for mark in &excerpt.marks {
                    cuts.extend([(mark.range.start, '['), (mark.range.end, ']')]);
                }
                cuts.sort_by_key(|(at, _)| *at);
                for (at, bracket) in cuts.into_iter().rev() {
                    text.insert(at, bracket);
                }
                let lines = text.lines().enumerate().map(|(at, line)| format!("{} {line}", excerpt.first_line + at));
                let lines: Vec<_> = lines.collect();
                format!("{}:{} {}", excerpt.line, excerpt.column, lines.join("|"))
            })
            .collect()
    }

    #[test]
    fn a_place_is_cut_out_with_the_line_before() {
        let text = "one\r\ntwo\r\n\r\nfour = 4\r\nfive";
        for (range, expected) in [
            (0..3, "1:1 1 [one]"),
            (5..8, "2:1 1 one|2 [two]"),
            (12..16, "4:1 4 [four] = 4"),
            (22..26, "5:1 4 four = 4|5 [five]"),
            (26..26, "5:5 4 four = 4|5 five[]"),
            (8..16, "4:1 4 [four]"),
            (5..20, "2:1 1 one|2 [two]"),
            (99..200, "5:5 4 four = 4|5 five[]"),
        ] {
            let drawn = drawn(&[place(text, range.clone())]);
            assert!(drawn[0].starts_with(expected), "{range:?}: {drawn:?} is not {expected:?}");
        }
        assert_eq!(drawn(&[place("", 0..0)]), ["1:1 1 []"]);
        assert_eq!(drawn(&[place("a\n", 2..2)]), ["2:1 1 a|2 []"]);
    }

    #[test]
    fn offsets_inside_a_character_move_to_its_start() {
        assert_eq!(drawn(&[place("é表x", 1..3)]), ["1:1 1 [é]表x"]);
    }

    #[test]
    fn control_characters_are_written_out_and_the_mark_moves_along() {
        assert_eq!(drawn(&[place("a\u{1b}b\u{7}c", 2..4)]), ["1:3 1 a\\u{1b}[b\\u{7}]c"]);
    }

    #[test]
    fn near_places_share_an_excerpt_and_far_ones_do_not() {
        let text = "a\n".repeat(1_000);
        let near = drawn(&[place(&text, 8..9), place(&text, 2..3)]);
        assert_eq!(near, ["2:1 1 a|2 [a]|3 |4 a|5 [a]"]);
        let far = drawn(&[place(&text, 1_800..1_801), place(&text, 2..3)]);
        assert_eq!(far, ["901:1 900 a|901 [a]", "2:1 1 a|2 [a]"]);
    }

    #[test]
    fn a_line_of_megabytes_is_cut_to_a_window() {
        let text = format!("{}bad{}", "表, ".repeat(1_000_000), ", b".repeat(1_000_000));
        let start = text.find("bad").expect("it is there");
        let excerpt = &excerpts(&[place(&text, start..start + 3), place(&text, 0..text.len())])[0];
        assert_eq!((excerpt.line, excerpt.column, excerpt.is_shifted), (1, 3_000_001, true));
        assert_eq!(&excerpt.text[excerpt.marks[0].range.clone()], "bad");
        assert!(excerpt.text.len() <= 2 * AROUND + 8, "{} bytes", excerpt.text.len());
    }
}
