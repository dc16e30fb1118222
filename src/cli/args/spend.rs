//! The arguments of `gantry spend`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::value;

/// What can be done with spend.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SpendCommand {
    /// Record what was paid; an amount below nothing puts right what was recorded before
    Add(AddSpend),
    /// List what was recorded, the oldest day first
    #[command(visible_alias = "ls")]
    List(SpendQuery),
    /// Delete an entry; it is gone from every sum at once
    #[command(visible_alias = "rm")]
    Delete {
        /// Its id, as `gantry spend list` shows it
        #[arg(value_name = "ID", value_parser = value::key)]
        id: String,
    },
    /// Record the rows of a CSV file; what was imported before adds nothing
    ///
    /// The first row names the columns: date and amount, and as you have them source, campaign, note and id. Dates are written
    /// 2026-12-01. A row without an id is known again by what stands in it. Nothing is recorded where anything is wrong.
    Import {
        /// The file, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Look at every row and record none
        #[arg(long)]
        dry_run: bool,
    },
}

/// An entry.
#[derive(Debug, Args)]
pub(in crate::cli) struct AddSpend {
    /// How much, in the configured currency, such as 120.00
    #[arg(value_name = "AMOUNT", value_parser = value::amount, allow_hyphen_values = true)]
    pub(in crate::cli) amount: String,
    /// On which day, in the launch's zone
    #[arg(long, value_name = "DATE", value_parser = value::day)]
    pub(in crate::cli) day: String,
    /// For visitors of which source, as utm_source has it
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) source: Option<String>,
    /// For which campaign, as utm_campaign has it
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) campaign: Option<String>,
    /// What else is to be known
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) note: Option<String>,
    /// What makes it the same entry when it is sent again [default: a new one, which is shown]
    #[arg(long, value_name = "KEY", value_parser = value::key)]
    pub(in crate::cli) key: Option<String>,
}

/// Which entries.
#[derive(Debug, Args)]
pub(in crate::cli) struct SpendQuery {
    /// From this day on
    #[arg(long, value_name = "DATE", value_parser = value::day)]
    pub(in crate::cli) from: Option<String>,
    /// Up to this day, with it
    #[arg(long, value_name = "DATE", value_parser = value::day)]
    pub(in crate::cli) to: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "100", value_parser = value::limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where a list ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,
}
