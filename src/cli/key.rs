//! `gantry key`: who may speak to the server from elsewhere.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Key, Page, typed};
use super::args::{Globals, KeyCommand};
use super::client::{Answer, Server, Unanswered, escaped};
use super::exit::{Code, Failure};
use super::offline::{ADMIN, IfMissing, replace_admin};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone, printable};
use super::target;
use crate::model::key::Scope;
use crate::store::MAX_KEYS;

/// Runs one of the commands about keys.
pub(super) fn run(globals: &Globals, command: KeyCommand, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    match command {
        KeyCommand::Create { name, scope } => {
            let body = json!({"name": name, "scope": Scope::from(scope).as_str()});
            let answer = server.post("/api/keys", &body)?;
            show_secret(&answer.read()?, out)
        }
        KeyCommand::List => list(&server, out),
        KeyCommand::Revoke { name } => {
            server.delete(&format!("/api/keys/{}", escaped(&name)))?;
            match out.format() {
                Format::Json => out.json(&json!({"name": name, "revoked": true}))?,
                Format::Text => writeln!(out, "{name} is revoked")?,
            }
            Ok(Code::Done)
        }
        KeyCommand::Link => link(&server, out),
        KeyCommand::Reset => reset(&server, out),
    }
}

fn list(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let page: Page = server.list("/api/keys", &[], MAX_KEYS)?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("name"),
        Column::Left("scope"),
        Column::Left("created"),
        Column::Left("last used"),
    ]);
    for item in page.items {
        let key: Key = typed(item)?;
        let cells = [
            key.name,
            key.scope,
            key.created_at.unwrap_or_default(),
            key.last_used_at.unwrap_or_else(|| "-".to_owned()),
        ];
        table.row(Tone::Normal, cells);
    }
    out.table(&table)?;
    Ok(Code::Done)
}

/// A link for a browser: the link alone on standard output, so that a script can open it.
fn link(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let made: Value = server.post("/api/session/links", &json!({}))?.read()?;
    match out.format() {
        Format::Json => out.json(&made)?,
        Format::Text => {
            let url = made.get("url").and_then(Value::as_str);
            writeln!(out, "{}", url.unwrap_or_default())?;
        }
    }
    Ok(Code::Done)
}

/// Another admin token: from the server, or where none runs, into the file that is then ours.
fn reset(server: &Server, out: &mut Out) -> Result<Code, Failure> {
    let asked = server.post("/api/keys/admin/reset", &json!({}));
    let made = match (asked, server.data_file()) {
        (Err(Unanswered::Absent(_)), Some(data)) => {
            let secret = replace_admin(data, None, IfMissing::Refuse)?;
            json!({"name": ADMIN, "scope": Scope::Admin.as_str(), "key": secret.expose()})
        }
        (asked, _) => asked.and_then(|answer: Answer| answer.read())?,
    };
    show_secret(&made, out)
}

/// Prints a key that was just made: nothing but the key on standard output, so that a script can keep it.
fn show_secret(made: &Value, out: &mut Out) -> Result<Code, Failure> {
    if out.format() == Format::Json {
        out.json(made)?;
        return Ok(Code::Done);
    }
    let key: Key = typed(made.clone())?;
    writeln!(out, "{}", key.key.unwrap_or_default())?;
    out.flush()?;
    let remark = format!("The key {} ({}) is shown this once.", key.name, key.scope);
    let _ = writeln!(io::stderr(), "{}", printable(&remark));
    Ok(Code::Done)
}
