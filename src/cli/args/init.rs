//! The arguments of `gantry init`.

use std::path::PathBuf;

use clap::Args;

/// Where, and what is known already. What is not written here is asked for on a terminal.
#[derive(Debug, Args)]
pub(in crate::cli) struct InitArgs {
    /// Where; made if it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub(in crate::cli) directory: PathBuf,
    /// Where the site runs that visitors are to see through Gantry: http://127.0.0.1:3000
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) origin: Option<String>,
    /// A name of the site, which leads to this machine and is served by HTTPS on port 443; may be repeated
    #[arg(long = "domain", value_name = "NAME")]
    pub(in crate::cli) domains: Vec<String>,
    /// The dashboard's own name, by HTTPS as well
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) admin_domain: Option<String>,
    /// When the launch begins, by the clocks of --timezone: 2026-12-01T00:01:00
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) launch: Option<String>,
    /// The zone of the launch and of its days [default: America/Los_Angeles, with --launch]
    #[arg(long, value_name = "ZONE")]
    pub(in crate::cli) timezone: Option<String>,
    /// Where alerts go: the address of a Slack webhook, or one that takes events as JSON; also "env:NAME" or "file:PATH"
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) alerts_url: Option<String>,
    /// Ask nothing
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}
