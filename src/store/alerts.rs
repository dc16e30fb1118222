//! Alerts: how each stands, kept with the event of what was said of it, so that a restart neither repeats nor forgets.
//!
//! What is quiet and of no interest has no row.

use redb::{ReadTransaction, ReadableTable};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::desk::Desk;
use super::error::Fault;
use super::reads_events::EventsById;
use super::stage::{Promise, Stage};
use super::verbs::Verb;
use super::verbs::events::RecordEvents;
use super::verify::Check;
use super::{Store, tables};
use crate::model::alert::{AlertKey, AlertState, AlertStep, EVENT_TYPE, Rule, Stand};
use crate::model::delivery::DestinationNumber;
use crate::model::event::{EventId, Recorded, Routed};
use crate::model::time::Millis;

const ALERT: Tag = Tag {
    kind: 230,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct AlertRecord {
    stand: StandRecord,
    resolved_at: Option<i64>,
    again: u8,
    value: f64,
    event: Option<u128>,
}

#[derive(Serialize, Deserialize)]
enum StandRecord {
    Quiet,
    Pending {
        since: i64,
    },
    Firing {
        since: i64,
        told_at: i64,
        reminders: u32,
        quiet_since: Option<i64>,
    },
}

fn to_row(state: &AlertState) -> Result<Vec<u8>, Fault> {
    let record = AlertRecord {
        stand: match state.stand {
            Stand::Quiet => StandRecord::Quiet,
            Stand::Pending { since } => StandRecord::Pending { since: since.0 },
            Stand::Firing {
                since,
                told_at,
                reminders,
                quiet_since,
            } => StandRecord::Firing {
                since: since.0,
                told_at: told_at.0,
                reminders,
                quiet_since: quiet_since.map(|at| at.0),
            },
        },
        resolved_at: state.resolved_at.map(|at| at.0),
        again: state.again,
        value: state.value,
        event: state.event.map(|id| id.0),
    };
    codec::encode(ALERT, &record)
}

fn from_row(bytes: &[u8]) -> Result<AlertState, Fault> {
    let record: AlertRecord = codec::decode(ALERT, bytes)?;
    Ok(AlertState {
        stand: match record.stand {
            StandRecord::Quiet => Stand::Quiet,
            StandRecord::Pending { since } => Stand::Pending { since: Millis(since) },
            StandRecord::Firing {
                since,
                told_at,
                reminders,
                quiet_since,
            } => Stand::Firing {
                since: Millis(since),
                told_at: Millis(told_at),
                reminders,
                quiet_since: quiet_since.map(Millis),
            },
        },
        resolved_at: record.resolved_at.map(Millis),
        again: record.again,
        value: record.value,
        event: record.event.map(EventId),
    })
}

/// Where an alert stands among the rows: its rule, and its destination's number and one more, or 0.
fn place(key: AlertKey) -> (&'static str, u32) {
    let of = key.destination.map_or(0, |number| u32::from(number.0) + 1);
    (key.rule.as_str(), of)
}

/// Whose row it is; `None` where nobody knows the rule.
fn key_of((rule, of): (&str, u32)) -> Option<AlertKey> {
    let rule = Rule::parse(rule)?;
    let destination = match of.checked_sub(1) {
        Some(number) => Some(DestinationNumber(u16::try_from(number).ok()?)),
        None => None,
    };
    Some(AlertKey { rule, destination })
}

/// Take each alert to its next state, and record what is said of it, in one transaction. A message takes from the reserve of
/// a full disk: that it is full is one of them.
struct StepAlerts {
    steps: Vec<AlertStep>,
}

impl Verb for StepAlerts {
    /// In the order of the steps: each state, with its message, and what became of that.
    type Outcome = Vec<(AlertState, Option<Recorded>)>;

    fn weight(&self) -> usize {
        self.steps.len().max(1)
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Self::Outcome, Fault> {
        let mut taken = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            let AlertStep { key, state, message } = step;
            let (state, recorded) = match message {
                None => (state, None),
                Some(Routed { draft, routes }) => {
                    let id = draft.id;
                    let record = RecordEvents {
                        drafts: vec![draft],
                        routes,
                    };
                    let recorded = record.apply(desk)?.pop();
                    let event = match &recorded {
                        Some(Recorded::Accepted { .. }) => Some(id),
                        Some(Recorded::Duplicate { id, .. }) => Some(*id),
                        Some(Recorded::Conflict { .. }) | None => None,
                    };
                    (AlertState { event, ..state }, recorded)
                }
            };
            let mut table = desk.txn.open_table(tables::ALERTS)?;
            match state.is_nothing() {
                true => drop(table.remove(place(key))?),
                false => drop(table.insert(place(key), to_row(&state)?.as_slice())?),
            }
            drop(table);
            desk.wrote();
            taken.push((state, recorded));
        }
        Ok(taken)
    }
}

impl Store {
    /// Takes each alert to its next state, and records what is said of it, in one transaction: each state as it is kept, and
    /// what became of its message.
    ///
    /// # Errors
    /// A fault of the file: then neither is known to be there.
    pub async fn step_alerts(
        &self,
        steps: Vec<AlertStep>,
    ) -> Result<Vec<(AlertState, Option<Recorded>)>, Fault> {
        self.rare(StepAlerts { steps }).await
    }

    /// Every alert of which something is remembered.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn alerts(&self) -> Result<Vec<(AlertKey, AlertState)>, Fault> {
        self.read(|db| all(&db.begin_read()?)).await
    }

    /// How many deliveries became dead letters at `since` or later and still are, counted up to `most`.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn deaths_since(&self, since: Millis, most: usize) -> Result<usize, Fault> {
        let numbers: Vec<u16> = self.destinations().iter().map(|to| to.number.0).collect();
        self.read(move |db| {
            let dead = db.begin_read()?.open_table(tables::DEAD)?;
            let mut count = 0;
            for number in numbers {
                let rows = dead.range((number, since.0, 0)..=(number, i64::MAX, u64::MAX))?;
                count += rows.take(most.saturating_sub(count)).count();
            }
            Ok(count)
        })
        .await
    }
}

impl Stage {
    /// Puts the next states of alerts, and what is said of them, into the next step.
    pub fn step_alerts(&mut self, steps: Vec<AlertStep>) -> Promise<Vec<(AlertState, Option<Recorded>)>> {
        self.rare(StepAlerts { steps })
    }

    /// Every alert of which something is remembered.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn alerts(&self) -> Result<Vec<(AlertKey, AlertState)>, Fault> {
        all(&self.read()?)
    }
}

/// Of a rule that is not known any more nothing is remembered.
fn all(txn: &ReadTransaction) -> Result<Vec<(AlertKey, AlertState)>, Fault> {
    let mut alerts = Vec::new();
    for row in txn.open_table(tables::ALERTS)?.iter()? {
        let (place, bytes) = row?;
        if let Some(key) = key_of(place.value()) {
            alerts.push((key, from_row(bytes.value())?));
        }
    }
    Ok(alerts)
}

/// The invariant of alerts.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "alerts",
        "what is remembered of every alert can be read, nothing was said of it before it began, and its last message is an alert's",
    );
    let events = EventsById::open(txn)?;
    for row in txn.open_table(tables::ALERTS)?.iter()? {
        let (place, bytes) = row?;
        let name = || format!("the alert {:?}", place.value());
        let Ok(state) = from_row(bytes.value()) else {
            check.see(false, name);
            continue;
        };
        let in_order = match state.stand {
            Stand::Firing { since, told_at, .. } => since <= told_at,
            Stand::Quiet | Stand::Pending { .. } => true,
        };
        let event = events.get(state.event)?;
        let own = event.is_none_or(|event| event.kind.as_str() == EVENT_TYPE);
        check.see(in_order && own && !state.is_nothing(), name);
    }
    Ok(check)
}

/// Reads a record of alerts; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == ALERT).then(|| from_row(bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_an_alert_keeps_the_bytes_it_had_when_its_version_came() {
        let quiet = AlertState {
            resolved_at: Some(Millis(5)),
            value: 0.5,
            ..AlertState::default()
        };
        let pending = AlertState {
            stand: Stand::Pending { since: Millis(5) },
            ..AlertState::default()
        };
        let firing = AlertState {
            stand: Stand::Firing {
                since: Millis(5),
                told_at: Millis(6),
                reminders: 7,
                quiet_since: Some(Millis(8)),
            },
            resolved_at: None,
            again: 2,
            value: 1.0,
            event: Some(EventId(9)),
        };
        for (state, golden) in [
            (quiet, "e60100010a00000000000000e03f00"),
            (pending, "e601010a0000000000000000000000"),
            (firing, "e601020a0c0701100002000000000000f03f0109"),
        ] {
            let row = to_row(&state).unwrap();
            let hex: String = row.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, golden);
            assert_eq!(from_row(&row).unwrap(), state);
            assert!(matches!(read(&row), Some(Ok(()))));
        }
    }

    #[test]
    fn a_place_is_that_of_one_alert() {
        for destination in [None, Some(DestinationNumber(0)), Some(DestinationNumber(65_534))] {
            let key = AlertKey {
                rule: Rule::Lag,
                destination,
            };
            assert_eq!(key_of(place(key)), Some(key));
        }
        assert_eq!(key_of(("nothing", 0)), None);
    }
}
