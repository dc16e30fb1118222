//! `gantry person`: what is kept of somebody, and their erasure.

use std::io::Write;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::answer::typed;
use super::args::{ErasePerson, Globals, PersonCommand, ShowPerson, WhichPerson};
use super::client::{Server, query_of};
use super::consent::{self, Consent};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;
use crate::report::figures::counted;

/// How long to wait before asking again how far an erasure is.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How much of a payload a line shows, in characters.
const SHOWN: usize = 80;

#[derive(Deserialize)]
struct Erasure {
    id: String,
    status: String,
    erased: Counts,
    remains: Vec<String>,
}

#[derive(Deserialize)]
struct Counts {
    votes: u64,
    events: u64,
    attempts: u64,
    spend: u64,
    conversions: u64,
}

impl WhichPerson {
    fn given(&self) -> Vec<(&'static str, String)> {
        let given = [("email", &self.email), ("userId", &self.user_id)];
        let given = given.into_iter();
        given
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }

    fn shown(&self) -> &str {
        let given = self.email.as_deref().or(self.user_id.as_deref());
        given.unwrap_or_default()
    }
}

/// Runs one of the commands about people.
pub(super) fn run(globals: &Globals, command: PersonCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        PersonCommand::Show(query) => show(&server, &query, out),
        PersonCommand::Erase(erase) => self::erase(&server, &erase, out),
    }
}

fn show(server: &Server, query: &ShowPerson, out: &mut Out) -> Result<Code, Failure> {
    let mut asked = query.who.given();
    asked.extend(query.cursor.clone().map(|cursor| ("cursor", cursor)));
    let page = server.list("/api/people", &asked, query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    if page.items.is_empty() && page.next.is_null() {
        writeln!(out, "Nothing is kept of {}.", printable(query.who.shown()))?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("what"),
        Column::Left("when"),
        Column::Left("of"),
        Column::Left("holds"),
    ]);
    for item in &page.items {
        table.row(Tone::Normal, cells(item));
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}

fn cells(item: &Value) -> [String; 4] {
    let text = |name: &str| match item.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let kind = text("kind");
    let (at, of, holds) = match kind.as_str() {
        "vote" => ("at", text("pollId"), text("userId")),
        "event" => ("createdAt", text("id"), text("payload")),
        "attempt" => ("at", text("eventId"), text("excerpt")),
        "spend" => ("day", text("id"), text("note")),
        _ => ("at", text("goal"), String::new()),
    };
    [kind, text(at), of, holds.chars().take(SHOWN).collect()]
}

fn erase(server: &Server, erase: &ErasePerson, out: &mut Out) -> Result<Code, Failure> {
    if Consent::of(erase.yes) == Consent::Ask {
        let question = format!(
            "Erase what is kept of {}? It cannot be brought back",
            printable(erase.who.shown())
        );
        if !consent::ask(&question)? {
            return Ok(Code::No);
        }
    }
    let path = format!("/api/people?{}", query_of(&erase.who.given()));
    let mut answer: Value = server.delete(&path)?.read()?;
    loop {
        let erasure: Erasure = typed(answer.clone())?;
        if erasure.status == "DONE" {
            return told(&erasure, &answer, out);
        }
        server.wait(LOOK_AGAIN);
        answer = server
            .get(&format!("/api/people/erasures/{}", erasure.id))?
            .read()?;
    }
}

fn told(erasure: &Erasure, answer: &Value, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(answer)?;
        return Ok(Code::Done);
    }
    let Counts {
        votes,
        events,
        attempts,
        spend,
        conversions,
    } = erasure.erased;
    let erased = [
        counted(votes, "vote", "votes"),
        counted(events, "event", "events"),
        counted(attempts, "answer of a receiver", "answers of receivers"),
        counted(conversions, "conversion", "conversions"),
        counted(spend, "note to spend", "notes to spend"),
    ];
    writeln!(out, "Erased: {}", erased.join(", "))?;
    for remains in &erasure.remains {
        writeln!(out, "What remains: {}", printable(remains))?;
    }
    Ok(Code::Done)
}
