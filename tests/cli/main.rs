//! The tool as its users meet it: commands, their output and their questions.

#![cfg(unix)]

mod architecture;
mod arena;
mod backup;
mod bad_input;
mod bad_models;
mod bundle;
mod commands;
mod databases;
mod embedded;
mod embedding;
// Here, because one test program is linked once.
#[path = "../faults/mod.rs"]
mod faults;
mod generate;
mod hooks;
mod hostile;
mod limits;
mod project;
mod prompts;
mod questions;
mod repair;
mod rights;
mod roundtrip;
mod safety;
mod scripts;
mod sections;
mod stored;
mod takeover;
mod terminal;
mod transcripts;
mod verify;
