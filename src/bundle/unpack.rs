//! A bundle's values, from bytes that may be anything.
//!
//! The checksum comes first: of a damaged bundle nothing is used, whatever it says. Read [`unpack`] first.

use std::collections::BTreeSet;

use alembic_revisions::checksum;
use camino::Utf8PathBuf;
use serde_json::Value;

use super::fault::Damage;
use super::record::{
    FIRST, FORMAT, Flaw, Found, LAST_LENGTH, MAKER, Record, Records, begins_last_line, goes_on_behind_last_line, sealed,
};
use super::{Bundle, BundledFeature, BundledFile};

/// Returns what stands in a bundle.
///
/// Fails if it is cut short, altered, of a newer format, or was never right.
pub fn unpack(bytes: &[u8]) -> Result<Bundle, Damage> {
    let above = checked(bytes)?;
    let text = std::str::from_utf8(above).map_err(|error| malformed(bytes, error.valid_up_to(), "it is not UTF-8"))?;
    let mut lines = text.lines();
    let format = lines.next().and_then(|line| line.strip_prefix(FIRST)?.parse().ok());
    let made_by = lines.next().and_then(|line| line.strip_prefix(MAKER)).unwrap_or_default().to_owned();
    match format {
        Some(FORMAT) => read(bytes, made_by),
        Some(2u32..) => Err(Damage::Newer { made_by }),
        _ => Err(malformed(bytes, 0, "no format has this number")),
    }
}

/// Returns what stands above the last line, if its checksum is right.
fn checked(bytes: &[u8]) -> Result<&[u8], Damage> {
    if !bytes.starts_with(FIRST.as_bytes()) {
        let begins = FIRST.as_bytes().starts_with(bytes);
        return Err(if begins { Damage::Cut { length: bytes.len() } } else { Damage::Foreign });
    }
    match sealed(bytes) {
        Some((above, said)) if checksum::of_text(above).to_string() == said => Ok(above),
        _ => Err(damage(bytes)),
    }
}

/// Returns what became of a bundle whose last line is missing or wrong.
fn damage(bytes: &[u8]) -> Damage {
    let cut = Damage::Cut { length: bytes.len() };
    match end_of_records(bytes) {
        Ok(end) if goes_on_behind_last_line(&bytes[end..]) => Damage::Continued,
        Ok(end) if begins_last_line(&bytes[end..]) => cut,
        Err(Flaw::Ends) if sealed(bytes).is_none() && begins_as_ours(bytes) => cut,
        _ => Damage::Altered { has_carriage_returns: has_carriage_returns(bytes) },
    }
}

/// Returns where the last line begins.
fn end_of_records(bytes: &[u8]) -> Result<usize, Flaw> {
    let mut records = Records::of(bytes)?;
    while let Found::Record(_) = records.step()? {}
    Ok(records.next)
}

/// True if the first line, as far as it is there, is that of the format that can be read.
fn begins_as_ours(bytes: &[u8]) -> bool {
    let first = format!("{FIRST}{FORMAT}\n");
    first.bytes().zip(bytes).all(|(expected, byte)| expected == *byte)
}

/// True if a program took the bundle for a text of its own and changed the line ends.
fn has_carriage_returns(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').next().is_some_and(|first| first.ends_with(b"\r"))
}

fn read(bytes: &[u8], made_by: String) -> Result<Bundle, Damage> {
    let mut reading = Reading { bundle: Bundle { made_by, ..Bundle::default() }, seen: BTreeSet::new() };
    let mut records = Records::of(bytes).map_err(|_| malformed(bytes, 0, "it has no records"))?;
    loop {
        let start = records.next;
        let found = records.step().map_err(|_| malformed(bytes, start, "a record is expected"))?;
        match found {
            Found::Record(record) => reading.take(record).map_err(|why| malformed(bytes, start, why))?,
            Found::End if reading.seen.is_empty() => return Err(malformed(bytes, start, "the settings are missing")),
            Found::End if records.next + LAST_LENGTH != bytes.len() => {
                return Err(malformed(bytes, start, "the last line stands in the middle"));
            }
            Found::End => return Ok(reading.bundle),
        }
    }
}

/// A bundle as far as it has been read.
struct Reading {
    bundle: Bundle,
    /// The kinds and names so far: each may stand once.
    seen: BTreeSet<(String, String)>,
}

impl Reading {
    /// Takes a record in, or says why it cannot stand there.
    fn take(&mut self, record: Record<'_>) -> Result<(), &'static str> {
        let name: String = serde_json::from_str(record.name).map_err(|_| "a record has a name in quotes")?;
        let body = std::str::from_utf8(record.body).map_err(|_| "the length ends within a character")?;
        if (record.kind == "settings") != self.seen.is_empty() {
            return Err("the first record, and no other, has the settings");
        }
        if !self.seen.insert((record.kind.to_owned(), name.clone())) {
            return Err("this stands above already");
        }
        match record.kind {
            "settings" => self.bundle.settings = table(body)?,
            "feature" => {
                self.bundle.features.push(BundledFeature { name, settings: table(body)?, ..BundledFeature::default() });
            }
            "script" | "fixture" => {
                let feature = self.bundle.features.last_mut().ok_or("it belongs to no feature")?;
                let files = if record.kind == "script" { &mut feature.scripts } else { &mut feature.fixtures };
                files.push(BundledFile { path: Utf8PathBuf::from(name), text: body.to_owned() });
            }
            _ => return Err("a record is `settings`, `feature`, `script` or `fixture`"),
        }
        Ok(())
    }
}

/// Returns a table of settings, or null where there is none.
fn table(body: &str) -> Result<Value, &'static str> {
    let value = serde_json::from_str(body).ok().filter(|value: &Value| value.is_object() || value.is_null());
    value.ok_or("the settings are no table")
}

fn malformed(bytes: &[u8], at: usize, why: &'static str) -> Damage {
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    Damage::Malformed { line, why }
}
