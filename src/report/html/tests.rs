//! The page as its readers get it.

use super::*;
use crate::model::money::{Currency, Money};
use crate::model::roi::{Baseline, Counted, Terms};
use crate::model::time::Millis;
use crate::report::data::{Day, Destination, Hits, Poll, Row, Traffic};

/// A launch day with everything in it.
pub(in crate::report) fn launch() -> ReportData {
    let money = |text: &str| Money::parse(text).unwrap();
    let terms = Terms {
        cost_per_visit: Some(money("0.10")),
        ltv: Some(money("48.00")),
        baseline: Some(Baseline::parse("0.042").unwrap()),
    };
    let row = |key: &str, (visits, conversions): (u64, u64), (spend, value): (&str, &str)| {
        let spend = Some(money(spend));
        let counted = Counted {
            visits,
            conversions,
            spend,
        };
        Row::of(key, counted, (money(value), &terms))
    };
    // Rises in the morning, falls at night.
    let visits = |n: u64| {
        if n < 16 {
            40
        } else {
            40 + (n - 16) * (96 - n) * 9 / 16
        }
    };
    let label = |n: u64| format!("1 Dec {:02}:{:02}", n / 4, n % 4 * 15);
    let traffic = (0..96).map(|n| Traffic {
        start: Millis(0),
        label: label(n),
        visits: visits(n),
        conversions: visits(n) * 13 / 100,
    });
    let hits = (0..96).map(|n| Hits {
        start: Millis(0),
        label: label(n),
        hits: if n == 40 {
            0
        } else {
            visits(n) * (70 + n.min(29)) / 100
        },
        requests: if n == 40 { 0 } else { visits(n) },
    });
    let day = |label: &str, spend: &str, value: &str| Day {
        date: String::new(),
        label: label.to_owned(),
        spend: money(spend),
        value: money(value),
    };
    ReportData {
        made_at: Millis(1_796_198_460_000),
        range: (Millis(1_796_112_000_000), Millis(1_796_198_400_000)),
        range_words: "1 December 2026".to_owned(),
        zone: "America/Los_Angeles".to_owned(),
        terms,
        currency: Currency::parse("USD"),
        whole: row("", (12_400, 1_624), ("1216.00", "31668.00")),
        paid_back_on: Some("2026-12-01".to_owned()),
        by_source: vec![
            row("producthunt.com", (6_120, 921), ("0.00", "17959.50")),
            row("newsletter", (2_310, 402), ("180.00", "7839.00")),
            row("google", (2_900, 241), ("1036.00", "4699.50")),
            row(
                "a-very-long-referrer.subdomain.example.co.uk",
                (840, 55),
                ("0.00", "1072.50"),
            ),
            row("other", (230, 5), ("0.00", "97.50")),
        ],
        by_campaign: vec![
            row("launch-2026", (4_410, 560), ("1216.00", "10920.00")),
            row("<script>alert(1)</script>", (31, 1), ("0.00", "19.50")),
        ],
        traffic: traffic.collect(),
        hits: hits.collect(),
        days: vec![
            day("28 Nov", "120.00", "0.00"),
            day("29 Nov", "160.00", "210.00"),
            day("30 Nov", "236.00", "980.00"),
            day("1 Dec", "700.00", "2140.50"),
        ],
        destinations: destinations(),
        polls: polls(),
    }
}

fn destinations() -> Vec<Destination> {
    vec![
        Destination {
            name: "crm".to_owned(),
            delivered: 1_602,
            waiting: 19,
            dead: 3,
            paused: None,
        },
        Destination {
            name: "slack".to_owned(),
            delivered: 210,
            waiting: 41,
            dead: 0,
            paused: Some("the credentials were refused".to_owned()),
        },
    ]
}

fn polls() -> Vec<Poll> {
    let option = |label: &str, votes| (label.to_owned(), votes);
    vec![Poll {
        id: "first".to_owned(),
        question: "What should ship first?".to_owned(),
        options: vec![
            option("Dark mode", 412),
            option("Works offline", 655),
            option(
                "An API, with a rather long explanation of what it would let you do",
                88,
            ),
        ],
        state: "open",
    }]
}

/// A day on which nothing is configured and nothing happened.
pub(in crate::report) fn nothing() -> ReportData {
    ReportData {
        made_at: Millis(0),
        range: (Millis(0), Millis(86_400_000)),
        range_words: "1 January 1970".to_owned(),
        zone: "UTC".to_owned(),
        terms: Terms::default(),
        currency: None,
        whole: Row::default(),
        paid_back_on: None,
        by_source: Vec::new(),
        by_campaign: Vec::new(),
        traffic: Vec::new(),
        hits: Vec::new(),
        days: Vec::new(),
        destinations: Vec::new(),
        polls: Vec::new(),
    }
}

#[test]
fn the_page_says_the_figures_of_the_launch() {
    let page = page(&launch());
    for said in [
        "<strong>12,400</strong>",
        "<strong>13.1 %</strong><small>baseline 4.2 %</small>",
        "<strong>1,216.00</strong><small>USD</small>",
        "<strong>0.75</strong>",
        "<strong>64.1 : 1</strong><small>26 conversions pay for it</small>",
        "<strong>52,953.60</strong>",
        "<strong>4,255 %</strong>",
        "paused: the credentials were refused",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"),
        "{page}"
    );
}

#[test]
fn nothing_in_the_page_comes_from_elsewhere_or_is_styled_in_place() {
    let page = page(&launch());
    for foreign in [
        "http:", "https:", "url(", "@import", " style=", " src=", " href=", "<script", " on",
    ] {
        let tags = page
            .split('<')
            .filter(|tag| tag.split('>').next().unwrap_or_default().contains(foreign));
        assert_eq!(tags.collect::<Vec<_>>(), [""; 0], "{foreign}");
    }
    assert!(!SHEET.contains("url(") && !SHEET.contains("@import") && !SHEET.contains("</"));
    let policy = page.matches(&policy().replace('\'', "&#39;")).count();
    assert_eq!(policy, 1, "the page's own policy, once");
}

#[test]
fn a_day_without_anything_says_what_would_bring_something() {
    let page = page(&nothing());
    for said in [
        "No visit was counted",
        "No spend and no conversion",
        "No page was asked",
        "No destination is configured",
        "There is no poll",
        "reckoned once spend is recorded",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("<svg") && !page.contains("<table"), "{page}");
}

#[test]
fn of_many_sources_the_page_shows_twenty_and_what_the_rest_come_to() {
    let mut data = launch();
    let many = (0..23).map(|n| Row {
        key: format!("source-{n}"),
        ..data.by_source[0].clone()
    });
    data.by_source = many.collect();
    let page = page(&data);
    assert!(
        page.contains("source-19") && !page.contains("source-20"),
        "{page}"
    );
    assert!(
        page.contains("And 3 more, with 18,360 visits and 2,763 conversions."),
        "{page}"
    );
}

#[test]
fn an_estimate_is_marked_wherever_it_stands() {
    let mut data = launch();
    data.whole = unspent(&data.whole, &data.terms);
    data.by_source
        .iter_mut()
        .for_each(|row| *row = unspent(row, &data.terms));
    let page = page(&data);
    assert!(
        page.contains("<strong>1,240.00</strong><small>USD estimated</small>"),
        "{page}"
    );
    assert!(page.contains("~\u{202f}612.00"), "{page}");
}

fn unspent(row: &Row, terms: &Terms) -> Row {
    let counted = Counted {
        spend: None,
        ..row.counted
    };
    Row::of(row.key.clone(), counted, (row.value, terms))
}
