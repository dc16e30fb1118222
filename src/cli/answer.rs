//! Answers: what the server says, as far as people are shown it. Fields that are not known here are passed over.

mod alerts;
mod audit;
mod destinations;
mod events;
mod export;
mod launch;
mod pages;
mod preflight;
mod replays;
mod report;
mod schedules;
mod spend;
mod webhooks;

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::client::Unanswered;

pub(super) use alerts::{Alert, AlertTested, Alerts};
pub(super) use audit::Act;
pub(super) use destinations::{Calls, DeliveryStory, Destination, Destinations, Trial};
pub(super) use events::{Changed, DeadGroup, Delivery, Event, EventDetails, Sent};
pub(super) use export::{ExportLost, ExportStatus, Schema, SetAside};
pub(super) use launch::{Plan, PlanStep};
pub(super) use pages::{Purged, Site, StoredPage, WarmUp};
pub(super) use preflight::{Flight, FlightCheck};
pub(super) use replays::{Look, Replay};
pub(super) use report::{Figure, LaunchReport, Pages};
pub(super) use schedules::Schedule;
pub(super) use spend::{SpendOutcome, SpendOutcomes, Spent};
pub(super) use webhooks::{Webhook, WebhookTrial};

/// One of a list's items as what it should be.
pub(super) fn typed<T: DeserializeOwned>(item: Value) -> Result<T, Unanswered> {
    serde_json::from_value(item).map_err(|e| Unanswered::unreadable(&e))
}

/// A poll with its results.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Poll {
    pub(super) poll_id: String,
    pub(super) question: String,
    pub(super) options: Ordered<u64>,
    #[serde(default)]
    pub(super) labels: HashMap<String, String>,
    pub(super) total_votes: u64,
    pub(super) open: bool,
    pub(super) opens_at: Option<String>,
    pub(super) closes_at: Option<String>,
    pub(super) closed_at: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) voter: Option<String>,
    pub(super) per_address: Option<u64>,
}

impl Poll {
    /// Every option's label and votes, in the poll's order.
    pub(super) fn by_option(&self) -> impl Iterator<Item = (&str, u64)> {
        self.options.0.iter().map(|(id, votes)| {
            let label = self.labels.get(id).unwrap_or(id);
            (label.as_str(), *votes)
        })
    }

    /// Whether votes count now, in a word.
    pub(super) fn state(&self) -> &'static str {
        match (self.open, &self.closed_at) {
            (true, _) => "open",
            (false, Some(_)) => "closed",
            (false, None) => "not open",
        }
    }
}

/// A vote that was counted.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vote {
    pub(super) position: u64,
    pub(super) user_id: String,
    pub(super) option_id: String,
    pub(super) at: String,
    pub(super) address: Option<String>,
    pub(super) voided_at: Option<String>,
}

/// What voiding did, or would do.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Voided {
    pub(super) matched: u64,
    pub(super) voided: u64,
    #[serde(default)]
    pub(super) examples: Vec<Vote>,
}

/// A key; its secret only when it was just made.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) scope: String,
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) last_used_at: Option<String>,
    pub(super) key: Option<String>,
}

/// What verify found.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Report {
    pub(super) clean: bool,
    pub(super) checks: Vec<Check>,
}

/// One invariant.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) rule: String,
    pub(super) rows: u64,
    pub(super) broken: u64,
    #[serde(default)]
    pub(super) examples: Vec<String>,
}

/// A backup that the server made where it keeps its own.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct MadeBackup {
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// One page of a list.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    /// What to ask for next: a text or a number; null ends the list.
    #[serde(default)]
    pub(super) next: Value,
}

/// Why the server refused (RFC 9457).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) title: Option<String>,
    pub(super) detail: Option<String>,
}

/// An object's members in the order in which they were written, which for options is the poll's.
#[derive(Clone, Debug)]
pub(super) struct Ordered<V>(pub(super) Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered<V>, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}
