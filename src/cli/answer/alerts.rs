//! Alerts, as the server shows them.

/// Every rule, and who is told.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Alerts {
    pub(in crate::cli) items: Vec<Alert>,
    pub(in crate::cli) to: Vec<AlertReceiver>,
}

/// A rule, or one of its alerts.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Alert {
    pub(in crate::cli) rule: String,
    pub(in crate::cli) destination: Option<String>,
    pub(in crate::cli) state: String,
    pub(in crate::cli) value: Option<f64>,
    pub(in crate::cli) terms: String,
    pub(in crate::cli) usual_terms: Option<String>,
    pub(in crate::cli) since: Option<String>,
}

/// A destination that is told.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct AlertReceiver {
    pub(in crate::cli) destination: String,
    pub(in crate::cli) trouble: Option<String>,
}

/// A test message that is on its way.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct AlertTested {
    pub(in crate::cli) event_id: String,
}
