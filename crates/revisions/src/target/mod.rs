//! What a user typed.

pub struct Target;
