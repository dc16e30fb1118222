//! Schedules, as the server shows them.

/// A schedule.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Schedule {
    pub(in crate::cli) name: String,
    pub(in crate::cli) cron: String,
    pub(in crate::cli) timezone: String,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) next: Vec<String>,
    pub(in crate::cli) last: Option<ScheduleRun>,
}

/// Its last run.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct ScheduleRun {
    pub(in crate::cli) at: String,
    pub(in crate::cli) late: bool,
    pub(in crate::cli) missed: u64,
}
