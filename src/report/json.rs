//! A report for machines: amounts as decimal texts, ratios as numbers of six decimals.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{Destination, Poll, ReportData, Row};
use super::gather::Figures;
use crate::config::Funnel;
use crate::model::money::Money;
use crate::model::roi::{Cost, Fraction};
use crate::model::time::Millis;

/// What `GET /api/roi` answers.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Returns {
    from: String,
    to: String,
    timezone: String,
    currency: Option<String>,
    total: Figure,
    by_source: Vec<Figure>,
    by_campaign: Vec<Figure>,
}

/// The figures of all, of a source or of a campaign. What is not configured is `null`.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReturnsFigure")]
struct Figure {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    visits: u64,
    conversions: u64,
    rate: Option<f64>,
    value: String,
    /// What was recorded; `null` where nothing is, of the whole range.
    spend: Option<String>,
    cost: Option<String>,
    /// Whether the cost, and what follows from it, is visits at what one costs.
    estimated: bool,
    cac: Option<String>,
    ltv_cac: Option<f64>,
    payback: Payback,
    lift: Option<String>,
    /// What is left of the lift, to the cost: 42.5 is 4,250 %.
    net_roi: Option<f64>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payback {
    /// How many conversions pay for the cost, by their worth over their whole life.
    conversions: Option<u64>,
    /// The first day by whose end recorded value had brought in the cost; of the total alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
}

/// What `GET /api/report?format=json` answers.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReportData")]
pub(super) struct Whole {
    made_at: String,
    words: String,
    #[serde(flatten)]
    returns: Returns,
    traffic: Vec<Window>,
    days: Vec<Day>,
    pages: Vec<Pages>,
    destinations: Vec<Lane>,
    polls: Vec<Standing>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReportWindow")]
struct Window {
    start: String,
    label: String,
    visits: u64,
    conversions: u64,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReportPages")]
struct Pages {
    start: String,
    label: String,
    hits: u64,
    requests: u64,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReportDay")]
struct Day {
    day: String,
    spend: String,
    value: String,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReportDestination")]
struct Lane {
    name: String,
    delivered: u64,
    waiting: u64,
    dead: u64,
    paused: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReportPoll")]
struct Standing {
    poll_id: String,
    question: String,
    state: &'static str,
    total_votes: u64,
    options: Vec<Choice>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReportOption")]
struct Choice {
    label: String,
    votes: u64,
}

impl Returns {
    pub(super) fn of(figures: &Figures, (range, zone): ((Millis, Millis), &str), funnel: &Funnel) -> Self {
        Self {
            from: range.0.to_string(),
            to: range.1.to_string(),
            timezone: zone.to_owned(),
            currency: funnel.currency.map(|currency| currency.to_string()),
            total: Figure::total(&figures.whole, figures.paid_back_on.clone()),
            by_source: figures.by_source.iter().map(Figure::of).collect(),
            by_campaign: figures.by_campaign.iter().map(Figure::of).collect(),
        }
    }
}

impl Figure {
    fn total(row: &Row, day: Option<String>) -> Self {
        let figure = Self::of(row);
        Self {
            key: None,
            payback: Payback {
                day,
                ..figure.payback
            },
            ..figure
        }
    }

    fn of(row: &Row) -> Self {
        let (counted, roi) = (&row.counted, &row.roi);
        let money = |amount: Money| amount.to_string();
        Self {
            key: Some(row.key.clone()),
            visits: counted.visits,
            conversions: counted.conversions,
            rate: roi.rate.and_then(Fraction::to_six_decimals),
            value: money(row.value),
            spend: counted.spend.map(money),
            cost: roi.cost.map(|cost| money(cost.amount())),
            estimated: roi.cost.is_some_and(Cost::is_estimated),
            cac: roi.cac.map(money),
            ltv_cac: roi.ltv_cac.and_then(Fraction::to_six_decimals),
            payback: Payback {
                conversions: roi.payback,
                day: None,
            },
            lift: roi.lift.map(money),
            net_roi: roi.net_roi.and_then(Fraction::to_six_decimals),
        }
    }
}

impl Whole {
    pub(super) fn of(data: &ReportData) -> Self {
        Self {
            made_at: data.made_at.to_string(),
            words: data.range_words.clone(),
            returns: Returns {
                from: data.range.0.to_string(),
                to: data.range.1.to_string(),
                timezone: data.zone.clone(),
                currency: data.currency.map(|currency| currency.to_string()),
                total: Figure::total(&data.whole, data.paid_back_on.clone()),
                by_source: data.by_source.iter().map(Figure::of).collect(),
                by_campaign: data.by_campaign.iter().map(Figure::of).collect(),
            },
            traffic: windows(data),
            days: days(data),
            pages: pages(data),
            destinations: data.destinations.iter().map(Lane::of).collect(),
            polls: data.polls.iter().map(Standing::of).collect(),
        }
    }
}

fn windows(data: &ReportData) -> Vec<Window> {
    let window = |window: &super::data::Traffic| Window {
        start: window.start.to_string(),
        label: window.label.clone(),
        visits: window.visits,
        conversions: window.conversions,
    };
    data.traffic.iter().map(window).collect()
}

fn pages(data: &ReportData) -> Vec<Pages> {
    let pages = |window: &super::data::Hits| Pages {
        start: window.start.to_string(),
        label: window.label.clone(),
        hits: window.hits,
        requests: window.requests,
    };
    data.hits.iter().map(pages).collect()
}

fn days(data: &ReportData) -> Vec<Day> {
    let day = |day: &super::data::Day| Day {
        day: day.date.clone(),
        spend: day.spend.to_string(),
        value: day.value.to_string(),
    };
    data.days.iter().map(day).collect()
}

impl Lane {
    fn of(one: &Destination) -> Self {
        Self {
            name: one.name.clone(),
            delivered: one.delivered,
            waiting: one.waiting,
            dead: one.dead,
            paused: one.paused.clone(),
        }
    }
}

impl Standing {
    fn of(poll: &Poll) -> Self {
        let choice = |(label, votes): &(String, u64)| Choice {
            label: label.clone(),
            votes: *votes,
        };
        Self {
            poll_id: poll.id.clone(),
            question: poll.question.clone(),
            state: poll.state,
            total_votes: poll.votes(),
            options: poll.options.iter().map(choice).collect(),
        }
    }
}
