//! `gantry event send`.

use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::with_zone;
use crate::cli::answer::Sent;
use crate::cli::args::SendEvent;
use crate::cli::client::Server;
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{Column, Table, Tone};
use crate::events::intake::MAX_EVENT;

/// An event as the API takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    source: &'a str,
    idempotency_key: &'a str,
    /// As it was given: what is wrong with it is the server's to say.
    payload: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<&'a str>,
}

/// Sends an event and says what became of it.
pub(super) fn send(server: &Server, event: SendEvent, out: &mut Out) -> Result<Code, Failure> {
    for when in [&event.at, &event.expires].into_iter().flatten() {
        with_zone(when, event.timezone.as_deref())?;
    }
    let payload = payload(&event)?;
    let key = match event.key {
        Some(key) => key,
        None => {
            let key = new_key()?;
            // Before anything is sent, so that an event whose answer is lost can be sent again.
            let _ = writeln!(io::stderr(), "The same event again: --key {key}");
            key
        }
    };
    let body = Body {
        kind: &event.kind,
        source: &event.source,
        idempotency_key: &key,
        payload,
        scheduled_at: event.at.as_deref(),
        timezone: event.timezone.as_deref(),
        priority: event.priority,
        expires_at: event.expires.as_deref(),
    };
    let answer = server.post("/api/events", &body)?;
    let sent: Sent = answer.read()?;
    let is_new = answer.status == http::StatusCode::ACCEPTED;
    if out.format() == Format::Json {
        let Sent {
            id,
            status,
            fingerprint,
            scheduled_at,
        } = &sent;
        out.json(&json!({
            "id": id, "status": status, "fingerprint": fingerprint, "scheduledAt": scheduled_at, "idempotencyKey": key,
            "outcome": if is_new { "accepted" } else { "duplicate" },
        }))?;
        return Ok(Code::Done);
    }
    let outcome = match is_new {
        true => "accepted",
        false => "sent before; nothing was changed",
    };
    let mut table = Table::new([Column::Left(""), Column::Left("")]);
    for (name, value) in [
        ("event", sent.id.as_str()),
        ("outcome", outcome),
        ("status", &sent.status),
        ("scheduled", &sent.scheduled_at),
        ("fingerprint", &sent.fingerprint),
        ("key", &key),
    ] {
        table.row(Tone::Normal, [name.to_owned(), value.to_owned()]);
    }
    out.table(&table)?;
    Ok(Code::Done)
}

/// A key nobody has had before.
pub(in crate::cli) fn new_key() -> Result<String, Failure> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Code::Io, format_args!("no random numbers: {error}")))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("cli-{hex}"))
}

fn payload(event: &SendEvent) -> Result<Box<RawValue>, Failure> {
    let text = match (&event.payload, &event.payload_file) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => read(path)?,
        (None, None) => "{}".to_owned(),
    };
    RawValue::from_string(text)
        .map_err(|error| Failure::usage(format_args!("the payload is not JSON: {error}")))
}

/// The text of a file, or of standard input for `-`, as far as an event can hold it.
fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let most = MAX_EVENT as u64 + 1;
    let read = match path.as_os_str() == "-" {
        true => io::stdin().lock().take(most).read_to_string(&mut text),
        false => std::fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)),
    };
    let shown = path.display();
    match read {
        Ok(bytes) if bytes > MAX_EVENT => Err(Failure::usage(format_args!(
            "{shown} is larger than {MAX_EVENT} bytes"
        ))),
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::new(
            Code::Missing,
            format_args!("there is no file {shown}"),
        )),
        Err(error) => Err(Failure::io(format_args!("cannot read {shown}"), &error)),
    }
}
