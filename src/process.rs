//! Other programs that a command starts: they end with Ctrl-C and SIGTERM, and with their value.
//!
//! What runs and what it means is decided elsewhere. Read [`finished`] first.

use std::io;
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

use crate::ui::interrupt::{Signal, Signals};

/// Within this time a signal to the whole group has reached this process as well.
const SAME_SIGNAL: Duration = Duration::from_millis(50);

/// Why a program did not come to its end.
#[derive(Debug)]
pub enum Stopped {
    /// There is no such program.
    Missing,
    Unstartable(io::Error),
    Signal(Signal),
}

/// Waits until a program has ended; what it says goes where the command sends it.
pub async fn finished(command: &mut Command) -> Result<Output, Stopped> {
    let mut signals = Signals::listen();
    command.kill_on_drop(true);
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Stopped::Missing,
        _ => Stopped::Unstartable(error),
    })?;
    let output = tokio::select! {
        biased;
        signal = signals.next() => return Err(Stopped::Signal(signal)),
        output = child.wait_with_output() => output.map_err(Stopped::Unstartable)?,
    };
    if !output.status.success() {
        // A terminal's Ctrl-C reaches the program, too, which may be the first to end.
        if let Ok(signal) = tokio::time::timeout(SAME_SIGNAL, signals.next()).await {
            return Err(Stopped::Signal(signal));
        }
    }
    Ok(output)
}
