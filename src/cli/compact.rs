//! `gantry compact`: the data file gives its free pages back.

use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::args::Globals;
use super::client::Unanswered;
use super::exit::{Code, Failure};
use super::offline::{IfMissing, with_store};
use super::out::{Format, Out};
use super::show::{bytes, grouped};
use super::target;
use crate::store::Store;

/// What it came to.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    before_bytes: u64,
    after_bytes: u64,
    took_ms: u64,
}

/// Has the running server compact its file, or compacts one that nobody has open.
pub(super) fn compact(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let done = match (server.post("/api/compact", &json!({})), server.data_file()) {
        (Err(Unanswered::Absent(_)), Some(data)) => {
            let done = with_store(data, IfMissing::Refuse, Store::compact)?;
            Done {
                before_bytes: done.before,
                after_bytes: done.after,
                took_ms: u64::try_from(done.took.as_millis()).unwrap_or(u64::MAX),
            }
        }
        (asked, _) => asked?.read()?,
    };
    if out.format() == Format::Json {
        out.json(&done)?;
        return Ok(Code::Done);
    }
    writeln!(
        out,
        "{} before, {} now; it took {} ms",
        bytes(done.before_bytes),
        bytes(done.after_bytes),
        grouped(done.took_ms)
    )?;
    Ok(Code::Done)
}
