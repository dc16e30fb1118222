//! The worker that watches.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::measure::{History, Measured, measure};
use super::words::Of;
use super::{Alerts, Board, Parts, Shown};
use crate::config;
use crate::model::alert::{AlertKey, AlertState, AlertStep, Message, Rule, Terms, Word};
use crate::model::event::Routed;
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// How long to wait where the store has no room or no time.
const PASSING: Duration = Duration::from_secs(2);

/// Looks at every rule, and says what there is to say.
pub struct Watcher {
    parts: Arc<Parts>,
    board: Board,
    alerts: watch::Receiver<Arc<config::Alerts>>,
    history: History,
    /// Every alert that is not quiet, as it stands on disk; `None` before the first look.
    states: Option<HashMap<AlertKey, AlertState>>,
}

/// An alert that was looked at.
struct Looked {
    measured: Measured,
    /// `None`: its rule is off.
    terms: Option<Terms>,
    before: AlertState,
    after: AlertState,
    message: Option<Message>,
}

impl Watcher {
    pub(super) fn new(alerts: &Alerts) -> Self {
        Self {
            parts: Arc::clone(&alerts.parts),
            board: alerts.board.clone(),
            alerts: alerts.parts.alerts.clone(),
            history: History::default(),
            states: None,
        }
    }

    /// One look, with all that follows from it.
    async fn look(&mut self) -> Result<(), Fault> {
        let alerts = self.alerts.borrow_and_update().clone();
        let remind_ms = alerts
            .remind_every
            .and_then(|every| i64::try_from(every.as_millis()).ok());
        let now = self.parts.clock.now();
        let rules = alerts.in_force(self.parts.hours(now));
        let dead = rules.of(Rule::DeadLetters).unwrap_or(Rule::DeadLetters.terms());
        let sight = self.parts.look(dead.over_ms).await?;
        self.history.note(sight.at, sight.watched);
        let states = match &mut self.states {
            Some(states) => states,
            none => none.insert(self.parts.store.alerts().await?.into_iter().collect()),
        };
        let measured = rules
            .iter()
            .flat_map(|(rule, terms)| measure((rule, &terms), &sight, &self.history));
        let measured: Vec<Measured> = measured.collect();
        let gone = states
            .keys()
            .filter(|key| !measured.iter().any(|one| one.key == **key))
            .map(|key| Measured {
                key: *key,
                destination: key
                    .destination
                    .and_then(|number| Some(self.parts.store.destination(number)?.name)),
                certificate: None,
                value: None,
            });
        let gone: Vec<Measured> = gone.collect();
        let looked = measured.into_iter().chain(gone).map(|measured| {
            let before = states.get(&measured.key).copied().unwrap_or_default();
            let terms = rules.of(measured.key.rule);
            looked(measured, terms, before, (now, remind_ms))
        });
        let mut looked: Vec<Looked> = looked.collect();
        self.keep(&mut looked, (now, remind_ms)).await?;
        self.show(looked);
        Ok(())
    }

    /// Writes what has changed, with what is said of it; only then is it so.
    async fn keep(&mut self, looked: &mut [Looked], times: (Millis, Option<i64>)) -> Result<(), Fault> {
        let changed: Vec<&mut Looked> = looked.iter_mut().filter(|one| one.after != one.before).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let steps = changed.iter().map(|one| AlertStep {
            key: one.measured.key,
            state: one.after,
            message: self.event(one, times),
        });
        let taken = self.parts.store.step_alerts(steps.collect()).await?;
        let states = self.states.get_or_insert_default();
        for (one, (state, recorded)) in changed.into_iter().zip(taken) {
            one.after = state;
            match state.is_nothing() {
                true => drop(states.remove(&one.measured.key)),
                false => drop(states.insert(one.measured.key, state)),
            }
            if let Some(recorded) = &recorded {
                self.parts.notices.count(recorded);
            }
            one.log();
        }
        Ok(())
    }

    /// The event of what is said of an alert, where something is and somebody is to be told.
    fn event(&self, one: &Looked, times: (Millis, Option<i64>)) -> Option<Routed> {
        let (message, terms) = one.message.as_ref().zip(one.terms.as_ref())?;
        let of = Of {
            key: one.measured.key,
            destination: one.measured.destination.as_ref(),
            certificate: one.measured.certificate.as_deref(),
            terms,
        };
        let event = self.parts.notices.event(of.notice(message, times));
        event.unwrap_or_else(|error| {
            tracing::error!(%error, alert.rule = one.measured.key.rule.as_str(), "an alert cannot be told");
            None
        })
    }

    fn show(&self, looked: Vec<Looked>) {
        let firing = |rule: Rule| {
            let of_rule = looked.iter().filter(|one| one.measured.key.rule == rule);
            of_rule.filter(|one| one.after.is_firing()).count()
        };
        for rule in Rule::ALL {
            self.parts.metrics.alerts_firing(*rule).set(firing(*rule) as u64);
        }
        let shown = looked.into_iter().filter(|one| one.terms.is_some());
        let shown = shown.map(|one| Shown {
            key: one.measured.key,
            destination: one.measured.destination,
            certificate: one.measured.certificate,
            state: one.after,
            value: one.measured.value,
        });
        *self.board.shown() = shown.collect();
    }
}

/// What becomes of an alert. Of a rule that is off nothing is remembered, and nothing said.
fn looked(
    measured: Measured,
    terms: Option<Terms>,
    before: AlertState,
    times: (Millis, Option<i64>),
) -> Looked {
    let rule = measured.key.rule;
    let (after, message) = match &terms {
        Some(terms) => before.after((rule, terms), measured.value, times),
        None => (AlertState::default(), None),
    };
    Looked {
        measured,
        terms,
        before,
        after,
        message,
    }
}

impl Looked {
    fn log(&self) {
        let Some(message) = &self.message else { return };
        let rule = self.measured.key.rule.as_str();
        let destination = self.measured.destination.as_ref().map(DestinationName::as_str);
        let (value, since) = (message.value, message.since);
        match message.word {
            Word::Firing => {
                tracing::warn!(alert.rule = rule, destination, value, %since, "an alert fires");
            }
            Word::Reminder { .. } => {
                tracing::warn!(alert.rule = rule, destination, value, %since, "an alert still fires");
            }
            Word::Resolved => {
                tracing::info!(alert.rule = rule, destination, value, %since, "an alert is over")
            }
        }
    }
}

impl Worker for Watcher {
    fn name(&self) -> Cow<'static, str> {
        "alerts".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        match self.look().await {
            Ok(()) => Ok(Next::After(EVERY)),
            Err(fault) if fault.is_passing() => Ok(Next::After(PASSING)),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn wait(&mut self) {
        if self.alerts.changed().await.is_err() {
            // Nobody changes it any more: the process ends.
            std::future::pending().await
        }
    }
}
