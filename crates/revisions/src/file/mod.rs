//! Scripts as files: text to [`crate::Script`] and back.
