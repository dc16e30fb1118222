//! What is answered of the plan of the launch.

use serde::Deserialize;

/// When the launch is, and the steps of its plan.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Plan {
    pub(in crate::cli) at_local: Option<String>,
    pub(in crate::cli) timezone: String,
    pub(in crate::cli) steps: Vec<PlanStep>,
}

/// One step of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct PlanStep {
    pub(in crate::cli) id: String,
    pub(in crate::cli) title: String,
    pub(in crate::cli) starts_local: String,
    pub(in crate::cli) state: String,
    pub(in crate::cli) by_hand: bool,
    pub(in crate::cli) tries: u32,
    pub(in crate::cli) detail: Option<String>,
    pub(in crate::cli) by: Option<String>,
}
