//! Spend, as the server tells of it.

/// An entry.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Spent {
    pub(in crate::cli) id: String,
    pub(in crate::cli) day: String,
    pub(in crate::cli) source: String,
    pub(in crate::cli) campaign: String,
    pub(in crate::cli) amount: String,
    pub(in crate::cli) note: Option<String>,
}

/// What became of an entry.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct SpendOutcome {
    pub(in crate::cli) id: String,
    pub(in crate::cli) status: String,
}

/// What became of several.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(in crate::cli) struct SpendOutcomes {
    pub(in crate::cli) items: Vec<SpendOutcome>,
    pub(in crate::cli) recorded: u64,
    pub(in crate::cli) duplicates: u64,
    pub(in crate::cli) conflicts: u64,
}
