//! What is read from workspaces in temporary folders.

mod arena;
mod columns;
mod derives;
mod enums;
mod faults;
mod keys;
mod modules;
mod names;
mod types;
mod workspace;
