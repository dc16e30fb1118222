//! The arguments of `gantry data`.

use clap::{Args, ValueEnum};

/// What to write out, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct DataQuery {
    /// What
    #[arg(value_enum)]
    pub(in crate::cli) what: DataKind,
    /// As rows of a table, or as an object to a line
    #[arg(long, value_enum, default_value = "csv")]
    pub(in crate::cli) format: DataFormat,
    /// From this instant, time or date on; times and dates are of the launch's zone
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) from: Option<String>,
    /// Before this instant, time or date
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) to: Option<String>,
    /// Events of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub(in crate::cli) kind: Option<String>,
    /// Votes of this poll
    #[arg(long, value_name = "POLL")]
    pub(in crate::cli) poll: Option<String>,
    /// The funnel in windows of 5s, 1m, 1h or 1d
    #[arg(long, value_name = "WINDOW")]
    pub(in crate::cli) every: Option<String>,
    /// The funnel by source, campaign, path or another dimension
    #[arg(long, value_name = "DIMENSION")]
    pub(in crate::cli) by: Option<String>,
}

/// What is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DataKind {
    /// Every event, with its payload
    Events,
    /// Events of type LEAD_CAPTURE, with address and name in columns of their own
    Leads,
    /// Every vote
    Votes,
    /// What polls stand at, an option to a row
    Results,
    /// Visits and conversions, window by window
    Funnel,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DataFormat {
    /// A table, for spreadsheets
    Csv,
    /// A JSON object to a line, for programs
    Ndjson,
}
