//! `gantry destination`: who is delivered to, and what waits.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Calls, Destination, Destinations, Trial, typed};
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
        DestinationCommand::Show { name } => show(&server, &name, out),
        DestinationCommand::Test { name, kind, payload } => {
            let sample = sample(kind, payload.as_deref())?;
            test(&server, &path(&name, "test"), &sample, out)
        }
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
        let tone = match destination.dead {
            0 => tone_of_state(destination),
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

fn show(server: &Server, name: &str, out: &mut Out) -> Result<Code, Failure> {
    let item: Value = server
        .get(&format!("/api/destinations/{}", escaped(name)))?
        .read()?;
    if out.format() == Format::Json {
        out.json(&item)?;
        return Ok(Code::Done);
    }
    out.table(&facts(&typed(item)?))?;
    Ok(Code::Done)
}

fn sample(kind: Option<String>, payload: Option<&str>) -> Result<Value, Failure> {
    let mut sample = serde_json::Map::new();
    sample.extend(kind.map(|kind| ("type".to_owned(), Value::from(kind))));
    if let Some(text) = payload {
        let payload = serde_json::from_str(text)
            .map_err(|error| Failure::new(Code::Usage, format!("--payload is not JSON: {error}")))?;
        sample.insert("payload".to_owned(), payload);
    }
    Ok(Value::Object(sample))
}

/// Calls one, and shows the call; 1 where a delivery would not have arrived.
fn test(server: &Server, path: &str, sample: &Value, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.post(path, sample)?.read()?;
    let trial: Trial = typed(answer.clone())?;
    let code = match trial.verdict.as_str() {
        "delivered" => Code::Done,
        _ => Code::No,
    };
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(code);
    }
    if let Some(request) = &trial.request {
        writeln!(
            out,
            "{}",
            printable(&format!("{} {}", request.method, request.url))
        )?;
        for (name, value) in &request.headers {
            writeln!(out, "{}", printable(&format!("{name}: {value}")))?;
        }
        writeln!(out, "\n{}\n", printable(&request.body))?;
    }
    let said = match &trial.answer {
        Some(answer) => format!(
            "{} after {} ms  {}",
            answer.status, answer.took_ms, answer.excerpt
        ),
        None => trial.error.unwrap_or_default(),
    };
    writeln!(out, "{}", printable(said.trim_end()))?;
    writeln!(
        out,
        "{}",
        printable(&format!("A delivery would be: {}", trial.verdict))
    )?;
    Ok(code)
}

/// What is known of one.
fn facts(to: &Destination) -> Table {
    let mut facts = Table::new([Column::Left(""), Column::Left("")]);
    let breaker = to.breaker.as_ref().map(|breaker| {
        let parts = [
            Some(breaker.state.clone()),
            breaker.since.as_ref().map(|at| format!("since {at}")),
            breaker.reason.clone(),
            breaker.next_probe.as_ref().map(|at| format!("next probe {at}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let windows = to.windows.iter();
    let windows = windows.map(|window| {
        let text = format!("{}, {} of {} used", window.window, window.used, window.limit);
        ("window", Some(text))
    });
    let quotas = to.quotas.iter().map(|quota| {
        let limit = quota
            .limit
            .map_or_else(String::new, |limit| format!(" of {limit}"));
        let text = format!("{}{limit} left until {}", quota.remaining, quota.resets_at);
        ("quota", Some(text))
    });
    let batch = to.batch.as_ref().map(|batch| {
        let (max, wait_ms) = (batch.max, batch.wait_ms);
        format!("up to {max} in one call, waiting {wait_ms} ms at most")
    });
    let known = [
        ("destination", Some(to.name.clone())),
        ("state", Some(to.state())),
        ("url", to.url.clone()),
        ("rate", to.rate.clone()),
        ("concurrency", to.concurrency.map(|places| places.to_string())),
        ("batch", batch),
        ("quota group", to.quota_group.clone()),
        ("breaker", breaker),
    ];
    let counts = [
        ("pending", Some(grouped(to.pending))),
        ("leased", Some(grouped(to.leased))),
        ("retrying", Some(grouped(to.retrying))),
        ("dead", Some(grouped(to.dead))),
        ("delivered", Some(grouped(to.delivered))),
        ("oldest due", to.oldest_due.clone()),
        ("oldest dead letter", to.oldest_dead.clone()),
        ("calls of the last hour", to.last_hour.as_ref().map(calls)),
        ("last call", to.last_call_at.clone()),
    ];
    for (name, value) in known.into_iter().chain(windows).chain(quotas).chain(counts) {
        let Some(value) = value else { continue };
        let bad = name == "state" && tone_of_state(to) == Tone::Bad;
        let tone = if bad { Tone::Bad } else { Tone::Normal };
        facts.row(tone, [name.to_owned(), value]);
    }
    facts
}

fn calls(of: &Calls) -> String {
    let counts = [(of.failed, "failed"), (of.limited, "one too many")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: String = counts
        .map(|(count, what)| format!(", {} {what}", grouped(count)))
        .collect();
    let took = match (of.p50_ms, of.p95_ms) {
        (Some(p50), Some(p95)) => format!("; half within {p50} ms, 95 % within {p95} ms"),
        _ => String::new(),
    };
    format!("{}{counts}{took}", grouped(of.calls))
}

fn tone_of_state(to: &Destination) -> Tone {
    let open = to
        .breaker
        .as_ref()
        .is_some_and(|breaker| breaker.state != "closed");
    match &to.paused {
        Some(_) => Tone::Bad,
        None if open => Tone::Bad,
        None if to.configured => Tone::Normal,
        None => Tone::Quiet,
    }
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
