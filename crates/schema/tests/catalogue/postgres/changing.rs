//! Changes as SQL that the server takes.
