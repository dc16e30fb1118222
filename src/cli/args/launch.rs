//! The arguments of `gantry launch`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use crate::model::launch::plan::Step;

/// The names of steps.
fn steps() -> PossibleValuesParser {
    PossibleValuesParser::new(Step::ALL.iter().map(|step| step.as_str()))
}

/// What can be done with the plan of the launch; without a command it is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct LaunchArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<LaunchCommand>,
}

/// What can be done with the plan of the launch.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LaunchCommand {
    /// Show every step: when it is, how it stands, and what came of it
    Show,
    /// Say of a step that you have done it yourself
    Done {
        /// Its name
        #[arg(value_name = "STEP", value_parser = steps())]
        step: String,
    },
    /// Say of a step that you have not done it after all
    Open {
        /// Its name
        #[arg(value_name = "STEP", value_parser = steps())]
        step: String,
    },
}
