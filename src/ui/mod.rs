//! x
pub mod escape;
pub mod surroundings;
pub mod interrupt;
pub mod theme;
pub mod text;
pub mod report;
mod excerpt;
mod error;
#[cfg(test)]
mod fault;
mod json;
