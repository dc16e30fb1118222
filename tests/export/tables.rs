//! The three tables as they should be, by what the data file holds, and as they are.
//!
//! What should be is reckoned here anew, of what the store tells anybody, and not by the export's own rules.

use std::collections::BTreeSet;

use gantry::model::event::EventFilter;
use gantry::model::funnel::{Dimension, FunnelQuery, Level};
use gantry::model::page::PageRequest;
use gantry::model::time::Millis;
use gantry::store::Store;
use serde_json::Value;

use crate::postgres::Database;

/// The rows of the three tables, each as a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) windows: BTreeSet<String>,
    pub(crate) results: BTreeSet<String>,
    pub(crate) events: BTreeSet<String>,
}

impl Tables {
    /// As they should be, where a visit costs so much.
    pub(crate) async fn of_file(store: &Store, cost_per_visit: Option<&str>) -> Self {
        store.settle().await.unwrap();
        Self {
            windows: windows(store, cost_per_visit).await,
            results: results(store),
            events: events(store).await,
        }
    }

    /// As they are.
    pub(crate) async fn of_database(database: &Database) -> Self {
        let ms = |column: &str| format!("(extract(epoch FROM {column}) * 1000)::bigint");
        let lines = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|row| row.get(0)).collect();
        let at = ms("timestamp");
        let windows = format!(
            "SELECT concat_ws('|', {at}, total_requests, conversions, coalesce(conv_rate::text, '-'), \
             coalesce(round(estimated_cac, 4)::text, '-')) FROM launch_metrics"
        );
        let at = ms("updated_at");
        let results = format!("SELECT concat_ws('|', poll_id, option_id, votes, {at}) FROM poll_results");
        let at = [ms("scheduled_at"), ms("created_at"), ms("updated_at")].join(", ");
        let events = format!(
            "SELECT payload::text, concat_ws('|', id, idempotency_key, type, source, fingerprint, status, retry_count, \
             coalesce(last_error, '-'), {at}) FROM marketing_events"
        );
        let events = database.query(&events).await;
        let event = |row: &tokio_postgres::Row| {
            let payload: Value = serde_json::from_str(row.get(0)).unwrap();
            format!("{}|{payload}", row.get::<_, &str>(1))
        };
        Self {
            windows: lines(database.query(&windows).await),
            results: lines(database.query(&results).await),
            events: events.iter().map(event).collect(),
        }
    }

    /// Fails unless nothing is in one that is not in the other.
    pub(crate) fn assert_same(&self, other: &Self) {
        for (name, file, database) in [
            ("launch_metrics", &self.windows, &other.windows),
            ("poll_results", &self.results, &other.results),
            ("marketing_events", &self.events, &other.events),
        ] {
            let missing: Vec<_> = file.difference(database).collect();
            let added: Vec<_> = database.difference(file).collect();
            assert!(
                missing.is_empty() && added.is_empty(),
                "{name}: {} rows are missing, {} should not be there\n{:#?}\n{:#?}",
                missing.len(),
                added.len(),
                &missing[..missing.len().min(3)],
                &added[..added.len().min(3)],
            );
        }
    }
}

async fn windows(store: &Store, cost_per_visit: Option<&str>) -> BTreeSet<String> {
    let query = FunnelQuery {
        every: Level::FiveSeconds,
        by: Dimension::All,
        range: Millis(0)..Millis(i64::MAX),
    };
    let mut lines = BTreeSet::new();
    let mut after = None;
    loop {
        let page = PageRequest { limit: 1_000, after };
        let page = store.funnel_rows(query.clone(), page).await.unwrap();
        for row in page.items {
            let (visits, conversions) = (row.totals.visits, row.totals.conversions);
            let rate = match visits {
                0 => "-".to_owned(),
                _ => (conversions as f64 / visits as f64).to_string(),
            };
            let cac = match cost_per_visit {
                Some(cost) if conversions > 0 => {
                    let cost: f64 = cost.parse().unwrap();
                    let cac = cost * visits as f64 / conversions as f64;
                    format!("{:.4}", (cac * 10_000.0).round_ties_even() / 10_000.0)
                }
                _ => "-".to_owned(),
            };
            lines.insert(format!("{}|{visits}|{conversions}|{rate}|{cac}", row.start.0));
        }
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}

fn results(store: &Store) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for standing in store.standings() {
        let options = standing.poll.draft.options.iter();
        for (option, votes) in options.zip(&standing.tally.counts) {
            let (poll, at) = (&standing.poll.draft.id, standing.tally.updated_at.0);
            lines.insert(format!("{poll}|{}|{votes}|{at}", option.id));
        }
    }
    lines
}

async fn events(store: &Store) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut after = None;
    loop {
        let page = PageRequest { limit: 1_000, after };
        let page = store.events(EventFilter::default(), page).await.unwrap();
        for (event, _) in &page.items {
            let story = store.event(event.id).await.unwrap().expect("it is listed");
            let deliveries = story.deliveries.iter().map(|(delivery, _)| delivery);
            let attempts = deliveries.clone().map(|delivery| delivery.attempts).max();
            let mut changes: Vec<i64> = deliveries.clone().map(|d| d.updated_at.0).collect();
            changes.push(story.state.updated_at.0);
            let mut failed: Vec<_> = deliveries.filter(|d| d.last_error.is_some()).collect();
            failed.sort_by_key(|delivery| (delivery.updated_at, delivery.destination));
            let error = failed.last().and_then(|delivery| delivery.last_error.as_deref());
            let payload: Value = serde_json::from_str(&event.payload).unwrap();
            lines.insert(format!(
                "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{payload}",
                event.id,
                event.key,
                event.kind,
                event.source,
                event.fingerprint,
                story.state.status.as_str(),
                attempts.unwrap_or(0).saturating_sub(1),
                error.unwrap_or("-"),
                story.state.scheduled_at.0,
                event.created_at.0,
                changes.iter().max().unwrap(),
            ));
        }
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}
