//! The arena's server. It depends on every feature, as a real one would, and so far only says what it serves.

fn main() {
    let tables = [&players::TABLES[..], &matches::TABLES[..], &smurf_detection::TABLES[..]].concat();
    println!("arena server with the tables {}", tables.join(", "));
}
