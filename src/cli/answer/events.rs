//! Events and deliveries, as far as people are shown them.

use serde_json::value::RawValue;

/// What became of an event that was sent.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Sent {
    pub(in crate::cli) id: String,
    pub(in crate::cli) status: String,
    pub(in crate::cli) fingerprint: String,
    pub(in crate::cli) scheduled_at: String,
}

/// An event in a list.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Event {
    pub(in crate::cli) id: String,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) source: String,
    pub(in crate::cli) status: String,
    pub(in crate::cli) scheduled_at: String,
    pub(in crate::cli) created_at: String,
}

/// An event with everything that became of it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct EventDetails {
    pub(in crate::cli) id: String,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) source: String,
    pub(in crate::cli) idempotency_key: String,
    pub(in crate::cli) fingerprint: String,
    pub(in crate::cli) status: String,
    pub(in crate::cli) priority: u8,
    pub(in crate::cli) scheduled_at: String,
    pub(in crate::cli) expires_at: Option<String>,
    pub(in crate::cli) created_at: String,
    pub(in crate::cli) updated_at: String,
    /// As it is kept: a Value would forget the order of its members.
    pub(in crate::cli) payload: Box<RawValue>,
    #[serde(default)]
    pub(in crate::cli) deliveries: Vec<Delivery>,
}

/// A delivery; its attempts where they are told.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Delivery {
    pub(in crate::cli) id: String,
    pub(in crate::cli) destination: String,
    pub(in crate::cli) status: String,
    pub(in crate::cli) attempts: u64,
    pub(in crate::cli) due: Option<String>,
    pub(in crate::cli) last_class: Option<String>,
    pub(in crate::cli) last_error: Option<String>,
    #[serde(default)]
    pub(in crate::cli) history: Vec<Attempt>,
}

/// Dead letters that died of the same.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct DeadGroup {
    pub(in crate::cli) id: String,
    pub(in crate::cli) destination: String,
    pub(in crate::cli) count: u64,
    pub(in crate::cli) newest: String,
    pub(in crate::cli) error: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Attempt {
    pub(in crate::cli) number: u64,
    pub(in crate::cli) at: String,
    pub(in crate::cli) took_ms: u64,
    pub(in crate::cli) class: String,
    pub(in crate::cli) status: Option<u16>,
    #[serde(default)]
    pub(in crate::cli) excerpt: String,
}

/// What changing deliveries did, or would do.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cli) struct Changed {
    pub(in crate::cli) matched: u64,
    pub(in crate::cli) done: u64,
    pub(in crate::cli) dry_run: bool,
    /// As they came, for machines.
    pub(in crate::cli) examples: Vec<serde_json::Value>,
    /// Where to go on; `None` where nothing is left.
    pub(in crate::cli) next: Option<String>,
}
