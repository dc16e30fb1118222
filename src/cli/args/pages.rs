//! The arguments of `gantry pages`.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

use super::value::limit;

/// What can be done with pages; without a command they are listed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct PagesArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<PagesCommand>,
    #[command(flatten)]
    pub(in crate::cli) query: PagesQuery,
}

/// What can be done with pages.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PagesCommand {
    /// Show what is stored, how often it was asked for, and how the origins are
    #[command(visible_alias = "ls")]
    List(PagesQuery),
    /// Take pages out of the store, or mark them stale
    ///
    /// A page that is taken out is fetched by the next visitor, who waits for it. One that is marked stale (--soft) is still
    /// shown, by the rule's stale_while_revalidate and stale_if_error, while another is fetched.
    Purge(PurgePages),
    /// Fetch pages before anybody asks for them: those named, those of a sitemap, or those of the rules
    Warm(WarmPages),
}

/// Which pages to list.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PagesQuery {
    /// At most so many, up to 10,000
    #[arg(long, value_name = "N", default_value = "50", value_parser = limit)]
    pub(in crate::cli) limit: NonZeroUsize,
    /// Go on where the last page ended
    #[arg(long)]
    pub(in crate::cli) cursor: Option<String>,
    /// Only those whose path begins so
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) prefix: Option<String>,
}

/// Which pages to purge.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PurgePages {
    /// The page of this path, in all its variants, on every host
    #[arg(value_name = "PATH", required_unless_present_any = ["prefix", "tag", "all"])]
    #[arg(conflicts_with_all = ["prefix", "tag", "all"])]
    pub(in crate::cli) path: Option<String>,
    /// All pages whose path begins so
    #[arg(long, value_name = "PATH", conflicts_with_all = ["tag", "all"])]
    pub(in crate::cli) prefix: Option<String>,
    /// All pages that the origin has marked so, by Surrogate-Key or Cache-Tag
    #[arg(long, conflicts_with = "all")]
    pub(in crate::cli) tag: Option<String>,
    /// Everything
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// Mark them stale, and show them until others are there
    #[arg(long)]
    pub(in crate::cli) soft: bool,
    /// Do not ask before everything is purged; needed where nobody can be asked
    #[arg(long, short)]
    pub(in crate::cli) yes: bool,
}

/// Which pages to warm.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct WarmPages {
    /// Their paths, or whole addresses; none: the rules' warm paths
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<String>,
    /// Those of a sitemap, by its path or address; it is fetched from the origin
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    pub(in crate::cli) sitemap: Option<String>,
    /// For this host [default: warm_hosts, else hosts, else server.domains, else those that visitors asked for]
    #[arg(long)]
    pub(in crate::cli) host: Option<String>,
    /// Do not wait until they are fetched
    #[arg(long)]
    pub(in crate::cli) no_wait: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    fn parse(line: &str) -> Result<Option<PagesCommand>, String> {
        let cli = Cli::try_parse_from(line.split(' ')).map_err(|error| error.to_string())?;
        match cli.command {
            Command::Pages(args) => Ok(args.command),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn pages_are_listed_when_nothing_else_is_said() {
        assert!(matches!(parse("gantry pages"), Ok(None)));
        assert!(matches!(parse("gantry pages --prefix /a --limit 5"), Ok(None)));
        assert!(matches!(
            parse("gantry pages list --prefix /a"),
            Ok(Some(PagesCommand::List(_)))
        ));
    }

    #[test]
    fn a_purge_says_which_pages_in_one_way() {
        for line in ["/a", "--prefix /a --soft", "--tag news", "--all --yes"] {
            let purge = parse(&format!("gantry pages purge {line}"));
            assert!(
                matches!(purge, Ok(Some(PagesCommand::Purge(_)))),
                "{line}: {purge:?}"
            );
        }
        for line in ["--soft", "/a --all", "/a /b", "--tag a --prefix /b"] {
            assert!(parse(&format!("gantry pages purge {line}")).is_err(), "{line}");
        }
        assert!(parse("gantry pages purge").is_err());
    }

    #[test]
    fn a_warm_up_takes_paths_or_a_sitemap() {
        assert!(parse("gantry pages warm").is_ok());
        assert!(parse("gantry pages warm /a /b --host shop.example --no-wait").is_ok());
        assert!(parse("gantry pages warm --sitemap /sitemap.xml").is_ok());
        assert!(parse("gantry pages warm /a --sitemap /sitemap.xml").is_err());
    }
}
