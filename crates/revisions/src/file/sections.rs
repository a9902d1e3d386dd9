//! The outline of a script: where its message, its front matter and its sections are, in one pass over the lines.
//!
//! What the front matter says is `front_matter`'s, what stands under a marker `settings`'. Read [`outline`] first.

use std::ops::Range;

use super::fault::{Faults, FileProblem};
use super::front_matter::{FrontMatter, KEYS};
use super::line::Marker;
use super::settings;
use crate::diagnose::{Span, nearest};
use crate::dialect::DialectName;
use crate::line::{Line, Lines, lines};
use crate::script::Direction;
use crate::script::{Section, SectionSettings};

/// A byte order mark, which some editors put in front of UTF-8.
const BOM: char = '\u{feff}';

/// The parts of a script's text.
pub(super) struct Outline {
    /// The lines of the comment above `[alembic]`.
    pub(super) message: Range<usize>,
    /// None if the file has no `[alembic]` that could be read.
    pub(super) front_matter: Option<FrontMatter>,
    pub(super) sections: Vec<Section>,
}

/// Returns the parts of a script, and adds what is wrong with its markers and settings to `faults`.
pub(super) fn outline(text: &str, faults: &mut Faults) -> Outline {
    let start = if text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
    let mut reader = Reader {
        text,
        lines: lines(text, start),
        within: Within::Top,
        message: 0..0,
        is_message_open: false,
        front_matter: None,
        sections: Vec::new(),
        is_front_matter_misplaced: false,
        settings_seen: Vec::new(),
        stray_text: None,
        faults,
    };
    reader.read();
    reader.finish()
}

/// Where in a script a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Above the front matter.
    Top,
    FrontMatter,
    /// Between the front matter and the first section.
    Gap,
    Settings,
    Body,
    /// Below a marker that is a fault; what stands there would only be reported twice.
    Ignored,
}

impl Within {
    fn is_above_sections(self) -> bool {
        matches!(self, Within::Top | Within::FrontMatter | Within::Gap)
    }
}

struct Reader<'a, 'f, 's> {
    text: &'a str,
    lines: Lines<'a>,
    within: Within,
    message: Range<usize>,
    is_message_open: bool,
    front_matter: Option<FrontMatter>,
    sections: Vec<Section>,
    is_front_matter_misplaced: bool,
    settings_seen: Vec<&'static str>,
    stray_text: Option<Range<usize>>,
    faults: &'f mut Faults<'s>,
}

impl<'a> Reader<'a, '_, '_> {
    fn read(&mut self) {
        while let Some(line) = self.lines.next() {
            if line.marker().is_some_and(|marker| self.marker(line, marker)) {
                continue;
            }
            match self.within {
                Within::Top | Within::FrontMatter | Within::Gap => self.outside(line),
                Within::Settings => self.setting(line),
                Within::Body | Within::Ignored => {}
            }
        }
        self.end_section(self.text.len());
    }

    fn finish(self) -> Outline {
        match (&self.front_matter, self.stray_text) {
            (None, _) if self.is_front_matter_misplaced => {}
            (None, _) => self.faults.add(0..0, FileProblem::NoFrontMatter),
            (Some(_), Some(place)) => self.faults.add(place, FileProblem::StrayText),
            (Some(_), None) => {}
        }
        Outline { message: self.message, front_matter: self.front_matter, sections: self.sections }
    }

    /// Acts on a bracketed name; returns false if the line is an ordinary comment where it stands.
    fn marker(&mut self, line: Line<'a>, marker: Marker<'a>) -> bool {
        let (name, is_crowded) = match marker {
            Marker::Whole(name) => (name, false),
            Marker::Crowded(name) => (name, true),
        };
        let (root, dialect) = name.split_once('.').map_or((name, None), |(root, dialect)| (root, Some(dialect)));
        let direction = direction(root);
        if self.within == Within::Top {
            // A message may mention a marker: `write` then puts one more blank in front of it.
            let is_marker = line.comment().is_some_and(|comment| comment.text.starts_with('['));
            if is_crowded || !is_marker || (direction.is_none() && root != "alembic") {
                return false;
            }
        }
        match (root, direction) {
            (_, Some(direction)) => {
                if is_crowded {
                    self.faults.add(line.trimmed(), FileProblem::CrowdedMarker(name.to_owned()));
                }
                self.section(line, name, direction, dialect);
            }
            (_, None) if is_crowded => return false,
            ("alembic", None) => self.front_matter(line),
            ("statement" | "end", None) if dialect.is_none() && !self.within.is_above_sections() => return false,
            (_, None) => {
                self.end_section(line.start);
                self.within = Within::Ignored;
                let near = nearest(&root.to_ascii_lowercase(), ["upgrade", "downgrade", "alembic"]).first().copied();
                self.faults.add(line.trimmed(), FileProblem::UnknownSection(name.to_owned(), near));
            }
        }
        true
    }

    fn front_matter(&mut self, line: Line<'a>) {
        if self.within.is_above_sections() {
            let front_matter = self.front_matter.get_or_insert_with(|| FrontMatter::at(line.trimmed()));
            front_matter.push(line.comment().unwrap_or(line));
            self.within = Within::FrontMatter;
        } else {
            self.end_section(line.start);
            self.within = Within::Ignored;
            self.is_front_matter_misplaced = true;
            self.faults.add(line.trimmed(), FileProblem::MisplacedFrontMatter);
        }
    }

    fn section(&mut self, line: Line<'a>, name: &str, direction: Direction, dialect: Option<&str>) {
        self.end_section(line.start);
        self.within = Within::Ignored;
        let marker = Span::from(line.trimmed());
        let dialect = match dialect.map(|name| (name, name.parse::<DialectName>())) {
            None => None,
            Some((_, Ok(dialect))) => Some(dialect),
            Some((name, Err(_))) => {
                let problem = FileProblem::UnknownDialect(name.to_owned(), nearest_dialect(name));
                return self.faults.add(marker, problem);
            }
        };
        let is_same = |section: &&Section| section.direction == direction && section.dialect == dialect;
        if let Some(first) = self.sections.iter().find(is_same) {
            return self.faults.add_second(marker, first.marker, FileProblem::DuplicateSection(name.to_owned()));
        }
        let body = Span::from(self.lines.offset()..self.text.len());
        self.sections.push(Section { direction, dialect, marker, body, settings: SectionSettings::default() });
        self.settings_seen.clear();
        self.within = Within::Settings;
    }

    /// Ends the body of the section that is being read, if there is one.
    fn end_section(&mut self, end: usize) {
        if matches!(self.within, Within::Settings | Within::Body)
            && let Some(section) = self.sections.last_mut()
        {
            section.body = Span::from(section.body.range().start.min(end)..end);
        }
    }

    fn setting(&mut self, line: Line<'a>) {
        let Some(section) = self.sections.last_mut() else { return };
        if settings::read(line, section, &mut self.settings_seen, self.faults) {
            section.body.start = Span::from(0..self.lines.offset()).end;
        } else {
            self.within = Within::Body;
        }
    }

    /// Reads a line that belongs to no section.
    fn outside(&mut self, line: Line<'a>) {
        match line.comment() {
            Some(comment) => match self.within {
                Within::Top => self.message_line(line, comment),
                Within::FrontMatter => {
                    if let Some(front_matter) = &mut self.front_matter {
                        front_matter.push(comment);
                    }
                }
                _ => self.stray_key(comment),
            },
            None => {
                self.is_message_open = false;
                if self.within == Within::FrontMatter {
                    self.within = Within::Gap;
                }
                self.no_comment(line);
            }
        }
    }

    fn message_line(&mut self, line: Line<'a>, comment: Line<'a>) {
        let is_blank = comment.is_blank();
        if !self.is_message_open && !is_blank {
            self.is_message_open = true;
            self.message = line.range();
        } else if !is_blank {
            self.message.end = line.range().end;
        }
    }

    /// A key behind a blank line would be lost in silence, and a lost `down_revision` makes a second base.
    fn stray_key(&mut self, comment: Line<'a>) {
        let Some(key) = settings::assigned_key(comment.text) else { return };
        if let Some(known) = nearest(key, KEYS).first()
            && toml::de::DeTable::parse(comment.text).is_ok()
        {
            self.faults.add(comment.range(), FileProblem::StrayKey(known));
        }
    }

    fn no_comment(&mut self, line: Line<'a>) {
        let place = line.trimmed();
        if !self.text[place.clone()].starts_with("/*") {
            if !line.is_blank() && self.stray_text.is_none() {
                self.stray_text = Some(place);
            }
            return;
        }
        let inside = place.start + 2;
        match memchr::memmem::find(&self.text.as_bytes()[inside..], b"*/") {
            Some(length) => self.lines.skip_to(inside + length + 2),
            None => {
                self.faults.add(place.start..inside, FileProblem::UnclosedComment);
                self.lines.skip_to(self.text.len());
            }
        }
    }
}

fn direction(root: &str) -> Option<Direction> {
    match root {
        "upgrade" => Some(Direction::Up),
        "downgrade" => Some(Direction::Down),
        _ => None,
    }
}

fn nearest_dialect(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "mariadb" => Some("mysql"),
        "pg" => Some("postgres"),
        _ => nearest(&name, DialectName::ALL.map(DialectName::as_str)).first().copied(),
    }
}
