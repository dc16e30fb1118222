//! `gantry event replay`: a look, a question, and then how far it is.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::{Map, Value};

use super::send::new_key;
use crate::cli::answer::{Look, Replay, typed};
use crate::cli::args::ReplayEvents;
use crate::cli::client::{Answer, Server};
use crate::cli::consent::{Consent, ask};
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{Column, Table, Tone, grouped, printable, tone_of};

/// How often a replay is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    dry_run: bool,
    filter: &'a Map<String, Value>,
}

/// Shows what would be sent, asks, and sends it.
pub(super) fn run(server: &Server, wanted: &ReplayEvents, out: &mut Out) -> Result<Code, Failure> {
    let given = wanted.given().into_iter();
    let filter: Map<String, Value> = given
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let asked = |dry_run| Asked {
        dry_run,
        filter: &filter,
    };
    let seen = server.post("/api/replay", &asked(true))?;
    let look: Look = seen.read()?;
    if wanted.dry_run || (look.count == 0 && look.complete) {
        return show_look(&seen, &look, out);
    }
    if Consent::of(wanted.yes) == Consent::Ask {
        let _ = write!(io::stderr(), "{}", table(&look).render(out.paint()));
        let _ = writeln!(io::stderr(), "{}", remarks(&look));
        if !ask(&format!("Send {} deliveries?", counted(&look)))? {
            return Ok(Code::No);
        }
    }
    let begun = server.post_once("/api/replay", &asked(false), &new_key()?)?;
    let ended = follow(server, begun)?;
    shown(&ended, out)
}

fn show_look(seen: &Answer, look: &Look, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(&seen.read::<Value>()?)?;
        return Ok(Code::Done);
    }
    if look.count > 0 {
        out.table(&table(look))?;
        out.table(&destinations(look))?;
    }
    writeln!(out, "{}", remarks(look))?;
    writeln!(out, "{} would be sent; nothing was changed", counted(look))?;
    Ok(Code::Done)
}

/// How many would be sent; where the look was cut short, at least.
fn counted(look: &Look) -> String {
    let least = if look.complete { "" } else { "at least " };
    format!("{least}{}", grouped(look.count))
}

/// By which rule, and what is left alone.
fn remarks(look: &Look) -> String {
    let passed = grouped(look.passed_over);
    printable(&format!(
        "It sends {}. {passed} are left as they are.",
        look.sends
    ))
}

fn destinations(look: &Look) -> Table {
    let mut table = Table::new([Column::Left("destination"), Column::Right("deliveries")]);
    for of in &look.destinations {
        table.row(Tone::Normal, [of.destination.clone(), grouped(of.count)]);
    }
    table
}

/// Some of what would be sent, one to a line.
fn table(look: &Look) -> Table {
    let mut table = Table::new([
        Column::Left("delivery"),
        Column::Left("type"),
        Column::Left("created"),
        Column::Left("destination"),
        Column::Left("status"),
    ]);
    for example in &look.examples {
        let status = example.status.clone().unwrap_or_else(|| "missing".to_owned());
        let cells = [
            example.id.clone(),
            example.kind.clone(),
            example.created_at.clone(),
            example.destination.clone(),
            status,
        ];
        table.row(Tone::Normal, cells);
    }
    table
}

/// Waits until the replay has ended, with a bar on a terminal.
fn follow(server: &Server, begun: Answer) -> Result<Answer, Failure> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that is wrong leaves the bar as it was.
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {human_pos} of {human_len} in the queue") {
        bar.set_style(style);
    }
    let mut answer = begun;
    loop {
        let replay: Replay = answer.read()?;
        bar.set_length(replay.count.max(replay.done));
        bar.set_position(replay.done);
        if !replay.is_running() {
            bar.finish_and_clear();
            return Ok(answer);
        }
        server.wait(LOOK_EVERY);
        answer = server.get(&format!("/api/replays/{}", replay.id))?;
    }
}

/// Prints a replay as it stands: 1 where somebody ended it.
fn shown(answer: &Answer, out: &mut Out) -> Result<Code, Failure> {
    let replay: Replay = answer.read()?;
    if out.format() == Format::Json {
        out.json(&answer.read::<Value>()?)?;
    } else {
        let (id, status) = (&replay.id, replay.status.to_lowercase());
        let (done, passed) = (grouped(replay.done), grouped(replay.passed_over));
        let text =
            format!("replay {id} is {status}: {done} are in the queue again, {passed} were left as they are");
        writeln!(out, "{}", printable(&text))?;
    }
    Ok(match replay.status.as_str() {
        "CANCELLED" => Code::No,
        _ => Code::Done,
    })
}

/// Ends a replay.
pub(super) fn cancel(server: &Server, id: &str, out: &mut Out) -> Result<Code, Failure> {
    let answer = server.post(&format!("/api/replays/{id}/cancel"), &serde_json::json!({}))?;
    shown(&answer, out)?;
    Ok(Code::Done)
}

/// Lists replays.
pub(super) fn list(
    server: &Server,
    (limit, cursor): (NonZeroUsize, Option<String>),
    out: &mut Out,
) -> Result<Code, Failure> {
    let asked: Vec<_> = cursor.into_iter().map(|cursor| ("cursor", cursor)).collect();
    let page = server.list("/api/replays", &asked, limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("replay"),
        Column::Left("status"),
        Column::Right("progress"),
        Column::Right("queued"),
        Column::Right("of"),
        Column::Left("what"),
        Column::Left("by"),
        Column::Left("created"),
    ]);
    for item in page.items {
        let replay: Replay = typed(item)?;
        let tone = match replay.is_running() {
            true => Tone::Strong,
            false => tone_of(&replay.status),
        };
        let cells = [
            replay.id,
            replay.status,
            format!("{:.0} %", replay.progress * 100.0),
            grouped(replay.done),
            grouped(replay.count),
            replay.filter.text(),
            replay.by,
            replay.created_at,
        ];
        table.row(tone, cells);
    }
    if table.is_empty() {
        writeln!(out, "There are no replays.")?;
        return Ok(Code::Done);
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}
