//! `gantry export`: what is written to PostgreSQL, how far that has come, and what stands in its way.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::answer::{ExportLost, ExportStatus, Schema, SetAside, typed};
use super::args::{ExportCommand, Globals};
use super::client::Server;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, duration, grouped, printable};
use super::target;
use crate::export;

/// How often a backfill is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The most rows that the status names.
const NAMED: usize = 20;

/// Runs one of the commands about the export.
pub(super) fn run(globals: &Globals, command: ExportCommand, out: &mut Out) -> Result<Code, Failure> {
    match command {
        ExportCommand::Init { print: true, .. } => {
            out.write_all(export::script().as_bytes())?;
            Ok(Code::Done)
        }
        ExportCommand::Init {
            print: false,
            take_over,
        } => {
            let asked = json!({ "takeOver": take_over });
            init(&target::server(globals)?, &asked, out)
        }
        ExportCommand::Status => status(&target::server(globals)?, out),
        ExportCommand::Backfill { no_wait } => {
            let server = target::server(globals)?;
            let begun = server.post("/api/postgres/backfill", &json!({}))?.read()?;
            match no_wait {
                true => told(&begun, out),
                false => follow(&server, out),
            }
        }
    }
}

fn init(server: &Server, asked: &Value, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.post("/api/postgres/init", asked)?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let Schema { version, before } = typed(answer)?;
    match before {
        0 => writeln!(out, "The tables are made (version {version}).")?,
        before if before == version => {
            writeln!(out, "The tables are as they should be (version {version}).")?
        }
        before => writeln!(out, "The tables were brought from version {before} to {version}.")?,
    }
    Ok(Code::Done)
}

/// 1 where nothing goes, or rows are refused.
fn status(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/postgres")?.read()?;
    let status: ExportStatus = typed(answer.clone())?;
    let code = match (status.failure.is_some(), status.set_aside) {
        (false, 0) => Code::Done,
        _ => Code::No,
    };
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(code);
    }
    if status.state == "off" {
        writeln!(out, "Nothing is exported: export.postgres.url is not configured.")?;
        return Ok(code);
    }
    let lag = Duration::try_from_secs_f64(status.lag_seconds).unwrap_or_default();
    let mut table = Table::new([Column::Left(""), Column::Left("")]);
    let tone = match status.state.as_str() {
        "failing" => Tone::Bad,
        _ => Tone::Normal,
    };
    table.row(tone, ["state".to_owned(), status.state.clone()]);
    table.row(Tone::Normal, ["lag".to_owned(), duration(lag.as_secs())]);
    table.row(
        Tone::Normal,
        ["waiting".to_owned(), format!("{} facts", grouped(status.waiting))],
    );
    table.row(
        Tone::Normal,
        ["written".to_owned(), format!("{} rows", grouped(status.rows))],
    );
    if let Some(at) = &status.last_exported_at {
        table.row(Tone::Normal, ["last".to_owned(), at.clone()]);
    }
    if let Some(backfill) = &status.backfill {
        let shown = format!("{} of {} events", grouped(backfill.done), grouped(backfill.of));
        table.row(Tone::Normal, ["backfill".to_owned(), shown]);
    }
    let ExportLost {
        windows,
        events,
        polls,
    } = status.lost;
    if windows > 0 || events > 0 || polls > 0 {
        let (windows, events, polls) = (grouped(windows), grouped(events), grouped(polls));
        let shown = format!("{windows} windows, {events} events, {polls} polls, forgotten before they went");
        table.row(Tone::Bad, ["lost".to_owned(), shown]);
    }
    if let Some(failure) = &status.failure {
        let shown = format!("{} (since {})", printable(&failure.message), failure.since);
        table.row(Tone::Bad, ["failure".to_owned(), shown]);
    }
    out.table(&table)?;
    if status.set_aside > 0 {
        refused(server, status.set_aside, out)?;
    }
    Ok(code)
}

fn refused(server: &Server, count: u64, out: &mut Out) -> Result<(), Failure> {
    writeln!(
        out,
        "\n{} rows are refused by the database and set aside:",
        grouped(count)
    )?;
    let page = server.list("/api/postgres/aside", &[], NAMED)?;
    let mut table = Table::new([Column::Left("table"), Column::Left("row"), Column::Left("why")]);
    for item in page.items {
        let row: SetAside = typed(item)?;
        table.row(Tone::Normal, [row.table, row.name, printable(&row.reason)]);
    }
    out.table(&table)?;
    writeln!(
        out,
        "They go with gantry export backfill, once the database takes them."
    )?;
    Ok(())
}

/// Waits until all has gone, with a bar for as long as that takes. 1 where it cannot go.
fn follow(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that is wrong leaves the bar as it was.
    if let Ok(style) =
        ProgressStyle::with_template("{bar:32} {human_pos} of {human_len} events, {eta} left {msg}")
    {
        bar.set_style(style);
    }
    loop {
        let answer: Value = server.get("/api/postgres")?.read()?;
        let status: ExportStatus = typed(answer.clone())?;
        let failure = status.failure.as_ref();
        bar.set_message(
            failure
                .map(|failure| printable(&failure.message))
                .unwrap_or_default(),
        );
        let Some(backfill) = status.backfill else {
            bar.finish_and_clear();
            return told(&answer, out);
        };
        bar.set_length(backfill.of);
        bar.set_position(backfill.done);
        server.wait(LOOK_EVERY);
    }
}

fn told(answer: &Value, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(answer)?;
        return Ok(Code::Done);
    }
    let refused = answer.get("setAside").and_then(Value::as_u64);
    match refused {
        None => writeln!(
            out,
            "Everything is being exported again; gantry export status says how far it is."
        )?,
        Some(0) => writeln!(out, "Everything is exported.")?,
        Some(refused) => {
            let refused = grouped(refused);
            writeln!(
                out,
                "Everything is exported but for {refused} rows; gantry export status names them."
            )?;
            return Ok(Code::No);
        }
    }
    Ok(Code::Done)
}
