//! Visitors: they follow links of campaigns to the page, and some of them sign up. They write down what they were shown and told.
//!
//! Everybody comes from one address, so each names itself when it signs up, as a maker's page may do for those who are signed in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Method, Request};
use tokio::time::sleep;

use super::client::{Connection, Reply};
use super::launch;
use crate::runtime::Tasks;

/// How many visitors there are at a time, each with a connection of its own.
const VISITORS: u64 = 16;
/// How long a visitor waits for the next to come.
const PAUSE: Duration = Duration::from_millis(30);
/// The campaigns whose links they follow, in turn.
pub(super) const CAMPAIGNS: [&str; 3] = ["demo-newsletter", "demo-hunt", "demo-friends"];
/// The goal they reach.
pub(super) const GOAL: &str = "signup";
/// How often a sign-up without an answer is sent again.
const RESENDS: u32 = 5;
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What they wrote down.
#[derive(Default)]
pub(super) struct Diary {
    /// Pages that were shown, by campaign.
    pub(super) shown: [AtomicU64; CAMPAIGNS.len()],
    /// Of them, those that came out of the cache: fresh, or although the site had no newer.
    pub(super) hits: AtomicU64,
    pub(super) stale: AtomicU64,
    /// Pages that were not shown although somebody asked.
    pub(super) failed: AtomicU64,
    /// Requests whose answer did not come: they may have been counted or not.
    pub(super) unknown: AtomicU64,
    /// Sign-ups that were acknowledged, and their repeats that were.
    pub(super) signups: AtomicU64,
    pub(super) repeats: AtomicU64,
    /// Sign-ups of which nobody knows.
    pub(super) unanswered: AtomicU64,
}

impl Diary {
    /// All pages that were shown.
    pub(super) fn visits(&self) -> u64 {
        self.shown.iter().map(|shown| shown.load(Relaxed)).sum()
    }

    fn note(&self, campaign: usize, reply: anyhow::Result<Reply>) {
        let Ok(reply) = reply else {
            self.unknown.fetch_add(1, Relaxed);
            return;
        };
        if reply.status != 200 {
            self.failed.fetch_add(1, Relaxed);
            return;
        }
        if let Some(shown) = self.shown.get(campaign) {
            shown.fetch_add(1, Relaxed);
        }
        match said(&reply.headers) {
            "HIT" => drop(self.hits.fetch_add(1, Relaxed)),
            "STALE" => drop(self.stale.fetch_add(1, Relaxed)),
            _ => {}
        }
    }
}

fn said(headers: &HeaderMap) -> &str {
    let said = headers.get("x-cache").and_then(|value| value.to_str().ok());
    said.unwrap_or_default()
}

/// All visitors.
pub(super) struct Visitors {
    shared: Arc<Shared>,
    tasks: Tasks,
}

struct Shared {
    to: SocketAddr,
    next: AtomicU64,
    stopped: AtomicBool,
    diary: Diary,
}

impl Visitors {
    pub(super) fn start(to: SocketAddr) -> Self {
        let tasks = Tasks::new();
        let shared = Arc::new(Shared {
            to,
            next: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            diary: Diary::default(),
        });
        for _ in 0..VISITORS {
            let connection = Connection::new(to, tasks.clone());
            tasks.spawn("demo-visitor", visit(shared.clone(), connection));
        }
        Self { shared, tasks }
    }

    /// Nobody comes any more; see [`Visitors::finished`].
    pub(super) fn stop(&self) {
        self.shared.stopped.store(true, Relaxed);
    }

    /// Resolves when every visitor has seen what it asked for, or has given it up.
    pub(super) async fn finished(&self) {
        self.tasks.finished().await;
    }

    pub(super) fn diary(&self) -> &Diary {
        &self.shared.diary
    }
}

async fn visit(shared: Arc<Shared>, mut connection: Connection) {
    while !shared.stopped.load(Relaxed) {
        let number = shared.next.fetch_add(1, Relaxed);
        if let Err(error) = shared.come(number, &mut connection).await {
            // Nothing that is written here can be wrong as a request.
            tracing::warn!(%error, "a visitor of the demo gave up");
        }
        sleep(PAUSE).await;
    }
}

impl Shared {
    async fn come(&self, number: u64, connection: &mut Connection) -> anyhow::Result<()> {
        let campaign = usize::try_from(number % 3)?;
        let name = CAMPAIGNS.get(campaign).copied().unwrap_or_default();
        let page = Request::builder()
            .uri(format!(
                "/?utm_source=demo&utm_campaign={name}&utm_content={number}"
            ))
            .header(HOST, self.to.to_string())
            .header(USER_AGENT, BROWSER)
            .header(ACCEPT, "text/html")
            .body(Default::default())?;
        self.diary.note(campaign, connection.send(page).await);
        if launch::signs_up(number) {
            self.sign_up(number, connection).await?;
        }
        Ok(())
    }

    /// Signs up, and once more, as somebody does who presses the button twice.
    async fn sign_up(&self, number: u64, connection: &mut Connection) -> anyhow::Result<()> {
        let body =
            format!(r#"{{"goal":"{GOAL}","visitorId":"demo-{number}","idempotencyKey":"signup:{number}"}}"#);
        let mut acknowledged = 0;
        for _ in 0..RESENDS {
            let request = Request::builder()
                .method(Method::POST)
                .uri("/api/convert")
                .header(HOST, self.to.to_string())
                .header(USER_AGENT, BROWSER)
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone().into())?;
            if connection
                .send(request)
                .await
                .is_ok_and(|reply| reply.status == 202)
            {
                acknowledged += 1;
            }
            if acknowledged == 2 {
                break;
            }
        }
        let noted = match acknowledged {
            0 => &self.diary.unanswered,
            _ => &self.diary.signups,
        };
        noted.fetch_add(1, Relaxed);
        self.diary
            .repeats
            .fetch_add(u64::from(acknowledged == 2), Relaxed);
        Ok(())
    }
}
