//! `gantry poll show --watch`: the results as they change, until the reader has seen enough.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::path;
use crate::cli::answer::Poll;
use crate::cli::client::Server;
use crate::cli::exit::{Code, Failure};
use crate::cli::out::{Format, Out};
use crate::cli::show::results;

/// Shows a poll's results whenever they change.
pub(super) fn watch(server: &Server, poll: &str, out: &mut Out) -> Result<Code, Failure> {
    let mut failed = None;
    server.follow(&path(poll, "/stream"), |event| match picture(event, out) {
        Ok(()) if out.is_read() => ControlFlow::Continue(()),
        Ok(()) => ControlFlow::Break(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    match failed {
        None => Ok(Code::Done),
        Some(error) => Err(error.into()),
    }
}

fn picture(event: &str, out: &mut Out) -> io::Result<()> {
    match (out.format(), serde_json::from_str::<Poll>(event)) {
        (Format::Json, _) => out.json_line(event)?,
        (Format::Text, Ok(poll)) => {
            out.next_picture()?;
            let text = results(&poll, out.paint(), out.columns());
            out.write_all(text.as_bytes())?;
        }
        // Another event than results.
        (Format::Text, Err(_)) => {}
    }
    out.flush()
}
