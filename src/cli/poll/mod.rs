//! `gantry poll`: polls from making to voiding.

mod votes;
mod watch;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Poll, typed};
use super::args::{CreatePoll, EditPoll, Globals, Moment, PollCommand};
use super::client::{Answer, Server};
use super::consent::{Consent, ask};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, grouped, results};
use super::target;

/// The most polls that are listed.
const MOST_POLLS: usize = 10_000;

/// Runs one of the commands about polls.
pub(super) fn run(globals: &Globals, command: PollCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        PollCommand::Create(poll) => create(&server, poll, out),
        PollCommand::List => list(&server, out),
        PollCommand::Show { poll, watch: true } => watch::watch(&server, &poll, out),
        PollCommand::Show { poll, watch: false } => show(&server.get(&path(&poll, ""))?, out),
        PollCommand::Edit(edit) => show(&server.patch(&path(&edit.poll, ""), &edited(&edit))?, out),
        PollCommand::Open { poll } => show(&server.post(&path(&poll, "/open"), &json!({}))?, out),
        PollCommand::Close { poll } => show(&server.post(&path(&poll, "/close"), &json!({}))?, out),
        PollCommand::Delete { poll, yes } => delete(&server, &poll, Consent::of(yes), out),
        PollCommand::Votes(query) => votes::list(&server, &query, out),
        PollCommand::Void(void) => votes::void(&server, &void, out),
    }
}

/// The path of a poll, whose id needs no escaping, and what stands behind it.
fn path(poll: &str, rest: &str) -> String {
    format!("/api/polls/{poll}{rest}")
}

fn create(server: &Server, poll: CreatePoll, out: &mut Out) -> Result<Code, Failure> {
    let options = poll
        .options
        .iter()
        .map(|(id, label)| json!({"id": id, "label": label}));
    let mut body = json!({
        "pollId": poll.poll,
        "question": poll.question,
        "options": options.collect::<Vec<_>>(),
        "voter": poll.voter.as_str(),
    });
    let optional = [
        ("opensAt", poll.opens.map(Value::from)),
        ("closesAt", poll.closes.map(Value::from)),
        ("perAddress", poll.per_address.map(|n| Value::from(n.get()))),
    ];
    if let Value::Object(members) = &mut body {
        let given = optional
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        members.extend(given);
    }
    let answer = server.post("/api/polls", &body)?;
    if out.format() == Format::Text && answer.status == http::StatusCode::OK {
        let _ = writeln!(
            io::stderr(),
            "This very poll is there already; nothing was changed."
        );
    }
    show(&answer, out)
}

/// What is to be changed, as the API takes it.
fn edited(edit: &EditPoll) -> Value {
    let labels = edit.labels.iter().cloned().map(|(id, label)| (id, label.into()));
    let moment = |moment: &Moment| moment.0.clone().map_or(Value::Null, Value::from);
    let given = [
        ("question", edit.question.clone().map(Value::from)),
        ("labels", Some(Value::Object(labels.collect()))),
        ("opensAt", edit.opens.as_ref().map(moment)),
        ("closesAt", edit.closes.as_ref().map(moment)),
    ];
    let given = given.into_iter();
    let members = given.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect())
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let page = server.list("/api/polls", &[], MOST_POLLS)?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("poll"),
        Column::Right("votes"),
        Column::Left("state"),
        Column::Left("created"),
        Column::Left("question"),
    ]);
    for item in page.items {
        let poll: Poll = typed(item)?;
        let tone = if poll.open { Tone::Normal } else { Tone::Quiet };
        let state = poll.state().to_owned();
        let created = poll.created_at.unwrap_or_default();
        table.row(
            tone,
            [
                poll.poll_id,
                grouped(poll.total_votes),
                state,
                created,
                poll.question,
            ],
        );
    }
    if table.is_empty() {
        writeln!(out, "There are no polls.")?;
        return Ok(Code::Done);
    }
    out.table(&table)?;
    Ok(Code::Done)
}

fn delete(server: &Server, poll: &str, consent: Consent, out: &mut Out) -> Result<Code, Failure> {
    if consent == Consent::Ask {
        let results: Poll = server.get(&path(poll, ""))?.read()?;
        let votes = grouped(results.total_votes);
        if !ask(&format!("Delete {poll} with its {votes} votes, for good?"))? {
            return Ok(Code::No);
        }
    }
    server.delete(&path(poll, ""))?;
    match out.format() {
        Format::Json => out.json(&json!({"pollId": poll, "deleted": true}))?,
        Format::Text => writeln!(out, "{poll} is deleted")?,
    }
    Ok(Code::Done)
}

/// Prints a poll with its results.
fn show(answer: &Answer, out: &mut Out) -> Result<Code, Failure> {
    match out.format() {
        Format::Json => out.json(&answer.read::<Value>()?)?,
        // Read as it came: a Value would forget the order of the options.
        Format::Text => {
            let text = results(&answer.read()?, out.paint(), out.columns());
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(Code::Done)
}
