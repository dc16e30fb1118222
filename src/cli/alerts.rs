//! `gantry alerts`: what is watched, what is too much, and whether word of it arrives.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answer::{Alert, AlertTested, Alerts, Delivery, EventDetails, typed};
use super::args::{AlertsCommand, Globals};
use super::client::Server;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;
use crate::model::alert::Rule;

/// How long to wait before asking again what came of a test.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// How often that is asked: half a minute, longer than any call of a destination with its own timeout takes.
const LOOKS: u32 = 120;

/// Runs one of the commands about alerts.
pub(super) fn run(globals: &Globals, command: AlertsCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        AlertsCommand::List => list(&server, out),
        AlertsCommand::Test { to } => test(&server, to.as_deref(), out),
    }
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/alerts")?.read()?;
    let Alerts { items, to } = typed(answer.clone())?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("rule"),
        Column::Left("state"),
        Column::Right("value"),
        Column::Left("terms"),
        Column::Left("since"),
        Column::Left("destination"),
    ]);
    for alert in items {
        let tone = match alert.state.as_str() {
            "firing" => Tone::Bad,
            "off" => Tone::Quiet,
            _ => Tone::Normal,
        };
        let value = value(&alert).unwrap_or_else(|| "-".to_owned());
        // From the launch until six hours after it, closer ones hold.
        let terms = match alert.usual_terms {
            Some(usual) => format!("{} (launch; else {usual})", alert.terms),
            None => alert.terms,
        };
        let cells = [
            alert.rule,
            alert.state,
            value,
            terms,
            alert.since.unwrap_or_else(|| "-".to_owned()),
            alert.destination.unwrap_or_default(),
        ];
        table.row(tone, cells);
    }
    out.table(&table)?;
    out.flush()?;
    let remark = match to.is_empty() {
        true => "Nobody is told: name destinations in [alerts] to.".to_owned(),
        false => {
            let told = to.into_iter().map(|to| match to.trouble {
                Some(trouble) => format!("{} ({trouble})", to.destination),
                None => to.destination,
            });
            format!("Told: {}", told.collect::<Vec<_>>().join(", "))
        }
    };
    let _ = writeln!(io::stderr(), "{}", printable(&remark));
    Ok(Code::Done)
}

/// A value in its rule's unit; as a number where this command does not know the rule.
fn value(alert: &Alert) -> Option<String> {
    let value = alert.value?;
    Some(Rule::parse(&alert.rule).map_or_else(|| value.to_string(), |rule| rule.unit().shown(value)))
}

/// 1 where it does not arrive everywhere at the first attempt, or nothing comes of it in half a minute.
fn test(server: &Server, to: Option<&str>, out: &mut Out) -> Result<Code, Failure> {
    let asked = to.map_or_else(|| json!({}), |name| json!({ "to": name }));
    let answer: Value = server.post("/api/alerts/test", &asked)?.read()?;
    let sent: AlertTested = typed(answer)?;
    let path = format!("/api/events/{}", sent.event_id);
    let mut left = LOOKS;
    let (event, answer) = loop {
        let answer = server.get(&path)?;
        let event: EventDetails = answer.read()?;
        if left == 0 || event.deliveries.iter().all(is_told) {
            break (event, answer);
        }
        left -= 1;
        server.wait(LOOK_AGAIN);
    };
    let arrived = event
        .deliveries
        .iter()
        .all(|delivery| delivery.status == "DELIVERED");
    let code = if arrived { Code::Done } else { Code::No };
    if out.format() == Format::Json {
        // As it came: a Value would forget the order of the payload's members.
        out.json(&answer.read::<Box<RawValue>>()?)?;
        return Ok(code);
    }
    for delivery in &event.deliveries {
        writeln!(out, "{}", printable(&told(delivery)))?;
    }
    Ok(code)
}

/// Whether it is known what comes of a delivery: it is settled, or its first attempt has failed.
fn is_told(delivery: &Delivery) -> bool {
    !["PENDING", "LEASED"].contains(&delivery.status.as_str()) || !delivery.history.is_empty()
}

fn told(delivery: &Delivery) -> String {
    let name = &delivery.destination;
    let last = delivery.history.last().map(|attempt| {
        let answer = attempt
            .status
            .map_or_else(|| attempt.class.clone(), |status| status.to_string());
        format!("{answer} after {} ms  {}", attempt.took_ms, attempt.excerpt)
    });
    let last = last.unwrap_or_default();
    let said = match (delivery.status.as_str(), delivery.history.is_empty()) {
        ("DELIVERED", _) => format!("{name}: it arrived, {last}"),
        ("RETRYING", _) => format!("{name}: it did not arrive and is tried again, {last}"),
        ("PENDING" | "LEASED", true) => {
            format!("{name}: nothing was sent yet; gantry destination show {name} says why")
        }
        (status, _) => format!("{name}: {status}, {last}"),
    };
    said.trim_end().trim_end_matches(',').to_owned()
}
