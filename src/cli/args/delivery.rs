//! The arguments of `gantry delivery` and `gantry destination`.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

use super::value::{
    Where, class, conditions, delivery_id, delivery_status, destination, group, instant, limit, pattern,
};

/// The filters of deliveries, as the parser names them.
const FILTERS: [&str; 9] = [
    "destination",
    "group",
    "status",
    "class",
    "kind",
    "source",
    "from",
    "to",
    "conditions",
];

/// What can be done with deliveries.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DeliveryCommand {
    /// List deliveries, newest first
    #[command(visible_alias = "ls")]
    List(DeliveriesQuery),
    /// List what dead letters died of, and how many of each, those with most first
    Groups {
        /// Of this destination
        #[arg(long, value_name = "NAME", value_parser = destination)]
        destination: Option<String>,
        /// At most so many, up to 10,000
        #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
        limit: NonZeroUsize,
    },
    /// Show a delivery: every attempt, and what is sent for it
    Show {
        /// Its id
        #[arg(value_name = "ID", value_parser = delivery_id)]
        id: String,
    },
    /// Try dead letters again, or bring waiting retries forward
    Retry(WhichDeliveries),
    /// Give up on deliveries that wait, or on dead letters, for good
    Discard(DiscardDeliveries),
    /// Send nothing more, to anybody; events are taken in all the same
    Pause,
    /// Go on sending
    Resume,
}

/// Which deliveries to list.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DeliveriesQuery {
    /// At most so many, up to 10,000
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where the last page ended
    #[arg(long)]
    pub(in crate::cli) cursor: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) filter: DeliveryMatch,
}

/// Which deliveries to change: these, or all that match.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct WhichDeliveries {
    /// Their ids
    #[arg(value_name = "ID", value_parser = delivery_id)]
    #[arg(required_unless_present_any = FILTERS)]
    #[arg(conflicts_with_all = FILTERS, conflicts_with = "dry_run")]
    pub(in crate::cli) ids: Vec<String>,
    /// Only show what would be changed
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) filter: DeliveryMatch,
}

/// Which deliveries to give up on.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DiscardDeliveries {
    #[command(flatten)]
    pub(in crate::cli) which: WhichDeliveries,
    /// Do not ask before all that match are discarded; needed where nobody can be asked
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}

/// What a delivery must be like.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(in crate::cli) struct DeliveryMatch {
    /// To this destination
    #[arg(long, value_name = "NAME", value_parser = destination)]
    pub(in crate::cli) destination: Option<String>,
    /// Pending, leased, retrying, delivered, dead or cancelled
    #[arg(long, value_parser = delivery_status)]
    pub(in crate::cli) status: Option<String>,
    /// Whose last attempt came to this: 2xx, 3xx, 4xx, 429, 5xx, network or render
    #[arg(long, visible_alias = "error-class", value_parser = class)]
    pub(in crate::cli) class: Option<String>,
    /// Dead letters of this group, as `gantry delivery groups` names it
    #[arg(long, value_parser = group)]
    pub(in crate::cli) group: Option<String>,
    /// Of events of this type, such as LEAD_CAPTURE or 'LEAD_*'
    #[arg(long = "type", value_name = "TYPE", value_parser = pattern)]
    pub(in crate::cli) kind: Option<String>,
    /// Of events from there
    #[arg(long, value_parser = pattern)]
    pub(in crate::cli) source: Option<String>,
    /// Of events recorded from this instant on, such as 2026-12-01T08:01:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) from: Option<String>,
    /// Of events recorded before this instant
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(in crate::cli) to: Option<String>,
    /// All of these in one: destination=crm,class=5xx,type=LEAD_*,from=2026-12-01T08:01:00Z
    #[arg(long = "where", value_name = "NAME=VALUE,…", value_parser = conditions)]
    #[arg(conflicts_with_all = ["destination", "group", "status", "class", "kind", "source", "from", "to"])]
    pub(in crate::cli) conditions: Option<Where>,
}

impl DeliveryMatch {
    /// The filters that are given, by the API's names.
    pub(in crate::cli) fn given(&self) -> Vec<(&'static str, String)> {
        let filters = [
            ("destination", &self.destination),
            ("status", &self.status),
            ("class", &self.class),
            ("group", &self.group),
            ("type", &self.kind),
            ("source", &self.source),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let given = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        let conditions = self.conditions.clone();
        given
            .chain(conditions.into_iter().flat_map(|all| all.0))
            .collect()
    }
}

/// What can be done with destinations.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DestinationCommand {
    /// List the destinations, with what waits for each
    #[command(visible_alias = "ls")]
    List,
    /// Show a destination: what waits, what it is held to, and why nothing leaves
    Show {
        /// The destination
        #[arg(value_parser = destination)]
        name: String,
    },
    /// Call a destination with a sample event, and show the request and the answer
    Test {
        /// The destination
        #[arg(value_parser = destination)]
        name: String,
        /// The sample's type [default: TEST]
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// The sample's payload, as JSON [default: a person's name and address]
        #[arg(long, value_name = "JSON")]
        payload: Option<String>,
    },
    /// Send nothing more to a destination; what is for it waits
    Pause {
        /// The destination
        #[arg(value_parser = destination)]
        name: String,
        /// Why, for whoever sees it paused
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Go on sending to a destination
    Resume {
        /// The destination
        #[arg(value_parser = destination)]
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::args::Cli;

    fn is_taken(line: &str) -> bool {
        Cli::try_parse_from(line.split(' ')).is_ok()
    }

    #[test]
    fn deliveries_are_named_or_described_and_never_both_or_neither() {
        let id = "01a2309f-0e60-7fff-bfff-ffffffff0001";
        assert!(is_taken(&format!("gantry delivery retry {id} {id}")));
        assert!(is_taken(
            "gantry delivery retry --destination crm --status dead --class 5xx --dry-run"
        ));
        assert!(is_taken("gantry delivery discard --class render --yes"));
        assert!(is_taken(
            "gantry delivery retry --where destination=crm,class=5xx"
        ));
        assert!(is_taken("gantry delivery retry --error-class 5xx --type LEAD_*"));
        for wrong in [
            "gantry delivery retry",
            "gantry delivery retry --dry-run",
            "gantry delivery retry 7",
            "gantry delivery retry --status lost",
            &format!("gantry delivery retry {id} --status dead"),
            &format!("gantry delivery retry {id} --where status=dead"),
            "gantry delivery retry --where status=dead --destination crm",
            "gantry delivery retry --where state=dead",
            &format!("gantry delivery discard {id} --dry-run"),
        ] {
            assert!(!is_taken(wrong), "{wrong}");
        }
    }
}
