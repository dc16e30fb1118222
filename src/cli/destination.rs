//! `gantry destination`: who is delivered to, and what waits.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Destination, Destinations, typed};
use super::args::{DestinationCommand, Globals};
use super::client::{Server, escaped};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, grouped, printable};
use super::target;

/// Runs one of the commands about destinations.
pub(super) fn run(globals: &Globals, command: DestinationCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        DestinationCommand::List => list(&server, out),
        DestinationCommand::Pause { name, reason } => {
            let body = reason.map_or_else(|| json!({}), |reason| json!({"reason": reason}));
            change(&server, &path(&name, "pause"), &body, out)
        }
        DestinationCommand::Resume { name } => change(&server, &path(&name, "resume"), &json!({}), out),
    }
}

fn path(name: &str, verb: &str) -> String {
    format!("/api/destinations/{}/{verb}", escaped(name))
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/destinations")?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let Destinations { items, paused_since } = typed(answer)?;
    if items.is_empty() {
        writeln!(out, "There are no destinations.")?;
    } else {
        out.table(&table(&items))?;
    }
    if let Some(since) = paused_since {
        out.flush()?;
        let remark = format!("Nothing is sent to any of them since {since}: gantry delivery resume");
        let _ = writeln!(io::stderr(), "{}", printable(&remark));
    }
    Ok(Code::Done)
}

fn table(destinations: &[Destination]) -> Table {
    let mut table = Table::new([
        Column::Left("destination"),
        Column::Left("state"),
        Column::Right("pending"),
        Column::Right("leased"),
        Column::Right("retrying"),
        Column::Right("dead"),
        Column::Right("delivered"),
        Column::Left("oldest due"),
        Column::Left("url"),
    ]);
    for destination in destinations {
        let tone = match (&destination.paused, destination.dead) {
            (None, 0) if destination.configured => Tone::Normal,
            (None, 0) => Tone::Quiet,
            _ => Tone::Bad,
        };
        let cells = [
            destination.name.clone(),
            destination.state(),
            grouped(destination.pending),
            grouped(destination.leased),
            grouped(destination.retrying),
            grouped(destination.dead),
            grouped(destination.delivered),
            destination.oldest_due.clone().unwrap_or_else(|| "-".to_owned()),
            destination.url.clone().unwrap_or_default(),
        ];
        table.row(tone, cells);
    }
    table
}

/// Pauses or resumes one, and says how it stands then.
fn change(server: &Server, path: &str, body: &Value, out: &mut Out) -> Result<Code, Failure> {
    let item: Value = server.post(path, body)?.read()?;
    if out.format() == Format::Json {
        out.json(&item)?;
        return Ok(Code::Done);
    }
    let destination: Destination = typed(item)?;
    let text = format!("{} is {}", destination.name, destination.state());
    writeln!(out, "{}", printable(&text))?;
    Ok(Code::Done)
}
