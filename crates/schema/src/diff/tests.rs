mod cases;
mod properties;
mod referee;
mod samples;
