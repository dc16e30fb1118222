//! The network: our own ports and names, the origin, and each destination, which is only called on.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use http::header::DATE;
use http::{Method, Request};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Position, Url};

use super::{Finding, https};
use crate::cli::exit::{Code, Failure};
use crate::clock::Clock;
use crate::config::{Config, Destination, Origins, Site};
use crate::delivery::{self, Ways};
use crate::model::time::http_date;
use crate::outbound::{Egress, OriginClient, SendError};
use crate::producthunt::{self, Trouble};

/// How long an origin may take to answer.
const ORIGIN_MOST: Duration = Duration::from_secs(5);
/// How far our clock may be from an origin's, in milliseconds: its date has whole seconds.
const SKEW_MOST_MS: i64 = 5_000;

/// Looks at what a server of this configuration would listen on and call; `runs`: one does already.
pub(super) fn look(config: &Config, runs: bool) -> Result<Vec<Finding>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("cannot start", &error))?;
    let mut findings = match runs {
        true => vec![Finding::good("server", "it runs, and is ready")],
        false => ports(config),
    };
    findings.extend(runtime.block_on(https::names(&config.server)));
    findings.extend(runtime.block_on(site(config))?);
    findings.extend(runtime.block_on(destinations(config))?);
    findings.extend(runtime.block_on(hunt(config))?);
    Ok(findings)
}

fn ports(config: &Config) -> Vec<Finding> {
    let server = &config.server;
    let plain = server.plain_http().map(|at| ("http", at));
    let each = [("public", server.public), ("admin", server.admin)];
    each.into_iter()
        .chain(plain)
        .map(|(which, at)| port(which, at))
        .collect()
}

fn port(which: &'static str, at: SocketAddr) -> Finding {
    let subject = format!("{which} address");
    match TcpListener::bind(at) {
        Ok(_) => Finding::good(subject, format!("{at} can be listened on")),
        Err(error) => {
            let remedy = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program, or a socket of the packaged service (gantry.socket), has it: end that one, or choose another port"
                }
                io::ErrorKind::PermissionDenied => {
                    "ports below 1024 are root's: use the packaged service's sockets, or a port above"
                }
                _ => "it has to be an address of this machine",
            };
            let remedy = format!("{remedy} (server.{which})");
            Finding::bad(subject, format!("{at} cannot be listened on: {error}"), remedy)
        }
    }
}

/// Looks at where pages come from.
async fn site(config: &Config) -> Result<Vec<Finding>, Failure> {
    match &config.pages.site {
        None => Ok(Vec::new()),
        Some(Site::Root(root)) => Ok(vec![of_root(root)]),
        Some(Site::Origins(origins)) => of_origins(origins).await,
    }
}

fn of_root(root: &Path) -> Finding {
    const SUBJECT: &str = "site";
    match root.join("index.html").is_file() {
        true => Finding::good(SUBJECT, format!("{} has an index.html", root.display())),
        false => Finding::notice(
            SUBJECT,
            format!("{} has no index.html", root.display()),
            "visitors of / are told that there is no such page; build the site there (pages.root)",
        ),
    }
}

async fn of_origins(origins: &Origins) -> Result<Vec<Finding>, Failure> {
    let client = OriginClient::new().map_err(|error| Failure::new(Code::Io, error))?;
    let mut findings = Vec::new();
    for origin in origins.any.iter().chain(origins.hosts.values()) {
        findings.extend(of_origin(&client, origin).await);
    }
    Ok(findings)
}

/// Asks an origin for the head of its first page.
async fn of_origin(client: &OriginClient, origin: &Url) -> Vec<Finding> {
    let subject = format!("origin {}", shown(origin));
    let asked = Request::builder()
        .method(Method::HEAD)
        .uri(origin.as_str())
        .body(Body::empty());
    let Ok(asked) = asked else {
        return vec![Finding::bad(
            subject,
            "its address cannot be asked",
            "write another (pages.origin)",
        )];
    };
    let answered = match timeout(ORIGIN_MOST, client.send(asked)).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => {
            return vec![Finding::bad(
                subject,
                error.to_string(),
                "start the site, or mend pages.origin",
            )];
        }
        Err(_) => {
            let found = format!("it gave no answer within {} s", ORIGIN_MOST.as_secs());
            return vec![Finding::bad(subject, found, "look at the site itself: it hangs")];
        }
    };
    let status = answered.status();
    let mut findings = vec![match status.is_server_error() {
        true => Finding::bad(
            subject,
            format!("it answers {status}"),
            "look at the site's own log",
        ),
        false => Finding::good(subject, format!("it answers {status}")),
    }];
    let date = answered.headers().get(DATE).and_then(|date| date.to_str().ok());
    let ours = Clock::System.now();
    if let Some(theirs) = date.and_then(|date| http_date::parse(date, ours)) {
        let apart = ours.0.saturating_sub(theirs.0);
        if apart.abs() > SKEW_MOST_MS {
            let found = format!(
                "it is {} s {} the origin's",
                apart.abs() / 1_000,
                if apart > 0 { "after" } else { "before" }
            );
            findings.push(Finding::notice(
                "clock",
                found,
                "one of the two machines is not kept by NTP",
            ));
        }
    }
    findings
}

/// Calls on each destination, all at once: connects, and hangs up.
async fn destinations(config: &Config) -> Result<Vec<Finding>, Failure> {
    let ways = Ways::new(Egress::new(config.egress.allow.clone()));
    let plans =
        delivery::plans(&config.destinations, &ways).map_err(|error| Failure::new(Code::Config, error))?;
    let mut calls = JoinSet::new();
    for (at, (_, plan)) in plans.into_iter().enumerate() {
        calls.spawn(async move { (at, plan.reach().await) });
    }
    let mut reached = calls.join_all().await;
    reached.sort_by_key(|(at, _)| *at);
    let each = config.destinations.iter().zip(reached);
    Ok(each
        .flat_map(|(destination, (_, reached))| of_destination(config, destination, reached))
        .collect())
}

fn of_destination(
    config: &Config,
    destination: &Destination,
    reached: Result<Duration, SendError>,
) -> Vec<Finding> {
    let subject = format!("destination {}", destination.name);
    let at = shown(&destination.url);
    let mut findings = vec![match reached {
        Ok(took) => Finding::good(
            &subject,
            format!("{at} takes connections, within {} ms", took.as_millis()),
        ),
        Err(error) => {
            let remedy = remedy(&error);
            Finding::bad(&subject, format!("{at}: {error}"), remedy)
        }
    }];
    if !config
        .routes
        .iter()
        .any(|route| route.to.contains(&destination.name))
    {
        let remedy = format!("name it in a [[route]], as in to = [\"{}\"]", destination.name);
        findings.push(Finding::notice(&subject, "no route leads to it", remedy));
    }
    findings
}

/// Asks for the post at Product Hunt, which changes nothing there.
async fn hunt(config: &Config) -> Result<Option<Finding>, Failure> {
    const SUBJECT: &str = "Product Hunt";
    let now = Clock::System.now();
    let looked = producthunt::look(&config.producthunt, &config.egress, now).await;
    let looked = looked.map_err(|error| Failure::new(Code::Io, error))?;
    Ok(looked.map(|looked| match looked {
        Ok(figures) => {
            let found = format!("the post has {} votes and {} comments", figures.votes, figures.comments);
            Finding::good(SUBJECT, found)
        }
        Err(Trouble::NoPost(why)) => Finding::notice(
            SUBJECT,
            why,
            "so it is until the post is there; its slug is what stands behind /posts/ in its address (producthunt.slug)",
        ),
        Err(Trouble::Other(why)) => Finding::bad(
            SUBJECT,
            why,
            "look whether its API is up, and the token is one of it (producthunt.token)",
        ),
    }))
}

const fn remedy(error: &SendError) -> &'static str {
    match error {
        SendError::Refused(_) => {
            "destinations may not be private addresses; where this one is meant to be, allow its network (egress.allow)"
        }
        SendError::Name(_) => "mend its url, or this machine's name servers (/etc/resolv.conf)",
        SendError::Connect(_) | SendError::Timeout(_) => {
            "look whether it is up, and whether a firewall lets this machine out"
        }
        SendError::Tls(_) => "its certificate is not trusted here: a private authority is named with tls_ca",
        SendError::Broken(_) => "what listens there may not be what the url says",
    }
}

/// Scheme, host and port: a path may be a secret.
fn shown(url: &Url) -> &str {
    url.as_str()
        .get(..url[..Position::BeforePath].len())
        .unwrap_or_default()
}
