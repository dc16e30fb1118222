//! What is answered of the preflight.

use serde::Deserialize;

/// Go or no-go.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Flight {
    pub(in crate::cli) go: bool,
    pub(in crate::cli) checks: Vec<FlightCheck>,
}

/// One check of it.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct FlightCheck {
    pub(in crate::cli) of: Option<String>,
    pub(in crate::cli) title: String,
    pub(in crate::cli) verdict: String,
    pub(in crate::cli) detail: String,
}
