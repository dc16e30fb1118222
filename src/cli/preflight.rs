//! `gantry preflight`: go or no-go for the launch, by all that the server can see.

use std::io::Write;

use serde_json::Value;

use super::answer::{Flight, FlightCheck};
use super::args::Globals;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone};
use super::target;

/// Asks the running server; 1 on no-go.
pub(super) fn preflight(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    let answer = target::server(globals)?.get("/api/preflight")?;
    let flight: Flight = answer.read()?;
    let code = if flight.go { Code::Done } else { Code::No };
    if out.format() == Format::Json {
        out.json(&answer.read::<Value>()?)?;
        return Ok(code);
    }
    let mut table = Table::new([Column::Left(""), Column::Left(""), Column::Left("")]);
    for check in &flight.checks {
        let (word, tone) = word(check);
        table.row(tone, [word.to_owned(), subject(check), check.detail.clone()]);
    }
    out.table(&table)?;
    let (word, tone) = match flight.go {
        true => ("Go", Tone::Good),
        false => ("No-go", Tone::Bad),
    };
    let paint = out.paint();
    writeln!(out, "\n{}", paint.paint(tone, word))?;
    Ok(code)
}

fn word(check: &FlightCheck) -> (&'static str, Tone) {
    match check.verdict.as_str() {
        "go" => ("go", Tone::Good),
        "no-go" => ("NO-GO", Tone::Bad),
        _ => ("?", Tone::Quiet),
    }
}

fn subject(check: &FlightCheck) -> String {
    match &check.of {
        Some(of) => format!("{of}: {}", check.title),
        None => check.title.clone(),
    }
}
