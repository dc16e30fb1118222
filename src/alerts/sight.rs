//! What is seen at one moment, before it is measured.

use super::{Certificate, Parts};
use crate::config::Hours;
use crate::metrics::Watched;
use crate::model::delivery::DestinationNumber;
use crate::model::ids::DestinationName;
use crate::model::launch::Phase;
use crate::model::time::Millis;
use crate::store::Fault;

/// A destination that is configured.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) number: DestinationNumber,
    pub(super) name: DestinationName,
    /// How long the oldest delivery that is due has waited, in milliseconds; `None` while nothing is to leave, because it is
    /// paused.
    pub(super) waited_ms: Option<i64>,
    /// How long its breaker has not been closed, in milliseconds.
    pub(super) open_ms: i64,
    /// Whether it turns us away, and is paused for it.
    pub(super) turns_us_away: bool,
}

/// The certificate of a name that is served by HTTPS.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) name: String,
    /// How long it still holds, in milliseconds; 0 where it does not, or there is none.
    pub(super) left_ms: i64,
    /// How long it holds in all, in milliseconds.
    pub(super) lasts_ms: i64,
}

impl Ending {
    pub(super) fn of(certificate: Certificate, now: Millis) -> Self {
        let Certificate { name, validity } = certificate;
        let (from, until) = validity.unwrap_or((now, now));
        Self {
            name,
            left_ms: ms_since(now, until),
            lasts_ms: ms_since(from, until),
        }
    }
}

/// What was seen. Spans are by the store's time, which never runs back.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// The store's time.
    pub(super) at: Millis,
    pub(super) watched: Watched,
    pub(super) destinations: Vec<Seen>,
    /// Deliveries that became dead letters within the span of the rule about them.
    pub(super) died: usize,
    /// How long until the oldest dead letter is forgotten, and how long any is kept, in milliseconds; `None` where there is
    /// none, or they are kept for good.
    pub(super) dead_leave_ms: Option<(i64, i64)>,
    /// Bytes that the disk has left until nothing new is taken in; `None` where nobody can tell.
    pub(super) room: Option<u64>,
    /// How old the newest backup is, in milliseconds, or, where there is none, the file; `None` where none are made.
    pub(super) backup_age_ms: Option<i64>,
    /// How far the export is behind, in milliseconds.
    pub(super) export_lag_ms: Option<i64>,
    /// The certificate of each name.
    pub(super) certificates: Vec<Ending>,
    /// Whether it is from the launch until six hours after it.
    pub(super) is_launch: bool,
}

/// The most dead letters that are counted: more is as bad.
const DIED_MOST: usize = 10_000;

impl Parts {
    /// Looks around; `died_within_ms` is over how long the dead are counted.
    pub(super) async fn look(&self, died_within_ms: i64) -> Result<Sight, Fault> {
        let store = &self.store;
        let backlog = store.backlog().await?;
        let lanes = store.lanes().await?;
        let (at, now) = (store.now(), self.clock.now());
        let all_paused = store.delivery_paused_since().is_some();
        let destinations = lanes.into_iter().filter_map(|lane| {
            let known = store.destination(lane.destination)?;
            let queue = backlog.iter().find(|queue| queue.destination == known.number);
            let due = queue.and_then(|queue| queue.oldest_due);
            let is_paused = all_paused || known.paused.is_some();
            Some(Seen {
                number: known.number,
                waited_ms: (!is_paused).then(|| due.map_or(0, |due| ms_since(due, at))),
                open_ms: lane.breaker.open().map_or(0, |open| ms_since(open.since, at)),
                turns_us_away: known.turns_us_away(),
                name: known.name,
            })
        });
        let oldest_dead = backlog.iter().filter_map(|queue| queue.oldest_dead).min();
        let kept = self.retention.borrow().dead_letters;
        let kept_ms = kept.map(|kept| i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        Ok(Sight {
            at,
            watched: self.metrics.watched(),
            destinations: destinations.collect(),
            died: store.deaths_since(at.plus(-died_within_ms), DIED_MOST).await?,
            dead_leave_ms: oldest_dead
                .zip(kept_ms)
                .map(|(oldest, kept)| (kept.saturating_sub(ms_since(oldest, at)), kept)),
            room: store
                .space()
                .map(|space| space.free.saturating_sub(space.reserve)),
            backup_age_ms: self.backup_age_ms(now),
            export_lag_ms: (self.export_lag)().map(|lag| i64::try_from(lag.as_millis()).unwrap_or(i64::MAX)),
            certificates: (self.certificates)()
                .into_iter()
                .map(|certificate| Ending::of(certificate, now))
                .collect(),
            is_launch: self.hours(now) == Hours::OfTheLaunch,
        })
    }

    fn backup_age_ms(&self, now: Millis) -> Option<i64> {
        self.backup.borrow().at?;
        let made_at = self.metrics.backup_made_at().get();
        let newest = (made_at > 0).then(|| Millis(made_at.saturating_mul(1_000)));
        // The file is as old as its first key.
        let first_key = || self.store.keys().iter().map(|key| key.created_at).min();
        newest.or_else(first_key).map(|at| ms_since(at, now))
    }

    /// Which hours it is at `now`.
    pub(super) fn hours(&self, now: Millis) -> Hours {
        let launch = self.launch.borrow().at;
        match launch.is_some_and(|launch| Phase::at(launch, now) == Some(Phase::Launch)) {
            true => Hours::OfTheLaunch,
            false => Hours::Usual,
        }
    }
}

fn ms_since(then: Millis, now: Millis) -> i64 {
    now.0.saturating_sub(then.0).max(0)
}
