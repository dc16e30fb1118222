//! `gantry pages`: the site in front: what is stored of it, and what to do about that.

mod warm;

use std::io::Write;

use serde_json::{Map, Value, json};

use super::answer::{Purged, Site, StoredPage, typed};
use super::args::{Globals, PagesArgs, PagesCommand, PagesQuery, PurgePages};
use super::client::Server;
use super::consent::{Consent, ask};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, bytes, duration, grouped, printable};
use super::target;

/// Runs one of the commands about pages.
pub(super) fn run(globals: &Globals, args: PagesArgs, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match args.command.unwrap_or(PagesCommand::List(args.query)) {
        PagesCommand::List(query) => list(&server, &query, out),
        PagesCommand::Purge(which) => purge(&server, &which, out),
        PagesCommand::Warm(which) => warm::run(&server, &which, out),
    }
}

fn list(server: &Server, query: &PagesQuery, out: &mut Out) -> Result<Code, Failure> {
    let given = [("prefix", &query.prefix), ("cursor", &query.cursor)];
    let asked: Vec<_> = given
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
    let page = server.list("/api/pages", &asked, query.limit.get())?;
    let whole: Value = server.get("/api/pages?limit=1")?.read()?;
    if out.format() == Format::Json {
        let mut shown = whole.as_object().cloned().unwrap_or_default();
        shown.insert("items".to_owned(), page.items.into());
        shown.insert("next".to_owned(), page.next);
        out.json(&shown)?;
        return Ok(Code::Done);
    }
    summary(&typed(whole)?, out)?;
    let mut table = Table::new([
        Column::Left("page"),
        Column::Left("variant"),
        Column::Right("status"),
        Column::Right("size"),
        Column::Right("age"),
        Column::Left("fresh for"),
        Column::Right("hits"),
    ]);
    for item in page.items {
        let (tone, cells) = cells(typed(item)?);
        table.row(tone, cells);
    }
    if !table.is_empty() {
        writeln!(out)?;
        out.table(&table)?;
    }
    out.more(&page.next)?;
    Ok(Code::Done)
}

fn cells(page: StoredPage) -> (Tone, [String; 7]) {
    let (tone, fresh) = match u64::try_from(page.fresh_for_seconds) {
        Ok(seconds) => (Tone::Normal, duration(seconds)),
        Err(_) => (Tone::Quiet, "stale".to_owned()),
    };
    let cells = [
        format!("{}{}", page.host, page.path),
        page.variant.unwrap_or_default(),
        page.status.to_string(),
        bytes(page.bytes),
        duration(page.age_seconds),
        fresh,
        grouped(page.hits),
    ];
    (tone, cells)
}

/// Where pages come from, how many are stored, and how many requests they answered.
fn summary(site: &Site, out: &mut Out) -> Result<(), Failure> {
    if site.site.is_none() {
        writeln!(
            out,
            "No site is fronted: write origin, hosts or root below [pages]."
        )?;
        return Ok(());
    }
    let mut table = Table::new([Column::Left(""), Column::Left(""), Column::Left("")]);
    for origin in &site.origins {
        let host = origin.host.as_deref().unwrap_or("any host");
        let tone = match origin.state.as_str() {
            "down" => Tone::Bad,
            _ => Tone::Normal,
        };
        let why = origin.last_error.as_ref().filter(|_| origin.state == "down");
        let state = match why {
            Some(why) => format!("{}: {why}", origin.state),
            None => origin.state.clone(),
        };
        table.row(tone, [host.to_owned(), origin.url.clone(), state]);
    }
    out.table(&table)?;
    let (entries, stored, most) = (
        grouped(site.entries),
        bytes(site.bytes),
        bytes(site.capacity_bytes),
    );
    writeln!(out, "{entries} stored, {stored} of {most}")?;
    let requests: u64 = site.requests.values().sum();
    let parts = site.requests.iter().filter(|(_, number)| **number > 0);
    let parts: Vec<_> = parts
        .map(|(status, number)| format!("{} {}", grouped(*number), printable(&status.to_lowercase())))
        .collect();
    if let Some(ratio) = site.hit_ratio {
        let percent = ratio * 100.0;
        let requests = grouped(requests);
        writeln!(
            out,
            "{requests} requests, {percent:.1} % answered from the store ({})",
            parts.join(", ")
        )?;
    }
    Ok(())
}

fn purge(server: &Server, which: &PurgePages, out: &mut Out) -> Result<Code, Failure> {
    // What is marked stale is still shown: nothing is lost by it.
    if which.all
        && !which.soft
        && Consent::of(which.yes) == Consent::Ask
        && !ask("Take every page out of the store? The origin is asked for each of them again.")?
    {
        return Ok(Code::No);
    }
    let mut asked = Map::new();
    let given = [
        ("path", &which.path),
        ("prefix", &which.prefix),
        ("tag", &which.tag),
    ];
    for (name, value) in given {
        asked.extend(value.clone().map(|value| (name.to_owned(), value.into())));
    }
    if which.all {
        asked.insert("all".to_owned(), true.into());
    }
    asked.insert("soft".to_owned(), which.soft.into());
    let answer: Value = server.post("/api/pages/purge", &json!(asked))?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let purged: Purged = typed(answer)?;
    let done = if which.soft { "marked stale" } else { "taken out" };
    writeln!(out, "{} {done}", pages(purged.purged))?;
    Ok(Code::Done)
}

fn pages(number: u64) -> String {
    match number {
        1 => "1 page".to_owned(),
        number => format!("{} pages", grouped(number)),
    }
}
