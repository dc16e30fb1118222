//! The arguments of `gantry event`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::value::{
    class, destination, event_id, event_status, event_type, instant, key, limit, pattern, replay_id,
    selection, source, when, zone,
};

/// What can be done with events.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EventCommand {
    /// Send an event
    Send(SendEvent),
    /// List events, newest first
    #[command(visible_alias = "ls")]
    List(EventsQuery),
    /// Show an event with its deliveries and every attempt
    Show {
        /// Its id
        #[arg(value_parser = event_id)]
        id: String,
    },
    /// Call an event off, while it is pending
    Cancel {
        /// Its id
        #[arg(value_parser = event_id)]
        id: String,
    },
    /// Move an event to another time, while it is pending
    Reschedule {
        /// Its id
        #[arg(value_parser = event_id)]
        id: String,
        /// An instant such as 2026-12-01T08:01:00Z, or a local time such as 2026-12-01T00:01 with --timezone
        #[arg(value_parser = when)]
        when: String,
        /// Whose local time it is, such as America/Los_Angeles
        #[arg(long, value_name = "ZONE", value_parser = zone)]
        timezone: Option<String>,
    },
    /// Send again what was recorded in a time: what did not arrive, or what --status says
    Replay(ReplayEvents),
    /// List replays, newest first, with how far each is
    Replays {
        /// At most so many, up to 10,000
        #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
        limit: NonZeroUsize,
        /// Go on where the last page ended
        #[arg(long)]
        cursor: Option<String>,
    },
    /// End a replay; what it has sent again stays so
    CancelReplay {
        /// Its id
        #[arg(value_parser = replay_id)]
        id: String,
    },
}

/// What to send again.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ReplayEvents {
    /// Recorded from this instant on, such as 2026-12-01T08:01:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) from: String,
    /// Recorded before this instant
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) to: String,
    /// Only show what would be sent, and where
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Do not ask before anything is sent; needed where nobody can be asked
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Of this type, such as LEAD_CAPTURE or 'LEAD_*'
    #[arg(long = "type", value_name = "TYPE", value_parser = pattern, help_heading = "Filters")]
    pub(in crate::cli) kind: Option<String>,
    /// From there
    #[arg(long, value_parser = pattern, help_heading = "Filters")]
    pub(in crate::cli) source: Option<String>,
    /// To this destination
    #[arg(long, value_name = "NAME", value_parser = destination, help_heading = "Filters")]
    pub(in crate::cli) destination: Option<String>,
    /// Undelivered, dead, missing, delivered, cancelled or all (but what was cancelled) [default: undelivered]
    #[arg(long, value_parser = selection, help_heading = "Filters")]
    pub(in crate::cli) status: Option<String>,
    /// Whose last attempt came to this: 2xx, 3xx, 4xx, 429, 5xx, network or render
    #[arg(long, value_parser = class, help_heading = "Filters")]
    pub(in crate::cli) error_class: Option<String>,
}

impl ReplayEvents {
    /// The filters that are given, by the API's names.
    pub(in crate::cli) fn given(&self) -> Vec<(&'static str, String)> {
        let filters = [
            ("type", &self.kind),
            ("source", &self.source),
            ("destination", &self.destination),
            ("status", &self.status),
            ("errorClass", &self.error_class),
        ];
        let given = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        given
            .chain([("from", self.from.clone()), ("to", self.to.clone())])
            .collect()
    }
}

/// An event to send.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct SendEvent {
    /// What happened, such as LEAD_CAPTURE
    #[arg(value_name = "TYPE", value_parser = event_type)]
    pub(in crate::cli) kind: String,
    /// Where
    #[arg(long, default_value = "cli", value_parser = source)]
    pub(in crate::cli) source: String,
    /// What makes the same event the same when it is sent again [default: a new one, which is printed]
    #[arg(long, value_parser = key)]
    pub(in crate::cli) key: Option<String>,
    /// What there is to say of it [default: {}]
    #[arg(long, value_name = "JSON", conflicts_with = "payload_file")]
    pub(in crate::cli) payload: Option<String>,
    /// Read that from a file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) payload_file: Option<PathBuf>,
    /// Deliver it then: an instant, or a local time with --timezone [default: at once]
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(in crate::cli) at: Option<String>,
    /// Whose local time that is, such as America/Los_Angeles
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub(in crate::cli) timezone: Option<String>,
    /// How urgent, 0 to 9; higher goes first among what is due [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=9))]
    pub(in crate::cli) priority: Option<u8>,
    /// Do not deliver it from then on [default: it does not expire]
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(in crate::cli) expires: Option<String>,
}

/// Which events to list.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct EventsQuery {
    /// At most so many, up to 10,000
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where the last page ended
    #[arg(long)]
    pub(in crate::cli) cursor: Option<String>,
    /// That have this in their type, source or key; or an id, or a whole key
    #[arg(value_name = "TEXT")]
    pub(in crate::cli) text: Option<String>,
    /// Of this type, such as LEAD_CAPTURE or 'LEAD_*'
    #[arg(long = "type", value_name = "TYPE", value_parser = pattern, help_heading = "Filters")]
    pub(in crate::cli) kind: Option<String>,
    /// Pending, processing, completed, failed, cancelled or expired
    #[arg(long, value_parser = event_status, help_heading = "Filters")]
    pub(in crate::cli) status: Option<String>,
    /// From there
    #[arg(long, value_parser = pattern, help_heading = "Filters")]
    pub(in crate::cli) source: Option<String>,
    /// Recorded from this instant on, such as 2026-12-01T08:01:00Z
    #[arg(long, value_name = "TIME", value_parser = instant, help_heading = "Filters")]
    pub(in crate::cli) from: Option<String>,
    /// Recorded before this instant
    #[arg(long, value_name = "TIME", value_parser = instant, help_heading = "Filters")]
    pub(in crate::cli) to: Option<String>,
}

impl EventsQuery {
    /// What is given, by the API's names.
    pub(in crate::cli) fn given(&self) -> Vec<(&'static str, String)> {
        let parameters = [
            ("q", &self.text),
            ("type", &self.kind),
            ("status", &self.status),
            ("source", &self.source),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", &self.cursor),
        ];
        let given = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        given.collect()
    }
}
