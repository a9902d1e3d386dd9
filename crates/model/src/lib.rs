//! The trait.
