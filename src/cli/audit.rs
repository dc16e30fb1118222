//! `gantry audit`: what was done to the appliance, and by whom.

use std::io::Write;

use super::answer::{Act, typed};
use super::args::{AuditQuery, Globals};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Table, Tone};
use super::target;

/// Lists the log, newest first.
pub(super) fn audit(globals: &Globals, query: &AuditQuery, out: &mut Out) -> Result<Code, Failure> {
    let given = [
        ("from", &query.from),
        ("to", &query.to),
        ("who", &query.who),
        ("cursor", &query.cursor),
    ];
    let given = given.into_iter();
    let pairs: Vec<_> = given
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
    let page = target::server(globals)?.list("/api/audit", &pairs, query.limit.get())?;
    if out.format() == Format::Json {
        out.json(&page)?;
        return Ok(Code::Done);
    }
    if page.items.is_empty() {
        writeln!(out, "Nothing is in the log.")?;
        return Ok(Code::Done);
    }
    let mut table = Table::new([
        Column::Left("at"),
        Column::Left("who"),
        Column::Left("via"),
        Column::Left("from"),
        Column::Left("what"),
        Column::Right("outcome"),
    ]);
    for item in page.items {
        let act: Act = typed(item)?;
        table.row(tone(&act), cells(act));
    }
    out.table(&table)?;
    out.more(&page.next)?;
    Ok(Code::Done)
}

/// What was refused stands out.
const fn tone(act: &Act) -> Tone {
    match act.outcome {
        Some(401 | 403 | 429) => Tone::Bad,
        _ => Tone::Normal,
    }
}

fn cells(act: Act) -> [String; 6] {
    let none = || "-".to_owned();
    let outcome = act
        .outcome
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    // The method says how, the path to what.
    let method = act.action.split(' ').next().unwrap_or_default();
    let what = match act.target {
        Some(target) => format!("{method} {target}"),
        None => act.action,
    };
    [
        act.at,
        act.who.unwrap_or_else(|| "nobody known".to_owned()),
        act.via.unwrap_or_else(none),
        act.from.unwrap_or_else(none),
        what,
        match act.times {
            1 => outcome,
            times => format!("{outcome} × {times}"),
        },
    ]
}
