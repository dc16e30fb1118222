//! Arguments: every command and flag, as the parser and the manual know them.

mod alerts;
mod audit;
mod data;
mod delivery;
mod event;
mod export;
mod init;
mod launch;
mod pages;
mod person;
mod poll;
mod report;
mod schedule;
mod spend;
mod value;
mod webhook;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(super) use alerts::AlertsCommand;
pub(super) use audit::AuditQuery;
pub(super) use data::{DataFormat, DataKind, DataQuery};
pub(super) use delivery::{DeliveriesQuery, DeliveryCommand, DestinationCommand, WhichDeliveries};
pub(super) use event::{EventCommand, EventsQuery, ReplayEvents, SendEvent};
pub(super) use export::ExportCommand;
pub(super) use init::InitArgs;
pub(super) use launch::{LaunchArgs, LaunchCommand};
pub(super) use pages::{PagesArgs, PagesCommand, PagesQuery, PurgePages, WarmPages};
pub(super) use person::{ErasePerson, PersonCommand, ShowPerson, WhichPerson};
pub(super) use poll::{CreatePoll, EditPoll, Moment, PollCommand, VoidVotes, VotesQuery};
pub(super) use report::ReportQuery;
pub(super) use schedule::ScheduleCommand;
pub(super) use spend::{AddSpend, SpendCommand, SpendQuery};
pub(super) use webhook::WebhookCommand;

use crate::model::key::Scope;

const AFTER: &str = "\
Commands that speak to a running server find it by the socket beside its data file, which only the file's owner can \
open; or elsewhere with --url and a token.

Exit codes: 0 done; 1 it ran and the answer is no; 2 wrong usage; 65 data file damaged, foreign, empty or newer; 66 a \
file is missing, or no server runs; 73 data file in use; 74 input/output fault; 78 configuration wrong.";

/// Everything a product launch stands on: one binary, one data file.
#[derive(Debug, Parser)]
#[command(name = "gantry", version, after_long_help = AFTER, max_term_width = 100)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Print the same facts as JSON, for machines
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// The configuration file [default: gantry.toml, if there is one; then, except for serve, /etc/gantry/gantry.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The data file, whatever the configuration says
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// Speak to the server at this admin address (https://HOST or http://HOST:PORT) with the token in GANTRY_TOKEN
    #[arg(long, global = true, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Read the token for --url from a file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// Print without colour; so does the variable NO_COLOR
    #[arg(long, global = true, env = "NO_COLOR", hide_env = true)]
    #[arg(action = ArgAction::SetTrue, value_parser = unless_empty)]
    pub(super) no_color: bool,
}

/// As no-color.org asks: any value but none. `false` is the parser's word for a flag that is not given.
#[expect(clippy::unnecessary_wraps, reason = "the parser wants a Result")]
fn unless_empty(value: &str) -> Result<bool, Infallible> {
    Ok(!matches!(value, "" | "false"))
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the appliance
    Serve(Addresses),
    /// Run a whole launch on this machine, on a temporary file, and watch it
    Demo {
        /// End after N seconds with an audit; exit 1 if anything was lost or counted twice
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
        seconds: Option<u64>,
    },
    /// Write a commented gantry.toml, make the data file and show the admin token once
    ///
    /// On a terminal it asks what no flag says: six questions at most, each of which Enter leaves open. Nothing that is there is
    /// touched, and what is written passes `gantry check`.
    Init(InitArgs),
    /// Validate the configuration; names every fault with its line
    Check(Addresses),
    /// Look at this machine, the data file, names, the origin and each destination, and say what to do about what is in the way
    ///
    /// Nothing is written. Names are looked up, an origin is asked for the head of its first page, Product Hunt is asked once for
    /// the post, where one is configured, and a destination is connected to and sent nothing. Run it as the service's user, where
    /// the server is to run.
    Doctor,
    /// Say go or no-go for the launch, and why; exit 1 on no-go
    ///
    /// The running server looks at its backup, disk, pages, queue, quotas, certificates and clock, connects to each destination without telling it
    /// anything, and has each source of webhooks take a signed sample of its own, which is recorded nowhere.
    Preflight,
    /// See the plan of the launch, what came of each step, and say which you have done yourself
    ///
    /// The running server goes by it: a preflight three days and one day before the launch, pages warmed two hours before, dead
    /// letters counted six hours after, the report a day after, an archive two days after. Hours are hours that pass, whatever
    /// clocks do meanwhile.
    Launch(LaunchArgs),
    /// Check every invariant of the data file
    Verify {
        /// A data file that no server has open [default: ask the running server about its own]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Ask the running server about one of its own backups instead
        #[arg(long, value_name = "NAME", conflicts_with = "file")]
        backup: Option<String>,
    },
    /// Copy the data file while the server goes on, and verify the copy
    ///
    /// Asks the running server, or reads the data file where none is running. Nothing that is sent or voted meanwhile waits.
    Backup {
        /// The copy; in a directory it is named by the time [default: one more where the server keeps its own]
        #[arg(value_name = "OUT")]
        out: Option<PathBuf>,
        /// Replace a file that is there
        #[arg(long, requires = "out")]
        force: bool,
    },
    /// Give the data file's free pages back to the disk; meanwhile votes and events are refused (503)
    ///
    /// Asks the running server, or compacts the data file where none is running. By itself the server does so between 3 and
    /// 5 o'clock UTC, when more than half of the file is free.
    Compact,
    /// Make a data file of a backup, where there is none
    ///
    /// Verifies it first. Delivery is paused until `gantry delivery resume`: what was sent since the backup would be sent
    /// again, under the same ids.
    Restore {
        /// A backup, or any data file that nobody has open
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Show how the running server is doing
    Status,
    /// Make, watch and close polls
    #[command(subcommand, arg_required_else_help = true)]
    Poll(PollCommand),
    /// Send, find, move and call off events
    #[command(subcommand, arg_required_else_help = true)]
    Event(EventCommand),
    /// Find, retry and discard deliveries; pause all of them
    #[command(subcommand, arg_required_else_help = true)]
    Delivery(DeliveryCommand),
    /// See who is delivered to, and what waits; pause one of them
    #[command(subcommand, arg_required_else_help = true)]
    Destination(DestinationCommand),
    /// See who sends events signed in their own way; try one of them
    #[command(subcommand, arg_required_else_help = true)]
    Webhook(WebhookCommand),
    /// See which events come by the clock, and when
    #[command(subcommand, arg_required_else_help = true)]
    Schedule(ScheduleCommand),
    /// See what is watched and what is too much; try whether word of it arrives
    #[command(subcommand, arg_required_else_help = true)]
    Alerts(AlertsCommand),
    /// See what is stored of the site in front; purge it, and warm it
    Pages(PagesArgs),
    /// Record and list what was paid for visitors
    #[command(subcommand, arg_required_else_help = true)]
    Spend(SpendCommand),
    /// Write events, leads, votes or the funnel to standard output, as CSV or NDJSON
    Data(DataQuery),
    /// Write what the data file holds to PostgreSQL: make the tables, see how far it is
    #[command(subcommand, arg_required_else_help = true)]
    Export(ExportCommand),
    /// Show and erase what is kept of one person
    #[command(subcommand, arg_required_else_help = true)]
    Person(PersonCommand),
    /// Show what the launch brought: traffic, conversions, return, deliveries and polls
    Report(ReportQuery),
    /// Show what was done to the server, by whom and from where, newest first
    Audit(AuditQuery),
    /// Make and take back keys
    #[command(subcommand, arg_required_else_help = true)]
    Key(KeyCommand),
    /// Print a completion script
    Completions {
        /// For this shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all of them
    Man {
        /// Write a page for every command into this directory
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Print the description of the HTTP API, as OpenAPI 3.1
    Openapi,
}

/// Where to listen, over what the configuration says.
#[derive(Clone, Debug, Args)]
pub(super) struct Addresses {
    /// For visitors and votes, whatever the configuration says
    #[arg(long, value_name = "ADDR")]
    pub(super) public: Option<SocketAddr>,
    /// For dashboard, admin API and metrics, whatever the configuration says
    #[arg(long, value_name = "ADDR")]
    pub(super) admin: Option<SocketAddr>,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and print it, once
    Create {
        /// Its name, unique among keys
        name: String,
        /// What it allows
        #[arg(long, value_enum)]
        scope: KeyScope,
    },
    /// List the keys; their secrets are not kept
    #[command(visible_alias = "ls")]
    List,
    /// Take a key back, at once
    Revoke {
        /// Its name
        name: String,
    },
    /// Make a link that opens the dashboard, once, within ten minutes
    Link,
    /// Make another admin token in the place of the one there is, and print it, once
    ///
    /// Asks the running server, or writes to the data file where none is running.
    Reset,
}

/// A key's scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyScope {
    /// Events in, on the public address
    Ingest,
    /// Every read on the admin address
    Read,
    /// Everything on the admin address
    Admin,
}

impl From<KeyScope> for Scope {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::Ingest => Self::Ingest,
            KeyScope::Read => Self::Read,
            KeyScope::Admin => Self::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn the_commands_do_not_contradict_themselves() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_behind_the_command() {
        for line in [
            "gantry --json --data x.redb status",
            "gantry status --json --data x.redb",
        ] {
            let globals = parse(line).globals;
            assert!(globals.json, "{line}");
            assert_eq!(globals.data, Some("x.redb".into()), "{line}");
        }
    }

    #[test]
    fn serve_takes_addresses() {
        let Command::Serve(addresses) = parse("gantry serve --public [::]:80 --admin 127.0.0.1:0").command
        else {
            panic!("not serve");
        };
        assert_eq!(addresses.public, Some("[::]:80".parse().unwrap()));
        assert!(Cli::try_parse_from(["gantry", "serve", "--public", "80"]).is_err());
    }

    #[test]
    fn no_color_is_any_value_but_none() {
        let read = ["1", "0", "yes", ""].map(|value| unless_empty(value).unwrap());
        assert_eq!(read, [true, true, true, false]);
        assert!(parse("gantry --no-color check").globals.no_color);
    }
}
