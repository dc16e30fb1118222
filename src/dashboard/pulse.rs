//! The pulse: how things stand at a moment, of what is counted and of what waits.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use serde::Serialize;

use super::Parts;
use crate::metrics::{EventOutcome, VoteOutcome};
use crate::model::alert::Rule;
use crate::model::delivery::{Backlog, Destination};
use crate::model::event::DeliveryStatus;
use crate::model::lane::breaker::BreakerState;
use crate::model::time::Millis;
use crate::store::{Fault, LaneState};

/// Rates are over so many frames.
const RATED_OVER: usize = 5;

/// What frames are made of: the counts of the last few.
pub(super) struct Pulse {
    counts: VecDeque<(Millis, Counts)>,
}

/// What only grows.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    votes: u64,
    events: u64,
    requests: u64,
    pages: u64,
    hits: u64,
    visits: u64,
    conversions: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Now<'a> {
    at: String,
    version: &'static str,
    state: State,
    live: Live,
    destinations: Vec<DestinationItem<'a>>,
}

/// The line that says whether all is well, and else what is not.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct State {
    level: Level,
    text: String,
    /// Whose page says more.
    destination: Option<String>,
    /// When something happens by itself.
    until: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Notice,
    Bad,
}

/// Rates are a second, of the last few seconds; counts are of the moment, or since the start.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Live {
    requests_per_second: f64,
    votes_per_second: f64,
    events_per_second: f64,
    visits_per_second: f64,
    /// `null`: no page was asked for in the last few seconds.
    hit_ratio: Option<f64>,
    visits: u64,
    conversions: u64,
    /// Conversions by visits, since the start; `null` without a visit.
    conversion_rate: Option<f64>,
    queue_depth: u64,
    lag_seconds: f64,
    dead_letters: u64,
    alerts_firing: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DestinationItem<'a> {
    name: &'a str,
    state: &'static str,
    waiting: u64,
    dead: u64,
    next_probe: Option<String>,
    reason: Option<&'a str>,
}

/// What has changed, as a mark for each topic: another mark is another state.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Changed {
    polls: u64,
    events: u64,
    deliveries: u64,
    destinations: u64,
    pages: u64,
    funnel: u64,
    launch: u64,
    system: u64,
}

/// What the store knows of the queues.
struct Queues {
    known: Vec<Destination>,
    backlog: Vec<Backlog>,
    lanes: Vec<LaneState>,
}

impl Pulse {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            counts: VecDeque::from([(parts.clock.now(), Counts::of(parts))]),
        }
    }

    /// The next frame.
    ///
    /// # Errors
    /// A fault of the file.
    pub(super) async fn frame(&mut self, parts: &Parts) -> Result<Bytes, Fault> {
        let queues = Queues {
            known: parts.store.destinations(),
            backlog: parts.store.backlog().await?,
            lanes: parts.store.lanes().await?,
        };
        let now = parts.clock.now();
        let alerts = firing(parts);
        let counts = Counts::of(parts);
        self.counts.push_back((now, counts));
        while self.counts.len() > RATED_OVER + 1 {
            self.counts.pop_front();
        }
        let (then, before) = self.counts.front().copied().unwrap_or((now, counts));
        let shown = Now {
            at: now.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            state: state(&queues, &alerts, parts.store.delivery_paused_since()),
            live: Live {
                alerts_firing: alerts.len(),
                ..Live::of((&counts, &before), (now, then), &queues)
            },
            destinations: queues.items().collect(),
        };
        let changed = Changed::of((parts, &alerts), &counts, &queues);
        let mut frame = b"event: now\ndata: ".to_vec();
        write(&mut frame, &shown);
        frame.extend_from_slice(b"\n\nevent: changed\ndata: ");
        write(&mut frame, &changed);
        frame.extend_from_slice(b"\n\n");
        Ok(frame.into())
    }
}

/// JSON has no line break of its own, so that it is one `data` line.
fn write(frame: &mut Vec<u8>, value: &impl Serialize) {
    if let Err(error) = serde_json::to_writer(frame, value) {
        tracing::error!(%error, "a frame of the dashboard cannot be written");
    }
}

impl Counts {
    fn of(parts: &Parts) -> Self {
        let metrics = &parts.metrics;
        let (pages, hits) = metrics.pages_and_hits();
        Self {
            votes: metrics.votes(VoteOutcome::Accepted).get(),
            events: metrics.events_ingested(EventOutcome::Accepted).get(),
            requests: metrics.requests(),
            pages,
            hits,
            visits: metrics.visits().get(),
            conversions: metrics.conversions_of_all(),
        }
    }
}

impl Live {
    fn of((counts, before): (&Counts, &Counts), (now, then): (Millis, Millis), queues: &Queues) -> Self {
        let a_second = |now_: u64, then_: u64| {
            let grown = number(now_.saturating_sub(then_));
            let millis = number((now.0.saturating_sub(then.0)).max(1).unsigned_abs());
            (grown * 1e6 / millis).round() / 1e3
        };
        let oldest = queues.backlog.iter().filter_map(|queue| queue.oldest_due).min();
        let lag = oldest.map_or(0, |due| now.0.saturating_sub(due.0).max(0));
        Self {
            requests_per_second: a_second(counts.requests, before.requests),
            votes_per_second: a_second(counts.votes, before.votes),
            events_per_second: a_second(counts.events, before.events),
            visits_per_second: a_second(counts.visits, before.visits),
            hit_ratio: share(
                counts.hits.saturating_sub(before.hits),
                counts.pages.saturating_sub(before.pages),
            ),
            visits: counts.visits,
            conversions: counts.conversions,
            conversion_rate: share(counts.conversions, counts.visits),
            queue_depth: queues.waiting(),
            lag_seconds: number(lag.unsigned_abs()) / 1e3,
            dead_letters: queues.dead(),
            alerts_firing: 0,
        }
    }
}

/// The rules that fire.
fn firing(parts: &Parts) -> Vec<Rule> {
    let fires = |rule: &&Rule| parts.metrics.alerts_firing(**rule).get() > 0;
    Rule::ALL.iter().filter(fires).copied().collect()
}

/// Part of whole; nothing of nothing is nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (number(part) * 1e4 / number(whole)).round() / 1e4)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}

impl Queues {
    fn waiting(&self) -> u64 {
        let counted = |queue: &Backlog| {
            let waiting = [
                DeliveryStatus::Pending,
                DeliveryStatus::Leased,
                DeliveryStatus::Retrying,
            ];
            waiting.map(|status| queue.of(status)).iter().sum::<u64>()
        };
        self.backlog.iter().map(counted).sum()
    }

    fn dead(&self) -> u64 {
        let dead = self.backlog.iter().map(|queue| queue.of(DeliveryStatus::Dead));
        dead.sum()
    }

    fn breaker(&self, to: &Destination) -> Option<&BreakerState> {
        let lane = self.lanes.iter().find(|lane| lane.destination == to.number);
        lane.map(|lane| &lane.breaker)
    }

    fn items(&self) -> impl Iterator<Item = DestinationItem<'_>> {
        self.known.iter().map(|to| {
            let queue = self.backlog.iter().find(|queue| queue.destination == to.number);
            let count = |status| queue.map_or(0, |queue| queue.of(status));
            let (state, next_probe, reason) = match (&to.paused, self.breaker(to)) {
                (Some(reason), _) => ("paused", None, Some(reason.as_str())),
                (None, Some(BreakerState::Open(open))) => (
                    "open",
                    Some(open.probe_at.to_string()),
                    Some(open.reason.as_str()),
                ),
                (None, Some(BreakerState::HalfOpen { open, .. })) => {
                    ("half-open", None, Some(open.reason.as_str()))
                }
                (None, Some(BreakerState::Closed) | None) => ("closed", None, None),
            };
            DestinationItem {
                name: to.name.as_str(),
                state,
                waiting: count(DeliveryStatus::Pending) + count(DeliveryStatus::Retrying),
                dead: count(DeliveryStatus::Dead),
                next_probe,
                reason,
            }
        })
    }
}

impl State {
    fn new(level: Level, text: String) -> Self {
        Self {
            level,
            text,
            destination: None,
            until: None,
        }
    }
}

/// What is worst comes first.
fn state(queues: &Queues, alerts: &[Rule], paused_since: Option<Millis>) -> State {
    for item in queues.items() {
        let (text, until) = match item.state {
            "open" => (format!("{} is refusing", item.name), item.next_probe),
            "half-open" => (format!("{} is being tried again", item.name), None),
            _ => continue,
        };
        return State {
            destination: Some(item.name.to_owned()),
            until,
            ..State::new(Level::Bad, text)
        };
    }
    match alerts {
        [] => {}
        [rule] => return State::new(Level::Bad, format!("Alert: {}", rule.as_str())),
        [rule, other] => {
            let text = format!("Alerts: {} and {}", rule.as_str(), other.as_str());
            return State::new(Level::Bad, text);
        }
        [rule, others @ ..] => {
            let text = format!("Alerts: {} and {} others", rule.as_str(), others.len());
            return State::new(Level::Bad, text);
        }
    }
    if paused_since.is_some() {
        return State::new(Level::Notice, "Deliveries are paused".to_owned());
    }
    if let Some(paused) = queues.items().find(|item| item.state == "paused") {
        return State {
            destination: Some(paused.name.to_owned()),
            ..State::new(Level::Notice, format!("{} is paused", paused.name))
        };
    }
    match queues.dead() {
        0 => State::new(Level::Ok, "All well".to_owned()),
        1 => State::new(Level::Notice, "1 dead letter waits for you".to_owned()),
        dead => State::new(Level::Notice, format!("{dead} dead letters wait for you")),
    }
}

impl Changed {
    fn of((parts, alerts): (&Parts, &[Rule]), counts: &Counts, queues: &Queues) -> Self {
        let acts = parts.metrics.admin_acts().get();
        let polls = parts.store.standings();
        let polls: Vec<_> = polls
            .iter()
            .map(|poll| (&poll.poll.draft.id, poll.tally.version))
            .collect();
        let counted: Vec<_> = queues
            .backlog
            .iter()
            .map(|queue| (queue.destination, queue.counts))
            .collect();
        let stand: Vec<_> = queues
            .items()
            .map(|item| (item.name, item.state, item.next_probe))
            .collect();
        let deliveries = mark(&(acts, &counted));
        Self {
            polls: mark(&(acts, polls)),
            events: mark(&(counts.events, deliveries)),
            deliveries,
            destinations: mark(&(acts, &stand)),
            pages: mark(&(acts, counts.pages, counts.hits)),
            funnel: mark(&(acts, counts.visits, counts.conversions)),
            launch: mark(&(acts, queues.dead(), &stand)),
            system: mark(&(acts, alerts)),
        }
    }
}

/// A mark of a state, small enough for a number of JavaScript.
fn mark(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish() >> (64 - 53)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::delivery::DestinationNumber;
    use crate::model::ids::DestinationName;
    use crate::model::lane::breaker::Open;

    fn destination(number: u32, name: &str, paused: Option<&str>) -> Destination {
        Destination {
            number: DestinationNumber(number.try_into().unwrap()),
            name: DestinationName::parse(name).unwrap(),
            paused: paused.map(str::to_owned),
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let mut queues = Queues {
            known: vec![
                destination(1, "crm", None),
                destination(2, "mail", Some("by hand")),
            ],
            backlog: Vec::new(),
            lanes: Vec::new(),
        };
        assert_eq!(state(&queues, &[], None).text, "mail is paused");
        let alert = state(&queues, &[Rule::Lag], None);
        assert_eq!((alert.level, alert.text.as_str()), (Level::Bad, "Alert: lag"));
        assert_eq!(
            state(&queues, &[Rule::Lag, Rule::DiskFree, Rule::BackupAge], None).text,
            "Alerts: lag and 2 others"
        );
        queues.lanes.push(LaneState {
            destination: DestinationNumber(1),
            breaker: BreakerState::Open(Open {
                since: Millis(0),
                probe_at: Millis(30_000),
                reason: "503".to_owned(),
            }),
            hold: None,
            windows: Vec::new(),
            quotas: Vec::new(),
        });
        let worst = state(&queues, &[Rule::Lag], Some(Millis(1)));
        assert_eq!(
            (worst.level, worst.text.as_str()),
            (Level::Bad, "crm is refusing")
        );
        assert_eq!(worst.until.as_deref(), Some("1970-01-01T00:00:30.000Z"));
        queues.known.clear();
        assert_eq!(
            state(&queues, &[], None),
            State::new(Level::Ok, "All well".to_owned())
        );
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(1, 3), Some(0.3333));
    }
}
