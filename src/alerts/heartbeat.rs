//! The sign of life: a call every minute, for as long as the store commits.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::sync::watch;

use super::Parts;
use crate::config::{self, Egress};
use crate::metrics::HeartbeatOutcome;
use crate::outbound::{self, Request, Sender, Senders, SetupError, Transport};
use crate::runtime::{Next, Worker};

/// How often it is given.
const EVERY: Duration = Duration::from_secs(60);
/// How long a call may take. Stopping does not wait for it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls whoever listens for a sign of life. It goes where destinations may go, by connections of its own.
pub struct Heartbeat {
    parts: Arc<Parts>,
    alerts: watch::Receiver<Arc<config::Alerts>>,
    egress: watch::Receiver<Egress>,
    /// The sender by the rules in force; `None` where they have changed.
    sender: Option<Sender>,
    /// Whether the last one failed, which is said in the log once.
    failing: Option<String>,
}

impl Heartbeat {
    pub(super) fn new(parts: &Arc<Parts>) -> Self {
        Self {
            parts: Arc::clone(parts),
            alerts: parts.alerts.clone(),
            egress: parts.egress.clone(),
            sender: None,
            failing: None,
        }
    }

    fn sender(&mut self) -> Result<Sender, SetupError> {
        if self.egress.has_changed().unwrap_or(false) {
            self.sender = None;
        }
        if let Some(sender) = &self.sender {
            return Ok(sender.clone());
        }
        let allow = self.egress.borrow_and_update().allow.clone();
        let sender = Senders::new(outbound::Egress::new(allow)).sender(&Transport::default())?;
        Ok(self.sender.insert(sender).clone())
    }

    /// One call, and what it came to: why it failed, where it did.
    async fn call(&mut self, request: Request) -> (HeartbeatOutcome, Option<String>) {
        let store = &self.parts.store;
        if !store.is_compacting()
            && let Err(fault) = store.probe().await
        {
            let why = format!("the data file takes no writes: {fault}");
            return (HeartbeatOutcome::Withheld, Some(why));
        }
        let sender = match self.sender() {
            Ok(sender) => sender,
            Err(error) => return (HeartbeatOutcome::Failed, Some(error.to_string())),
        };
        match sender.send(request).await {
            Ok(answer) if (200..300).contains(&answer.status) => (HeartbeatOutcome::Answered, None),
            Ok(answer) => (
                HeartbeatOutcome::Failed,
                Some(format!("it answered {}", answer.status)),
            ),
            Err(error) => (HeartbeatOutcome::Failed, Some(error.to_string())),
        }
    }

    /// Says in the log when it begins to fail and when it goes on.
    fn note(&mut self, why: Option<String>) {
        match (&self.failing, &why) {
            (None, Some(error)) => tracing::warn!(%error, "the heartbeat does not arrive"),
            (Some(_), None) => tracing::info!("the heartbeat arrives again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.failing = why;
    }
}

impl Worker for Heartbeat {
    fn name(&self) -> Cow<'static, str> {
        "heartbeat".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let to = self.alerts.borrow_and_update().heartbeat.clone();
        let Some(config::Heartbeat(url)) = to else {
            self.failing = None;
            return Ok(Next::Wait);
        };
        let request = Request {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: TIMEOUT,
        };
        let shutdown = self.parts.shutdown.clone();
        tokio::select! {
            (outcome, why) = self.call(request) => {
                self.parts.metrics.heartbeats(outcome).inc();
                self.note(why);
            }
            () = shutdown.draining() => {}
        }
        Ok(Next::After(EVERY))
    }

    async fn wait(&mut self) {
        if self.alerts.changed().await.is_err() {
            // Nobody changes it any more: the process ends.
            std::future::pending().await
        }
    }
}
