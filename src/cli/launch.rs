//! `gantry launch`: the plan of the launch, and which of its steps its owner has done.

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{Plan, PlanStep, typed};
use super::args::{Globals, LaunchArgs, LaunchCommand};
use super::client::Server;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;

/// Runs one of the commands about the launch.
pub(super) fn run(globals: &Globals, args: LaunchArgs, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match args.command.unwrap_or(LaunchCommand::Show) {
        LaunchCommand::Show => show(&server, out),
        LaunchCommand::Done { step } => tell(&server, &step, "done", out),
        LaunchCommand::Open { step } => tell(&server, &step, "open", out),
    }
}

fn show(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let answer: Value = server.get("/api/launch")?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let Plan {
        at_local,
        timezone,
        steps,
    } = typed(answer)?;
    let Some(at) = at_local else {
        writeln!(
            out,
            "It is not known when the launch is: write at = … below [launch]."
        )?;
        return Ok(Code::Done);
    };
    writeln!(
        out,
        "{}\n",
        printable(&format!("The launch is at {at} ({timezone})."))
    )?;
    let mut table = Table::new([
        Column::Left("step"),
        Column::Left("when"),
        Column::Left("state"),
        Column::Right("tries"),
        Column::Left("what it is"),
        Column::Left("what came of it"),
    ]);
    for step in steps {
        let came = came(&step);
        let PlanStep {
            id,
            title,
            starts_local,
            state,
            tries,
            ..
        } = step;
        let tone = tone(&state);
        table.row(tone, [id, starts_local, state, tries.to_string(), title, came]);
    }
    out.table(&table)?;
    Ok(Code::Done)
}

fn tone(state: &str) -> Tone {
    match state {
        "done" => Tone::Good,
        "failed" | "missed" => Tone::Bad,
        "waiting" => Tone::Quiet,
        _ => Tone::Normal,
    }
}

/// Whose a step is, who says that it is done, and what came of it.
fn came(step: &PlanStep) -> String {
    let hand = step.by_hand.then(|| "by hand".to_owned());
    let by = step.by.as_ref().map(|by| format!("done by {by}"));
    let parts: Vec<String> = hand.into_iter().chain(by).chain(step.detail.clone()).collect();
    match parts.is_empty() {
        true => "-".to_owned(),
        false => parts.join("; "),
    }
}

fn tell(server: &Server, step: &str, state: &str, out: &mut Out) -> Result<Code, Failure> {
    let path = format!("/api/launch/steps/{step}");
    let answer: Value = server.post(&path, &json!({ "state": state }))?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let step: PlanStep = typed(answer)?;
    writeln!(out, "{}", printable(&format!("{}: {}", step.id, step.state)))?;
    Ok(Code::Done)
}
