//! `gantry delivery`: what goes out, and what did not.

mod change;
mod show;

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{DeadGroup, Delivery, typed};
use super::args::{DeliveriesQuery, DeliveryCommand, Globals};
use super::client::Server;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, grouped, printable, tone_of};
use super::target;
use change::Change;

/// Runs one of the commands about deliveries.
pub(super) fn run(globals: &Globals, command: DeliveryCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        DeliveryCommand::List(query) => list(&server, &query, out),
        DeliveryCommand::Groups { destination, limit } => groups(&server, (destination, limit.get()), out),
        DeliveryCommand::Show { id } => show::run(&server, &id, out),
        DeliveryCommand::Retry(which) => change::run(&server, Change::Retry, &which, out),
        DeliveryCommand::Discard(discard) => {
            let change = Change::Discard(super::consent::Consent::of(discard.yes));
            change::run(&server, change, &discard.which, out)
        }
        DeliveryCommand::Pause => all(&server, "pause", out),
        DeliveryCommand::Resume => all(&server, "resume", out),
    }
}

fn list(server: &Server, query: &DeliveriesQuery, out: &mut Out) -> Result<Code, Failure> {
    let mut asked = query.filter.given();
    asked.extend(query.cursor.clone().map(|cursor| ("cursor", cursor)));
    let page = server.list("/api/deliveries", &asked, query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let deliveries = page
        .items
        .into_iter()
        .map(typed)
        .collect::<Result<Vec<Delivery>, _>>()?;
    if deliveries.is_empty() {
        writeln!(out, "There are no such deliveries.")?;
    } else {
        out.table(&table(&deliveries))?;
    }
    out.more(&page.next)?;
    Ok(Code::Done)
}

fn groups(server: &Server, (to, limit): (Option<String>, usize), out: &mut Out) -> Result<Code, Failure> {
    let asked: Vec<_> = to.map(|name| ("destination", name)).into_iter().collect();
    let page = server.list("/api/deliveries/groups", &asked, limit)?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("group"),
        Column::Left("destination"),
        Column::Right("dead"),
        Column::Left("newest"),
        Column::Left("error"),
    ]);
    for item in page.items {
        let group: DeadGroup = typed(item)?;
        let cells = [
            group.id,
            group.destination,
            grouped(group.count),
            group.newest,
            group.error.unwrap_or_else(|| "(any other)".to_owned()),
        ];
        table.row(Tone::Normal, cells);
    }
    if table.is_empty() {
        writeln!(out, "There are no dead letters.")?;
        return Ok(Code::Done);
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}

/// Deliveries, one to a line.
pub(super) fn table(deliveries: &[Delivery]) -> Table {
    let mut table = Table::new([
        Column::Left("delivery"),
        Column::Left("destination"),
        Column::Left("status"),
        Column::Right("attempts"),
        Column::Left("due"),
        Column::Left("last"),
        Column::Left("error"),
    ]);
    for delivery in deliveries {
        let open = ["PENDING", "LEASED", "RETRYING"].contains(&delivery.status.as_str());
        let due = delivery.due.clone().filter(|_| open);
        let cells = [
            delivery.id.clone(),
            delivery.destination.clone(),
            delivery.status.clone(),
            delivery.attempts.to_string(),
            due.unwrap_or_else(|| "-".to_owned()),
            delivery.last_class.clone().unwrap_or_else(|| "-".to_owned()),
            delivery.last_error.clone().unwrap_or_default(),
        ];
        table.row(tone_of(&delivery.status), cells);
    }
    table
}

/// Pauses or resumes the whole of it.
fn all(server: &Server, verb: &str, out: &mut Out) -> Result<Code, Failure> {
    let state: Value = server
        .post(&format!("/api/delivery/{verb}"), &json!({}))?
        .read()?;
    if out.format() == Format::Json {
        out.json(&state)?;
        return Ok(Code::Done);
    }
    match state.get("pausedSince").and_then(Value::as_str) {
        Some(since) => writeln!(out, "Nothing is sent since {}", printable(since))?,
        None => writeln!(out, "Deliveries are sent")?,
    }
    Ok(Code::Done)
}
