//! The arguments of `gantry webhook`.

use clap::Subcommand;

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum WebhookCommand {
    /// List who may send, how they sign, and when they were heard of
    #[command(visible_alias = "ls")]
    List,
    /// Sign a sample as its sender would, and say what would become of it; exit 1 if it would be refused
    ///
    /// Only SendGrid can sign for SendGrid: its sample is shown without a signature, and taken on your word.
    Test {
        /// The source
        source: String,
        /// The sample: JSON, or a file that has some [default: a short one of the preset]
        #[arg(long, value_name = "FILE|JSON")]
        body: Option<String>,
        /// Record it, as if it had come
        #[arg(long)]
        send: bool,
    },
}
