//! `gantry spend`: what was paid for visitors.

mod import;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{SpendOutcome, Spent, typed};
use super::args::{AddSpend, Globals, SpendCommand, SpendQuery};
use super::client::{Server, escaped};
use super::event;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;

/// Runs one of the commands about spend.
pub(super) fn run(globals: &Globals, command: SpendCommand, out: &mut Out) -> Result<Code, Failure> {
    match command {
        SpendCommand::Add(entry) => add(&target::server(globals)?, entry, out),
        SpendCommand::List(query) => list(&target::server(globals)?, &query, out),
        SpendCommand::Delete { id } => delete(&target::server(globals)?, &id, out),
        SpendCommand::Import { file, dry_run } => {
            let entries = import::read(&file)?;
            match dry_run {
                true => import::look(&entries, out),
                false => import::send(&target::server(globals)?, &entries, out),
            }
        }
    }
}

fn add(server: &Server, entry: AddSpend, out: &mut Out) -> Result<Code, Failure> {
    let key = match entry.key {
        Some(key) => key,
        None => {
            let key = event::new_key()?;
            // Before anything is sent, so that an entry whose answer is lost can be sent again.
            let _ = writeln!(io::stderr(), "The same entry again: --key {key}");
            key
        }
    };
    let body = json!({
        "day": entry.day, "source": entry.source, "campaign": entry.campaign, "amount": entry.amount, "note": entry.note,
        "idempotencyKey": key,
    });
    let answer: Value = server.post("/api/spend", &body)?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let outcome: SpendOutcome = typed(answer)?;
    let said = match outcome.status.as_str() {
        "RECORDED" => "recorded",
        _ => "recorded before; nothing was changed",
    };
    writeln!(out, "{} of {}: {said} as {}", entry.amount, entry.day, outcome.id)?;
    Ok(Code::Done)
}

fn delete(server: &Server, id: &str, out: &mut Out) -> Result<Code, Failure> {
    server.delete(&format!("/api/spend/{}", escaped(id)))?;
    match out.format() {
        Format::Json => out.json(&json!({ "id": id, "status": "DELETED" }))?,
        Format::Text => writeln!(out, "{}: deleted", printable(id))?,
    }
    Ok(Code::Done)
}

fn list(server: &Server, query: &SpendQuery, out: &mut Out) -> Result<Code, Failure> {
    let given = [
        ("from", &query.from),
        ("to", &query.to),
        ("cursor", &query.cursor),
    ];
    let pairs: Vec<(&str, String)> = given
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
    let page = server.list("/api/spend", &pairs, query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    if page.items.is_empty() {
        writeln!(out, "No spend is recorded.")?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("day"),
        Column::Right("amount"),
        Column::Left("source"),
        Column::Left("campaign"),
        Column::Left("note"),
        Column::Left("id"),
    ]);
    for item in page.items {
        let spent: Spent = typed(item)?;
        let note = spent.note.unwrap_or_default();
        let cells = [
            spent.day,
            spent.amount,
            spent.source,
            spent.campaign,
            note,
            spent.id,
        ];
        table.row(Tone::Normal, cells);
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}
