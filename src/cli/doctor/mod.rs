//! `gantry doctor`: what of this machine and its surroundings would be in the way, and what to do about it.
//!
//! Flow: the configuration as `serve` would read it → the machine, the data file, the ports, names and their certificates,
//! the origin, each destination, the post at Product Hunt → findings, each with what to do. Nothing is written, and a destination is
//! sent and asked nothing: a connection is opened and closed. Names are looked up, an origin is asked for a head, and Product Hunt
//! once for the post, where one is configured. What a launch needs to be ready is not asked here.

mod data;
mod https;
mod machine;
mod network;

use std::io::Write;

use serde::Serialize;
use serde_json::json;

use super::args::Globals;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Tone, printable};
use super::target;
use crate::app::CHECKS;
use crate::clock::Clock;
use crate::config::{self, Config, Fault, Faults, Overrides, Sources};

/// Where the text of a finding begins, in columns.
const INDENT: usize = 8;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Good,
    /// To be known.
    Notice,
    /// To be mended.
    Bad,
}

impl Verdict {
    const fn word(self) -> (&'static str, Tone) {
        match self {
            Self::Good => ("ok", Tone::Good),
            Self::Notice => ("note", Tone::Strong),
            Self::Bad => ("mend", Tone::Bad),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at: `disk`, `destination crm`.
    subject: String,
    verdict: Verdict,
    /// What is so.
    found: String,
    /// What to do about it; nothing where all is well.
    remedy: Option<String>,
}

impl Finding {
    fn good(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            verdict: Verdict::Good,
            found: found.into(),
            remedy: None,
        }
    }

    fn notice(subject: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Notice,
            remedy: Some(remedy.into()),
            ..Self::good(subject, found)
        }
    }

    fn bad(subject: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Bad,
            ..Self::notice(subject, found, remedy)
        }
    }
}

/// Looks, and says what it found; 1 where something is to be mended.
pub(super) fn doctor(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    if globals.url.is_some() {
        return Err(Failure::usage(
            "doctor looks at this machine; run it where the server is, without --url",
        ));
    }
    let findings = look(globals)?;
    let bad = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Bad)
        .count();
    match out.format() {
        Format::Json => out.json(&json!({"healthy": bad == 0, "findings": findings}))?,
        Format::Text => tell(&findings, out)?,
    }
    Ok(if bad == 0 { Code::Done } else { Code::No })
}

fn look(globals: &Globals) -> Result<Vec<Finding>, Failure> {
    let overrides = Overrides {
        data: globals.data.clone(),
        ..Overrides::default()
    };
    let sources = target::checked(globals, overrides)?;
    let checked = config::load_checked(&sources, &CHECKS);
    let mut findings = written(&sources, &checked);
    let now = Clock::System.now();
    // Of a configuration that is wrong elsewhere, it may still be known where the data file is.
    if let Ok(path) = target::data_file(globals) {
        findings.extend(data::look(&path, now));
    }
    let config = checked.as_ref().ok();
    findings.extend(machine::look(config, now));
    if let Some(config) = config {
        let server = target::server(globals)?;
        let runs = server.get("/readyz").is_ok();
        // One of another version is passed over.
        let running = server
            .get("/api/status")
            .ok()
            .and_then(|answer| answer.read().ok());
        findings.extend(https::certificates(&config.server, running.as_ref(), now));
        findings.extend(network::look(config, runs)?);
    }
    Ok(findings)
}

/// What is found of the configuration itself.
fn written(sources: &Sources, checked: &Result<Config, Faults>) -> Vec<Finding> {
    const SUBJECT: &str = "configuration";
    let fault = |fault: &Fault| {
        let remedy = "mend that line; `gantry check` looks at the configuration alone";
        Finding::bad(SUBJECT, fault.to_string(), remedy)
    };
    match (checked, &sources.file) {
        (Err(faults), _) => faults.iter().map(fault).collect(),
        (Ok(_), Some(file)) => vec![Finding::good(
            SUBJECT,
            format!("{} is valid", file.path.display()),
        )],
        (Ok(_), None) => vec![Finding::notice(
            SUBJECT,
            format!("there is no {} here; the defaults hold", config::DEFAULT_PATH),
            "name it with --config, or write one with `gantry init`",
        )],
    }
}

fn tell(findings: &[Finding], out: &mut Out) -> Result<(), Failure> {
    let paint = out.paint();
    for finding in findings {
        let (word, tone) = finding.verdict.word();
        let text = printable(&format!("{}: {}", finding.subject, finding.found));
        let gap = " ".repeat(INDENT.saturating_sub(word.len() + 2));
        writeln!(out, "  {}{gap}{text}", paint.paint(tone, word))?;
        if let Some(remedy) = &finding.remedy {
            writeln!(out, "{}→ {}", " ".repeat(INDENT), printable(remedy))?;
        }
    }
    let count = |verdict| {
        findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    };
    let said = match (count(Verdict::Bad), count(Verdict::Notice)) {
        (0, 0) => "Nothing to mend.".to_owned(),
        (0, notes) => format!("Nothing to mend; {notes} to know."),
        (bad, 0) => format!("{bad} to mend."),
        (bad, notes) => format!("{bad} to mend, {notes} to know."),
    };
    writeln!(out, "\n{said}")?;
    Ok(())
}
