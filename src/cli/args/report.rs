//! The arguments of `gantry report`.

use std::path::PathBuf;

use clap::Args;

use super::value;

/// Of which time, and in which form.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportQuery {
    /// From this day on, or this instant [default: the first day of the last thirty on which there was anything]
    #[arg(long, value_name = "WHEN", value_parser = value::day_or_instant)]
    pub(in crate::cli) from: Option<String>,
    /// Up to this day, with it, or this instant [default: now]
    #[arg(long, value_name = "WHEN", value_parser = value::day_or_instant)]
    pub(in crate::cli) to: Option<String>,
    /// Write the report as one page of HTML that needs nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(in crate::cli) html: Option<PathBuf>,
}
