//! `gantry spend import`: the rows of a CSV file (RFC 4180), each with its line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cli::answer::SpendOutcomes;
use crate::cli::client::Server;
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::model::ids::{IdempotencyKey, SpendNote};
use crate::model::money::Money;
use crate::model::time::day::Day;

/// The largest file, in bytes: some hundred thousand rows.
const BYTES_MOST: u64 = 32 * 1024 * 1024;
/// How many entries are sent at once.
const SENT_AT_ONCE: usize = 500;
/// How many faults are named.
const FAULTS_NAMED: usize = 20;
/// The columns there may be; the first two must.
const COLUMNS: [&str; 6] = ["date", "amount", "source", "campaign", "note", "id"];
const REQUIRED: usize = 2;

/// A row as the API takes it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    day: String,
    amount: String,
    source: String,
    campaign: String,
    note: String,
    idempotency_key: String,
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, Failure> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => io::stdin().lock().take(BYTES_MOST + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(BYTES_MOST + 1).read_to_end(&mut bytes)),
    };
    match read {
        Ok(read) if read as u64 > BYTES_MOST => Err(Failure::usage(format_args!(
            "{shown} is larger than {BYTES_MOST} bytes"
        ))),
        Ok(_) => rows(&bytes).map_err(|faults| told(&path.display().to_string(), faults)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::new(
            Code::Missing,
            format_args!("there is no file {shown}"),
        )),
        Err(error) => Err(Failure::io(format_args!("cannot read {shown}"), &error)),
    }
}

/// Every fault in a line of its own on standard error, and the failure for all of them.
fn told(file: &str, faults: Vec<String>) -> Failure {
    let named = faults.iter().take(FAULTS_NAMED);
    named.for_each(|fault| drop(writeln!(io::stderr(), "{file}:{fault}")));
    let count = faults.len();
    let noun = if count == 1 { "fault" } else { "faults" };
    Failure::new(
        Code::No,
        format_args!("{count} {noun} in {file}; nothing was recorded"),
    )
}

/// The rows of a file, or every fault in it, each with its line.
fn rows(bytes: &[u8]) -> Result<Vec<Row>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let headings = reader
        .headers()
        .map_err(|error| vec![format!("1: {error}")])?
        .clone();
    let places = columns(&headings)?;
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut seen = HashMap::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                match row(&record, &places, &mut seen) {
                    Ok(row) => rows.push(row),
                    Err(wrong) => faults.extend(wrong.into_iter().map(|why| format!("{line}: {why}"))),
                }
            }
            Err(error) => faults.push(unread(&error)),
        }
    }
    match faults.is_empty() {
        true => Ok(rows),
        false => Err(faults),
    }
}

fn unread(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{line}: has {len} columns, the first row {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => format!("{line}: is not UTF-8 text"),
        _ => format!("{line}: {error}"),
    }
}

/// Where each of [`COLUMNS`] stands, if it does.
fn columns(headings: &csv::StringRecord) -> Result<[Option<usize>; COLUMNS.len()], Vec<String>> {
    let is = |heading: &str, name: &str| heading.eq_ignore_ascii_case(name);
    let unknown = headings
        .iter()
        .filter(|heading| !COLUMNS.iter().any(|name| is(heading, name)));
    let known = COLUMNS.join(", ");
    let mut faults: Vec<String> = unknown
        .map(|heading| format!("1: column {heading:?} is not known; known are {known}"))
        .collect();
    let places = COLUMNS.map(|name| headings.iter().position(|heading| is(heading, name)));
    for (name, place) in COLUMNS.iter().zip(places).take(REQUIRED) {
        if place.is_none() {
            faults.push(format!("1: column {name} is missing"));
        }
    }
    match faults.is_empty() {
        true => Ok(places),
        false => Err(faults),
    }
}

fn row(
    record: &csv::StringRecord,
    places: &[Option<usize>; COLUMNS.len()],
    seen: &mut HashMap<String, u32>,
) -> Result<Row, Vec<String>> {
    let cell = |place: &Option<usize>| place.and_then(|at| record.get(at)).unwrap_or_default();
    let [date, amount, source, campaign, note, id] = places.each_ref().map(cell);
    let mut faults = Vec::new();
    if Day::parse(date).is_none() {
        faults.push(format!("column date: {date:?} is not a day such as 2026-12-01"));
    }
    match Money::parse(amount) {
        Ok(Money::ZERO) => faults.push("column amount: is nothing".to_owned()),
        Ok(_) => {}
        Err(bad) => faults.push(format!("column amount: {amount:?} {bad}")),
    }
    if let Err(bad) = SpendNote::parse(note)
        && !note.is_empty()
    {
        faults.push(format!("column note: {bad}"));
    }
    if let Err(bad) = IdempotencyKey::parse(id)
        && !id.is_empty()
    {
        faults.push(format!("column id: {bad}"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let idempotency_key = match id.is_empty() {
        true => content_key(&[date, amount, source, campaign, note], seen),
        false => id.to_owned(),
    };
    Ok(Row {
        day: date.to_owned(),
        amount: amount.to_owned(),
        source: source.to_owned(),
        campaign: campaign.to_owned(),
        note: note.to_owned(),
        idempotency_key,
    })
}

/// A key by what stands in a row, and by how many rows of this file before it say the same: so that two payments that look
/// alike are two, and the file imported again is none.
fn content_key(cells: &[&str], seen: &mut HashMap<String, u32>) -> String {
    // No cell ends with a line break, for they are trimmed.
    let content = cells.join("\n");
    let before = seen
        .entry(content.clone())
        .and_modify(|rows| *rows += 1)
        .or_insert(0);
    let digest = Sha256::digest(format!("{content}\n{before}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("csv-{hex}")
}

/// Says what would be sent.
pub(super) fn look(rows: &[Row], out: &mut Out) -> Result<Code, Failure> {
    let sum = Money::sum(rows.iter().filter_map(|row| Money::parse(&row.amount).ok()));
    let sum = sum.unwrap_or_default();
    match out.format() {
        Format::Json => {
            out.json(&json!({ "rows": rows.len(), "amount": sum.to_string(), "dryRun": true }))?
        }
        Format::Text => {
            let rows = match rows.len() {
                1 => "1 row".to_owned(),
                many => format!("{many} rows"),
            };
            writeln!(out, "{rows}, {sum} in all; nothing was recorded")?;
        }
    }
    Ok(Code::Done)
}

/// Sends them, and says what became of them.
pub(super) fn send(server: &Server, rows: &[Row], out: &mut Out) -> Result<Code, Failure> {
    let mut all = SpendOutcomes::default();
    for part in rows.chunks(SENT_AT_ONCE) {
        let outcomes: SpendOutcomes = server.post("/api/spend", &part)?.read()?;
        all.recorded += outcomes.recorded;
        all.duplicates += outcomes.duplicates;
        all.conflicts += outcomes.conflicts;
        all.items
            .extend(outcomes.items.into_iter().filter(|one| one.status == "CONFLICT"));
    }
    if out.format() == Format::Json {
        let conflicts: Vec<Value> = all.items.iter().map(|one| Value::from(one.id.as_str())).collect();
        out.json(&json!({ "recorded": all.recorded, "duplicates": all.duplicates, "conflicts": conflicts }))?;
    } else {
        writeln!(
            out,
            "{} recorded, {} were there already",
            all.recorded, all.duplicates
        )?;
        for one in &all.items {
            let _ = writeln!(
                io::stderr(),
                "another entry has the id {}; nothing was changed",
                one.id
            );
        }
    }
    Ok(if all.conflicts > 0 { Code::No } else { Code::Done })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        rows(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn rows_are_known_again_by_what_stands_in_them_and_twins_are_two() {
        let text = "\u{feff}Date, amount,campaign\n2026-12-01,12.50,launch\n2026-12-01,12.50,launch\n2026-12-02,\"1\",\"a,b\"\n";
        let read = rows(text.as_bytes()).unwrap();
        let keys: Vec<&str> = read.iter().map(|row| row.idempotency_key.as_str()).collect();
        assert_eq!(read.len(), 3);
        assert_ne!(keys[0], keys[1]);
        assert_eq!(read[2].campaign, "a,b");
        assert_eq!(rows(text.as_bytes()).unwrap(), read);
        assert!(IdempotencyKey::parse(keys[0]).is_ok());
        let more = format!("{text}2026-12-03,1,launch\n");
        assert_eq!(
            rows(more.as_bytes()).unwrap()[..3],
            read,
            "what was there keeps its key"
        );
    }

    #[test]
    fn an_id_of_its_own_is_kept() {
        let read = rows(b"id,date,amount\nads-7,2026-12-01,-3\n").unwrap();
        assert_eq!(read[0].idempotency_key, "ads-7");
    }

    #[test]
    fn every_fault_is_named_with_its_line_and_column() {
        let text = "date,amount,note\n2026-13-01,x,\n2026-12-01,0,\n2026-12-01,1\n2026-12-02,1.00001,fine\n";
        assert_eq!(
            faults(text),
            [
                "2: column date: \"2026-13-01\" is not a day such as 2026-12-01",
                "2: column amount: \"x\" is not a decimal number such as 48.00",
                "3: column amount: is nothing",
                "4: has 2 columns, the first row 3",
                "5: column amount: \"1.00001\" has more than 4 decimals",
            ]
        );
        assert_eq!(
            faults("day,amount\n2026-12-01,1\n"),
            [
                "1: column \"day\" is not known; known are date, amount, source, campaign, note, id",
                "1: column date is missing",
            ]
        );
        assert_eq!(
            faults(""),
            ["1: column date is missing", "1: column amount is missing"]
        );
    }
}
