//! A report, as the server tells of it.

/// What a launch brought.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct LaunchReport {
    pub(in crate::cli) words: String,
    pub(in crate::cli) currency: Option<String>,
    pub(in crate::cli) total: Figure,
    pub(in crate::cli) by_source: Vec<Figure>,
    pub(in crate::cli) by_campaign: Vec<Figure>,
    pub(in crate::cli) traffic: Vec<Window>,
    pub(in crate::cli) pages: Vec<Pages>,
    pub(in crate::cli) destinations: Vec<Lane>,
    pub(in crate::cli) polls: Vec<Poll>,
}

/// The figures of all, of a source or of a campaign.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Figure {
    #[serde(default)]
    pub(in crate::cli) key: String,
    pub(in crate::cli) visits: u64,
    pub(in crate::cli) conversions: u64,
    pub(in crate::cli) value: String,
    pub(in crate::cli) cost: Option<String>,
    pub(in crate::cli) estimated: bool,
    pub(in crate::cli) cac: Option<String>,
    pub(in crate::cli) ltv_cac: Option<f64>,
    pub(in crate::cli) payback: Payback,
    pub(in crate::cli) lift: Option<String>,
    pub(in crate::cli) net_roi: Option<f64>,
}

/// When a cost is paid back.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Payback {
    pub(in crate::cli) conversions: Option<u64>,
    pub(in crate::cli) day: Option<String>,
}

/// Visits and conversions of a window.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Window {
    pub(in crate::cli) label: String,
    pub(in crate::cli) visits: u64,
    pub(in crate::cli) conversions: u64,
}

/// What the cache answered in a window.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Pages {
    pub(in crate::cli) hits: u64,
    pub(in crate::cli) requests: u64,
}

/// How a destination's deliveries stand.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Lane {
    pub(in crate::cli) name: String,
    pub(in crate::cli) delivered: u64,
    pub(in crate::cli) waiting: u64,
    pub(in crate::cli) dead: u64,
    pub(in crate::cli) paused: Option<String>,
}

/// How a poll stands.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Poll {
    pub(in crate::cli) question: String,
    pub(in crate::cli) state: String,
    pub(in crate::cli) total_votes: u64,
    pub(in crate::cli) options: Vec<Choice>,
}

/// An option and its votes.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Choice {
    pub(in crate::cli) label: String,
    pub(in crate::cli) votes: u64,
}
