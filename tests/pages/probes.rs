//! Probes: what an attacker asks for first, and what others are shown afterwards. Pages must hold nothing that the attacker said
//! (poisoning), stay whole (denial), and show nobody's account to anybody else (deception).
//!
//! The tables make the probes; a careless cache proves that they find something.

mod careless;
mod hosts;
mod messages;
mod names;
mod paths;
mod queries;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{Page, Visitor, browsing};
use crate::origin::is_whole;
use crate::site::Site;

/// The attacker does not wait longer for an answer that may never come.
const ATTACKER_WAITS: Duration = Duration::from_secs(3);
/// How many probes are under way at once.
const AT_ONCE: usize = 8;
/// There are at least so many in all.
const PROBES_MIN: usize = 600;

/// One probe.
#[derive(Clone, Debug)]
struct Probe {
    /// What is tried, for whoever reads of a hit.
    name: String,
    /// The first request: an attacker's, or that of a victim who was lured.
    first: Vec<u8>,
    /// What must not be seen by those who ask afterwards.
    canary: String,
    /// What they ask.
    then: Vec<String>,
    /// What else must hold of what they see.
    seen: Seen,
}

/// What those who ask afterwards must see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The page, whole.
    Whole,
    /// Anything without the canary.
    Anything,
}

/// Where probes are aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// A rule decides what is kept.
    Ruled,
    /// Neither a rule nor the origin says that it may be kept.
    Plain,
    /// The origin says that it may be kept, for everybody.
    Fresh,
    /// The same, where nothing but RFC 9111 holds: what the origin makes of a request, it has to name in `Vary`.
    Strict,
}

impl Route {
    /// The probe's own page.
    fn path(self, number: usize) -> String {
        match self {
            Self::Ruled => format!("/launch/reflect/p{number}"),
            Self::Plain => format!("/reflect/p{number}"),
            Self::Fresh | Self::Strict => format!("/reflect-fresh/p{number}"),
        }
    }
}

/// Makes probes, each with a page and a canary of its own.
#[derive(Default)]
struct Maker {
    probes: Vec<Probe>,
}

/// A probe to be.
struct Target {
    path: String,
    canary: String,
}

impl Maker {
    fn target(&self, route: Route) -> Target {
        let number = self.probes.len();
        Target {
            path: route.path(number),
            canary: format!("canary{number:05}x"),
        }
    }

    /// A request that may poison the page at the target's path.
    fn poison(&mut self, name: String, target: &Target, first: impl Into<Vec<u8>>) {
        self.poison_all(name, (target, &[""]), first);
    }

    /// A request that may poison pages that begin with the target's path.
    fn poison_all(&mut self, name: String, (target, ends): (&Target, &[&str]), first: impl Into<Vec<u8>>) {
        self.probes.push(Probe {
            name,
            first: first.into(),
            canary: target.canary.clone(),
            then: ends.iter().map(|end| format!("{}{end}", target.path)).collect(),
            seen: Seen::Whole,
        });
    }
}

/// Every probe there is for a route.
fn all(route: Route) -> Vec<Probe> {
    let mut maker = Maker::default();
    names::probes(&mut maker, route);
    queries::probes(&mut maker, route);
    paths::poisoning(&mut maker, route);
    hosts::probes(&mut maker, route);
    messages::probes(&mut maker, route);
    if matches!(route, Route::Ruled | Route::Plain) {
        paths::deception(&mut maker, route);
    }
    maker.probes
}

/// Runs probes; what they found, a line each.
async fn hits(at: SocketAddr, probes: Vec<Probe>) -> Vec<String> {
    let mut found = Vec::new();
    let mut running = JoinSet::new();
    for probe in probes {
        if running.len() == AT_ONCE {
            found.extend(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(async move { hit(at, &probe).await });
    }
    found.extend(running.join_all().await.into_iter().flatten());
    found
}

async fn hit(at: SocketAddr, probe: &Probe) -> Option<String> {
    // Twice: a cache may keep only what is asked for again.
    for _ in 0..2 {
        let attack = async {
            let mut attacker = Visitor::open(at).await?;
            attacker.ask(&probe.first).await
        };
        // Whatever comes of it.
        drop(timeout(ATTACKER_WAITS, attack).await);
    }
    for path in &probe.then {
        let mut victim = Visitor::open(at).await.unwrap();
        let page = match victim.ask(browsing(path, "").as_bytes()).await {
            Ok(page) => page,
            Err(fault) => return Some(format!("{}: no answer at {path}: {fault}", probe.name)),
        };
        if let Some(wrong) = probe.wrong(&page) {
            let request = String::from_utf8_lossy(&probe.first).into_owned();
            return Some(format!("{}: {wrong} at {path}\n{request:?}", probe.name));
        }
    }
    None
}

impl Probe {
    fn wrong(&self, page: &Page) -> Option<String> {
        if page.has(&self.canary) {
            return Some("the canary".to_owned());
        }
        let broken = self.seen == Seen::Whole && (page.status != 200 || !is_whole(&page.text()));
        broken.then(|| format!("not the page: {} {}", page.head, page.text()))
    }
}

/// The rule of the probes, which keeps what has been said and nothing else.
const RULE: &str = r#"
[[pages.rule]]
path = "/launch/*"
ttl = "10m"
query = ["page"]
"#;

async fn assert_none(site: &Site, route: Route) -> usize {
    let probes = all(route);
    let count = probes.len();
    let found = hits(site.server.public, probes).await;
    println!("{route:?}: {} hits of {count} probes", found.len());
    assert!(
        found.is_empty(),
        "{} of {count}:\n{}",
        found.len(),
        found.join("\n")
    );
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_of_a_rule_is_poisoned_broken_or_shown_to_others() {
    let site = Site::with("", RULE).await;
    let count = assert_none(&site, Route::Ruled).await;
    assert!(count >= PROBES_MIN, "{count} probes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_without_a_rule_is_poisoned_broken_or_shown_to_others() {
    let site = Site::with("", RULE).await;
    assert_none(&site, Route::Plain).await;
    assert_none(&site, Route::Fresh).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_of_a_strict_cache_is_poisoned_broken_or_shown_to_others() {
    let site = Site::with("strict = true", "").await;
    assert_none(&site, Route::Plain).await;
    assert_none(&site, Route::Strict).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_probes_find_what_a_careless_cache_lets_through() {
    let origin = Arc::new(crate::origin::Origin::start().await);
    let cache = careless::Cache::start(origin.at).await;
    let probes = all(Route::Ruled);
    let count = probes.len();
    let found = hits(cache.at, probes).await;
    println!("a careless cache: {} hits of {count} probes", found.len());
    assert!(found.len() * 2 > count, "only {} of {count}", found.len());
    for what in ["header ", "query ", "path ", "host ", "message ", "account "] {
        assert!(found.iter().any(|hit| hit.starts_with(what)), "none by {what}");
    }
}
