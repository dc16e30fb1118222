//! `gantry event`: events from sending to what became of them.

mod replay;
mod send;

pub(super) use send::new_key;

use std::io::Write;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answer::{Delivery, Event, EventDetails, typed};
use super::args::{EventCommand, EventsQuery, Globals};
use super::client::{Answer, Server};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Paint, Table, Tone, grouped, printable, tone_of};
use super::target;
use crate::model::time::zone::{self, BadTime};

/// The most characters of an answer that are shown of an attempt.
const EXCERPT_CHARS: usize = 60;

/// Runs one of the commands about events.
pub(super) fn run(globals: &Globals, command: EventCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        EventCommand::Send(event) => send::send(&server, event, out),
        EventCommand::List(query) => list(&server, &query, out),
        EventCommand::Show { id } => show(&server.get(&path(&id, ""))?, out),
        EventCommand::Cancel { id } => moved(&server.post(&path(&id, "/cancel"), &json!({}))?, out),
        EventCommand::Reschedule { id, when, timezone } => {
            with_zone(&when, timezone.as_deref())?;
            let mut body = json!({"scheduledAt": when});
            if let (Value::Object(members), Some(zone)) = (&mut body, timezone) {
                members.insert("timezone".to_owned(), zone.into());
            }
            moved(&server.post(&path(&id, "/reschedule"), &body)?, out)
        }
        EventCommand::Replay(wanted) => replay::run(&server, &wanted, out),
        EventCommand::Replays { limit, cursor } => replay::list(&server, (limit, cursor), out),
        EventCommand::CancelReplay { id } => replay::cancel(&server, &id, out),
    }
}

/// The path of an event, whose id needs no escaping, and what stands behind it.
fn path(id: &str, rest: &str) -> String {
    format!("/api/events/{id}{rest}")
}

/// A local time means nothing without its zone.
fn with_zone(when: &str, zone: Option<&str>) -> Result<(), Failure> {
    match zone::instant(when, zone) {
        Err(BadTime::NoZone) => Err(Failure::usage(format_args!(
            "{when} is a local time: give its --timezone"
        ))),
        _ => Ok(()),
    }
}

fn list(server: &Server, query: &EventsQuery, out: &mut Out) -> Result<Code, Failure> {
    let page = server.list("/api/events", &query.given(), query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("event"),
        Column::Left("type"),
        Column::Left("source"),
        Column::Left("status"),
        Column::Left("scheduled"),
        Column::Left("created"),
    ]);
    for item in page.items {
        let event: Event = typed(item)?;
        let tone = tone_of(&event.status);
        let cells = [
            event.id,
            event.kind,
            event.source,
            event.status,
            event.scheduled_at,
            event.created_at,
        ];
        table.row(tone, cells);
    }
    if table.is_empty() {
        writeln!(out, "There are no such events.")?;
        return Ok(Code::Done);
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}

/// Prints where an event stands now.
fn moved(answer: &Answer, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(&answer.read::<Value>()?)?;
        return Ok(Code::Done);
    }
    let event: Event = answer.read()?;
    let text = format!("{} is {}, for {}", event.id, event.status, event.scheduled_at);
    writeln!(out, "{}", printable(&text))?;
    Ok(Code::Done)
}

fn show(answer: &Answer, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        // As it came: a Value would forget the order of the payload's members.
        out.json(&answer.read::<Box<RawValue>>()?)?;
        return Ok(Code::Done);
    }
    let text = render(&answer.read()?, out.paint());
    out.write_all(text.as_bytes())?;
    Ok(Code::Done)
}

/// What is known of an event: a paragraph about itself, one about its deliveries, one about their attempts.
fn render(event: &EventDetails, paint: Paint) -> String {
    let mut facts = Table::new([Column::Left(""), Column::Left("")]);
    let priority = event.priority.to_string();
    let known = [
        ("event", Some(event.id.as_str())),
        ("type", Some(event.kind.as_str())),
        ("source", Some(event.source.as_str())),
        ("key", Some(event.idempotency_key.as_str())),
        ("fingerprint", Some(event.fingerprint.as_str())),
        ("priority", Some(priority.as_str())),
        ("created", Some(event.created_at.as_str())),
        ("scheduled", Some(event.scheduled_at.as_str())),
        ("expires", event.expires_at.as_deref()),
        ("status", Some(event.status.as_str())),
        ("since", Some(event.updated_at.as_str())),
    ];
    for (name, value) in known {
        let Some(value) = value else { continue };
        let tone = match name {
            "status" => tone_of(value),
            _ => Tone::Normal,
        };
        facts.row(tone, [name.to_owned(), value.to_owned()]);
    }
    let mut text = facts.render(paint);
    let heading = |name| paint.paint(Tone::Strong, name);
    text.push_str(&format!(
        "\n{}\n{}\n",
        heading("payload"),
        printable(event.payload.get())
    ));
    if !event.deliveries.is_empty() {
        let table = super::delivery::table(&event.deliveries);
        text.push_str(&format!("\n{}", table.render(paint)));
    }
    let attempts = attempts(&event.deliveries);
    if !attempts.is_empty() {
        text.push_str(&format!("\n{}", attempts.render(paint)));
    }
    text
}

pub(super) fn attempts(deliveries: &[Delivery]) -> Table {
    let mut table = Table::new([
        Column::Left("destination"),
        Column::Right("attempt"),
        Column::Left("at"),
        Column::Right("ms"),
        Column::Left("class"),
        Column::Right("status"),
        Column::Left("answer"),
    ]);
    for delivery in deliveries {
        for attempt in &delivery.history {
            let tone = if attempt.class == "2xx" {
                Tone::Normal
            } else {
                Tone::Bad
            };
            let status = attempt.status.map(|status| status.to_string());
            let cells = [
                delivery.destination.clone(),
                attempt.number.to_string(),
                attempt.at.clone(),
                grouped(attempt.took_ms),
                attempt.class.clone(),
                status.unwrap_or_else(|| "-".to_owned()),
                short(&attempt.excerpt),
            ];
            table.row(tone, cells);
        }
    }
    table
}

fn short(excerpt: &str) -> String {
    match excerpt.char_indices().nth(EXCERPT_CHARS) {
        Some((at, _)) => format!("{}…", excerpt.get(..at).unwrap_or_default()),
        None => excerpt.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_shown_with_its_payload_to_the_letter_and_every_attempt() {
        let event = r#"{"id":"e-1","type":"LEAD_CAPTURE","source":"web","idempotencyKey":"k-1","fingerprint":"f00","status":"PROCESSING",
            "priority":5,"scheduledAt":"t1","expiresAt":null,"createdAt":"t0","updatedAt":"t2","payload":{"z":12345678901234567,"a":1.50},
            "deliveries":[{"id":"d-1","destination":"crm","status":"RETRYING","attempts":1,"due":"t3","lastClass":"5xx","lastError":"503: down",
                "history":[{"number":1,"at":"t2","tookMs":1200,"class":"5xx","status":503,"excerpt":"down\u001b[2J"}]}]}"#;
        let text = render(&serde_json::from_str(event).unwrap(), Paint::Plain);
        for line in [
            "event        e-1\n",
            "key          k-1\n",
            "status       PROCESSING\n",
            "\npayload\n{\"z\":12345678901234567,\"a\":1.50}\n",
            "\ndestination  attempt  at     ms  class  status  answer\n",
            "\ncrm                1  t2  1,200  5xx       503  down\u{fffd}[2J\n",
        ] {
            assert!(text.contains(line), "{line:?} in\n{text}");
        }
        assert!(!text.contains("expires"), "{text}");
    }

    #[test]
    fn a_local_time_needs_its_zone() {
        assert!(with_zone("2026-12-01T00:01", None).is_err());
        assert!(with_zone("2026-12-01T00:01", Some("America/Vancouver")).is_ok());
        assert!(with_zone("2026-12-01T00:01Z", None).is_ok());
    }
}
