//! The audit log, as the server tells of it.

/// An entry.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Act {
    pub(in crate::cli) at: String,
    pub(in crate::cli) who: Option<String>,
    pub(in crate::cli) via: Option<String>,
    pub(in crate::cli) action: String,
    pub(in crate::cli) target: Option<String>,
    pub(in crate::cli) outcome: Option<u16>,
    pub(in crate::cli) from: Option<String>,
    pub(in crate::cli) times: u32,
}
