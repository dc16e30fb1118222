//! The arguments of `gantry audit`.

use std::num::NonZeroUsize;

use clap::Args;

use super::value;

/// Which entries.
#[derive(Debug, Args)]
pub(in crate::cli) struct AuditQuery {
    /// From this instant on: RFC 3339, or a date or a time of the launch's zone
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) from: Option<String>,
    /// Before this instant
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) to: Option<String>,
    /// Of the key of this name and its sessions, or of `uid N` over the socket
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) who: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "100", value_parser = value::limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where a list ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,
}
