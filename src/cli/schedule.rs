//! `gantry schedule`: events that come by the clock, and when.

use std::io::Write;

use serde_json::Value;

use super::answer::{Page, Schedule, typed};
use super::args::{Globals, ScheduleCommand};
use super::client::Server;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone};
use super::target;

/// Runs one of the commands about schedules.
pub(super) fn run(globals: &Globals, command: ScheduleCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        ScheduleCommand::List => list(&server, out),
    }
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/schedules")?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let page: Page = typed(answer)?;
    if page.items.is_empty() {
        writeln!(out, "There are no schedules.")?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("name"),
        Column::Left("cron"),
        Column::Left("timezone"),
        Column::Left("type"),
        Column::Left("next"),
        Column::Left("last"),
        Column::Left(""),
    ]);
    let none = || "-".to_owned();
    for item in page.items {
        let schedule: Schedule = typed(item)?;
        let last = schedule.last;
        let (tone, remark) = match &last {
            Some(run) if run.missed > 0 => (Tone::Bad, format!("late, {} missed before it", run.missed)),
            Some(run) if run.late => (Tone::Bad, "late".to_owned()),
            _ => (Tone::Normal, String::new()),
        };
        let cells = [
            schedule.name,
            schedule.cron,
            schedule.timezone,
            schedule.kind,
            schedule.next.into_iter().next().unwrap_or_else(none),
            last.map_or_else(none, |run| run.at),
            remark,
        ];
        table.row(tone, cells);
    }
    out.table(&table)?;
    Ok(Code::Done)
}
