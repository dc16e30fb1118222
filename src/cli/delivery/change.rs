//! `gantry delivery retry` and `gantry delivery discard`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::table;
use crate::cli::answer::{Changed, Delivery, typed};
use crate::cli::args::WhichDeliveries;
use crate::cli::client::{Server, Unanswered};
use crate::cli::consent::{Consent, ask};
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{grouped, printable};

/// What is done to deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Due at once.
    Retry,
    /// Given up; for all that match, somebody must agree.
    Discard(Consent),
}

impl Change {
    const fn verb(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Discard(_) => "discard",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Retry => "to be tried again",
            Self::Discard(_) => "discarded",
        }
    }
}

/// Changes the deliveries that are named, or all that match.
pub(super) fn run(
    server: &Server,
    change: Change,
    which: &WhichDeliveries,
    out: &mut Out,
) -> Result<Code, Failure> {
    if which.ids.is_empty() {
        matching(server, change, which, out)
    } else {
        named(server, change, &which.ids, out)
    }
}

/// One after another; what is refused does not keep the others from being changed.
fn named(server: &Server, change: Change, ids: &[String], out: &mut Out) -> Result<Code, Failure> {
    let mut changed: Vec<Value> = Vec::new();
    let mut code = Code::Done;
    let mut broken = None;
    for id in ids {
        let answer = server.post(&format!("/api/deliveries/{id}/{}", change.verb()), &json!({}));
        match answer.and_then(|answer| answer.read()) {
            Ok(item) => changed.push(item),
            Err(Unanswered::Refused(why)) => {
                code = Code::No;
                let _ = writeln!(io::stderr(), "{}", printable(&format!("gantry: {id}: {why}")));
            }
            Err(unanswered) => {
                broken = Some(unanswered);
                break;
            }
        }
    }
    // What was done before something broke is told all the same.
    if out.format() == Format::Json {
        out.json(&json!({ "items": changed }))?;
    } else if !changed.is_empty() {
        let deliveries = changed.into_iter().map(typed);
        let deliveries = deliveries.collect::<Result<Vec<Delivery>, _>>()?;
        out.table(&table(&deliveries))?;
    }
    broken.map_or(Ok(code), |unanswered| Err(unanswered.into()))
}

fn matching(
    server: &Server,
    change: Change,
    which: &WhichDeliveries,
    out: &mut Out,
) -> Result<Code, Failure> {
    let given = which.filter.given().into_iter();
    let filter: Map<String, Value> = given
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let path = format!("/api/deliveries/{}", change.verb());
    let post = |dry_run: bool| -> Result<Value, Failure> {
        let body = json!({"filter": filter, "dryRun": dry_run});
        Ok(server.post(&path, &body)?.read()?)
    };
    if which.dry_run {
        return show(post(true)?, None, out);
    }
    if change == Change::Discard(Consent::Ask) {
        let found: Changed = typed(post(true)?)?;
        if found.matched == 0 {
            writeln!(out, "No delivery matches.")?;
            return Ok(Code::Done);
        }
        let _ = write!(io::stderr(), "{}", table(&found.examples).render(out.paint()));
        let matched = grouped(found.matched);
        if !ask(&format!("Discard {matched} deliveries, for good?"))? {
            return Ok(Code::No);
        }
    }
    show(post(false)?, Some(change), out)
}

/// Prints what was changed, or, without a change, what would be.
fn show(outcome: Value, change: Option<Change>, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(&outcome)?;
        return Ok(Code::Done);
    }
    let outcome: Changed = typed(outcome)?;
    if !outcome.examples.is_empty() {
        out.table(&table(&outcome.examples))?;
    }
    let matched = grouped(outcome.matched);
    match change {
        Some(change) => writeln!(
            out,
            "{matched} matched, {} {}",
            grouped(outcome.done),
            change.done()
        )?,
        None => writeln!(out, "{matched} match; nothing was changed")?,
    }
    Ok(Code::Done)
}
