//! Funnel: visits, where they came from, and what became of them.
//!
//! A page view is told of, by pages that were served or by a page's script → what is no visit is counted apart, with the
//! reason → the visit is gathered in memory, under its labels and its visitor → when its window of five seconds is over, the
//! [`Recorder`] makes it one fact. A conversion is told of, reached by a path, or comes with an event: it is attributed to the
//! touches that are still in memory and to those that are written, and is a transaction of its own.
//!
//! Counting a view takes no lock that another thread works under, allocates nothing for one that came before, and is bounded
//! in memory whatever is asked for. At most one window is lost to a kill, and no conversion that was answered. Visitors are
//! known by a hash that holds for a day; those who want not to be followed are counted, and not known.
//!
//! It does not know who serves pages, nor what visits cost.

mod agents;
mod convert;
mod describe;
mod dropped;
mod form;
mod headers;
mod http;
mod origin;
mod recorder;
mod sent;
mod tally;
mod view;
mod visitors;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::http::HeaderMap;
use ::http::header::{HOST, REFERER, USER_AGENT};
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Form;
use crate::metrics::Metrics;
use crate::model::event::Route;
use crate::model::funnel::{Bearer, Goal, Goals, Visitor};
use crate::model::ids::GoalName;
use crate::model::time::Millis;
use crate::model::time::zone::Zone;
use crate::store::{Fault, Store};
use crate::web::auth::Auth;
use crate::web::front::Front;
use crate::web::{Audience, PageView};
pub use recorder::Recorder;

use dropped::Passed;
use origin::Said;
use tally::{Reached, Tally, Visit};
use visitors::{Days, Who};

/// The most goals reached by a path that wait to be written: a second of more than any site has.
const REACHED_WAITING: usize = 65_536;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Funnel {
    parts: Arc<Parts>,
    counting: Arc<Counting>,
}

/// What the funnel needs of the rest.
pub struct Parts {
    /// Where visits and conversions are kept.
    pub store: Store,
    /// Client addresses and limits.
    pub front: Arc<Front>,
    /// Keys, for those who look at the figures.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// The launch's, whose days are the days of everything here.
    pub zone: Zone,
    /// The routes in force, to destinations the store knows.
    pub routes: watch::Receiver<Arc<Vec<Route>>>,
    /// The forms in force.
    pub forms: watch::Receiver<Arc<Vec<Form>>>,
}

/// What is counted in memory.
struct Counting {
    tally: Tally,
    days: Days,
    metrics: Metrics,
    /// Goals reached by a path that are still to be written.
    reached: Mutex<Vec<Reached>>,
    /// Told when there are some.
    reached_some: watch::Sender<()>,
    /// Whether touches of days before are left in the data file.
    old_touches: AtomicBool,
}

/// Who told of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    /// Pages, which served it: its headers are those of whoever asked for it.
    Pages,
    /// A page's script, whose own request its headers speak of.
    Script,
}

impl FromRef<Funnel> for Auth {
    fn from_ref(funnel: &Funnel) -> Self {
        funnel.parts.auth.clone()
    }
}

impl Funnel {
    /// The slice. It counts from now on; visitors are told apart once [`Funnel::put_in_force`] was called.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let counting = Counting {
            tally: Tally::default(),
            days: Days::default(),
            metrics: parts.metrics.clone(),
            reached: Mutex::default(),
            reached_some: watch::Sender::default(),
            old_touches: AtomicBool::new(false),
        };
        Self {
            parts: Arc::new(parts),
            counting: Arc::new(counting),
        }
    }

    /// Puts these goals in force, and makes the day's visitors known.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn put_in_force(&self, goals: Vec<Goal>) -> Result<(), Fault> {
        for goal in &goals {
            // A rate needs the zero before the first one.
            let _ = self.counting.metrics.conversions(goal.name.as_str());
        }
        let known = Goals {
            goals: goals.clone(),
            zone: self.parts.zone.clone(),
        };
        self.parts.store.know_goals(known).await?;
        self.counting.tally.put_goals(goals);
        recorder::prepare(&self.parts, &self.counting, self.parts.clock.now()).await
    }

    /// Who is told of each page view.
    #[must_use]
    pub fn audience(&self) -> Audience {
        let counting = Arc::clone(&self.counting);
        Arc::new(move |view: &PageView<'_>| {
            let _ = counting.viewed(view, Teller::Pages);
        })
    }

    /// The worker that takes what was gathered to the data file.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        Recorder::new(Arc::clone(&self.parts), Arc::clone(&self.counting))
    }

    /// Writes what is left, when nothing is served any more.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn finish(&self) -> Result<(), Fault> {
        recorder::write_reached(&self.parts, &self.counting).await?;
        recorder::write_windows(&self.parts, &self.counting, Millis(i64::MAX)).await
    }

    /// What the public address serves.
    pub fn public(&self) -> Router {
        Router::new()
            .route("/api/convert", post(convert::convert))
            .route("/api/view", post(view::view))
            .route("/api/forms/{name}", post(form::take))
            .with_state(self.clone())
    }

    /// What the admin address serves besides.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/funnel", get(http::list))
            .route("/api/funnel/apart", get(http::apart))
            .with_state(self.clone())
    }

    /// Who makes a request, as far as that may be known: their visitor, and touches that are not written yet.
    fn bearer(&self, client: IpAddr, headers: &HeaderMap) -> Bearer {
        let visitor = self
            .counting
            .visitor((client, host(headers)), headers, self.parts.clock.now());
        self.bearer_of(visitor)
    }

    fn bearer_of(&self, visitor: Option<Visitor>) -> Bearer {
        Bearer {
            touches: visitor.and_then(|visitor| self.counting.tally.touches(visitor)),
            visitor,
        }
    }
}

impl Counting {
    /// Counts a view; the visitor, where it was one and they may be known.
    fn viewed(&self, view: &PageView<'_>, teller: Teller) -> Option<Visitor> {
        let referrer = view.headers.get(REFERER).and_then(|value| value.to_str().ok());
        self.viewed_from(view, referrer, teller)
    }

    fn viewed_from(&self, view: &PageView<'_>, referrer: Option<&str>, teller: Teller) -> Option<Visitor> {
        let agent = agent(view.headers);
        let apart = self.tally.agent(agent).or_else(|| match teller {
            Teller::Pages => headers::apart(view.headers),
            Teller::Script => None,
        });
        if let Some(apart) = apart {
            self.metrics.visits_apart(apart).inc();
            self.tally.count_apart(&Passed {
                at: view.at,
                reason: apart,
                agent,
                path: view.path,
            });
            return None;
        }
        self.metrics.visits().inc();
        let visitor = self.visitor((view.client, view.host), view.headers, view.at);
        let visit = Visit {
            at: view.at,
            visitor,
            said: Said {
                host: view.host,
                path: view.path,
                query: view.query,
                referrer,
                variant: view.variant,
            },
        };
        let reached = self.tally.count(&visit);
        if !reached.is_empty() {
            self.put_back(reached);
            self.reached_some.send_replace(());
        }
        visitor
    }

    /// Who it is; `None` where they want not to be known.
    fn visitor(&self, (client, host): (IpAddr, &str), headers: &HeaderMap, at: Millis) -> Option<Visitor> {
        if headers::wants_not_to_be_followed(headers) {
            return None;
        }
        let agent = agent(headers);
        self.days.visitor(&Who { client, host, agent }, at)
    }

    fn take_reached(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.reached.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has goals wait to be written. Those that there is no room for are not counted, and that is said.
    fn put_back(&self, reached: impl IntoIterator<Item = Reached>) {
        let mut waiting = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reached = reached.into_iter();
        let room = REACHED_WAITING.saturating_sub(waiting.len());
        waiting.extend(reached.by_ref().take(room));
        let lost = reached.count();
        if lost > 0 {
            tracing::error!(
                conversions.lost = lost,
                "too many goals reached by a path wait to be written"
            );
        }
    }

    fn count_converted(&self, goal: &GoalName, count: u64) {
        self.metrics.conversions(goal.as_str()).add(count);
    }

    fn has_old_touches(&self) -> bool {
        self.old_touches.load(Ordering::Relaxed)
    }

    fn note_old_touches(&self, left: bool) {
        self.old_touches.store(left, Ordering::Relaxed);
    }
}

fn agent(headers: &HeaderMap) -> &[u8] {
    headers.get(USER_AGENT).map_or(&[], |value| value.as_bytes())
}

/// The site's name, as a request has it.
fn host(headers: &HeaderMap) -> &str {
    headers
        .get(HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
