//! Sources: what tells the appliance, over HTTP and with a key, what happens elsewhere. A landing page sends its leads as
//! they come, somebody plans mailings, a list is imported.
//!
//! An event without an answer is sent again with the same key. Some are sent twice although they were answered, and
//! some keys are used for another event: both must be told so. Stopping ends the leave to send: whoever is sending
//! finishes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Context;
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::book::{Book, Fate, Told};
use super::client::{Answer, Client};
use super::launch::events::{self, CONTACTS, Kind, Place, When};
use super::launch::{self, Habit};
use super::meter::whole;
use crate::clock::Clock;
use crate::model::event::EventId;
use crate::model::key::KeySecret;
use crate::model::time::Millis;
use crate::runtime::Tasks;

/// How many of the landing page's servers send leads, each on a connection of its own.
const SENDERS: usize = 16;
/// How often leave is given.
const PACE: Duration = Duration::from_millis(20);
/// How often a mailing is planned, and how far ahead.
const CAMPAIGN_EVERY: Duration = Duration::from_millis(700);
const CAMPAIGN_AHEAD_MS: i64 = 2_500;
/// How often an event without an answer is sent again, and after which pause.
const RESENDS: u32 = 5;
const RESEND_PAUSE: Duration = Duration::from_millis(200);

/// Answers, by what they said.
#[derive(Default)]
pub(super) struct Answers {
    /// Repeats that were told the first id.
    pub(super) duplicates: AtomicU64,
    /// Other events under a known key that were refused.
    pub(super) conflicts: AtomicU64,
    /// Answers that should not have been given.
    pub(super) wrong: AtomicU64,
}

/// All sources.
pub(super) struct Sources {
    shared: Arc<Shared>,
    tasks: Tasks,
}

struct Shared {
    begun: Instant,
    leave: Semaphore,
    stop: CancellationToken,
    book: Book,
    answers: Answers,
}

impl Sources {
    /// Sends with `key` until stopped, in a launch of so many `seconds`.
    pub(super) fn start(to: SocketAddr, key: &KeySecret, seconds: Option<u64>) -> anyhow::Result<Self> {
        let tasks = Tasks::new();
        let shared = Arc::new(Shared {
            begun: Instant::now(),
            leave: Semaphore::new(0),
            stop: CancellationToken::new(),
            book: Book::default(),
            answers: Answers::default(),
        });
        let source = || -> anyhow::Result<Source> {
            Ok(Source {
                client: Client::new(to, key, tasks.clone())?,
                shared: shared.clone(),
            })
        };
        for _ in 0..SENDERS {
            tasks.spawn("demo-leads", source()?.leads());
        }
        tasks.spawn("demo-campaigns", source()?.campaigns());
        tasks.spawn("demo-import", source()?.import(events::import_at(seconds)));
        tasks.spawn("demo-pacer", pace(shared.clone()));
        Ok(Self { shared, tasks })
    }

    /// No further events; see [`Sources::finished`].
    pub(super) fn stop(&self) {
        self.shared.leave.close();
        self.shared.stop.cancel();
    }

    /// Resolves when every source has the answer to its last event, or has given it up.
    pub(super) async fn finished(&self) {
        self.tasks.finished().await;
    }

    pub(super) fn book(&self) -> &Book {
        &self.shared.book
    }

    pub(super) fn answers(&self) -> &Answers {
        &self.shared.answers
    }
}

/// Gives leave to send leads at the launch's pace, until stopped.
async fn pace(shared: Arc<Shared>) {
    let mut tick = interval(PACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    let mut owed = 0.0;
    while !shared.leave.is_closed() {
        tick.tick().await;
        let passed = last.elapsed().as_secs_f64().min(0.1);
        last = Instant::now();
        // Leave nobody took up lapses, so that a slow moment is not followed by a flood.
        if shared.leave.available_permits() > 4 * SENDERS {
            continue;
        }
        owed += events::leads(shared.begun.elapsed()) * passed;
        shared
            .leave
            .add_permits(usize::try_from(whole(owed.floor())).unwrap_or(0));
        owed -= owed.floor();
    }
}

/// What an answer says of an event: the body of a single one, or a line of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    id: String,
    /// A word in a line of a batch; a number where the answer says what is wrong.
    #[serde(default)]
    status: Value,
    scheduled_at: Option<String>,
}

impl Said {
    fn read(bytes: &[u8]) -> Option<(Self, EventId)> {
        let said: Self = serde_json::from_slice(bytes).ok()?;
        let id = EventId::parse(&said.id)?;
        Some((said, id))
    }

    fn told(bytes: &[u8]) -> Option<Told> {
        let (said, id) = Self::read(bytes)?;
        let scheduled_at = Millis::parse_rfc3339(said.scheduled_at.as_deref()?)?;
        Some(Told { id, scheduled_at })
    }
}

struct Source {
    client: Client,
    shared: Arc<Shared>,
}

impl Source {
    /// Sends a lead whenever there is leave.
    async fn leads(mut self) {
        let shared = self.shared.clone();
        while let Ok(leave) = shared.leave.acquire().await {
            leave.forget();
            for number in shared.book.sent(Kind::Lead, 1) {
                let place = (Kind::Lead, number);
                if let Fate::Acknowledged(told) = self.first(place, When::Now).await {
                    self.again(place, told.id).await;
                }
            }
        }
    }

    /// Plans a mailing now and then, by the world's clock and by one on the wall in turn.
    async fn campaigns(mut self) {
        let shared = self.shared.clone();
        let mut tick = interval(CAMPAIGN_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !shared.stop.is_cancelled() {
            tokio::select! {
                _ = tick.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            let at = Clock::System.now().plus(CAMPAIGN_AHEAD_MS);
            for number in shared.book.sent(Kind::Campaign, 1) {
                let when = if number % 2 == 0 {
                    When::At(at)
                } else {
                    When::Local(at)
                };
                self.first((Kind::Campaign, number), when).await;
            }
        }
    }

    /// Imports the contacts, once.
    async fn import(mut self, after: Duration) {
        let shared = self.shared.clone();
        tokio::select! {
            () = sleep(after) => {}
            () = shared.stop.cancelled() => return,
        }
        let numbers = shared.book.sent(Kind::Contact, CONTACTS);
        let places: Vec<Place> = numbers.map(|number| (Kind::Contact, number)).collect();
        let lines: Vec<String> = places.iter().map(|at| events::draft(*at, When::Now)).collect();
        let body = lines.join("\n");
        for attempt in 0..=RESENDS {
            let sent = self.post("/api/events/batch", body.clone(), attempt).await;
            let Some(answer) = sent else { continue };
            let mut lines = answer.body.split(|byte| *byte == b'\n');
            for place in &places {
                let told = lines.next().and_then(|line| {
                    let (said, _) = Said::read(line)?;
                    let known = is_known(said.status.as_str()?, attempt);
                    known.then(|| Said::told(line))?
                });
                self.note(*place, told);
            }
            return;
        }
    }

    /// Sends an event until it is answered.
    async fn first(&mut self, place: Place, when: When) -> Fate {
        for attempt in 0..=RESENDS {
            let sent = self
                .post("/api/events", events::draft(place, when), attempt)
                .await;
            let Some(answer) = sent else { continue };
            let told = Said::told(&answer.body).filter(|told| match when {
                When::Now => is_known(&answer.event_status, attempt),
                When::At(at) | When::Local(at) => {
                    is_known(&answer.event_status, attempt) && told.scheduled_at == at
                }
            });
            return self.note(place, told);
        }
        Fate::Unknown
    }

    /// Sends once; `None` where that is no answer to the event: none came, there was too much at once, or the server is
    /// stopping.
    async fn post(&mut self, path: &str, body: String, attempt: u32) -> Option<Answer> {
        if attempt > 0 {
            sleep(RESEND_PAUSE).await;
        }
        let answer = self.client.send(Method::POST, path, body).await.ok()?;
        (answer.status != 429 && answer.status < 500).then_some(answer)
    }

    fn note(&self, place: Place, told: Option<Told>) -> Fate {
        let fate = told.map_or(Fate::Refused, Fate::Acknowledged);
        let wrong = &self.shared.answers.wrong;
        wrong.fetch_add(u64::from(fate == Fate::Refused), Relaxed);
        self.shared.book.answered(place, fate);
        fate
    }

    /// An event that was answered is sent again, or another under its key; most are not.
    async fn again(&mut self, place: Place, first: EventId) {
        let number = u64::try_from(place.1).unwrap_or(u64::MAX);
        let answers = &self.shared.answers;
        let (body, expected, right) = match launch::habit(launch::chance(0, number)) {
            Habit::Plain => return,
            Habit::SendsTwice => {
                let same = events::draft(place, When::Now);
                (same, (200, "DUPLICATE"), &answers.duplicates)
            }
            Habit::TriesAgain => (events::other(place), (422, "CONFLICT"), &answers.conflicts),
        };
        // No answer proves nothing.
        let Ok(answer) = self.client.send(Method::POST, "/api/events", body).await else {
            return;
        };
        let said = Said::read(&answer.body).map(|(_, id)| id);
        let as_expected = (answer.status, answer.event_status.as_str()) == expected && said == Some(first);
        let count = if as_expected { right } else { &answers.wrong };
        count.fetch_add(1, Relaxed);
    }
}

/// Whether the status of an answer says that the event is recorded. One that was sent before may have been then.
fn is_known(status: &str, attempt: u32) -> bool {
    status == "ACCEPTED" || (status == "DUPLICATE" && attempt > 0)
}

/// Sends events once more, in one batch; the id each is told as a duplicate.
pub(super) async fn resend(client: &mut Client, places: &[Place]) -> anyhow::Result<Vec<Option<EventId>>> {
    let lines: Vec<String> = places.iter().map(|at| events::draft(*at, When::Now)).collect();
    let answer = client
        .send(Method::POST, "/api/events/batch", lines.join("\n"))
        .await
        .context("events could not be sent again")?;
    let lines = answer.body.split(|byte| *byte == b'\n');
    let told = lines.take(places.len()).map(|line| {
        let (said, id) = Said::read(line)?;
        (said.status == "DUPLICATE").then_some(id)
    });
    Ok(told.collect())
}
