//! The tool as its users meet it: commands, their output and their questions.

#![cfg(unix)]

mod architecture;
mod arena;
mod bad_input;
mod commands;
mod databases;
mod generate;
mod project;
mod prompts;
mod questions;
mod repair;
mod roundtrip;
mod scripts;
mod takeover;
mod terminal;
mod transcripts;
