//! The sections of the page, from the figures that matter most to how they are reckoned.

use super::chart::{self, Series, Words};
use super::markup::Markup;
use crate::model::money::Money;
use crate::model::roi::{Cost, Fraction};
use crate::report::data::{Destination, Poll, ReportData, Row};
use crate::report::figures::{count, counted, money, or_none, pays, percent, ratio, whole_percent};

/// The share of requests that the cache answers on a good launch day, in percent.
const GOOD_HITS: u64 = 92;

/// How many sources or campaigns are shown; of those beyond it is said how many they are.
const ROWS_MOST: usize = 20;

/// Every section.
pub(super) fn all(page: &mut Markup, data: &ReportData) {
    header(page, data);
    key_figures(page, data);
    section(page, "Traffic", |page| traffic(page, data));
    let by_source = ("Source", "No source has brought a visit or a conversion yet.");
    section(page, "Conversions by source", |page| {
        rows(page, data, (&data.by_source, by_source))
    });
    section(page, "Spend against return", |page| spend(page, data));
    section(page, "Pages from the cache", |page| hits(page, data));
    section(page, "Deliveries", |page| deliveries(page, &data.destinations));
    section(page, "Polls", |page| polls(page, &data.polls));
    section(page, "How this is reckoned", |page| reckoning(page, data));
    let made = format!(
        "Made by Gantry at {}. Days are days in {}.",
        data.made_at, data.zone
    );
    page.line("footer", &[], &made);
}

fn header(page: &mut Markup, data: &ReportData) {
    page.element("header", &[], |page| {
        page.line("h1", &[], "Launch report");
        page.line("p", &[("class", "range")], &data.range_words);
    });
}

fn section(page: &mut Markup, title: &str, inner: impl FnOnce(&mut Markup)) {
    page.element("section", &[], |page| {
        page.line("h2", &[], title);
        inner(page);
    });
}

fn empty(page: &mut Markup, text: &str) {
    page.line("p", &[("class", "none")], text);
}

fn key_figures(page: &mut Markup, data: &ReportData) {
    let (counted, roi) = (&data.whole.counted, &data.whole.roi);
    let currency = data.currency.map(|it| it.to_string()).unwrap_or_default();
    let baseline = data.terms.baseline.and_then(|rate| percent(rate.fraction()));
    let estimated = if roi.cost.is_some_and(Cost::is_estimated) {
        "estimated"
    } else {
        ""
    };
    let with_currency = |rest: &str| [currency.as_str(), rest].join(" ").trim().to_owned();
    let mut figures = vec![
        ("Visits", count(counted.visits), String::new()),
        ("Conversions", count(counted.conversions), String::new()),
        (
            "Conversion rate",
            or_none(roi.rate.and_then(percent)),
            baseline
                .map(|rate| format!("baseline {rate}"))
                .unwrap_or_default(),
        ),
    ];
    if data.whole.value != Money::ZERO {
        figures.push(("Recorded value", money(data.whole.value), with_currency("")));
    }
    let pays = roi.payback.map(pays);
    let amounts = [
        (
            "Cost",
            roi.cost.map(|cost| money(cost.amount())),
            with_currency(estimated),
        ),
        (
            "Cost per conversion",
            roi.cac.map(money),
            with_currency(estimated),
        ),
        (
            "LTV to CAC",
            roi.ltv_cac.and_then(ratio),
            pays.unwrap_or_default(),
        ),
        ("Lift over baseline", roi.lift.map(money), with_currency("")),
        (
            "Net ROI",
            roi.net_roi.and_then(whole_percent),
            estimated.to_owned(),
        ),
    ];
    figures.extend(
        amounts
            .into_iter()
            .filter_map(|(name, figure, note)| Some((name, figure?, note))),
    );
    page.element("dl", &[("class", "figures")], |page| {
        for (name, figure, note) in &figures {
            page.element("div", &[], |page| {
                page.line("dt", &[], name);
                page.element("dd", &[], |page| {
                    page.line("strong", &[], figure);
                    if !note.is_empty() {
                        page.line("small", &[], note);
                    }
                });
            });
        }
    });
    if roi.cost.is_none() {
        let how = "What this cost and what came of it is reckoned once spend is recorded (gantry spend), or cost_per_visit \
                   is set; lift and net ROI also need ltv and baseline_rate in [funnel].";
        empty(page, how);
    }
}

fn counted_conversions(number: u64) -> String {
    counted(number, "conversion", "conversions")
}

fn traffic(page: &mut Markup, data: &ReportData) {
    let whole = &data.whole.counted;
    if whole.visits == 0 && whole.conversions == 0 {
        let how = "No visit was counted in this time. Gantry counts the visits of the site it stands in front of ([pages] in \
                   gantry.toml), and those that /gantry.js tells it of.";
        return empty(page, how);
    }
    legend(page, &[("first", "Visits"), ("second", "Conversions")]);
    let labels: Vec<&str> = data.traffic.iter().map(|window| window.label.as_str()).collect();
    let visits: Vec<_> = data.traffic.iter().map(|window| Some(window.visits)).collect();
    let conversions: Vec<_> = data
        .traffic
        .iter()
        .map(|window| Some(window.conversions))
        .collect();
    let most = data.traffic.iter().max_by_key(|window| window.visits);
    let description = format!(
        "{} and {} in {} windows; most visits, {}, at {}.",
        counted(whole.visits, "visit", "visits"),
        counted_conversions(whole.conversions),
        data.traffic.len(),
        count(most.map_or(0, |window| window.visits)),
        most.map_or("", |window| window.label.as_str()),
    );
    let words = Words {
        id: "traffic",
        title: "Visits and conversions over time",
        description: &description,
    };
    let series = |class, values| Series { class, values };
    let series = [
        series("first", visits.as_slice()),
        series("second", conversions.as_slice()),
    ];
    chart::areas(page, &words, &labels, &series);
}

fn legend(page: &mut Markup, entries: &[(&'static str, &str)]) {
    page.element("p", &[("class", "legend")], |page| {
        for (class, text) in entries {
            page.element("span", &[("class", class)], |page| page.text(text));
        }
    });
}

/// A table of figures by a key, with a bar for the conversions.
fn rows(page: &mut Markup, data: &ReportData, (rows, (key, none)): (&[Row], (&'static str, &str))) {
    if rows.is_empty() {
        return empty(page, none);
    }
    let most = rows.iter().map(|row| row.counted.conversions).max().unwrap_or(0);
    let has = |of: fn(&Row) -> bool| rows.iter().any(of);
    let columns: Vec<Column> = COLUMNS
        .into_iter()
        .filter(|column| has(column.is_there))
        .collect();
    table(page, |page| {
        page.element("thead", &[], |page| {
            page.element("tr", &[("role", "row")], |page| {
                heading(page, key, "key");
                heading(page, "Conversions", "wide");
                columns
                    .iter()
                    .for_each(|column| heading(page, column.name, "number"));
            });
        });
        page.element("tbody", &[], |page| {
            for row in rows.iter().take(ROWS_MOST) {
                page.element("tr", &[("role", "row")], |page| {
                    let name = if row.key.is_empty() {
                        "(none)"
                    } else {
                        row.key.as_str()
                    };
                    page.line(
                        "th",
                        &[("scope", "row"), ("role", "rowheader"), ("class", "key")],
                        name,
                    );
                    bar_cell(page, "Conversions", &count(row.counted.conversions), |page| {
                        chart::bar(page, &[("second", row.counted.conversions)], most);
                    });
                    columns
                        .iter()
                        .for_each(|column| cell(page, column.name, &(column.shown)(row)));
                });
            }
        });
    });
    rest(page, rows.get(ROWS_MOST..).unwrap_or_default());
    if let Some(currency) = data
        .currency
        .filter(|_| columns.iter().any(|column| column.is_money))
    {
        page.line("p", &[("class", "note")], &format!("Amounts in {currency}."));
    }
}

/// What the rows come to that are not shown.
fn rest(page: &mut Markup, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).fold(0, u64::saturating_add);
    let said = format!(
        "And {} more, with {} and {}.",
        count(rows.len() as u64),
        counted(sum(|row| row.counted.visits), "visit", "visits"),
        counted_conversions(sum(|row| row.counted.conversions)),
    );
    page.line("p", &[("class", "note")], &said);
}

/// A column of figures that is there where any row has one.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    is_money: bool,
    is_there: fn(&Row) -> bool,
    shown: fn(&Row) -> String,
}

const COLUMNS: [Column; 7] = [
    Column {
        name: "Visits",
        is_money: false,
        is_there: |_| true,
        shown: |row| count(row.counted.visits),
    },
    Column {
        name: "Rate",
        is_money: false,
        is_there: |_| true,
        shown: |row| or_none(row.roi.rate.and_then(percent)),
    },
    Column {
        name: "Value",
        is_money: true,
        is_there: |row| row.value != Money::ZERO,
        shown: |row| money(row.value),
    },
    Column {
        name: "Cost",
        is_money: true,
        is_there: |row| row.roi.cost.is_some(),
        shown: |row| or_none(row.roi.cost.map(cost)),
    },
    Column {
        name: "CAC",
        is_money: true,
        is_there: |row| row.roi.cac.is_some(),
        shown: |row| or_none(row.roi.cac.map(money)),
    },
    Column {
        name: "LTV : CAC",
        is_money: false,
        is_there: |row| row.roi.ltv_cac.is_some(),
        shown: |row| or_none(row.roi.ltv_cac.and_then(ratio)),
    },
    Column {
        name: "Net ROI",
        is_money: false,
        is_there: |row| row.roi.net_roi.is_some(),
        shown: |row| or_none(row.roi.net_roi.and_then(whole_percent)),
    },
];

/// An estimate is marked as one wherever it stands.
fn cost(cost: Cost) -> String {
    let mark = if cost.is_estimated() { "~\u{202f}" } else { "" };
    format!("{mark}{}", money(cost.amount()))
}

fn table(page: &mut Markup, inner: impl FnOnce(&mut Markup)) {
    page.element("table", &[("role", "table")], inner);
}

fn heading(page: &mut Markup, text: &str, class: &'static str) {
    page.line(
        "th",
        &[("scope", "col"), ("role", "columnheader"), ("class", class)],
        text,
    );
}

/// A cell of one figure. On a phone its name stands beside it.
fn cell(page: &mut Markup, name: &str, figure: &str) {
    page.line(
        "td",
        &[("role", "cell"), ("class", "number"), ("data-name", name)],
        figure,
    );
}

fn bar_cell(page: &mut Markup, name: &str, figure: &str, bar: impl FnOnce(&mut Markup)) {
    page.element(
        "td",
        &[("role", "cell"), ("class", "wide"), ("data-name", name)],
        |page| {
            page.element("span", &[("class", "measured")], |page| {
                bar(page);
                page.line("b", &[], figure);
            });
        },
    );
}

fn spend(page: &mut Markup, data: &ReportData) {
    let spent = data.days.iter().any(|day| day.spend != Money::ZERO);
    let earned = data.days.iter().any(|day| day.value != Money::ZERO);
    if spent || earned {
        days(page, data);
    } else {
        let how = "No spend and no conversion with a value is recorded in this time. Record spend with gantry spend add or \
                   gantry spend import, and values with gantry.convert(goal, { value }).";
        empty(page, how);
    }
    let by_campaign = (
        "Campaign",
        "No visit named a campaign (utm_campaign) in this time.",
    );
    page.line("h3", &[], "By campaign");
    rows(page, data, (&data.by_campaign, by_campaign));
}

fn days(page: &mut Markup, data: &ReportData) {
    legend(page, &[("third", "Spend"), ("second", "Recorded value")]);
    let labels: Vec<&str> = data.days.iter().map(|day| day.label.as_str()).collect();
    let drawn = |amount: Money| Some(u64::try_from(amount.0).unwrap_or(0));
    let spend: Vec<_> = data.days.iter().map(|day| drawn(day.spend)).collect();
    let value: Vec<_> = data.days.iter().map(|day| drawn(day.value)).collect();
    let total =
        |of: fn(&crate::report::data::Day) -> Money| Money::sum(data.days.iter().map(of)).unwrap_or_default();
    let description = format!(
        "{} spent and {} brought in over {}.",
        money(total(|day| day.spend)),
        money(total(|day| day.value)),
        counted(data.days.len() as u64, "day", "days"),
    );
    let words = Words {
        id: "spend",
        title: "Spend and recorded value by day",
        description: &description,
    };
    let series = |class, values| Series { class, values };
    let series = [
        series("third", spend.as_slice()),
        series("second", value.as_slice()),
    ];
    chart::columns(page, &words, &labels, (&series, in_whole_units));
    if let Some(currency) = data.currency {
        page.line("p", &[("class", "note")], &format!("{currency} by day."));
    }
}

/// An amount on a scale, without decimals where it has none.
fn in_whole_units(ten_thousandths: u64) -> String {
    let text = money(i64::try_from(ten_thousandths).map_or(Money::ZERO, Money));
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

fn hits(page: &mut Markup, data: &ReportData) {
    let (hits, requests) = data.hits.iter().fold((0_u64, 0_u64), |(hits, requests), window| {
        (
            hits.saturating_add(window.hits),
            requests.saturating_add(window.requests),
        )
    });
    let Some(ratio) = Fraction::new(hits, requests).and_then(percent) else {
        let how = "No page was asked of Gantry in this time. With origin or root in [pages] it stands in front of the site, \
                   and answers from its cache.";
        return empty(page, how);
    };
    let said = format!(
        "{ratio} of {} were answered without the site behind.",
        counted(requests, "request", "requests")
    );
    page.line("p", &[], &said);
    legend(
        page,
        &[
            ("first", "Answered from the cache"),
            ("marked", "92 %, a good launch day"),
        ],
    );
    let labels: Vec<&str> = data.hits.iter().map(|window| window.label.as_str()).collect();
    let in_percent = |of: i128| u64::try_from(of).unwrap_or(0);
    let share = |window: &crate::report::data::Hits| {
        let ratio = Fraction::new(window.hits, window.requests)?;
        ratio.in_parts_of(100).map(in_percent)
    };
    let values: Vec<_> = data.hits.iter().map(share).collect();
    let words = Words {
        id: "hits",
        title: "Share of pages answered from the cache over time",
        description: &said,
    };
    let line = Series {
        class: "first",
        values: &values,
    };
    chart::shares(page, &words, &labels, (line, GOOD_HITS));
}

fn deliveries(page: &mut Markup, destinations: &[Destination]) {
    if destinations.is_empty() {
        let how = "No destination is configured: events are recorded, and go nowhere ([[destination]] and [[route]]).";
        return empty(page, how);
    }
    legend(
        page,
        &[
            ("first", "Delivered"),
            ("waits", "Waiting"),
            ("dead", "Dead letters"),
        ],
    );
    table(page, |page| {
        page.element("thead", &[], |page| {
            page.element("tr", &[("role", "row")], |page| {
                heading(page, "Destination", "key");
                heading(page, "Delivered", "wide");
                ["Waiting", "Dead letters"]
                    .iter()
                    .for_each(|name| heading(page, name, "number"));
            });
        });
        page.element("tbody", &[], |page| {
            destinations.iter().for_each(|one| destination(page, one));
        });
    });
}

fn destination(page: &mut Markup, one: &Destination) {
    let whole = one.delivered.saturating_add(one.waiting).saturating_add(one.dead);
    page.element("tr", &[("role", "row")], |page| {
        page.element(
            "th",
            &[("scope", "row"), ("role", "rowheader"), ("class", "key")],
            |page| {
                page.text(&one.name);
                if let Some(why) = &one.paused {
                    page.line("small", &[], &format!("paused: {why}"));
                }
            },
        );
        bar_cell(page, "Delivered", &count(one.delivered), |page| {
            let parts = [
                ("first", one.delivered),
                ("waits", one.waiting),
                ("dead", one.dead),
            ];
            chart::bar(page, &parts, whole);
        });
        cell(page, "Waiting", &count(one.waiting));
        cell(page, "Dead letters", &count(one.dead));
    });
}

fn polls(page: &mut Markup, polls: &[Poll]) {
    if polls.is_empty() {
        return empty(page, "There is no poll. gantry poll create makes one.");
    }
    for poll in polls {
        let votes = poll.votes();
        page.line("h3", &[], &poll.question);
        let said = format!("{}, {}", counted(votes, "vote", "votes"), poll.state);
        page.line("p", &[("class", "note")], &said);
        table(page, |page| {
            page.element("tbody", &[], |page| {
                for (label, count_of) in &poll.options {
                    page.element("tr", &[("role", "row")], |page| {
                        page.line(
                            "th",
                            &[("scope", "row"), ("role", "rowheader"), ("class", "key")],
                            label,
                        );
                        bar_cell(page, "Votes", &count(*count_of), |page| {
                            chart::bar(page, &[("first", *count_of)], votes);
                        });
                        let share = Fraction::new(*count_of, votes).and_then(percent);
                        cell(page, "Share", &or_none(share));
                    });
                }
            });
        });
    }
}

fn reckoning(page: &mut Markup, data: &ReportData) {
    let terms = &data.terms;
    let configured = |name: &str, value: Option<String>| {
        format!("{name} {}", value.unwrap_or_else(|| "not set".to_owned()))
    };
    let said = [
        "A visit is a page that a person asked for, whether the cache answered or the site; bots are left out. A conversion \
         counts once."
            .to_owned(),
        "Cost is the spend recorded for this time. Where none is recorded, it is visits at what one costs, and marked ~ as \
         the estimate it is. Where some is, what has none of its own was free."
            .to_owned(),
        "CAC is cost by conversions. Lift is visits \u{d7} (rate \u{2212} baseline) \u{d7} LTV; net ROI is what of the lift \
         is left after the cost, by the cost."
            .to_owned(),
        [
            configured("Cost per visit:", terms.cost_per_visit.map(money)),
            configured("LTV:", terms.ltv.map(money)),
            configured("baseline rate:", terms.baseline.and_then(|rate| percent(rate.fraction()))),
        ]
        .join("; ")
            + ".",
    ];
    page.element("ul", &[("class", "reckoning")], |page| {
        said.iter().for_each(|line| page.line("li", &[], line));
    });
}
