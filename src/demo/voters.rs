//! Voters: every one a kept-alive connection on which one user after another votes once.
//!
//! A pacer hands out leave to vote as the launch's curve says. A vote without an answer is sent again with the same
//! key, as the page's script does it. Stopping ends the leave: whoever is voting finishes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, broadcast};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::connection::{Answer, Ballot, Connection};
use super::launch::{self, Crowd, Habit};
use super::ledger::{self, Fate, Ledger};
use super::meter::{Answers, Times, whole};
use super::watchers::Probe;
use crate::runtime::Tasks;

/// How many voters there are, each with a connection of its own.
pub(super) const VOTERS: usize = 256;
/// How often leave is given.
const PACE: Duration = Duration::from_millis(10);
/// How often a vote without an answer is sent again, and after which pause.
const RESENDS: u32 = 5;
const RESEND_PAUSE: Duration = Duration::from_millis(100);
/// Every so many votes, watchers are told when one was answered.
const PROBE_EVERY: u64 = 32;

/// All voters.
pub(super) struct Voters {
    shared: Arc<Shared>,
    tasks: Tasks,
}

struct Shared {
    to: SocketAddr,
    begun: Instant,
    leave: Semaphore,
    probes: broadcast::Sender<Probe>,
    ledger: Ledger,
    answers: Answers,
    times: Times,
}

impl Voters {
    pub(super) fn start(to: SocketAddr, probes: broadcast::Sender<Probe>) -> Self {
        let tasks = Tasks::new();
        let shared = Arc::new(Shared {
            to,
            begun: Instant::now(),
            leave: Semaphore::new(0),
            probes,
            ledger: Ledger::new(VOTERS),
            answers: Answers::default(),
            times: Times::default(),
        });
        for number in 0..VOTERS {
            let voter = Voter {
                number,
                next: 0,
                connection: None,
                shared: shared.clone(),
            };
            tasks.spawn("demo-voter", voter.run());
        }
        tasks.spawn("demo-pacer", pace(shared.clone()));
        Self { shared, tasks }
    }

    /// No further votes; see [`Voters::finished`].
    pub(super) fn stop(&self) {
        self.shared.leave.close();
    }

    /// Resolves when every voter has the answer to its last vote, or has given it up.
    pub(super) async fn finished(&self) {
        self.tasks.finished().await;
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    pub(super) fn answers(&self) -> &Answers {
        &self.shared.answers
    }

    pub(super) fn times(&self) -> &Times {
        &self.shared.times
    }

    pub(super) fn begun(&self) -> Instant {
        self.shared.begun
    }
}

/// Gives leave to vote at the launch's pace, until stopped.
async fn pace(shared: Arc<Shared>) {
    let mut tick = interval(PACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    let mut owed = 0.0;
    while !shared.leave.is_closed() {
        tick.tick().await;
        let passed = last.elapsed();
        last = Instant::now();
        let waiting = shared.leave.available_permits();
        match launch::crowd(shared.begun.elapsed()) {
            Crowd::Spike => {
                owed = 0.0;
                shared.leave.add_permits((4 * VOTERS).saturating_sub(waiting));
            }
            // Leave nobody took up lapses, so that a slow moment is not followed by a flood.
            Crowd::Wave(_) if waiting > VOTERS => {
                shared.leave.forget_permits(waiting);
            }
            Crowd::Wave(rate) => {
                owed += rate * passed.as_secs_f64().min(0.1);
                let now = whole(owed.floor());
                owed -= owed.floor();
                shared.leave.add_permits(usize::try_from(now).unwrap_or(0));
            }
        }
    }
}

struct Voter {
    number: usize,
    /// The next user's position on this voter's page.
    next: usize,
    connection: Option<Connection>,
    shared: Arc<Shared>,
}

impl Voter {
    async fn run(mut self) {
        let shared = self.shared.clone();
        while let Ok(leave) = shared.leave.acquire().await {
            leave.forget();
            self.next_user().await;
        }
    }

    /// One user votes, and perhaps again.
    async fn next_user(&mut self) {
        let place = (self.number, self.next);
        self.next += 1;
        let (user, key) = (ledger::user(place), ledger::key(place));
        let chance = launch::chance(number(place.0), number(place.1));
        let option = launch::preference(chance, self.shared.begun.elapsed());
        let ballot = Ballot {
            option: launch::option_id(option),
            user: &user,
            key: &key,
        };
        self.shared.ledger.sent(self.number, option);
        let fate = self.first(ballot).await;
        self.shared.ledger.answered(self.number, fate);
        if fate != Fate::Acknowledged {
            return;
        }
        match launch::habit(chance) {
            Habit::Plain => {}
            Habit::SendsTwice => {
                let answer = self.sent(ballot).await;
                self.expect(
                    answer,
                    |a| a.status == 202 && a.replayed,
                    &self.shared.answers.replayed,
                );
            }
            Habit::TriesAgain => {
                let other = format!("{key}:again");
                let answer = self
                    .sent(Ballot {
                        key: &other,
                        ..ballot
                    })
                    .await;
                self.expect(answer, |a| a.status == 409, &self.shared.answers.refused);
            }
        }
    }

    /// A user's first vote, sent until it is answered.
    async fn first(&mut self, ballot: Ballot<'_>) -> Fate {
        let begun = Instant::now();
        for attempt in 0..=RESENDS {
            if attempt > 0 {
                self.shared.answers.resent.fetch_add(1, Relaxed);
                sleep(RESEND_PAUSE).await;
            }
            match self.sent(ballot).await {
                // One that was sent before may have been counted then.
                Ok(Answer {
                    status: 202,
                    replayed,
                    total,
                }) if !replayed || attempt > 0 => {
                    self.shared.times.add(begun.elapsed());
                    self.shared.answers.acknowledged.fetch_add(1, Relaxed);
                    self.probe(total);
                    return Fate::Acknowledged;
                }
                // Too much at once, or the server is stopping: not an answer to the vote.
                Ok(Answer {
                    status: 429 | 500.., ..
                })
                | Err(_) => {}
                Ok(_) => {
                    self.shared.answers.wrong.fetch_add(1, Relaxed);
                    return Fate::Refused;
                }
            }
        }
        Fate::Unknown
    }

    /// Sends a vote once; a connection that failed is not used again.
    async fn sent(&mut self, ballot: Ballot<'_>) -> io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.shared.to).await?,
        };
        let answer = connection.vote(ballot).await?;
        self.connection = Some(connection);
        Ok(answer)
    }

    /// Counts an answer that came as `right` or as wrong; no answer proves nothing.
    fn expect(&self, answer: io::Result<Answer>, is_right: fn(&Answer) -> bool, right: &AtomicU64) {
        match answer {
            Ok(answer) if is_right(&answer) => right.fetch_add(1, Relaxed),
            Ok(Answer {
                status: 429 | 500.., ..
            })
            | Err(_) => 0,
            Ok(_) => self.shared.answers.wrong.fetch_add(1, Relaxed),
        };
    }

    fn probe(&self, total: Option<u64>) {
        if let Some(total) = total.filter(|total| total % PROBE_EVERY == 0) {
            // Nobody may be watching.
            let _ = self.shared.probes.send(Probe {
                total,
                answered: Instant::now(),
            });
        }
    }
}

fn number(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}
