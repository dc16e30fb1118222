//! Bytes of a record: `[kind][version][body]`, the body by bincode (little-endian, variable-length integers).
//!
//! bincode reads no record with a field more or less than it expects, so a change of shape is a new version with its
//! own struct, and the version byte chooses. The golden bytes in `records.rs` hold every version to what it was.

use bincode::config::{Configuration, Limit, LittleEndian, Varint, standard};
use serde::{Deserialize, Serialize};

use super::error::Fault;

/// No record is read that claims to be larger, in bytes: a damaged length must not take all memory.
const MAX_RECORD: usize = 16 << 20;
const CONFIG: Configuration<LittleEndian, Varint, Limit<MAX_RECORD>> = standard().with_limit::<MAX_RECORD>();

/// Appends `[kind][version][body]` to `out`.
pub(super) fn encode_into<T: Serialize>(tag: Tag, record: &T, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.push(tag.kind);
    out.push(tag.version);
    bincode::serde::encode_into_std_write(record, out, CONFIG)
        .map(|_| ())
        .map_err(Fault::file)
}

/// `[kind][version][body]` as a buffer of its own.
pub(super) fn encode<T: Serialize>(tag: Tag, record: &T) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    encode_into(tag, record, &mut out)?;
    Ok(out)
}

/// Splits a record into its tag and its body.
pub(super) fn split(bytes: &[u8]) -> Result<(Tag, &[u8]), Fault> {
    match bytes {
        [kind, version, body @ ..] => Ok((
            Tag {
                kind: *kind,
                version: *version,
            },
            body,
        )),
        _ => Err(Fault::file("a record is shorter than its header")),
    }
}

/// Reads a body that must fill `body` to its last byte.
pub(super) fn body<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Fault> {
    let (record, read) = bincode::serde::borrow_decode_from_slice(body, CONFIG).map_err(Fault::file)?;
    if read == body.len() {
        Ok(record)
    } else {
        Err(Fault::file("a record is longer than its body"))
    }
}

/// Reads what a body begins with, and not what follows.
pub(super) fn beginning<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Fault> {
    let (record, _) = bincode::serde::borrow_decode_from_slice(body, CONFIG).map_err(Fault::file)?;
    Ok(record)
}

/// Reads a record that must be of `tag`.
pub(super) fn decode<'de, T: Deserialize<'de>>(tag: Tag, bytes: &'de [u8]) -> Result<T, Fault> {
    match split(bytes)? {
        (found, rest) if found == tag => body(rest),
        (found, _) => Err(Fault::file(format!("a record is of kind {found:?}, not {tag:?}"))),
    }
}

/// What a record is and in which version of its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) kind: u8,
    pub(super) version: u8,
}
/// Bytes as the golden ones are written.
#[cfg(test)]
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
