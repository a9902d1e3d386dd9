//! What the process finds around it, as a value: terminals, their width, and the variables that `ui` heeds.
//!
//! Decides colors and drawing characters, once per stream; writes nothing. Read [`Surroundings`] first.

use std::io::{self, IsTerminal};

use clap::ValueEnum;

/// When to color; the values of `--color` and `CARGO_TERM_COLOR`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    #[default]
    Auto,
    Always,
    Never,
}

/// Whether one stream is colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    On,
    Off,
}

/// Whether lines and marks are drawn with Unicode or with ASCII characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawing {
    #[default]
    Unicode,
    Ascii,
}

/// Terminals and environment variables; a test writes its own.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// Columns of standard output, if it is a terminal.
    pub stdout_width: Option<usize>,
    /// Columns of standard error, if it is a terminal.
    pub stderr_width: Option<usize>,
    pub term: String,
    pub no_color: String,
    pub clicolor_force: String,
    pub ci: String,
    pub drawing: Drawing,
}

impl Surroundings {
    /// Returns what this process finds; `variable` looks an environment variable up.
    pub fn of_process(variable: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).unwrap_or_default();
        let width = |term: console::Term| term.size_checked().map(|(_, columns)| usize::from(columns));
        Surroundings {
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_width: width(console::Term::stdout()),
            stderr_width: width(console::Term::stderr()),
            term: text("TERM"),
            no_color: text("NO_COLOR"),
            clicolor_force: text("CLICOLOR_FORCE"),
            ci: text("CI"),
            drawing: Drawing::of_locale(&variable),
        }
    }

    /// Returns the decision for standard output and for standard error.
    pub fn colors(&self, when: ColorWhen) -> Colors {
        Colors { stdout: self.color(when, self.stdout_is_terminal), stderr: self.color(when, self.stderr_is_terminal) }
    }

    /// The flag (with `CARGO_TERM_COLOR` behind it), then <https://no-color.org>, then <https://bixense.com/clicolors>,
    /// then the stream itself.
    fn color(&self, when: ColorWhen, is_terminal: bool) -> Color {
        let colored = match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto if !self.no_color.is_empty() => false,
            ColorWhen::Auto if is_set(&self.clicolor_force) => true,
            ColorWhen::Auto => is_terminal && !self.is_dumb(),
        };
        if colored { Color::On } else { Color::Off }
    }

    pub(super) fn is_dumb(&self) -> bool {
        self.term == "dumb"
    }

    /// Whether a line may be drawn over: on a terminal where somebody looks.
    pub(super) fn has_live_line(&self) -> bool {
        self.stderr_is_terminal && !self.is_dumb() && !is_set(&self.ci)
    }
}

/// A switch-like variable is on unless it is empty, `0` or `false`.
fn is_set(value: &str) -> bool {
    !matches!(value, "" | "0" | "false")
}

impl Drawing {
    /// `CARGO_TERM_UNICODE` as in cargo, else the locale of POSIX: `LC_ALL`, `LC_CTYPE`, `LANG`.
    fn of_locale(variable: &impl Fn(&str) -> Option<String>) -> Self {
        if let Some(unicode) = variable("CARGO_TERM_UNICODE") {
            return if unicode == "true" { Drawing::Unicode } else { Drawing::Ascii };
        }
        if cfg!(windows) {
            return if variable("WT_SESSION").is_some() { Drawing::Unicode } else { Drawing::Ascii };
        }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
        let charset = locale.unwrap_or_default().to_ascii_lowercase();
        if charset.contains("utf-8") || charset.contains("utf8") { Drawing::Unicode } else { Drawing::Ascii }
    }
}

/// The decision per stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colors {
    pub stdout: Color,
    pub stderr: Color,
}

impl Colors {
    /// Writes the decision to every crate that would else decide for itself: clap's streams, prompts, progress.
    pub(super) fn apply(self) {
        let is_on = |color: Color| color == Color::On;
        console::set_colors_enabled(is_on(self.stdout));
        console::set_colors_enabled_stderr(is_on(self.stderr));
        let choice = match (self.stdout, self.stderr) {
            (Color::On, Color::On) => anstream::ColorChoice::Always,
            (Color::Off, Color::Off) => anstream::ColorChoice::Never,
            // Only the streams themselves differ here, and that is what `Auto` looks at.
            _ => anstream::ColorChoice::Auto,
        };
        choice.write_global();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_speaks_decides() {
        let on_terminal = Surroundings { stdout_is_terminal: true, term: "xterm".into(), ..Surroundings::default() };
        let with = |no_color: &str, clicolor_force: &str, term: &str| Surroundings {
            no_color: no_color.into(),
            clicolor_force: clicolor_force.into(),
            term: term.into(),
            ..on_terminal.clone()
        };
        for (when, surroundings, stdout, stderr) in [
            (ColorWhen::Auto, with("", "", "xterm"), Color::On, Color::Off),
            (ColorWhen::Auto, with("", "", "dumb"), Color::Off, Color::Off),
            (ColorWhen::Auto, with("1", "", "xterm"), Color::Off, Color::Off),
            (ColorWhen::Auto, with("1", "1", "xterm"), Color::Off, Color::Off),
            (ColorWhen::Auto, with("", "1", "dumb"), Color::On, Color::On),
            (ColorWhen::Auto, with("", "0", "xterm"), Color::On, Color::Off),
            (ColorWhen::Never, with("", "1", "xterm"), Color::Off, Color::Off),
            (ColorWhen::Always, with("1", "", "dumb"), Color::On, Color::On),
        ] {
            assert_eq!(surroundings.colors(when), Colors { stdout, stderr }, "{when:?} {surroundings:?}");
        }
    }

    #[test]
    fn drawing_follows_cargo_then_the_locale() {
        let drawing = |variables: &[(&str, &str)]| {
            let find = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.to_string())
            };
            Drawing::of_locale(&find)
        };
        assert_eq!(drawing(&[("CARGO_TERM_UNICODE", "true"), ("LANG", "C")]), Drawing::Unicode);
        assert_eq!(drawing(&[("CARGO_TERM_UNICODE", "false"), ("LANG", "en_US.UTF-8")]), Drawing::Ascii);
        if cfg!(unix) {
            assert_eq!(drawing(&[("LANG", "en_US.UTF-8")]), Drawing::Unicode);
            assert_eq!(drawing(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), Drawing::Ascii);
            assert_eq!(drawing(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]), Drawing::Unicode);
            assert_eq!(drawing(&[]), Drawing::Ascii);
        }
    }
}
