//! `gantry pages warm`: pages are fetched, with a bar for as long as that takes.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

use super::pages;
use crate::cli::answer::{WarmUp, typed};
use crate::cli::args::WarmPages;
use crate::cli::client::{Answer, Server};
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::{grouped, printable};

/// How often a warm-up is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Begins a warm-up and follows it; 1 where a page could not be fetched.
pub(super) fn run(server: &Server, which: &WarmPages, out: &mut Out) -> Result<Code, Failure> {
    let mut asked = Map::new();
    if !which.paths.is_empty() {
        asked.insert("paths".to_owned(), which.paths.clone().into());
    }
    for (name, value) in [("sitemap", &which.sitemap), ("host", &which.host)] {
        asked.extend(value.clone().map(|value| (name.to_owned(), value.into())));
    }
    let begun = server.post("/api/pages/warm", &json!(asked))?;
    let answer = match which.no_wait {
        true => begun,
        false => follow(server, begun)?,
    };
    shown(&answer, out)
}

fn follow(server: &Server, begun: Answer) -> Result<Answer, Failure> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that is wrong leaves the bar as it was.
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {human_pos} of {human_len} fetched, {eta} left")
    {
        bar.set_style(style);
    }
    let mut answer = begun;
    let id = answer.read::<WarmUp>()?.id;
    loop {
        let warm: WarmUp = answer.read()?;
        bar.set_length(warm.total);
        bar.set_position(warm.done);
        // Another that has begun since says that this one has ended.
        if warm.ended_at.is_some() || warm.id != id {
            bar.finish_and_clear();
            return Ok(answer);
        }
        server.wait(LOOK_EVERY);
        answer = server.get("/api/pages/warm")?;
    }
}

fn shown(answer: &Answer, out: &mut Out) -> Result<Code, Failure> {
    let told: Value = answer.read()?;
    let warm: WarmUp = typed(told.clone())?;
    let code = match warm.failed {
        0 => Code::Done,
        _ => Code::No,
    };
    if out.format() == Format::Json {
        out.json(&told)?;
        return Ok(code);
    }
    if warm.ended_at.is_none() {
        writeln!(out, "{} are being fetched", pages(warm.total))?;
        return Ok(code);
    }
    writeln!(out, "{} are stored", pages(warm.stored))?;
    for (number, what) in [
        (warm.not_stored, "may not be stored"),
        (warm.failed, "could not be fetched"),
        (
            warm.left_out,
            "were left out: a warm-up fetches 10,000 pages at most",
        ),
    ] {
        if number > 0 {
            writeln!(out, "{} {what}", grouped(number))?;
        }
    }
    for trouble in &warm.troubles {
        writeln!(
            out,
            "  {}",
            printable(&format!("{}: {}", trouble.page, trouble.detail))
        )?;
    }
    Ok(code)
}
