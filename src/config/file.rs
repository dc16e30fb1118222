//! The file layer: TOML text to written values, each with its line; whatever is not in the schema is a fault.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fault::{Fault, Place};
use super::nearest;
use super::schema::{self, KEYS, Key};
use super::sources::ConfigFile;
use super::tables::{Block, KINDS};
use super::twice::{self, Twice};
use super::written::{Value, Written};

/// What a file holds.
#[derive(Default)]
pub(super) struct Content {
    pub(super) values: Vec<(&'static Key, Written)>,
    pub(super) blocks: Vec<Block>,
    pub(super) faults: Vec<Fault>,
}

type Entry<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

/// Reads a file. Where it is no TOML, that is the only thing said about it: what follows a broken line means nothing.
pub(super) fn read(file: &ConfigFile) -> Content {
    let lines = Lines::of(file);
    let mut content = Content::default();
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => match DeTable::parse(text) {
            Ok(root) => {
                for entry in root.get_ref() {
                    section(entry, &lines, &mut content);
                }
            }
            Err(error) => {
                content.faults.push(no_toml(text, &error, &lines));
            }
        },
        Err(error) => {
            let message = "is not UTF-8 text".to_owned();
            content
                .faults
                .push(lines.syntax_fault(error.valid_up_to(), message));
        }
    }
    content
}

/// What is no TOML. A name that stands twice is told in full, and where it stands first.
fn no_toml(text: &str, error: &toml::de::Error, lines: &Lines<'_>) -> Fault {
    let at = error.span().unwrap_or_default();
    match twice::find(text, &at) {
        Some(Twice { name, first }) => {
            let message = format!(
                "stands twice, first in line {}; keep one of them",
                lines.number(first)
            );
            lines.fault(at, &name, message)
        }
        None => lines.syntax_fault(at.start, error.message().trim().replace('\n', "; ")),
    }
}

/// One entry of the root: a section with its keys, tables of one kind, or a fault.
fn section((name, value): Entry<'_>, lines: &Lines<'_>, content: &mut Content) {
    if let Some(kind) = KINDS.iter().find(|kind| kind.name == name.get_ref()) {
        return tables(kind.name, (name, value), lines, content);
    }
    let sections: BTreeSet<&str> = schema::keys().filter_map(section_of).collect();
    let found = sections.get(name.get_ref().as_ref()).copied();
    let deeper = format!("{}.", name.get_ref());
    if let (None, DeValue::Table(table)) = (found, value.get_ref())
        && sections.iter().any(|section| section.starts_with(&deeper))
    {
        // It holds sections alone, as `export` does.
        for entry in table {
            key(name.get_ref(), entry, lines, content);
        }
        return;
    }
    match (found, value.get_ref()) {
        (Some(section), DeValue::Table(table)) => {
            for entry in table {
                key(section, entry, lines, content);
            }
        }
        (Some(section), _) => {
            let message = format!("is a section; write [{section}] once and its keys below it");
            content.faults.push(lines.fault(name.span(), section, message));
        }
        (None, DeValue::Table(_)) => {
            let tables = KINDS
                .iter()
                .map(|kind| kind.name)
                .filter(|kind| section_of(kind).is_none());
            let outer: BTreeSet<&str> = sections.into_iter().filter_map(outermost).collect();
            let known: Vec<String> = outer.into_iter().chain(tables).map(str::to_owned).collect();
            let hint = nearest::hint(name.get_ref(), &known);
            let message = format!("unknown section; {hint}");
            content
                .faults
                .push(lines.fault(name.span(), name.get_ref(), message));
        }
        (None, _) => {
            let message = format!("unknown key; {}", root_hint(name.get_ref()));
            content
                .faults
                .push(lines.fault(name.span(), name.get_ref(), message));
        }
    }
}

/// The tables of one kind: `[[destination]]` again and again.
fn tables(kind: &'static str, (name, value): Entry<'_>, lines: &Lines<'_>, content: &mut Content) {
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let mut all_tables = !items.is_empty();
    for item in items {
        match item.get_ref() {
            DeValue::Table(table) => content.blocks.push(Block {
                kind,
                place: lines.place(item.span().start),
                entries: entries(table, lines),
            }),
            _ => all_tables = false,
        }
    }
    if !all_tables {
        let message = format!("stands once for each {kind}; write [[{kind}]] and its keys below it");
        content.faults.push(lines.fault(name.span(), kind, message));
    }
}

/// One key of a section: a written value, a section within it, tables of one kind, or a fault.
fn key(section: &str, (name, value): Entry<'_>, lines: &Lines<'_>, content: &mut Content) {
    let full = format!("{section}.{}", name.get_ref());
    if let Some(inner) = schema::keys().filter_map(section_of).find(|inner| *inner == full) {
        return within(inner, (name, value), lines, content);
    }
    if let Some(kind) = KINDS.iter().find(|kind| kind.name == full) {
        return tables(kind.name, (name, value), lines, content);
    }
    match schema::find(&full) {
        Some(key) => content.values.push((key, written(value, name.span(), lines))),
        None => {
            let within = KINDS.iter().filter(|kind| section_of(kind.name) == Some(section));
            let within = within.filter_map(|kind| leaf_of(kind.name));
            let known: Vec<String> = leaves(section).chain(within).map(str::to_owned).collect();
            let message = format!("unknown key; {}", nearest::hint(name.get_ref(), &known));
            content.faults.push(lines.fault(name.span(), &full, message));
        }
    }
}

/// A section within a section, `[alerts.rules]`.
fn within(section: &str, (name, value): Entry<'_>, lines: &Lines<'_>, content: &mut Content) {
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("is a section; write [{section}] once and its keys below it");
        content.faults.push(lines.fault(name.span(), section, message));
        return;
    };
    for entry in table {
        key(section, entry, lines, content);
    }
}

/// A key that stands before every section: most likely one that lost its section.
fn root_hint(name: &str) -> String {
    match KEYS.iter().find(|key| leaf_of(key.name) == Some(name)) {
        Some(key) => format!(
            "{name} belongs into [{}]",
            section_of(key.name).unwrap_or_default()
        ),
        None if let Some(kind) = KINDS.iter().find(|kind| kind.keys.contains(&name)) => {
            format!("{name} belongs into [[{}]]", kind.name)
        }
        None => nearest::hint(name, &schema::keys().map(str::to_owned).collect::<Vec<_>>()),
    }
}

fn outermost(section: &str) -> Option<&str> {
    section.split('.').next()
}

fn section_of(key: &str) -> Option<&str> {
    key.rsplit_once('.').map(|(section, _)| section)
}

fn leaf_of(key: &str) -> Option<&str> {
    key.rsplit_once('.').map(|(_, leaf)| leaf)
}

/// The names that may stand in a section: of its keys, and of sections within it, each once, in the order of the keys.
fn leaves(section: &str) -> impl Iterator<Item = &'static str> {
    let names = schema::keys().filter_map(move |key| key.strip_prefix(section)?.strip_prefix('.'));
    let firsts = names.filter_map(outermost);
    firsts
        .fold(Vec::new(), |mut known: Vec<&str>, name| {
            if !known.contains(&name) {
                known.push(name);
            }
            known
        })
        .into_iter()
}

/// A value stands at its key's line; the items of a list each stand at their own.
fn written(value: &Spanned<DeValue<'_>>, at: Range<usize>, lines: &Lines<'_>) -> Written {
    let item = |item: &Spanned<DeValue<'_>>| written(item, item.span(), lines);
    let value_span = value.span();
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Array(items) => Value::List(items.iter().map(item).collect()),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or(Value::Other("no number"), Value::Fraction),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(table) => Value::Table(entries(table, lines)),
    };
    Written {
        place: lines.place(at.start),
        text_place: lines.text_place(value_span),
        value,
    }
}

/// The entries of a table, each at its name's line.
fn entries(table: &DeTable<'_>, lines: &Lines<'_>) -> Vec<(String, Written)> {
    let entry = |(name, value): Entry<'_>| (name.get_ref().to_string(), written(value, name.span(), lines));
    table.iter().map(entry).collect()
}

/// Where the lines of a file begin.
struct Lines<'f> {
    path: Arc<str>,
    bytes: &'f [u8],
    newlines: Vec<usize>,
}

impl<'f> Lines<'f> {
    fn of(file: &'f ConfigFile) -> Self {
        let newline = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at);
        Self {
            path: file.path.display().to_string().into(),
            bytes: &file.bytes,
            newlines: file.bytes.iter().enumerate().filter_map(newline).collect(),
        }
    }

    /// The line of a byte.
    fn place(&self, byte: usize) -> Place {
        Place::File {
            path: Arc::clone(&self.path),
            line: self.number(byte),
        }
    }

    /// The number of that line, counted from 1.
    fn number(&self, byte: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < byte) + 1
    }

    /// The line on which a text begins: TOML leaves out a line break right after three quotes.
    fn text_place(&self, value: Range<usize>) -> Place {
        let quoted = self.bytes.get(value.clone()).unwrap_or_default();
        let inner = [&b"\"\"\""[..], b"'''"]
            .iter()
            .find_map(|quotes| quoted.strip_prefix(*quotes));
        let breaks = inner.is_some_and(|text| text.starts_with(b"\n") || text.starts_with(b"\r\n"));
        self.place(value.start).lines_below(usize::from(breaks))
    }

    fn fault(&self, at: Range<usize>, key: &str, message: String) -> Fault {
        Fault {
            place: self.place(at.start),
            key: Some(key.to_owned()),
            message,
        }
    }

    fn syntax_fault(&self, byte: usize, message: String) -> Fault {
        Fault {
            place: self.place(byte),
            key: None,
            message,
        }
    }
}
