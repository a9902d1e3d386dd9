//! SQL text to statements.
