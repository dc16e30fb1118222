//! Webhooks, as the server shows them.

use serde_json::Value;

use super::Ordered;

/// A source.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Webhook {
    pub(in crate::cli) source: String,
    pub(in crate::cli) preset: String,
    pub(in crate::cli) path: String,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) secrets: u64,
    pub(in crate::cli) dedupe_for: String,
    pub(in crate::cli) last_taken_at: Option<String>,
    pub(in crate::cli) last_refused_at: Option<String>,
}

/// What became of a sample, or would.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct WebhookTrial {
    pub(in crate::cli) request: SampleRequest,
    pub(in crate::cli) signed: bool,
    pub(in crate::cli) status: u16,
    pub(in crate::cli) verdict: String,
    pub(in crate::cli) detail: Option<String>,
    pub(in crate::cli) sent: bool,
    pub(in crate::cli) events: Vec<SampleEvent>,
}

/// The sample as its sender would send it.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct SampleRequest {
    pub(in crate::cli) method: String,
    pub(in crate::cli) path: String,
    pub(in crate::cli) headers: Ordered<String>,
    pub(in crate::cli) body: String,
}

/// An event that it makes.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct SampleEvent {
    pub(in crate::cli) id: Option<String>,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) key: String,
    pub(in crate::cli) payload: Value,
    pub(in crate::cli) status: String,
}
