//! The site in front, as far as people are shown it.

/// What is stored, and where it comes from.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Site {
    pub(in crate::cli) site: Option<String>,
    pub(in crate::cli) origins: Vec<Origin>,
    pub(in crate::cli) entries: u64,
    pub(in crate::cli) bytes: u64,
    pub(in crate::cli) capacity_bytes: u64,
    pub(in crate::cli) requests: std::collections::BTreeMap<String, u64>,
    pub(in crate::cli) hit_ratio: Option<f64>,
}

/// A server that is asked.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Origin {
    pub(in crate::cli) host: Option<String>,
    pub(in crate::cli) url: String,
    pub(in crate::cli) state: String,
    pub(in crate::cli) last_error: Option<String>,
}

/// A stored page.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct StoredPage {
    pub(in crate::cli) host: String,
    pub(in crate::cli) path: String,
    pub(in crate::cli) variant: Option<String>,
    pub(in crate::cli) status: u16,
    pub(in crate::cli) bytes: u64,
    pub(in crate::cli) age_seconds: u64,
    pub(in crate::cli) fresh_for_seconds: i64,
    pub(in crate::cli) hits: u64,
}

/// What was purged.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Purged {
    pub(in crate::cli) purged: u64,
}

/// How far a warm-up is.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct WarmUp {
    pub(in crate::cli) id: u64,
    pub(in crate::cli) ended_at: Option<String>,
    pub(in crate::cli) total: u64,
    pub(in crate::cli) done: u64,
    pub(in crate::cli) stored: u64,
    pub(in crate::cli) not_stored: u64,
    pub(in crate::cli) failed: u64,
    pub(in crate::cli) left_out: u64,
    pub(in crate::cli) troubles: Vec<Trouble>,
}

/// What went wrong with one of its pages.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Trouble {
    pub(in crate::cli) page: String,
    pub(in crate::cli) detail: String,
}
