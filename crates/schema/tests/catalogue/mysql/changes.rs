//! Changes, made and undone.
