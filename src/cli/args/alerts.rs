//! The arguments of `gantry alerts`.

use clap::Subcommand;

/// What can be done with alerts.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AlertsCommand {
    /// List every rule with what it came to, and who is told
    #[command(visible_alias = "ls")]
    List,
    /// Send a test message the way alerts go, and wait for what comes of it; exit 1 where it does not arrive
    Test {
        /// To this destination, whether alerts go to it or not [default: all that are told]
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
}
