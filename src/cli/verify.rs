//! `gantry verify`: does the data file hold what its facts say?

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::answer::{Check, Report};
use super::args::Globals;
use super::client::escaped;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, grouped, printable};
use super::target;
use crate::store::{self, Inspection};

/// Verifies a file that nobody has open, without a write.
pub(super) fn verify_file(file: &Path, out: &mut Out) -> Result<Code, Failure> {
    let report = Inspection::open(file)?.verify()?;
    show(&Report::from(report), &file.display().to_string(), out)
}

/// Has the running server verify its own.
pub(super) fn verify_running(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let report: Report = server.post("/api/verify", &json!({}))?.read()?;
    let name = server.data_file().map(|path| path.display().to_string());
    show(&report, &name.unwrap_or_else(|| "the data file".to_owned()), out)
}

/// Has the running server read one of its own backups again.
pub(super) fn verify_backup(globals: &Globals, name: &str, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let path = format!("/api/backups/{}/verify", escaped(name));
    let report: Report = server.post(&path, &json!({}))?.read()?;
    show(&report, name, out)
}

impl From<store::Report> for Report {
    fn from(report: store::Report) -> Self {
        let check = |check: &store::Check| Check {
            name: check.name.to_owned(),
            rule: check.rule.to_owned(),
            rows: check.rows,
            broken: check.broken,
            examples: check.examples.clone(),
        };
        Self {
            clean: report.is_clean(),
            checks: report.checks.iter().map(check).collect(),
        }
    }
}

fn show(report: &Report, name: &str, out: &mut Out) -> Result<Code, Failure> {
    let code = if report.clean { Code::Done } else { Code::No };
    if out.format() == Format::Json {
        out.json(report)?;
        return Ok(code);
    }
    let mut table = Table::new([
        Column::Left("invariant"),
        Column::Right("rows"),
        Column::Right("broken"),
        Column::Left("what must hold"),
    ]);
    for check in &report.checks {
        let tone = if check.broken == 0 {
            Tone::Normal
        } else {
            Tone::Bad
        };
        let cells = [
            check.name.clone(),
            grouped(check.rows),
            grouped(check.broken),
            check.rule.clone(),
        ];
        table.row(tone, cells);
    }
    out.table(&table)?;
    for check in &report.checks {
        for example in &check.examples {
            writeln!(out, "{}: {}", printable(&check.name), printable(example))?;
        }
    }
    let (tone, verdict) = match report.clean {
        true => (Tone::Good, format!("{name} is clean")),
        false => (
            Tone::Bad,
            format!("{name} breaks an invariant: keep a copy, then restore a backup"),
        ),
    };
    let verdict = out.paint().paint(tone, &verdict);
    writeln!(out, "{verdict}")?;
    Ok(code)
}
