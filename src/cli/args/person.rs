//! The arguments of `gantry person`.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

use super::value;

/// What can be done with what is kept of a person.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonCommand {
    /// Show what is kept of a person: votes, events, answers of receivers, conversions, notes to spend
    Show(ShowPerson),
    /// Take a person out of tables and journal; what was counted stays counted
    ///
    /// Events that name them keep their type, source and times, without payload and key; votes stay without a name, and the
    /// same user id cannot vote again. Backups that were made before hold what they held; `gantry compact` writes over
    /// what the file's free pages still hold.
    Erase(ErasePerson),
}

/// Who is meant.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct WhichPerson {
    /// By their e-mail address, however it is written
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) email: Option<String>,
    /// By the id that your page or your server gave them
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) user_id: Option<String>,
}

/// What to show of whom.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowPerson {
    #[command(flatten)]
    pub(in crate::cli) who: WhichPerson,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "100", value_parser = value::limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where a list ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,
}

/// Whom to erase.
#[derive(Debug, Args)]
pub(in crate::cli) struct ErasePerson {
    #[command(flatten)]
    pub(in crate::cli) who: WhichPerson,
    /// Do not ask
    #[arg(long, short)]
    pub(in crate::cli) yes: bool,
}
