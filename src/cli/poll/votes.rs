//! `gantry poll votes` and `gantry poll void`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::path;
use crate::cli::answer::{Voided, Vote, typed};
use crate::cli::args::{VoidVotes, VotesQuery};
use crate::cli::client::Server;
use crate::cli::consent::{Consent, ask};
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{Column, Table, Tone, grouped};

/// Lists a poll's votes.
pub(super) fn list(server: &Server, query: &VotesQuery, out: &mut Out) -> Result<Code, Failure> {
    let mut asked = query.filter.given();
    asked.extend(query.cursor.clone().map(|cursor| ("cursor", cursor)));
    let page = server.list(&path(&query.poll, "/votes"), &asked, query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let votes = page
        .items
        .into_iter()
        .map(typed)
        .collect::<Result<Vec<Vote>, _>>()?;
    if votes.is_empty() {
        writeln!(out, "There are no such votes.")?;
        return Ok(Code::Done);
    }
    out.table(&table(&votes))?;
    out.more(&page.next)?;
    Ok(Code::Done)
}

/// Voids votes, after a look at what they are.
pub(super) fn void(server: &Server, void: &VoidVotes, out: &mut Out) -> Result<Code, Failure> {
    let filter = void.filter.given();
    if filter.is_empty() {
        return Err(Failure::usage(
            "say which votes: --option, --user, --user-prefix, --address, --from or --to",
        ));
    }
    let filter: Map<String, Value> = filter
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    let post = |dry_run: bool| -> Result<Value, Failure> {
        let body = json!({"filter": filter, "dryRun": dry_run});
        Ok(server.post(&path(&void.poll, "/void"), &body)?.read()?)
    };
    if void.dry_run {
        return show(post(true)?, "match; nothing was voided", out);
    }
    if Consent::of(void.yes) == Consent::Ask {
        let found: Voided = typed(post(true)?)?;
        if found.matched == 0 {
            writeln!(out, "No vote matches.")?;
            return Ok(Code::Done);
        }
        let examples = table(&found.examples).render(out.paint());
        let _ = write!(io::stderr(), "{examples}");
        let matched = grouped(found.matched);
        if !ask(&format!("Void {matched} votes of {}, for good?", void.poll))? {
            return Ok(Code::No);
        }
    }
    show(post(false)?, "matched", out)
}

fn show(outcome: Value, matched: &str, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(&outcome)?;
        return Ok(Code::Done);
    }
    let outcome: Voided = typed(outcome)?;
    if !outcome.examples.is_empty() {
        out.table(&table(&outcome.examples))?;
    }
    write!(out, "{} {matched}", grouped(outcome.matched))?;
    if outcome.voided > 0 {
        write!(out, ", {} voided", grouped(outcome.voided))?;
    }
    writeln!(out)?;
    Ok(Code::Done)
}

fn table(votes: &[Vote]) -> Table {
    let mut table = Table::new([
        Column::Right("position"),
        Column::Left("at"),
        Column::Left("user"),
        Column::Left("option"),
        Column::Left("address"),
        Column::Left("voided"),
    ]);
    for vote in votes {
        let tone = if vote.voided_at.is_some() {
            Tone::Quiet
        } else {
            Tone::Normal
        };
        let cells = [
            vote.position.to_string(),
            vote.at.clone(),
            vote.user_id.clone(),
            vote.option_id.clone(),
            vote.address.clone().unwrap_or_else(|| "-".to_owned()),
            vote.voided_at.clone().unwrap_or_default(),
        ];
        table.row(tone, cells);
    }
    table
}
