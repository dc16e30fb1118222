//! After a fault: what a failed sync has done to the page cache nobody knows, so the next start reads the whole file before
//! it serves it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::model::time::Millis;
use crate::store::{Fault, Inspection, OpenError};

fn marker_of(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".fault");
    data.with_file_name(name)
}

/// Leaves word beside the data file that it has failed. On a disk that takes no more, there is none.
pub(super) fn leave_word(data: &Path, at: Millis, fault: &Fault) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options
        .open(marker_of(data))
        .and_then(|mut marker| writeln!(marker, "{at} {fault}"));
    if let Err(error) = written {
        tracing::warn!(%error, "no word of the fault could be left for the next start");
    }
}

/// Where word was left of a fault, proves the whole file before it is served.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn prove_after_one(data: &Path) -> Result<(), OpenError> {
    let marker = marker_of(data);
    let Ok(word) = fs::read_to_string(&marker) else {
        return Ok(());
    };
    tracing::warn!(
        fault = word.trim(),
        "the data file has failed before: all of it is verified first"
    );
    Inspection::open(data)?.prove()?;
    tracing::info!("the data file is whole");
    fs::remove_file(&marker).map_err(|source| OpenError::Io { path: marker, source })
}
