//! What stands twice: TOML refuses the second of two keys or sections of one name, and its reader says only that there is
//! one.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A key or a section that is written again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Twice {
    /// Its whole name: `server.public`, `pages`.
    pub(super) name: String,
    /// The byte at which it stands first.
    pub(super) first: usize,
}

/// Finds what the name at `again`, which was refused, writes a second time; nothing where it stands within a value.
pub(super) fn find(text: &str, again: &Range<usize>) -> Option<Twice> {
    let line = text
        .get(..again.start)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let written = text.get(line..again.end)?.trim_start();
    // Only what stands above is sound: past its first fault, the reader guesses.
    let above = DeTable::parse_recoverable(text.get(..line)?).0.into_inner();
    let mut path = match written.starts_with('[') {
        true => Vec::new(),
        false => newest_section(&above, text).map_or_else(Vec::new, |(_, path)| path),
    };
    path.extend(written.trim_start_matches('[').split('.').map(bare));
    let first = first_of(&above, &path)?;
    let name = path.join(".");
    Some(Twice { name, first })
}

/// One part of a name, without what may surround it.
fn bare(part: &str) -> &str {
    part.trim().trim_matches(['"', '\''])
}

/// The section that was begun last, whose keys follow: the byte of its header, and its path.
fn newest_section<'t>(table: &'t DeTable<'_>, text: &str) -> Option<(usize, Vec<&'t str>)> {
    let sections = table.iter().filter_map(|(name, value)| {
        let value = match value.get_ref() {
            DeValue::Array(items) => items.iter().last()?,
            _ => value,
        };
        let begun = value.span().start;
        let header = text.get(begun..)?.starts_with('[').then(|| (begun, Vec::new()));
        let (at, within) = newest_section(value.get_ref().as_table()?, text).max(header)?;
        let path = std::iter::once(name.get_ref().as_ref()).chain(within);
        Some((at, path.collect()))
    });
    sections.max()
}

/// The byte at which the name that a path ends in stands; of tables in a list, in the last.
fn first_of(root: &DeTable<'_>, path: &[&str]) -> Option<usize> {
    let (part, deeper) = path.split_first()?;
    let (name, value) = root.iter().find(|(name, _)| name.get_ref() == part)?;
    if deeper.is_empty() {
        return Some(name.span().start);
    }
    let value = match value.get_ref() {
        DeValue::Array(items) => items.iter().last()?,
        _ => value,
    };
    first_of(value.get_ref().as_table()?, deeper)
}
