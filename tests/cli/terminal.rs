//! A terminal in memory: runs a command in it, types, and looks at the screen.
//!
//! Every wait ends after ten seconds with the screen in the message. Read [`Terminal::start`] first.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

pub const DOWN: &str = "\u{1b}[B";
pub const ENTER: &str = "\r";
pub const ESC: &str = "\u{1b}";
pub const CTRL_C: &str = "\u{3}";

const PATIENCE: Duration = Duration::from_secs(10);
/// A program that wrote nothing for this long waits for a key.
const QUIET: Duration = Duration::from_millis(60);
/// What a command may inherit; everything else would make tests differ between machines.
const INHERITED: [&str; 7] = ["PATH", "HOME", "TMPDIR", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

/// Returns a command with the environment of a plain UTF-8 terminal.
pub fn command(program: &str, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env_clear();
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    if let Ok(folder) = std::env::current_dir() {
        command.cwd(folder);
    }
    command
}

/// A running command and the screen that it writes to.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    keyboard: Box<dyn Write + Send>,
    /// The screen lives as long as this.
    _master: Box<dyn MasterPty + Send>,
}

/// How a command ended and what it left behind.
#[derive(Debug)]
pub struct Ended {
    pub status: u32,
    /// What ended it, if it did not end itself.
    pub signal: Option<String>,
    pub screen: String,
    pub shows_cursor: bool,
}

impl Terminal {
    /// Starts `command` on a screen of `rows` and `columns`.
    pub fn start(command: CommandBuilder, rows: u16, columns: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("the system has pseudo-terminals");
        let child = pair.slave.spawn_command(command).expect("the command starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("the screen can be read");
        let keyboard = pair.master.take_writer().expect("the keyboard can be written");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let nonzero = |number| NonZeroU16::new(number).expect("a screen has a size");
        let screen = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
        Terminal { child, screen, output, keyboard, _master: pair.master }
    }

    /// Waits until `text` is on the screen.
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until `is_there` holds for the screen; `what` names it in the failure.
    pub fn wait_until(&mut self, what: &str, is_there: impl Fn(&str) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while !is_there(&self.screen.screen().contents()) {
            if Instant::now() > deadline {
                panic!("waited in vain for {what}:\n{}", self.screen.screen().contents());
            }
            match self.output.recv_timeout(QUIET) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(QUIET),
            }
        }
        self
    }

    /// Types `keys` once the program waits for them.
    pub fn send(&mut self, keys: &str) -> &mut Self {
        self.settle();
        self.keyboard.write_all(keys.as_bytes()).and_then(|()| self.keyboard.flush()).expect("the keyboard works");
        self
    }

    /// Returns the screen once nothing changes on it.
    pub fn screen(&mut self) -> String {
        self.settle();
        self.screen.screen().contents()
    }

    /// Returns the row and the column of the cursor, from 0.
    pub fn cursor(&mut self) -> (u16, u16) {
        self.settle();
        self.screen.screen().cursor_position()
    }

    fn settle(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(bytes) = self.output.recv_timeout(QUIET) {
            self.screen.process(&bytes);
            assert!(Instant::now() < deadline, "the program never rests:\n{}", self.screen.screen().contents());
        }
    }

    /// Waits for the end of the command.
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the command can be waited for") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = self.child.kill();
                panic!("the command does not end:\n{}", self.screen());
            }
            self.settle();
        };
        self.settle();
        let screen = self.screen.screen();
        Ended {
            status: status.exit_code(),
            signal: status.signal().map(str::to_owned),
            screen: screen.contents(),
            shows_cursor: !screen.hide_cursor(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nobody waiting at a prompt.
        let _ = self.child.kill();
    }
}
