//! What a person sees while a plan runs: a line for every finished revision, a live line for the running one.
//!
//! Knows nothing of the runtime's events; the caller turns one into the other. The live line exists only where somebody
//! looks (a terminal, no `CI`, not quiet, not json), and only after half a second. Read [`Progress`] first.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::Voice;
use super::messages::Messages;
use super::text::Text;
use super::theme::Tone;

/// A step that is faster than this leaves no trace but its line.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
/// Cargo's.
const VERB_COLUMNS: usize = 12;
const TICK: Duration = Duration::from_millis(100);
/// The terminal writes `^C` behind the line.
const ECHO_COLUMNS: usize = 2;

/// Tells of a running plan, on standard error.
pub struct Progress {
    messages: Arc<Messages>,
    voice: Voice,
    is_live: bool,
}

impl Progress {
    pub(super) fn new(messages: Arc<Messages>, voice: Voice, is_live: bool) -> Self {
        Progress { messages, voice, is_live }
    }

    /// True where somebody watches a line that is drawn over.
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Something outside must happen first: another migrator holds the lock. Said once where there is no live line,
    /// because a deployment's log should show what it waits for.
    pub fn waiting(&self, text: &str) {
        self.live("Waiting", text);
        if !self.is_live {
            self.line("Waiting", text, Tone::Caution);
        }
    }

    /// A step began.
    pub fn started(&self, verb: &str, text: &str) {
        self.live(verb, text);
    }

    /// So many of the running step's statements have run.
    pub fn ran(&self, done: usize, total: usize) {
        self.messages.count(done, total);
    }

    /// A step ended well; `verb` is in the past: `Applied`, `Reverted`.
    pub fn finished(&self, verb: &str, text: &str, elapsed: Duration) {
        self.messages.set_live(None);
        if self.voice == Voice::Heard {
            let text = Text::from(text).dim(format!(" ({})", duration(elapsed)));
            self.messages.write(&status_line(verb, &text, Tone::Good, &self.messages));
        }
    }

    /// A step is tried again: the lock was busy, the connection broke.
    pub fn retrying(&self, text: &str) {
        self.messages.set_live(None);
        self.line("Retrying", text, Tone::Caution);
    }

    fn line(&self, verb: &str, text: &str, tone: Tone) {
        if self.voice == Voice::Heard {
            self.messages.write(&status_line(verb, &Text::from(text), tone, &self.messages));
        }
    }

    fn live(&self, verb: &str, text: &str) {
        if !self.is_live {
            return;
        }
        let verb = Tone::Accent.paint_bold(&format!("{verb:>VERB_COLUMNS$}"), self.messages.color);
        let (text, color, drawing) = (Text::from(text), self.messages.color, self.messages.drawing);
        let write = move |state: &ProgressState, line: &mut dyn fmt::Write| {
            let elapsed = state.elapsed();
            if elapsed >= SHOWN_AFTER {
                let elapsed = duration(Duration::from_secs(elapsed.as_secs()));
                let counted = state.len().map(|total| format!(" {} of {total}", state.pos())).unwrap_or_default();
                let columns = usize::from(Term::stderr().size().1);
                let beside = VERB_COLUMNS + 3 + counted.len() + elapsed.len() + ECHO_COLUMNS;
                let text = text.elided(columns.saturating_sub(beside), drawing);
                // Writing into a line in memory cannot fail.
                let _ = write!(line, "{verb} {}{counted} {elapsed}", text.paint(color));
            }
        };
        let Ok(style) = ProgressStyle::with_template("{line}") else { return };
        let bar = ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::term_like(Box::new(OneLine(Term::buffered_stderr()))),
        );
        bar.set_style(style.with_key("line", write));
        bar.enable_steady_tick(TICK);
        self.messages.set_live(Some(bar));
    }
}

/// A terminal whose cursor stays behind the live line.
///
/// indicatif fills the line up to the last column; there the echo of a key goes to the next line, and what is cleared then
/// is the wrong one.
#[derive(Debug)]
struct OneLine(Term);

impl TermLike for OneLine {
    fn width(&self) -> u16 {
        self.0.size().1
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.trim_matches(' ').is_empty() { Ok(()) } else { self.0.write_str(text) }
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.messages.set_live(None);
    }
}

/// Returns a line in cargo's voice: a verb, right-aligned in twelve columns, then what it is about.
pub(super) fn status_line(verb: &str, text: &Text, tone: Tone, messages: &Messages) -> String {
    let verb = tone.paint_bold(&format!("{verb:>VERB_COLUMNS$}"), messages.color);
    format!("{verb} {}\n", text.paint(messages.color))
}

/// Returns an elapsed time as a person says it: `12 ms`, `1.2 s`, `2 min 05 s`.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0 if elapsed.is_zero() || elapsed.subsec_millis() > 0 => format!("{} ms", elapsed.as_millis()),
        0 => "<1 ms".to_owned(),
        1..60 => format!("{seconds}.{} s", elapsed.subsec_millis() / 100),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_times_are_said_in_words() {
        for (elapsed, expected) in [
            (Duration::ZERO, "0 ms"),
            (Duration::from_micros(300), "<1 ms"),
            (Duration::from_millis(12), "12 ms"),
            (Duration::from_millis(1_290), "1.2 s"),
            (Duration::from_millis(59_999), "59.9 s"),
            (Duration::from_secs(125), "2 min 05 s"),
        ] {
            assert_eq!(duration(elapsed), expected);
        }
    }
}
