mod cases;
mod properties;
pub(crate) mod referee;
pub(crate) mod samples;
