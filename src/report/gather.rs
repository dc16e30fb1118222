//! Gathering: what the store has of a range, as one [`ReportData`].

use std::collections::BTreeMap;
use std::ops::Range;

use super::Report;
use super::data::{Day, Destination, Hits, Poll, ReportData, Row, Traffic};
use crate::config::Launch;
use crate::metrics::SeriesId;
use crate::model::event::DeliveryStatus;
use crate::model::funnel::{Dimension, FunnelQuery, Label, Level, Totals};
use crate::model::money::Money;
use crate::model::page::{MAX_LIMIT, PageRequest};
use crate::model::roi::{Counted, Terms, paid_back_on};
use crate::model::spend::Spendings;
use crate::model::time::Millis;
use crate::model::time::day;
use crate::model::time::zone::Zone;
use crate::store::{Fault, Standing};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Up to which length a range is shown by the minute, and by the hour, in milliseconds.
const BY_THE_MINUTE_MOST: i64 = 6 * HOUR_MS;
const BY_THE_HOUR_MOST: i64 = 14 * DAY_MS;
/// How many windows are shown at most; of a longer range the last.
const WINDOWS_MOST: usize = 400;
/// How many days of money are shown at most, the last.
const DAYS_MOST: usize = 60;
/// How many polls are shown at most, the newest.
const POLLS_MOST: usize = 20;

/// The figures of a range: all that returns turn on.
pub(super) struct Figures {
    pub(super) whole: Row,
    pub(super) by_source: Vec<Row>,
    pub(super) by_campaign: Vec<Row>,
    pub(super) days: Vec<Day>,
    pub(super) paid_back_on: Option<String>,
}

impl Report {
    /// Everything a report says of a range.
    pub(super) async fn gather(&self, range: Range<Millis>) -> Result<ReportData, Fault> {
        let launch = self.parts.launch.borrow().clone();
        let funnel = self.parts.funnel.borrow().clone();
        let zone = &launch.timezone;
        let figures = self.figures(range.clone()).await?;
        let windows = Windows::of(&range, zone);
        Ok(ReportData {
            made_at: self.parts.clock.now(),
            range_words: words(&range, zone),
            range: (range.start, range.end),
            zone: zone.name().to_owned(),
            terms: funnel.terms(),
            currency: funnel.currency,
            whole: figures.whole,
            paid_back_on: figures.paid_back_on,
            by_source: figures.by_source,
            by_campaign: figures.by_campaign,
            traffic: self.traffic(&range, &windows).await?,
            hits: self.hits(&range, &windows).await?,
            days: figures.days,
            destinations: self.destinations().await?,
            polls: self.polls(),
        })
    }

    /// The first day of a range on which anything was counted or spent, by its beginning.
    pub(super) async fn first_day(&self, range: Range<Millis>) -> Result<Option<Millis>, Fault> {
        let zone = self.parts.launch.borrow().timezone.clone();
        let counted = self.windows(&range, Level::Day).await?;
        let spent = match day::beginning_within(&range, &zone) {
            Some(days) => self.parts.store.spendings(days).await?.by_day,
            None => BTreeMap::new(),
        };
        let spent = spent.keys().next().and_then(|day| day.starts(&zone));
        Ok(counted.keys().next().copied().into_iter().chain(spent).min())
    }

    /// What a range cost and brought in.
    pub(super) async fn figures(&self, range: Range<Millis>) -> Result<Figures, Fault> {
        let Launch { timezone: zone, .. } = self.parts.launch.borrow().clone();
        let terms = self.parts.funnel.borrow().terms();
        let store = &self.parts.store;
        let spent = match day::beginning_within(&range, &zone) {
            Some(days) => store.spendings(days).await?,
            None => Spendings::default(),
        };
        let totals = store.funnel_totals(range.clone(), zone.clone()).await?;
        let sources = store.funnel_sums(Dimension::Source, range.clone(), zone.clone());
        let by_source = rows(sources.await?, &spent.by_source, (&spent, &terms));
        let campaigns = store.funnel_sums(Dimension::Campaign, range.clone(), zone.clone());
        let by_campaign = rows(campaigns.await?, &spent.by_campaign, (&spent, &terms));
        let whole = row("", totals, (spent.whole, &terms));
        let days = self.days(&range, &spent, &zone).await?;
        let brought_in = days.iter().map(|day| (day.date.clone(), day.value));
        let cost = whole.roi.cost.filter(|cost| cost.amount() > Money::ZERO);
        let paid_back_on = cost.and_then(|cost| paid_back_on(brought_in, cost.amount()));
        Ok(Figures {
            whole,
            by_source,
            by_campaign,
            days: shown_days(days),
            paid_back_on,
        })
    }

    /// The money of each day that begins within a range.
    async fn days(&self, range: &Range<Millis>, spent: &Spendings, zone: &Zone) -> Result<Vec<Day>, Fault> {
        let mut by_day: BTreeMap<day::Day, (Money, Money)> = BTreeMap::new();
        for (day, amount) in &spent.by_day {
            by_day.entry(*day).or_default().0 = *amount;
        }
        for (start, totals) in self.windows(range, Level::Day).await? {
            if let Some(day) = day::Day::at(start, zone) {
                by_day.entry(day).or_default().1 = totals.value;
            }
        }
        let (Some(first), Some(last)) = (by_day.keys().next().copied(), by_day.keys().next_back().copied())
        else {
            return Ok(Vec::new());
        };
        let mut days = Vec::new();
        let mut next = Some(first);
        while let Some(day) = next.filter(|day| *day <= last) {
            let (spend, value) = by_day.get(&day).copied().unwrap_or_default();
            days.push(Day {
                date: day.to_string(),
                label: day.short(),
                spend,
                value,
            });
            next = day.next();
        }
        Ok(days)
    }

    async fn traffic(&self, range: &Range<Millis>, windows: &Windows) -> Result<Vec<Traffic>, Fault> {
        let counted = self.windows(range, windows.level).await?;
        let traffic = windows.starts.iter().map(|(start, label)| {
            let totals = counted.get(start).copied().unwrap_or_default();
            Traffic {
                start: *start,
                label: label.clone(),
                visits: totals.visits,
                conversions: totals.conversions,
            }
        });
        Ok(traffic.collect())
    }

    /// What was counted in each window of a range, in all.
    async fn windows(&self, range: &Range<Millis>, every: Level) -> Result<BTreeMap<Millis, Totals>, Fault> {
        let mut counted = BTreeMap::new();
        let mut after = None;
        loop {
            let query = FunnelQuery {
                range: range.clone(),
                every,
                by: Dimension::All,
            };
            let page = PageRequest {
                limit: MAX_LIMIT,
                after,
            };
            let page = self.parts.store.funnel_rows(query, page).await?;
            counted.extend(page.items.into_iter().map(|row| (row.start, row.totals)));
            after = page.next;
            if after.is_none() {
                return Ok(counted);
            }
        }
    }

    /// What the cache answered, from the series by the minute.
    async fn hits(&self, range: &Range<Millis>, windows: &Windows) -> Result<Vec<Hits>, Fault> {
        let minute = |at: Millis| u64::try_from(at.0.div_euclid(MINUTE_MS)).unwrap_or(0);
        let minutes = minute(range.start)..minute(range.end.plus(MINUTE_MS - 1));
        let store = &self.parts.store;
        let requests = store
            .series(SeriesId::PagesRequests.id(), minutes.clone())
            .await?;
        let hits = store.series(SeriesId::PagesHits.id(), minutes).await?;
        let (requests, hits) = (windows.gathered(requests), windows.gathered(hits));
        let of = |gathered: &BTreeMap<Millis, u64>, start: &Millis| gathered.get(start).copied().unwrap_or(0);
        let shown = windows.starts.iter().map(|(start, label)| Hits {
            start: *start,
            label: label.clone(),
            hits: of(&hits, start),
            requests: of(&requests, start),
        });
        Ok(shown.collect())
    }

    async fn destinations(&self) -> Result<Vec<Destination>, Fault> {
        let store = &self.parts.store;
        let backlog = store.backlog().await?;
        let destination = |to: crate::model::delivery::Destination| {
            let queue = backlog.iter().find(|queue| queue.destination == to.number);
            let count = |status| queue.map_or(0, |queue| queue.of(status));
            let waiting = [
                DeliveryStatus::Pending,
                DeliveryStatus::Leased,
                DeliveryStatus::Retrying,
            ];
            Destination {
                name: to.name.to_string(),
                delivered: count(DeliveryStatus::Delivered),
                waiting: waiting.map(count).iter().sum(),
                dead: count(DeliveryStatus::Dead),
                paused: to.paused,
            }
        };
        Ok(store.destinations().into_iter().map(destination).collect())
    }

    fn polls(&self) -> Vec<Poll> {
        let now = self.parts.clock.now();
        let poll = |Standing { poll, tally }: Standing| Poll {
            id: poll.draft.id.to_string(),
            question: poll.draft.question.clone(),
            options: poll
                .draft
                .options
                .iter()
                .zip(&tally.counts)
                .map(|(option, votes)| (option.label.clone(), *votes))
                .collect(),
            state: match (poll.admits(now).is_ok(), poll.ended_at(now)) {
                (true, _) => "open",
                (false, Some(_)) => "closed",
                (false, None) => "not open yet",
            },
        };
        let standings = self.parts.store.standings().into_iter();
        standings.take(POLLS_MOST).map(poll).collect()
    }
}

/// Rows of what was counted and spent by a key, most conversions first.
fn rows(
    counted: Vec<(Label, Totals)>,
    spent_on: &BTreeMap<Label, Money>,
    (spent, terms): (&Spendings, &Terms),
) -> Vec<Row> {
    let mut by_key: BTreeMap<Label, Totals> = counted.into_iter().collect();
    for key in spent_on.keys() {
        by_key.entry(key.clone()).or_default();
    }
    let spend_of = |key: &Label| {
        let spend = spent_on.get(key).copied().unwrap_or_default();
        // Where something was spent, what has no entry of its own was free.
        spent.whole.map(|_| spend)
    };
    let mut rows: Vec<Row> = by_key
        .into_iter()
        .map(|(key, totals)| row(key.as_str(), totals, (spend_of(&key), terms)))
        .collect();
    // Those that are equal stay in the order of their keys.
    rows.sort_by_key(|row| std::cmp::Reverse((row.counted.conversions, row.counted.visits)));
    rows
}

fn row(key: &str, totals: Totals, (spend, terms): (Option<Money>, &Terms)) -> Row {
    let counted = Counted {
        visits: totals.visits,
        conversions: totals.conversions,
        spend,
    };
    Row::of(key, counted, (totals.value, terms))
}

fn shown_days(mut days: Vec<Day>) -> Vec<Day> {
    let beyond = days.len().saturating_sub(DAYS_MOST);
    days.drain(..beyond);
    days
}

/// The windows of a range, each with its words.
struct Windows {
    level: Level,
    zone: Zone,
    starts: Vec<(Millis, String)>,
}

impl Windows {
    fn of(range: &Range<Millis>, zone: &Zone) -> Self {
        let length = range.end.0.saturating_sub(range.start.0);
        let level = match length {
            _ if length <= BY_THE_MINUTE_MOST => Level::Minute,
            _ if length <= BY_THE_HOUR_MOST => Level::Hour,
            _ => Level::Day,
        };
        let mut starts = Vec::new();
        // From the last one back, so that of a range too long the end is shown.
        let mut at = range.end.plus(-1);
        while at >= range.start && starts.len() < WINDOWS_MOST {
            let span = level.span(at, zone);
            if span.starts >= range.start {
                starts.push((span.starts, label(span.starts, level, zone)));
            }
            at = span.starts.plus(-1);
        }
        starts.reverse();
        Self {
            level,
            zone: zone.clone(),
            starts,
        }
    }

    /// The sums of samples by the window in which their minute begins.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of a minute, which are whole and not below nothing"
    )]
    fn gathered(&self, samples: Vec<(u64, f64)>) -> BTreeMap<Millis, u64> {
        let mut sums = BTreeMap::new();
        for (minute, value) in samples {
            let at = Millis(i64::try_from(minute).unwrap_or(0).saturating_mul(MINUTE_MS));
            let sum: &mut u64 = sums.entry(self.level.span(at, &self.zone).starts).or_default();
            *sum = sum.saturating_add(value as u64);
        }
        sums
    }
}

fn label(at: Millis, level: Level, zone: &Zone) -> String {
    let day = day::Day::at(at, zone).map(day::Day::short).unwrap_or_default();
    match level {
        Level::FiveSeconds | Level::Minute => zone.clock(at),
        Level::Hour => format!("{day} {}", zone.clock(at)),
        Level::Day => day,
    }
}

/// A range in words: whole days as days, and what is more exact to the minute.
fn words(range: &Range<Millis>, zone: &Zone) -> String {
    let days = |at: Millis| day::Day::at(at, zone);
    let last = range.end.plus(-1);
    let (Some(first), Some(until)) = (days(range.start), days(last)) else {
        return format!("{} to {}", range.start, range.end);
    };
    let is_whole = first.starts(zone) == Some(range.start) && zone.clock(range.end) == "00:00";
    match (is_whole, first == until) {
        (true, true) => first.long(),
        (true, false) => format!("{} to {}", first.long(), until.long()),
        (false, _) => format!(
            "{} {} to {} {}",
            first.long(),
            zone.clock(range.start),
            until.long(),
            zone.clock(range.end)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        Millis::parse_rfc3339(text).unwrap()
    }

    fn angeles() -> Zone {
        Zone::parse("America/Los_Angeles").unwrap()
    }

    #[test]
    fn a_range_is_said_by_days_or_to_the_minute() {
        let said = |from: &str, to: &str| words(&(at(from)..at(to)), &angeles());
        assert_eq!(
            said("2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"),
            "1 December 2026"
        );
        assert_eq!(
            said("2026-11-30T08:00:00Z", "2026-12-02T08:00:00Z"),
            "30 November 2026 to 1 December 2026"
        );
        assert_eq!(
            said("2026-12-01T08:00:00Z", "2026-12-01T19:30:00Z"),
            "1 December 2026 00:00 to 1 December 2026 11:30"
        );
    }

    #[test]
    fn windows_are_as_long_as_the_range_allows_and_cover_it() {
        let windows = |from: &str, to: &str| {
            let windows = Windows::of(&(at(from)..at(to)), &angeles());
            let labels: Vec<String> = windows.starts.into_iter().map(|(_, label)| label).collect();
            (
                labels.len(),
                labels.first().cloned().unwrap_or_default(),
                labels.last().cloned().unwrap_or_default(),
            )
        };
        let expected = |count, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
        assert_eq!(
            windows("2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z"),
            expected(60, "00:00", "00:59")
        );
        assert_eq!(
            windows("2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"),
            expected(24, "1 Dec 00:00", "1 Dec 23:00")
        );
        assert_eq!(
            windows("2026-11-01T07:00:00Z", "2026-12-01T08:00:00Z"),
            expected(30, "1 Nov", "30 Nov")
        );
    }

    #[test]
    fn what_was_spent_on_nobody_is_a_row_too_and_what_has_no_entry_was_free() {
        let label = |text: &str| Label::named(text).unwrap();
        let totals = |visits, conversions| Totals {
            visits,
            conversions,
            value: Money::ZERO,
        };
        let mut spent = Spendings::default();
        spent.by_source.insert(label("ads"), Money(500));
        spent.whole = Some(Money(500));
        let counted = vec![(label("direct"), totals(10, 1)), (label("news"), totals(5, 2))];
        let terms = Terms::default();
        let rows = rows(counted, &spent.by_source, (&spent, &terms));
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.key.as_str(), row.counted.spend.map(|spend| spend.0)))
            .collect();
        assert_eq!(
            shown,
            [("news", Some(0)), ("direct", Some(0)), ("ads", Some(500))]
        );
    }
}
