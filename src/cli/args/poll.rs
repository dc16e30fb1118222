//! The arguments of `gantry poll`. Names and instants are checked here, so that a slip is wrong usage.

use std::num::{NonZeroU32, NonZeroUsize};

use clap::{Args, Subcommand, ValueEnum};

use super::value::{instant, limit};
use crate::model::ids::{OptionId, PollId};

/// What can be done with polls.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PollCommand {
    /// Make a poll
    Create(CreatePoll),
    /// List the polls, newest first
    #[command(visible_alias = "ls")]
    List,
    /// Show a poll's results
    Show {
        /// The poll
        #[arg(value_parser = poll_id)]
        poll: String,
        /// Go on showing them as votes come in; with --json a line for each change
        #[arg(long)]
        watch: bool,
    },
    /// Change what voters read of a poll, and when it is open; its votes stay
    Edit(EditPoll),
    /// Let a poll take votes again, whatever had closed it
    Open {
        /// The poll
        #[arg(value_parser = poll_id)]
        poll: String,
    },
    /// Close a poll; its votes and results stay
    Close {
        /// The poll
        #[arg(value_parser = poll_id)]
        poll: String,
    },
    /// Delete a poll with its votes
    Delete {
        /// The poll
        #[arg(value_parser = poll_id)]
        poll: String,
        /// Do not ask; needed where nobody can be asked
        #[arg(long)]
        yes: bool,
    },
    /// List a poll's votes, oldest first
    Votes(VotesQuery),
    /// Take votes out of the count that match every filter given
    ///
    /// The votes stay on record as voided, and their voters cannot vote again.
    Void(VoidVotes),
}

/// A poll to make.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct CreatePoll {
    /// Its id, as it stands in addresses: letters, digits, '-', '_', '.' and ':'
    #[arg(value_parser = poll_id)]
    pub(in crate::cli) poll: String,
    /// What is asked
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) question: String,
    /// An answer as ID=LABEL, or only ID; twice at least, in the order to show them
    #[arg(long = "option", value_name = "ID=LABEL", required = true, value_parser = answer)]
    pub(in crate::cli) options: Vec<(String, String)>,
    /// Votes count from this instant, such as 2026-12-01T08:01:00Z [default: at once]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) opens: Option<String>,
    /// Votes count until this instant [default: until closed]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) closes: Option<String>,
    /// Who may vote: whoever the page says they are, or only those whom your server has signed
    #[arg(long, value_enum, default_value_t = Voter::Open)]
    pub(in crate::cli) voter: Voter,
    /// At most N votes from one address [default: no such cap]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) per_address: Option<NonZeroU32>,
}

/// What of a poll to change.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct EditPoll {
    /// The poll
    #[arg(value_parser = poll_id)]
    pub(in crate::cli) poll: String,
    /// What is asked
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["labels", "opens", "closes"])]
    pub(in crate::cli) question: Option<String>,
    /// What voters read of an option, as ID=LABEL
    #[arg(long = "label", value_name = "ID=LABEL", value_parser = answer)]
    pub(in crate::cli) labels: Vec<(String, String)>,
    /// Votes count from this instant; never: at once
    #[arg(long, value_name = "TIME", value_parser = instant_or_never)]
    pub(in crate::cli) opens: Option<Moment>,
    /// Votes count until this instant; never: until closed
    #[arg(long, value_name = "TIME", value_parser = instant_or_never)]
    pub(in crate::cli) closes: Option<Moment>,
}

/// An instant, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Moment(pub(in crate::cli) Option<String>);

fn instant_or_never(text: &str) -> Result<Moment, String> {
    match text {
        "never" => Ok(Moment(None)),
        text => instant(text).map(|at| Moment(Some(at))),
    }
}

/// Who may vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Voter {
    Open,
    Signed,
}

impl Voter {
    /// As the API writes it.
    pub(in crate::cli) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Signed => "signed",
        }
    }
}

/// Which votes to list.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct VotesQuery {
    /// The poll
    #[arg(value_parser = poll_id)]
    pub(in crate::cli) poll: String,
    /// At most so many, up to 10,000
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where the last page ended
    #[arg(long)]
    pub(in crate::cli) cursor: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) filter: VoteMatch,
}

/// Which votes to void.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct VoidVotes {
    /// The poll
    #[arg(value_parser = poll_id)]
    pub(in crate::cli) poll: String,
    /// Only show what would be voided
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Do not ask; needed where nobody can be asked
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    #[command(flatten)]
    pub(in crate::cli) filter: VoteMatch,
}

/// What a vote must be like.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(in crate::cli) struct VoteMatch {
    /// For this option
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) option: Option<String>,
    /// By this user
    #[arg(long, value_name = "ID", conflicts_with = "user_prefix")]
    pub(in crate::cli) user: Option<String>,
    /// By users whose id begins so
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) user_prefix: Option<String>,
    /// From this address, as the list of votes shows it
    #[arg(long, value_name = "HEX", value_parser = address)]
    pub(in crate::cli) address: Option<String>,
    /// From this instant on, such as 2026-12-01T08:01:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) from: Option<String>,
    /// Before this instant
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) to: Option<String>,
}

impl VoteMatch {
    /// The filters that are given, by the API's names.
    pub(in crate::cli) fn given(&self) -> Vec<(&'static str, String)> {
        let filters = [
            ("optionId", &self.option),
            ("userId", &self.user),
            ("userPrefix", &self.user_prefix),
            ("address", &self.address),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let given = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        given.collect()
    }
}

fn poll_id(text: &str) -> Result<String, String> {
    PollId::parse(text)
        .map(|_| text.to_owned())
        .map_err(|e| format!("a poll's id {e}"))
}

fn answer(text: &str) -> Result<(String, String), String> {
    let (id, label) = text.split_once('=').unwrap_or((text, text));
    OptionId::parse(id).map_err(|e| format!("an option's id {e}"))?;
    Ok((id.to_owned(), label.to_owned()))
}

fn address(text: &str) -> Result<String, String> {
    let hex = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_lowercase()).ok_or_else(|| {
        "an address is written in hexadecimal digits, as the list of votes shows it".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_an_id_with_or_without_a_label() {
        assert_eq!(
            answer("dark=Dark = better"),
            Ok(("dark".into(), "Dark = better".into()))
        );
        assert_eq!(answer("api"), Ok(("api".into(), "api".into())));
        assert!(answer("=Dark").is_err());
    }

    #[test]
    fn only_filters_that_are_given_are_sent() {
        let filter = VoteMatch {
            user_prefix: Some("bot-".into()),
            option: Some("a".into()),
            ..VoteMatch::default()
        };
        let given = filter.given();
        assert_eq!(
            given,
            [("optionId", "a".to_owned()), ("userPrefix", "bot-".to_owned())]
        );
    }
}
