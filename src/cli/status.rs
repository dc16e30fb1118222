//! `gantry status`: how the server is doing, whatever it tells.

use std::io::Write;

use serde_json::{Map, Value};

use super::args::Globals;
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Paint, Table, Tone, bytes, duration, grouped, words};
use super::target;

/// Words for a state that needs no attention.
const GOOD_STATES: [&str; 6] = ["running", "ready", "idle", "waiting", "ok", "healthy"];

/// Shows the server's status.
pub(super) fn status(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let status: Map<String, Value> = server.get("/api/status")?.read()?;
    if out.format() == Format::Json {
        out.json(&status)?;
        return Ok(Code::Done);
    }
    let text = render(&status, out.paint());
    out.write_all(text.as_bytes())?;
    Ok(Code::Done)
}

/// Plain members first, then one paragraph for each member that has members itself.
fn render(status: &Map<String, Value>, paint: Paint) -> String {
    let is_section = |value: &Value| value.is_object() || value.is_array();
    let mut text = facts(status.iter().filter(|(_, value)| !is_section(value)), paint);
    for (name, value) in status.iter().filter(|(_, value)| is_section(value)) {
        let body = match value {
            Value::Object(members) => facts(members.iter(), paint),
            Value::Array(rows) => rows_of(rows, paint),
            _ => continue,
        };
        if !body.is_empty() {
            text.push_str(&format!("\n{}\n{body}", paint.paint(Tone::Strong, &words(name))));
        }
    }
    text
}

fn facts<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, paint: Paint) -> String {
    let mut table = Table::new([Column::Left(""), Column::Left("")]);
    for (name, value) in members.filter(|(_, value)| !value.is_null()) {
        let (label, shown) = fact(name, value);
        table.row(Tone::Normal, [label, shown]);
    }
    table.render(paint)
}

/// A name without its unit, and the value in it.
fn fact(name: &str, value: &Value) -> (String, String) {
    let number = value.as_u64();
    match number {
        Some(n) if name.ends_with("Bytes") => (words(name.trim_end_matches("Bytes")), bytes(n)),
        Some(n) if name.ends_with("Seconds") => (words(name.trim_end_matches("Seconds")), duration(n)),
        Some(n) => (words(name), grouped(n)),
        None => (words(name), plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Objects as `name  state  the rest`; anything else one to a line.
fn rows_of(rows: &[Value], paint: Paint) -> String {
    let mut table = Table::new([Column::Left(""), Column::Left(""), Column::Left("")]);
    for row in rows {
        let Value::Object(members) = row else {
            table.row(Tone::Normal, [plain(row)]);
            continue;
        };
        let member = |name: &str| members.get(name).map(plain).unwrap_or_default();
        let rest = members
            .iter()
            .filter(|(name, value)| !matches!(name.as_str(), "name" | "state") && !value.is_null())
            .map(|(name, value)| {
                let (label, shown) = fact(name, value);
                format!("{label}: {shown}")
            });
        let rest = rest.collect::<Vec<_>>().join(", ");
        let state = member("state");
        let is_good = state.is_empty() || GOOD_STATES.contains(&state.as_str());
        let tone = if is_good { Tone::Normal } else { Tone::Bad };
        table.row(tone, [member("name"), state, rest]);
    }
    table.render(paint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_server_tells_is_shown_with_its_units() {
        let status = r#"{"version":"0.1.0","uptimeSeconds":3725,"fileBytes":1572864,"lastFault":null,
            "rows":{"votes":12345,"journal":7},
            "workers":[{"name":"sweep","state":"running","errors":0,"lastError":null},
                       {"name":"series","state":"failing","errors":3,"lastError":"disk"}]}"#;
        let text = render(&serde_json::from_str(status).unwrap(), Paint::Plain);
        for line in [
            "uptime   1 h 2 min",
            "file     1.5 MiB",
            "\nrows\n",
            "votes    12,345",
            "\nworkers\nsweep   running  errors: 0\n",
            "series  failing  errors: 3, last error: disk\n",
        ] {
            assert!(text.contains(line), "{line:?} in\n{text}");
        }
    }
}
