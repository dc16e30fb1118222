//! `gantry delivery show`: one delivery, its attempts, and what is sent for it.

use std::io::Write;

use serde_json::Value;

use crate::cli::answer::{Delivery, DeliveryStory, typed};
use crate::cli::client::{Server, escaped};
use crate::cli::event;
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::printable;

/// Shows one.
pub(super) fn run(server: &Server, id: &str, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get(&format!("/api/deliveries/{}", escaped(id)))?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let delivery: Delivery = typed(answer.clone())?;
    let story: DeliveryStory = typed(answer)?;
    let delivery = [delivery];
    out.table(&super::table(&delivery))?;
    let attempts = event::attempts(&delivery);
    if !attempts.is_empty() {
        writeln!(out)?;
        out.table(&attempts)?;
    }
    writeln!(out)?;
    let Some(request) = story.request else {
        let why = story.request_error.unwrap_or_default();
        writeln!(out, "No request is made of it: {}", printable(&why))?;
        return Ok(Code::Done);
    };
    writeln!(
        out,
        "{}",
        printable(&format!("{} {}", request.method, request.url))
    )?;
    for (name, value) in &request.headers {
        writeln!(out, "{}", printable(&format!("{name}: {value}")))?;
    }
    writeln!(out, "\n{}", printable(&request.body))?;
    Ok(Code::Done)
}
