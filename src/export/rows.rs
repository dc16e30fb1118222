//! Rows: what a batch is in the database's tables, and the statements that put it there.
//!
//! A statement takes a column as an array each (`UNNEST`), so that a batch of any size is one statement with the same few
//! parameters, and is an upsert that leaves what is the same as it is.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Transaction};
use uuid::Uuid;

use crate::model::export::{ExportBatch, ExportKey, ExportedEvent, PollResults};
use crate::model::funnel::Totals;
use crate::model::money::Money;
use crate::model::time::Millis;
use crate::store::Standing;

const WINDOWS: &str = "\
INSERT INTO launch_metrics AS old (timestamp, total_requests, conversions, conv_rate, estimated_cac)
SELECT r.at, r.visits, r.conversions, r.rate, r.cac::numeric
FROM unnest($1, $2, $3, $4, $5) AS r (at, visits, conversions, rate, cac)
ON CONFLICT (timestamp) DO UPDATE SET total_requests = excluded.total_requests, conversions = excluded.conversions,
    conv_rate = excluded.conv_rate, estimated_cac = excluded.estimated_cac
WHERE old.* IS DISTINCT FROM excluded.*";

const RESULTS: &str = "\
INSERT INTO poll_results AS old (poll_id, option_id, votes, updated_at)
SELECT r.poll, r.option, r.votes, r.at FROM unnest($1, $2, $3, $4) AS r (poll, option, votes, at)
ON CONFLICT (poll_id, option_id) DO UPDATE SET votes = excluded.votes, updated_at = excluded.updated_at
WHERE old.* IS DISTINCT FROM excluded.*";

/// A poll that was deleted, and made anew under its id, has options of its own.
const OPTIONS: &str = "\
DELETE FROM poll_results AS old WHERE old.poll_id = ANY ($1) AND NOT EXISTS
    (SELECT FROM unnest($2, $3) AS r (poll, option) WHERE r.poll = old.poll_id AND r.option = old.option_id)";

const EVENTS: &str = "\
INSERT INTO marketing_events AS old (id, idempotency_key, type, payload, source, fingerprint, status, retry_count, last_error,
    scheduled_at, created_at, updated_at)
SELECT r.id, r.key, r.type, r.payload::jsonb, r.source, r.fingerprint, r.status, r.retries, r.error, r.scheduled, r.created,
    r.updated
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    AS r (id, key, type, payload, source, fingerprint, status, retries, error, scheduled, created, updated)
ON CONFLICT (id) DO UPDATE SET idempotency_key = excluded.idempotency_key, type = excluded.type, payload = excluded.payload,
    source = excluded.source, fingerprint = excluded.fingerprint, status = excluded.status,
    retry_count = excluded.retry_count, last_error = excluded.last_error, scheduled_at = excluded.scheduled_at,
    created_at = excluded.created_at, updated_at = excluded.updated_at
WHERE old.* IS DISTINCT FROM excluded.*";

/// What is written in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows(Vec<Row>);

/// What is of one thing; it goes as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    Window(Window),
    Poll(PollResults),
    Event(Box<ExportedEvent>),
}

/// A row of `launch_metrics`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    start: Millis,
    totals: Totals,
    cac: Option<Money>,
}

impl Row {
    /// What it is of, and what its owner calls that.
    pub(super) fn names(&self) -> (ExportKey, String) {
        match self {
            Self::Window(window) => (ExportKey::Window(window.start), window.start.to_string()),
            Self::Poll(poll) => (ExportKey::Poll(poll.number), poll.id.clone()),
            Self::Event(event) => (ExportKey::Event(event.position), event.event.id.to_string()),
        }
    }

    /// How many rows of the database it is.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Poll(poll) => poll.votes.len() as u64,
            Self::Window(_) | Self::Event(_) => 1,
        }
    }
}

impl Rows {
    /// What a batch is, as polls stand, where a visit costs so much.
    pub(super) fn of(batch: ExportBatch, standings: &[Standing], cost_per_visit: Option<Money>) -> Self {
        let windows = batch.windows.into_iter().map(|(start, totals)| {
            let cac = cost_per_visit
                .and_then(|cost| cost.times(totals.visits))
                .and_then(|cost| cost.over(totals.conversions));
            Row::Window(Window { start, totals, cac })
        });
        let known: HashMap<_, _> = standings.iter().map(|s| (s.poll.number, s)).collect();
        let changed = batch.polls.iter().filter_map(|number| known.get(number));
        let polls = changed.map(|s| PollResults::of(&s.poll, &s.tally));
        // Of a poll that was deleted the last results stay, unless there is another of its id, or was later.
        let mut said: HashSet<_> = standings.iter().map(|s| s.poll.draft.id.to_string()).collect();
        let mut last = batch.last_results;
        last.sort_by_key(|results| Reverse(results.number));
        let last = last.into_iter().filter(|results| said.insert(results.id.clone()));
        let polls = polls.chain(last).map(Row::Poll);
        let events = batch.events.into_iter().map(|event| Row::Event(Box::new(event)));
        Self(windows.chain(polls).chain(events).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they are of.
    pub(super) fn keys(&self) -> impl Iterator<Item = ExportKey> {
        self.0.iter().map(|row| row.names().0)
    }

    /// How many rows of the database they are.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(Row::count).sum()
    }

    /// Two halves of them, or the one that is not to be halved.
    pub(super) fn halves(mut self) -> Result<(Self, Self), Option<Row>> {
        match self.0.len() {
            0 | 1 => Err(self.0.pop()),
            many => {
                let second = self.0.split_off(many / 2);
                Ok((self, Self(second)))
            }
        }
    }

    /// Writes all of them.
    pub(super) async fn write(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let windows: Vec<&Window> = self
            .0
            .iter()
            .filter_map(|row| match row {
                Row::Window(window) => Some(window),
                _ => None,
            })
            .collect();
        let polls: Vec<&PollResults> = self
            .0
            .iter()
            .filter_map(|row| match row {
                Row::Poll(poll) => Some(poll),
                _ => None,
            })
            .collect();
        let events: Vec<&ExportedEvent> = self
            .0
            .iter()
            .filter_map(|row| match row {
                Row::Event(event) => Some(&**event),
                _ => None,
            })
            .collect();
        if !windows.is_empty() {
            write_windows(transaction, &windows).await?;
        }
        if !polls.is_empty() {
            write_polls(transaction, &polls).await?;
        }
        if !events.is_empty() {
            write_events(transaction, &events).await?;
        }
        Ok(())
    }
}

type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

async fn write_windows(transaction: &Transaction<'_>, rows: &[&Window]) -> Result<(), Error> {
    let at: Vec<SystemTime> = rows.iter().map(|row| instant(row.start)).collect();
    let visits: Vec<i64> = rows.iter().map(|row| whole(row.totals.visits)).collect();
    let conversions: Vec<i64> = rows.iter().map(|row| whole(row.totals.conversions)).collect();
    let rate: Vec<Option<f64>> = rows.iter().map(|row| rate(&row.totals)).collect();
    let cac: Vec<Option<String>> = rows
        .iter()
        .map(|row| row.cac.map(|cac| cac.to_string()))
        .collect();
    let parameters: [Parameter<'_>; 5] = [
        (&at, Type::TIMESTAMPTZ_ARRAY),
        (&visits, Type::INT8_ARRAY),
        (&conversions, Type::INT8_ARRAY),
        (&rate, Type::FLOAT8_ARRAY),
        (&cac, Type::TEXT_ARRAY),
    ];
    transaction.execute_typed(WINDOWS, &parameters).await.map(drop)
}

async fn write_polls(transaction: &Transaction<'_>, rows: &[&PollResults]) -> Result<(), Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let results = || {
        let of_poll = |row: &&'_ PollResults| (row.id.clone(), row.at);
        rows.iter().flat_map(move |row| {
            let (id, at) = of_poll(row);
            row.votes
                .iter()
                .map(move |(option, votes)| (id.clone(), option.as_str(), *votes, at))
        })
    };
    let polls: Vec<String> = results().map(|(poll, ..)| poll).collect();
    let options: Vec<&str> = results().map(|(_, option, ..)| option).collect();
    let votes: Vec<i64> = results().map(|(.., votes, _)| whole(votes)).collect();
    let at: Vec<SystemTime> = results().map(|(.., at)| instant(at)).collect();
    let gone: [Parameter<'_>; 3] = [
        (&ids, Type::TEXT_ARRAY),
        (&polls, Type::TEXT_ARRAY),
        (&options, Type::TEXT_ARRAY),
    ];
    transaction.execute_typed(OPTIONS, &gone).await?;
    let parameters: [Parameter<'_>; 4] = [
        (&polls, Type::TEXT_ARRAY),
        (&options, Type::TEXT_ARRAY),
        (&votes, Type::INT8_ARRAY),
        (&at, Type::TIMESTAMPTZ_ARRAY),
    ];
    transaction.execute_typed(RESULTS, &parameters).await.map(drop)
}

async fn write_events(transaction: &Transaction<'_>, rows: &[&ExportedEvent]) -> Result<(), Error> {
    fn column<'r, T>(rows: &'r [&ExportedEvent], of: impl Fn(&'r ExportedEvent) -> T) -> Vec<T> {
        rows.iter().map(|row| of(row)).collect()
    }
    let id = column(rows, |row| Uuid::from_u128(row.event.id.0));
    let key = column(rows, |row| row.event.key.as_str());
    let kind = column(rows, |row| row.event.kind.as_str());
    let payload = column(rows, |row| row.event.payload.as_str());
    let source = column(rows, |row| row.event.source.as_str());
    let fingerprint = column(rows, |row| row.event.fingerprint.to_string());
    let status = column(rows, |row| row.status.as_str());
    let retries = column(rows, |row| i32::try_from(row.retry_count).unwrap_or(i32::MAX));
    let error = column(rows, |row| row.last_error.as_deref().map(text));
    let scheduled = column(rows, |row| instant(row.scheduled_at));
    let created = column(rows, |row| instant(row.event.created_at));
    let updated = column(rows, |row| instant(row.updated_at));
    let parameters: [Parameter<'_>; 12] = [
        (&id, Type::UUID_ARRAY),
        (&key, Type::TEXT_ARRAY),
        (&kind, Type::TEXT_ARRAY),
        (&payload, Type::TEXT_ARRAY),
        (&source, Type::TEXT_ARRAY),
        (&fingerprint, Type::TEXT_ARRAY),
        (&status, Type::TEXT_ARRAY),
        (&retries, Type::INT4_ARRAY),
        (&error, Type::TEXT_ARRAY),
        (&scheduled, Type::TIMESTAMPTZ_ARRAY),
        (&created, Type::TIMESTAMPTZ_ARRAY),
        (&updated, Type::TIMESTAMPTZ_ARRAY),
    ];
    transaction.execute_typed(EVENTS, &parameters).await.map(drop)
}

/// A text that a receiver said: PostgreSQL keeps no NUL.
fn text(said: &str) -> String {
    said.replace('\0', "\u{fffd}")
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Conversions by visits; of no visits there is none.
#[expect(
    clippy::cast_precision_loss,
    reason = "a rate has fewer digits than a window has visits"
)]
fn rate(totals: &Totals) -> Option<f64> {
    match totals.visits {
        0 => None,
        visits => Some(totals.conversions as f64 / visits as f64),
    }
}

fn instant(at: Millis) -> SystemTime {
    let apart = Duration::from_millis(at.0.unsigned_abs());
    let reached = match at.0 < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(apart),
        false => SystemTime::UNIX_EPOCH.checked_add(apart),
    };
    reached.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::poll::PollNumber;

    fn window(visits: u64, conversions: u64) -> ExportBatch {
        let totals = Totals {
            visits,
            conversions,
            ..Totals::default()
        };
        ExportBatch {
            windows: vec![(Millis(5_000), totals)],
            ..ExportBatch::default()
        }
    }

    fn cac(visits: u64, conversions: u64, cost: Option<&str>) -> Option<String> {
        let cost = cost.map(|cost| Money::parse(cost).unwrap());
        let Rows(rows) = Rows::of(window(visits, conversions), &[], cost);
        let [Row::Window(window)] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        window.cac.map(|cac| cac.to_string())
    }

    #[test]
    fn cac_is_what_the_visits_of_a_window_cost_by_its_conversions() {
        assert_eq!(cac(12, 5, Some("12.50")).as_deref(), Some("30.00"));
        assert_eq!(cac(12, 0, Some("12.50")), None);
        assert_eq!(cac(12, 5, None), None, "what is not written is not reckoned");
        let totals = |visits, conversions| Totals {
            visits,
            conversions,
            ..Totals::default()
        };
        assert_eq!(rate(&totals(8, 2)), Some(0.25));
        assert_eq!(rate(&totals(0, 2)), None);
    }

    #[test]
    fn of_polls_of_one_id_that_were_deleted_only_the_last_goes() {
        let results = |number, id: &str| PollResults {
            number: PollNumber(number),
            id: id.to_owned(),
            votes: vec![("a".to_owned(), u64::from(number))],
            at: Millis(1),
        };
        let batch = ExportBatch {
            last_results: vec![results(1, "best"), results(2, "other"), results(3, "best")],
            ..ExportBatch::default()
        };
        let rows = Rows::of(batch, &[], None);
        let keys: Vec<_> = rows.keys().collect();
        assert_eq!(keys, [3, 2].map(|number| ExportKey::Poll(PollNumber(number))));
    }

    #[test]
    fn rows_are_halved_until_one_is_left() {
        let row = |start| {
            Row::Window(Window {
                start: Millis(start),
                totals: Totals::default(),
                cac: None,
            })
        };
        let rows = Rows(vec![row(1), row(2), row(3)]);
        let (first, second) = rows.halves().unwrap();
        assert_eq!(first.halves().unwrap_err(), Some(row(1)));
        let (second, third) = second.halves().unwrap();
        assert_eq!(second.halves().unwrap_err(), Some(row(2)));
        assert_eq!(third.halves().unwrap_err(), Some(row(3)));
        assert_eq!(Rows::default().halves().unwrap_err(), None);
    }

    #[test]
    fn instants_before_the_epoch_are_before_it() {
        assert_eq!(
            instant(Millis(-1)),
            SystemTime::UNIX_EPOCH - Duration::from_millis(1)
        );
    }
}
