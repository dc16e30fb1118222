//! `gantry report`: what the launch brought, on a terminal or as a page.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::answer::{Figure, LaunchReport, Pages, typed};
use super::args::{Globals, ReportQuery};
use super::client::{Server, query_of};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{Column, Paint, Table, Tone, bar, grouped, printable, share, spark};
use super::target;
use crate::model::money::Money;
use crate::report::figures;

/// How many sources and campaigns are shown on a terminal.
const ROWS_SHOWN: usize = 10;
/// How wide a bar is, in columns.
const BAR_COLUMNS: usize = 24;
/// What stands before a sparkline, in columns.
const LABEL_COLUMNS: usize = 14;

/// Shows a report, or writes it.
pub(super) fn report(globals: &Globals, query: &ReportQuery, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let given = [("from", &query.from), ("to", &query.to)];
    let mut pairs: Vec<(&str, String)> = given
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect();
    if let Some(path) = &query.html {
        return write(&server, (&pairs, path), out);
    }
    pairs.push(("format", "json".to_owned()));
    let answer: Value = server.get(&format!("/api/report?{}", query_of(&pairs)))?.read()?;
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let report: LaunchReport = typed(answer)?;
    let text = render(&report, out.paint(), out.columns());
    out.write_all(text.as_bytes())?;
    Ok(Code::Done)
}

fn write(server: &Server, (pairs, path): (&[(&str, String)], &Path), out: &mut Out) -> Result<Code, Failure> {
    let page = server.get(&format!("/api/report?{}", query_of(pairs)))?;
    fs::write(path, &page.body)
        .map_err(|error| Failure::io(format_args!("cannot write {}", path.display()), &error))?;
    writeln!(out, "{} has the report.", path.display())?;
    Ok(Code::Done)
}

/// The whole report.
fn render(report: &LaunchReport, paint: Paint, columns: usize) -> String {
    let heading = |title: &str| format!("\n{}\n", paint.paint(Tone::Strong, title));
    let mut text = format!("{}\n\n", paint.paint(Tone::Strong, &printable(&report.words)));
    text.push_str(&key_figures(report).render(paint));
    text.push_str(&heading("Traffic"));
    text.push_str(&traffic(report, columns));
    for (title, key, rows) in [
        ("Conversions by source", "source", &report.by_source),
        ("By campaign", "campaign", &report.by_campaign),
    ] {
        text.push_str(&heading(title));
        text.push_str(&match rows.is_empty() {
            true => "None in this time.\n".to_owned(),
            false => by_key(key, rows).render(paint),
        });
        if rows.len() > ROWS_SHOWN {
            let rest = format!("and {} more\n", rows.len() - ROWS_SHOWN);
            text.push_str(&paint.paint(Tone::Quiet, &rest));
        }
    }
    text.push_str(&heading("Deliveries"));
    text.push_str(&match report.destinations.is_empty() {
        true => "No destination is configured.\n".to_owned(),
        false => deliveries(report).render(paint),
    });
    for poll in &report.polls {
        text.push_str(&heading(&printable(&poll.question)));
        let mut table = Table::new([
            Column::Left(""),
            Column::Left(""),
            Column::Right(""),
            Column::Right(""),
        ]);
        for option in &poll.options {
            let drawn = bar(option.votes, poll.total_votes, BAR_COLUMNS);
            let share = share(option.votes, poll.total_votes);
            table.row(
                Tone::Normal,
                [option.label.clone(), drawn, grouped(option.votes), share],
            );
        }
        text.push_str(&table.render(paint));
        let votes = figures::counted(poll.total_votes, "vote", "votes");
        let remark = format!("{votes}, {}\n", printable(&poll.state));
        text.push_str(&paint.paint(Tone::Quiet, &remark));
    }
    text
}

fn key_figures(report: &LaunchReport) -> Table {
    let total = &report.total;
    let currency = report.currency.clone().unwrap_or_default();
    let mark = if total.estimated { "estimated" } else { "" };
    let mut table = Table::new([Column::Left(""), Column::Right(""), Column::Left("")]);
    let mut add = |name: &str, figure: Option<String>, remark: String| {
        if let Some(figure) = figure {
            table.row(Tone::Normal, [name.to_owned(), figure, remark.trim().to_owned()]);
        }
    };
    let with_currency = |rest: &str| format!("{currency} {rest}");
    add("visits", Some(grouped(total.visits)), String::new());
    add("conversions", Some(grouped(total.conversions)), String::new());
    add(
        "rate",
        Some(share(total.conversions, total.visits)),
        String::new(),
    );
    let value = Some(money(&total.value)).filter(|value| value != "0.00");
    add("recorded value", value, with_currency(""));
    add("cost", total.cost.as_deref().map(money), with_currency(mark));
    add(
        "per conversion",
        total.cac.as_deref().map(money),
        with_currency(mark),
    );
    let paid = total
        .payback
        .day
        .as_ref()
        .map(|day| format!(", paid back on {day}"));
    let payback =
        total.payback.conversions.map(figures::pays).unwrap_or_default() + &paid.unwrap_or_default();
    add("LTV to CAC", total.ltv_cac.map(ratio), payback);
    add("lift", total.lift.as_deref().map(money), with_currency(""));
    add("net ROI", total.net_roi.map(percent), mark.to_owned());
    table
}

fn traffic(report: &LaunchReport, columns: usize) -> String {
    let width = columns.saturating_sub(LABEL_COLUMNS + 16);
    let visits: Vec<_> = report.traffic.iter().map(|window| Some(window.visits)).collect();
    let conversions: Vec<_> = report
        .traffic
        .iter()
        .map(|window| Some(window.conversions))
        .collect();
    let hits: Vec<_> = report
        .pages
        .iter()
        .map(|window| hit_percent(window.hits, window.requests))
        .collect();
    let most = |values: &[Option<u64>]| values.iter().flatten().copied().max().unwrap_or(0);
    let line = |name: &str, values: &[Option<u64>], (most, said): (u64, String)| {
        format!("{name:<LABEL_COLUMNS$}{}  {said}\n", spark(values, (most, width)))
    };
    if most(&visits) == 0 && most(&conversions) == 0 {
        return "No visit was counted in this time.\n".to_owned();
    }
    let up_to = |most: u64| (most, format!("up to {}", grouped(most)));
    let mut text = line("visits", &visits, up_to(most(&visits)));
    text.push_str(&line("conversions", &conversions, up_to(most(&conversions))));
    let sum = |of: fn(&Pages) -> u64| report.pages.iter().map(of).sum::<u64>();
    let (hits_in_all, requests) = (sum(|window| window.hits), sum(|window| window.requests));
    if requests > 0 {
        text.push_str(&line("from cache", &hits, (100, share(hits_in_all, requests))));
    }
    if let (Some(first), Some(last)) = (report.traffic.first(), report.traffic.last()) {
        let ends = format!("{} to {}", printable(&first.label), printable(&last.label));
        text.push_str(&format!("{:<LABEL_COLUMNS$}{ends}\n", ""));
    }
    text
}

fn hit_percent(hits: u64, requests: u64) -> Option<u64> {
    hits.saturating_mul(100).checked_div(requests)
}

fn by_key(key: &'static str, rows: &[Figure]) -> Table {
    let most = rows.iter().map(|row| row.conversions).max().unwrap_or(0);
    let mut table = Table::new([
        Column::Left(key),
        Column::Left(""),
        Column::Right("conversions"),
        Column::Right("visits"),
        Column::Right("rate"),
        Column::Right("cost"),
        Column::Right("CAC"),
        Column::Right("net ROI"),
    ]);
    for row in rows.iter().take(ROWS_SHOWN) {
        let mark = if row.estimated { "~" } else { "" };
        let none = || figures::NONE.to_owned();
        let cells = [
            row.key.clone(),
            bar(row.conversions, most, BAR_COLUMNS / 2),
            grouped(row.conversions),
            grouped(row.visits),
            share(row.conversions, row.visits),
            row.cost
                .as_deref()
                .map_or_else(none, |cost| format!("{mark}{}", money(cost))),
            row.cac.as_deref().map_or_else(none, money),
            row.net_roi.map_or_else(none, percent),
        ];
        table.row(Tone::Normal, cells);
    }
    table
}

fn deliveries(report: &LaunchReport) -> Table {
    let mut table = Table::new([
        Column::Left("destination"),
        Column::Left(""),
        Column::Right("delivered"),
        Column::Right("waiting"),
        Column::Right("dead"),
        Column::Left(""),
    ]);
    for lane in &report.destinations {
        let whole = lane
            .delivered
            .saturating_add(lane.waiting)
            .saturating_add(lane.dead);
        let tone = match (lane.dead, &lane.paused) {
            (0, None) => Tone::Normal,
            _ => Tone::Bad,
        };
        let paused = lane.paused.as_ref().map(|why| format!("paused: {why}"));
        let cells = [
            lane.name.clone(),
            bar(lane.delivered, whole, BAR_COLUMNS / 2),
            grouped(lane.delivered),
            grouped(lane.waiting),
            grouped(lane.dead),
            paused.unwrap_or_default(),
        ];
        table.row(tone, cells);
    }
    table
}

/// An amount as people read it, or as it came.
fn money(text: &str) -> String {
    Money::parse(text).map_or_else(|_| text.to_owned(), figures::money)
}

fn ratio(number: f64) -> String {
    format!("{number:.1} : 1")
}

/// A ratio in whole percent, with its thousands apart.
fn percent(ratio: f64) -> String {
    let text = format!("{:.0}", ratio * 100.0);
    let digits = text.trim_start_matches('-');
    let sign = if digits.len() < text.len() {
        figures::MINUS
    } else {
        ""
    };
    let number = digits.parse().map_or_else(|_| digits.to_owned(), grouped);
    format!("{sign}{number} %")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figure(key: &str, conversions: u64) -> Value {
        json!({
            "key": key, "visits": 12_400, "conversions": conversions, "value": "0.00", "cost": "1216.00", "estimated": false,
            "cac": "0.7488", "ltvCac": 64.105_263, "payback": { "conversions": 26, "day": "2026-12-01" }, "lift": "52953.60",
            "netRoi": 42.547_368,
        })
    }

    fn report(changed: Value) -> LaunchReport {
        let mut report = json!({
            "words": "1 December 2026", "currency": "USD", "total": figure("", 1_624),
            "bySource": [figure("news", 1_000), figure("\u{1b}[2J", 624)], "byCampaign": [],
            "traffic": [
                { "label": "1 Dec 00:00", "visits": 100, "conversions": 10 },
                { "label": "1 Dec 01:00", "visits": 800, "conversions": 10 },
            ],
            "pages": [{ "hits": 0, "requests": 0 }, { "hits": 99, "requests": 100 }],
            "destinations": [{ "name": "crm", "delivered": 3, "waiting": 1, "dead": 1, "paused": "refused" }],
            "polls": [{ "question": "First?", "state": "open", "totalVotes": 4, "options": [{ "label": "Dark", "votes": 4 }] }],
        });
        if let (Value::Object(all), Value::Object(changed)) = (&mut report, changed) {
            all.extend(changed);
        }
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn a_report_says_the_figures_in_lines() {
        let text = render(&report(json!({})), Paint::Plain, 80);
        for said in [
            "visits             12,400\n",
            "cost             1,216.00  USD\n",
            "LTV to CAC       64.1 : 1  26 conversions pay for it, paid back on 2026-12-01\n",
            "net ROI           4,255 %\n",
            "visits        ▁█  up to 800\n",
            "from cache     ▇  99.0 %\n",
            "\u{fffd}[2J",
            "paused: refused",
            "4 votes, open\n",
        ] {
            assert!(text.contains(said), "{said:?}\n{text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_report_of_nothing_says_so() {
        let empty = json!({ "traffic": [], "pages": [], "bySource": [], "destinations": [], "polls": [] });
        let text = render(&report(empty), Paint::Plain, 80);
        for said in [
            "No visit was counted",
            "None in this time.",
            "No destination is configured.",
        ] {
            assert!(text.contains(said), "{said:?}\n{text}");
        }
    }
}
