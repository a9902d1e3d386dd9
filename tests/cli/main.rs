//! The tool as its users meet it: commands, their output and their questions.

#[cfg(unix)]
mod prompts;
#[cfg(unix)]
mod terminal;
