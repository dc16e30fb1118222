//! The arguments of `gantry schedule`.

use clap::Subcommand;

/// What can be done with schedules.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScheduleCommand {
    /// List them, with their next run and their last
    #[command(visible_alias = "ls")]
    List,
}
