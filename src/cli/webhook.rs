//! `gantry webhook`: who sends events signed in their own way, and a trial of them.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{Page, Webhook, WebhookTrial, typed};
use super::args::{Globals, WebhookCommand};
use super::client::{Server, escaped};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;

/// The largest sample, in bytes: that of a webhook.
const SAMPLE_BYTES: u64 = 1 << 20;

/// What is asked of the server.
#[derive(Serialize)]
struct Sample {
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    send: bool,
}

/// Runs one of the commands about webhooks.
pub(super) fn run(globals: &Globals, command: WebhookCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        WebhookCommand::List => list(&server, out),
        WebhookCommand::Test { source, body, send } => {
            let sample = sample(body, send)?;
            test(&server, &source, &sample, out)
        }
    }
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/webhooks")?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let page: Page = typed(answer)?;
    if page.items.is_empty() {
        writeln!(out, "There are no webhooks.")?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("source"),
        Column::Left("preset"),
        Column::Left("path"),
        Column::Left("type"),
        Column::Right("secrets"),
        Column::Left("known for"),
        Column::Left("last taken"),
        Column::Left("last refused"),
    ]);
    let never = || "-".to_owned();
    for item in page.items {
        let webhook: Webhook = typed(item)?;
        let cells = [
            webhook.source,
            webhook.preset,
            webhook.path,
            webhook.kind,
            webhook.secrets.to_string(),
            webhook.dedupe_for,
            webhook.last_taken_at.unwrap_or_else(never),
            webhook.last_refused_at.unwrap_or_else(never),
        ];
        table.row(Tone::Normal, cells);
    }
    out.table(&table)?;
    Ok(Code::Done)
}

/// What is asked of the server; a sample is passed on to the letter.
fn sample(body: Option<String>, send: bool) -> Result<Sample, Failure> {
    let Some(body) = body else {
        return Ok(Sample { body: None, send });
    };
    let text = match body.trim_start().starts_with(['{', '[']) {
        true => body,
        false => read_file(&body)?,
    };
    let wrong = |error| Failure::usage(format_args!("--body is not JSON: {error}"));
    let body = RawValue::from_string(text.trim().to_owned()).map_err(wrong)?;
    Ok(Sample {
        body: Some(body),
        send,
    })
}

fn read_file(path: &str) -> Result<String, Failure> {
    use std::io::Read;
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(SAMPLE_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(
            Code::Missing,
            format_args!("there is no file {path}"),
        )),
        Err(error) => Err(Failure::io(format_args!("cannot read {path}"), &error)),
    }
}

/// Tries a sample, and shows it; 1 where it would be refused.
fn test(server: &Server, source: &str, sample: &Sample, out: &mut Out) -> Result<Code, Failure> {
    let path = format!("/api/webhooks/{}/test", escaped(source));
    let answer: Value = server.post(&path, sample)?.read()?;
    let trial: WebhookTrial = typed(answer.clone())?;
    let code = match trial.verdict.as_str() {
        "refused" => Code::No,
        _ => Code::Done,
    };
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(code);
    }
    let request = &trial.request;
    let mut line = |text: &str| writeln!(out, "{}", printable(text));
    line(&format!("{} {}", request.method, request.path))?;
    for (name, value) in &request.headers.0 {
        line(&format!("{name}: {value}"))?;
    }
    if !trial.signed {
        line("(without a signature: only the sender can make one)")?;
    }
    line("")?;
    line(&request.body)?;
    line("")?;
    for event in &trial.events {
        let id = event.id.as_deref().unwrap_or("new");
        line(&format!("{} {} {} ({id})", event.status, event.kind, event.key))?;
        line(&format!("  {}", event.payload))?;
    }
    let verb = if trial.sent { "was" } else { "would be" };
    let why = trial.detail.map(|why| format!(": {why}")).unwrap_or_default();
    line(&format!("It {verb} {} ({}){why}", trial.verdict, trial.status))?;
    Ok(code)
}
