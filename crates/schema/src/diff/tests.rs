mod cases;
pub(crate) mod neutral;
mod properties;
pub(crate) mod referee;
pub(crate) mod samples;
