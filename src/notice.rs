//! Notices: what the appliance itself has to say to its owner, as events to the destinations they named for it.
//!
//! A [`Notice`] becomes an event with routes of its own, which whoever has news records in the transaction that makes it news,
//! or [`Notices::tell`] by itself. From there it is an event like others: delivered, tried again, kept, shown, and known by
//! its key, so that what is told twice is sent once.
//!
//! Invariants: a notice about a destination does not go to it, so that trouble with whoever is told makes no more to tell;
//! routes of the configuration send no notice anywhere. What is said holds nothing that a stranger wrote.
//!
//! It does not know what there is to say.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Alerts;
use crate::metrics::{EventOutcome, Metrics};
use crate::model::event::{EventDraft, EventId, Pattern, Priority, Recorded, Route, Routed};
use crate::model::ids::{BadName, DestinationName, EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::store::{Fault, Store};
use crate::web::{ApiError, json, payload};

/// Where notices come from.
const SOURCE: &str = "gantry";

/// What there is to say.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The event's type, one of [`OWN_TYPES`](crate::model::event::OWN_TYPES).
    pub kind: &'static str,
    /// What makes it the same notice when it is told again.
    pub key: IdempotencyKey,
    /// For people: a sentence or some lines, which the destination's template finds as `payload.text`.
    pub text: String,
    /// The same for machines, beside the text.
    pub details: Map<String, Value>,
    /// The destination it is about, which is not told.
    pub about: Option<DestinationName>,
    /// From when on it is no news any more, and is not sent.
    pub expires_at: Option<Millis>,
}

/// Why no event can be made of a notice.
#[derive(Debug, thiserror::Error)]
pub enum Unspeakable {
    /// Its type is none.
    #[error("the type of a notice {0}")]
    Kind(#[from] BadName),
    /// It is too long.
    #[error("a notice that nobody can be sent: {0}")]
    Payload(String),
    /// The system has none.
    #[error("no chance to be had")]
    Chance(#[from] getrandom::Error),
}

/// What became of a notice.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// Nothing can be made of it.
    #[error(transparent)]
    Unspeakable(#[from] Unspeakable),
    /// A fault of the file: it is not known to be recorded.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Whom notices go to; clones share it.
#[derive(Clone)]
pub struct Notices {
    store: Store,
    metrics: Metrics,
    clock: Clock,
    alerts: watch::Receiver<Arc<Alerts>>,
}

impl Notices {
    /// Notices to the destinations that `alerts` name, whenever they do.
    #[must_use]
    pub const fn new(
        store: Store,
        metrics: Metrics,
        clock: Clock,
        alerts: watch::Receiver<Arc<Alerts>>,
    ) -> Self {
        Self {
            store,
            metrics,
            clock,
            alerts,
        }
    }

    /// Who is told of what is not about them, as far as the store knows them.
    #[must_use]
    pub fn told(&self) -> Vec<DestinationName> {
        let known = self.store.destinations();
        let is_known = |name: &&DestinationName| known.iter().any(|to| to.name == **name);
        let alerts = self.alerts.borrow();
        alerts.to.iter().filter(is_known).cloned().collect()
    }

    /// The event of a notice, and its routes, to be recorded; `None` where nobody is to be told.
    ///
    /// # Errors
    /// [`Unspeakable`].
    pub fn event(&self, notice: Notice) -> Result<Option<Routed>, Unspeakable> {
        let about = notice.about.clone();
        let to = self
            .told()
            .into_iter()
            .filter(|name| Some(name) != about.as_ref());
        self.event_to(notice, to.collect())
    }

    /// The event of a notice to destinations that the store knows, and its routes.
    ///
    /// # Errors
    /// [`Unspeakable`].
    pub fn event_to(&self, notice: Notice, to: Vec<DestinationName>) -> Result<Option<Routed>, Unspeakable> {
        if to.is_empty() {
            return Ok(None);
        }
        let (kind, source) = (EventType::parse(notice.kind)?, Source::parse(SOURCE)?);
        let mut members = notice.details;
        members.insert("text".to_owned(), notice.text.into());
        let text = Value::Object(members).to_string();
        let refused = |refusal: ApiError| Unspeakable::Payload(refusal.detail().to_owned());
        let content = json::parse(text.as_bytes()).map_err(refused)?;
        let payload = payload::kept(&content).map_err(refused)?;
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let draft = EventDraft {
            id: EventId::new(self.clock.now(), random),
            fingerprint: payload::fingerprint(&kind, &source, &content),
            kind,
            source,
            key: notice.key,
            payload,
            scheduled_at: None,
            expires_at: notice.expires_at,
            // What is wrong is told before what goes its way.
            priority: Priority::new(Priority::MAX).unwrap_or_default(),
            trace: None,
        };
        let route = Route {
            kind: Pattern::Exact(notice.kind.to_owned()),
            source: Pattern::Any,
            to,
        };
        Ok(Some(Routed {
            draft,
            routes: Arc::new(vec![route]),
        }))
    }

    /// Counts a notice that was recorded among events; says in the log where another event has its key.
    pub fn count(&self, recorded: &Recorded) {
        let outcome = match recorded {
            Recorded::Accepted { .. } => EventOutcome::Accepted,
            Recorded::Duplicate { .. } => EventOutcome::Duplicate,
            Recorded::Conflict { id } => {
                tracing::error!(event.id = %id, "another event has the key of a notice, which is not sent");
                EventOutcome::Conflict
            }
        };
        self.metrics.events_ingested(outcome).inc();
    }

    /// Tells a notice: records it, for those it goes to. `None` where nobody is to be told.
    ///
    /// # Errors
    /// [`Untold`].
    pub async fn tell(&self, notice: Notice) -> Result<Option<Recorded>, Untold> {
        let Some(Routed { draft, routes }) = self.event(notice)? else {
            return Ok(None);
        };
        let recorded = self.store.record_events(vec![draft], routes).await?.pop();
        if let Some(recorded) = &recorded {
            self.count(recorded);
        }
        Ok(recorded)
    }
}
