//! `gantry data`: what the file holds, written to standard output.

use std::io::Write;

use super::args::{DataFormat, DataKind, DataQuery, Globals};
use super::client::query_of;
use super::exit::{Code, Failure};
use super::out::Out;
use super::target;

/// Writes out what is asked for, as it comes.
pub(super) fn data(globals: &Globals, query: &DataQuery, out: &mut Out) -> Result<Code, Failure> {
    let what = match query.what {
        DataKind::Events => "events",
        DataKind::Leads => "leads",
        DataKind::Votes => "votes",
        DataKind::Results => "results",
        DataKind::Funnel => "funnel",
    };
    let format = match query.format {
        DataFormat::Csv => "csv",
        DataFormat::Ndjson => "ndjson",
    };
    let given = [
        ("from", &query.from),
        ("to", &query.to),
        ("type", &query.kind),
        ("poll", &query.poll),
        ("every", &query.every),
        ("by", &query.by),
    ];
    let mut pairs = vec![("format", format.to_owned())];
    let given = given.into_iter();
    pairs.extend(given.filter_map(|(name, value)| Some((name, value.clone()?))));
    let path = format!("/api/export/{what}?{}", query_of(&pairs));
    target::server(globals)?.fetch(&path, |_, piece| out.write_all(piece))?;
    Ok(Code::Done)
}
