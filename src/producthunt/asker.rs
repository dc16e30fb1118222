//! The worker that asks.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::query::{self, Heard, Said};
use super::rest::rest_ms;
use super::{Board, Figures, Parts, ProductHunt, Standing, Trouble};
use crate::config::{self, Egress, Post};
use crate::metrics::{HuntOutcome, SeriesId};
use crate::model::time::Millis;
use crate::outbound::{self, Answer, Request, SendError, Sender, Senders, Transport};
use crate::runtime::{Next, Worker};
use crate::store::Fault;

const MINUTE_MS: i64 = 60_000;
/// How far back numbers are looked for after a start, in minutes: a day.
const REMEMBERED_MINUTES: u64 = 24 * 60;
/// The longest sleep: so late a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(600);
/// What is shown of a post of which nothing is known.
const NONE: Figures = Figures {
    votes: 0,
    comments: 0,
};

/// The way to Product Hunt.
pub trait Way: Send + Sync + 'static {
    /// Sends a query.
    fn send(&mut self, request: Request) -> impl Future<Output = Result<Answer, SendError>> + Send;
}

/// Asks for votes and comments.
pub struct Asker<W = Out> {
    parts: Arc<Parts>,
    board: Board,
    post: watch::Receiver<Arc<config::ProductHunt>>,
    way: W,
    /// What rests are spread by.
    chance: fn() -> u32,
    /// When it is asked next.
    due: Millis,
    /// How many calls in a row came to nothing.
    failures: u32,
    /// The last call; after a start, the one by which what is kept was known.
    last: Option<Last>,
}

/// A call that was made.
struct Last {
    /// By what it was made, or reckoned again since.
    config: Arc<config::ProductHunt>,
    at: Millis,
    heard: Heard,
}

impl Last {
    /// The numbers that it told of this post.
    fn figures_of(&self, post: &Post) -> Option<(Figures, Millis)> {
        let asked = self.config.post.as_ref()?;
        match self.heard.said {
            Said::Figures(figures) if asked.slug == post.slug => Some((figures, self.at)),
            _ => None,
        }
    }
}

/// The way out, where destinations may go, by connections of its own.
pub struct Out {
    egress: watch::Receiver<Egress>,
    /// By the rules in force; `None` where they have changed.
    sender: Option<Sender>,
}

impl Out {
    fn sender(&mut self) -> Result<Sender, SendError> {
        if self.egress.has_changed().unwrap_or(false) {
            self.sender = None;
        }
        if let Some(sender) = &self.sender {
            return Ok(sender.clone());
        }
        let allow = self.egress.borrow_and_update().allow.clone();
        let sender = Senders::new(outbound::Egress::new(allow)).sender(&Transport::default());
        let sender = sender.map_err(|error| SendError::Tls(error.to_string()))?;
        Ok(self.sender.insert(sender).clone())
    }
}

impl Way for Out {
    async fn send(&mut self, request: Request) -> Result<Answer, SendError> {
        self.sender()?.send(request).await
    }
}

impl Asker {
    pub(super) fn new(hunt: &ProductHunt) -> Self {
        let egress = hunt.parts.egress.clone();
        let out = Out { egress, sender: None };
        Self::by(hunt, out, chance)
    }
}

/// Any number; without a source of chance, rests are not spread.
fn chance() -> u32 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

impl<W: Way> Asker<W> {
    pub(super) fn by(hunt: &ProductHunt, way: W, chance: fn() -> u32) -> Self {
        let parts = Arc::clone(&hunt.parts);
        Self {
            post: parts.post.clone(),
            board: hunt.board.clone(),
            parts,
            way,
            chance,
            due: Millis(i64::MIN),
            failures: 0,
            last: None,
        }
    }

    /// Begins with another post, or the first: what is kept is known again, and is not asked for sooner than it would have been.
    async fn begin(&mut self, config: &Arc<config::ProductHunt>, post: &Post) -> Result<(), Fault> {
        let known = self.board.lock().as_ref().map(|standing| standing.slug.clone());
        if known.as_deref() == Some(&post.slug) {
            return Ok(());
        }
        let figures = match &self.last {
            Some(last) => last.figures_of(post),
            None => self.remembered().await?,
        };
        self.failures = 0;
        if let (None, Some((figures, at))) = (&self.last, figures) {
            // They were said within that minute.
            let at = at.plus(MINUTE_MS);
            self.due = at.plus(milliseconds(config.every));
            let heard = Heard {
                said: Said::Figures(figures),
                quota: None,
                not_before: None,
            };
            let config = Arc::clone(config);
            self.last = Some(Last { config, at, heard });
        }
        self.show(figures.map_or(NONE, |(figures, _)| figures));
        *self.board.lock() = Some(Standing {
            slug: post.slug.clone(),
            figures,
            ..Standing::default()
        });
        Ok(())
    }

    /// Reckons by another configuration when it is asked next. What was wrong may have been mended; another post, token or
    /// address is asked at once, where there is room.
    fn reckon(&mut self, config: &Arc<config::ProductHunt>) {
        let Some(last) = self.last.as_mut().filter(|last| last.config != *config) else {
            return;
        };
        let is_same = last.config.post == config.post && last.config.url == config.url;
        let every_ms = if is_same { milliseconds(config.every) } else { 0 };
        match last.heard.said {
            Said::Figures(_) | Said::NoPost(_) => {
                self.due = last.at.plus(rest_ms(&last.heard, (every_ms, 0), last.at, 0));
            }
            Said::Trouble(_) => self.due = Millis(i64::MIN),
            Said::TooMuch(_) => {}
        }
        if is_same {
            last.config = Arc::clone(config);
        }
    }

    fn show(&self, figures: Figures) {
        self.parts.metrics.hunt_votes().set(figures.votes);
        self.parts.metrics.hunt_comments().set(figures.comments);
    }

    /// The newest numbers that the data file has.
    async fn remembered(&self) -> Result<Option<(Figures, Millis)>, Fault> {
        let minute = minute(self.parts.clock.now());
        let minutes = minute.saturating_sub(REMEMBERED_MINUTES)..minute + 1;
        let store = &self.parts.store;
        let last = |samples: Vec<(u64, f64)>| samples.last().copied();
        let votes = last(store.series(SeriesId::HuntVotes.id(), minutes.clone()).await?);
        let comments = last(store.series(SeriesId::HuntComments.id(), minutes).await?);
        let both = votes.zip(comments).filter(|((one, _), (other, _))| one == other);
        Ok(both.map(|((at, votes), (_, comments))| {
            let figures = Figures {
                votes: whole(votes),
                comments: whole(comments),
            };
            let at = i64::try_from(at).unwrap_or(i64::MAX).saturating_mul(MINUTE_MS);
            (figures, Millis(at))
        }))
    }

    /// Asks, and keeps what was heard.
    async fn ask(&mut self, config: &Arc<config::ProductHunt>, post: &Post) -> Result<(), Fault> {
        let request = query::request(post, &config.url);
        let shutdown = self.parts.shutdown.clone();
        let answered = tokio::select! {
            answered = self.way.send(request.clone()) => answered,
            () = shutdown.draining() => return Ok(()),
        };
        let now = self.parts.clock.now();
        let heard = query::heard(answered, (&request, post), now);
        let outcome = match &heard.said {
            Said::Figures(_) => HuntOutcome::Answered,
            Said::NoPost(_) => HuntOutcome::Absent,
            Said::TooMuch(_) => HuntOutcome::Limited,
            Said::Trouble(_) => HuntOutcome::Failed,
        };
        self.parts.metrics.hunt_requests(outcome).inc();
        self.failures = match outcome {
            HuntOutcome::Answered | HuntOutcome::Absent => 0,
            HuntOutcome::Limited | HuntOutcome::Failed => self.failures.saturating_add(1),
        };
        let every_ms = milliseconds(config.every);
        let rest = rest_ms(&heard, (every_ms, self.failures), now, (self.chance)());
        self.due = now.plus(rest);
        self.last = Some(Last {
            config: Arc::clone(config),
            at: now,
            heard: heard.clone(),
        });
        if let Said::Figures(figures) = &heard.said {
            self.keep(*figures, now).await?;
        }
        self.note(heard, now);
        Ok(())
    }

    /// Keeps the numbers, in the minute in which they were said. A store that has no room for them has them next time.
    async fn keep(&self, figures: Figures, now: Millis) -> Result<(), Fault> {
        self.show(figures);
        let samples = vec![
            (SeriesId::HuntVotes.id(), number(figures.votes)),
            (SeriesId::HuntComments.id(), number(figures.comments)),
        ];
        let keep_minutes = self.parts.retention.borrow().metrics_1m.as_secs() / 60;
        let store = &self.parts.store;
        match store.record_series(minute(now), samples, keep_minutes).await {
            Err(fault) if fault.is_passing() => Ok(()),
            kept => kept,
        }
    }

    /// Puts what was heard on the board; what goes wrong is said in the log when it begins, and when it is over.
    fn note(&self, heard: Heard, now: Millis) {
        let mut board = self.board.lock();
        let Some(standing) = board.as_mut() else { return };
        standing.quota = heard.quota;
        let trouble = match heard.said {
            Said::Figures(figures) => {
                standing.figures = Some((figures, now));
                None
            }
            Said::NoPost(text) => Some(Trouble::NoPost(text)),
            Said::TooMuch(text) | Said::Trouble(text) => Some(Trouble::Other(text)),
        };
        match (&standing.trouble, &trouble) {
            (before, Some(trouble)) if before.as_ref() != Some(trouble) => {
                tracing::warn!(
                    error = trouble.text(),
                    "votes and comments at Product Hunt are not known"
                );
            }
            (Some(_), None) => tracing::info!("votes and comments at Product Hunt are known again"),
            _ => {}
        }
        standing.trouble = trouble;
    }
}

impl<W: Way> Worker for Asker<W> {
    fn name(&self) -> Cow<'static, str> {
        "producthunt".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let config = Arc::clone(&self.post.borrow_and_update());
        let Some(post) = &config.post else {
            *self.board.lock() = None;
            self.show(NONE);
            return Ok(Next::Wait);
        };
        self.begin(&config, post).await?;
        self.reckon(&config);
        let now = self.parts.clock.now();
        if self.due <= now {
            self.ask(&config, post).await?;
        }
        if let Some(standing) = self.board.lock().as_mut() {
            standing.next_at = (self.due > now).then_some(self.due);
        }
        let left = u64::try_from(self.due.0.saturating_sub(now.0)).unwrap_or(0);
        Ok(Next::After(Duration::from_millis(left).min(SLEEP_MAX)))
    }

    async fn wait(&mut self) {
        if self.post.changed().await.is_err() {
            // Nobody changes it any more: the process ends.
            std::future::pending().await
        }
    }
}

fn milliseconds(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn minute(at: Millis) -> u64 {
    u64::try_from(at.0.div_euclid(MINUTE_MS)).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "votes are far below 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was a count when it was kept"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}
