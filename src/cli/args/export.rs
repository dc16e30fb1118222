//! The arguments of `gantry export`.

use clap::Subcommand;

/// What can be done with the export.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ExportCommand {
    /// Make the tables, or bring them to this version
    Init {
        /// Print the SQL instead, for who runs it by hand; asks no server
        #[arg(long)]
        print: bool,
        /// Take the tables over that another data file is written to; what it has written stays there
        #[arg(long, conflicts_with = "print")]
        take_over: bool,
    },
    /// Show how far behind it is, why nothing goes, and which rows the database refuses
    Status,
    /// Export everything again that the data file holds
    Backfill {
        /// Do not wait for it to end
        #[arg(long)]
        no_wait: bool,
    },
}
