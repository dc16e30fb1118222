//! What the server says of the export.

/// How the export stands.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct ExportStatus {
    pub(in crate::cli) state: String,
    pub(in crate::cli) lag_seconds: f64,
    pub(in crate::cli) waiting: u64,
    pub(in crate::cli) rows: u64,
    pub(in crate::cli) last_exported_at: Option<String>,
    pub(in crate::cli) backfill: Option<Backfill>,
    pub(in crate::cli) set_aside: u64,
    pub(in crate::cli) lost: ExportLost,
    pub(in crate::cli) failure: Option<ExportFailure>,
}

/// What was forgotten before it was exported.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct ExportLost {
    pub(in crate::cli) windows: u64,
    pub(in crate::cli) events: u64,
    pub(in crate::cli) polls: u64,
}

/// How far a backfill is.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Backfill {
    pub(in crate::cli) done: u64,
    pub(in crate::cli) of: u64,
}

/// Why nothing goes.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct ExportFailure {
    pub(in crate::cli) since: String,
    pub(in crate::cli) message: String,
}

/// A row that the database refuses.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct SetAside {
    pub(in crate::cli) table: String,
    pub(in crate::cli) name: String,
    pub(in crate::cli) reason: String,
}

/// What became of the tables.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Schema {
    pub(in crate::cli) version: i32,
    pub(in crate::cli) before: i32,
}
