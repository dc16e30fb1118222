//! `gantry delivery retry` and `gantry delivery discard`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::table;
use crate::cli::answer::{Changed, Delivery, typed};
use crate::cli::args::WhichDeliveries;
use crate::cli::client::{Server, Unanswered};
use crate::cli::consent::{Consent, ask};
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{grouped, printable};

/// How many deliveries are shown of those that are changed.
const MAX_EXAMPLES: usize = 10;

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

/// What all that match are changed by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    dry_run: bool,
    filter: &'a Map<String, Value>,
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
    let post = |dry_run| {
        let asked = Asked {
            cursor: None,
            dry_run,
            filter: &filter,
        };
        all(server, &path, asked)
    };
    if which.dry_run {
        return show(post(true), None, out);
    }
    if change == Change::Discard(Consent::Ask) {
        let (found, broken) = post(true);
        if let Some(unanswered) = broken {
            return Err(unanswered.into());
        }
        if found.matched == 0 {
            return show((found, None), None, out);
        }
        let examples = found.examples.into_iter().map(typed);
        let examples = examples.collect::<Result<Vec<Delivery>, _>>()?;
        let _ = write!(io::stderr(), "{}", table(&examples).render(out.paint()));
        let matched = grouped(found.matched);
        if !ask(&format!("Discard {matched} deliveries, for good?"))? {
            return Ok(Code::No);
        }
    }
    show(post(false), Some(change), out)
}

/// Asks until nothing is left, and sums up; also what came of it where something broke in between.
fn all(server: &Server, path: &str, mut asked: Asked<'_>) -> (Changed, Option<Unanswered>) {
    let mut sum = Changed {
        dry_run: asked.dry_run,
        ..Changed::default()
    };
    loop {
        let answer = server
            .post(path, &asked)
            .and_then(|answer| answer.read::<Changed>());
        let part = match answer {
            Ok(part) => part,
            Err(unanswered) => return (sum, Some(unanswered)),
        };
        sum.matched += part.matched;
        sum.done += part.done;
        let room = MAX_EXAMPLES.saturating_sub(sum.examples.len());
        sum.examples.extend(part.examples.into_iter().take(room));
        sum.next = part.next;
        if sum.next.is_none() {
            return (sum, None);
        }
        asked.cursor.clone_from(&sum.next);
    }
}

/// Prints what was changed, or, without a change, what would be.
fn show(
    (outcome, broken): (Changed, Option<Unanswered>),
    change: Option<Change>,
    out: &mut Out,
) -> Result<Code, Failure> {
    let nothing = outcome.matched == 0;
    match (out.format(), broken.is_some()) {
        // What was done before something broke is told all the same.
        (_, true) if nothing => {}
        (Format::Json, _) => out.json(&outcome)?,
        _ if nothing => writeln!(out, "No delivery matches.")?,
        _ => show_table(outcome, change, out)?,
    }
    broken.map_or(Ok(Code::Done), |unanswered| Err(unanswered.into()))
}

fn show_table(outcome: Changed, change: Option<Change>, out: &mut Out) -> Result<(), Failure> {
    let examples = outcome.examples.into_iter().map(typed);
    let examples = examples.collect::<Result<Vec<Delivery>, _>>()?;
    if !examples.is_empty() {
        out.table(&table(&examples))?;
    }
    let (matched, done) = (grouped(outcome.matched), grouped(outcome.done));
    match change {
        Some(change) => writeln!(out, "{matched} matched, {done} {}", change.done())?,
        None => writeln!(out, "{matched} match; nothing was changed")?,
    }
    Ok(())
}
