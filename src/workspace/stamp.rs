//! What a file or a folder looked like when it was last read: enough to see that it has not changed since.
//!
//! Read [`Stamp::of`] first.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

/// A moment as seconds and nanoseconds since 1970; seconds may be negative.
pub(super) type Moment = (i64, u32);

/// The traces that any change of a file's content leaves, and any change of a folder's list of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    size: u64,
    modified: Moment,
    /// Unix only: the last change of content or of attributes, which no program can set back.
    changed: Option<Moment>,
    /// Unix only: device and inode.
    identity: Option<(u64, u64)>,
}

/// The path cannot be looked at, so nothing can be said about it.
#[derive(Debug)]
pub(super) struct Unknown;

impl Stamp {
    /// Returns the stamp of what the path leads to, None if there is nothing.
    pub(super) fn of(path: &Utf8Path) -> Result<Option<Self>, Unknown> {
        match std::fs::metadata(path) {
            Ok(metadata) => Stamp::of_metadata(&metadata).map(Some),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(_) => Err(Unknown),
        }
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &Metadata) -> Result<Self, Unknown> {
        use std::os::unix::fs::MetadataExt;
        let moment = |seconds, nanos: i64| Ok((seconds, u32::try_from(nanos).map_err(|_| Unknown)?));
        Ok(Stamp {
            size: metadata.size(),
            modified: moment(metadata.mtime(), metadata.mtime_nsec())?,
            changed: Some(moment(metadata.ctime(), metadata.ctime_nsec())?),
            identity: Some((metadata.dev(), metadata.ino())),
        })
    }

    #[cfg(not(unix))]
    fn of_metadata(metadata: &Metadata) -> Result<Self, Unknown> {
        let modified = moment(metadata.modified().map_err(|_| Unknown)?).ok_or(Unknown)?;
        Ok(Stamp { size: metadata.len(), modified, changed: None, identity: None })
    }

    /// Returns the later of the two times.
    pub(super) fn newest(&self) -> Moment {
        self.changed.map_or(self.modified, |changed| changed.max(self.modified))
    }
}

/// Returns the moment, None before 1970.
pub(super) fn moment(time: SystemTime) -> Option<Moment> {
    let since: Duration = time.duration_since(UNIX_EPOCH).ok()?;
    Some((i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()))
}
