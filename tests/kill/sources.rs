//! Sources of events, and their own log of what they were told.
//!
//! Everything about an event follows from its number, but for the time it is scheduled at: one in four is to leave a
//! second after it was sent.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use gantry::clock::Clock;
use gantry::model::time::Millis;
use serde_json::Value;

use crate::process::{Chance, Connection};
use crate::receiver::Receiver;

/// How far ahead some events are scheduled, in milliseconds.
const SCHEDULED_MS: i64 = 1_000;
/// With so many events under way, nothing new is sent: only what was sent before.
const UNDER_WAY_MAX: usize = 1_000;
/// The most lines of a batch.
const LINES_MAX: u64 = 20;

/// What a source was told of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) scheduled_at: Millis,
}

/// An answer about one event.
struct Told {
    status: String,
    known: Known,
}

/// The sources' own log.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// Of each event that was sent, by its number, what was told; `None`: no answer came.
    events: Vec<Option<Known>>,
    acknowledged: usize,
}

/// The sources of one life of the server.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) to: SocketAddr,
    /// A key that may send events.
    pub(crate) key: Arc<str>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) receiver: Arc<Receiver>,
}

impl Ledger {
    /// Events that were never sent, and are now about to be.
    fn next(&self, count: u64) -> Range<u64> {
        let events = &mut self.0.lock().unwrap().events;
        let first = events.len() as u64;
        events.extend((0..count).map(|_| None));
        first..first + count
    }

    /// How many were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.0.lock().unwrap().events.len() as u64
    }

    fn acknowledged(&self) -> usize {
        self.0.lock().unwrap().acknowledged
    }

    pub(crate) fn known(&self, number: u64) -> Option<Known> {
        self.0.lock().unwrap().events[usize::try_from(number).unwrap()].clone()
    }

    /// Those that no answer came for.
    pub(crate) fn unknown(&self) -> Vec<u64> {
        let book = self.0.lock().unwrap();
        let numbered = (0..).zip(&book.events);
        numbered
            .filter(|(_, known)| known.is_none())
            .map(|(number, _)| number)
            .collect()
    }

    /// Whoever was told an id once is told the same for ever.
    fn told(&self, number: u64, before: Option<&Known>, told: &Told) {
        let name = key(number);
        match (before, told.status.as_str()) {
            (Some(_), "DUPLICATE") | (None, "ACCEPTED" | "DUPLICATE") => {}
            (before, status) => panic!("{name}, known as {before:?}, is {status}"),
        }
        let book = &mut *self.0.lock().unwrap();
        let slot = &mut book.events[usize::try_from(number).unwrap()];
        book.acknowledged += usize::from(slot.is_none());
        let known = slot.get_or_insert_with(|| told.known.clone());
        assert_eq!(*known, told.known, "{name} has two ids or two times");
    }
}

impl Sources {
    /// Sends events until the server is gone: new ones, alone and in batches; the same again; another with a known key.
    pub(crate) async fn send_until_killed(self, mut chance: Chance) {
        let Ok(mut connection) = Connection::open(self.to).await else {
            return;
        };
        loop {
            let under_way = self.ledger.acknowledged().saturating_sub(self.receiver.events());
            let sort = match under_way < UNDER_WAY_MAX {
                true => chance.below(10),
                false => 8 + chance.below(2),
            };
            let any = chance.below(self.ledger.sent());
            let sent = match sort {
                0..6 => self.send(&mut connection, self.ledger.next(1).start).await,
                6..8 => {
                    let mut lines: Vec<u64> = self.ledger.next(1 + chance.below(LINES_MAX - 1)).collect();
                    lines.push(any);
                    self.send_batch(&mut connection, &lines).await
                }
                _ if any == self.ledger.sent() => continue,
                8 => self.send(&mut connection, any).await,
                _ => self.contradict(&mut connection, any).await,
            };
            if sent.is_err() {
                return;
            }
        }
    }

    async fn send(&self, connection: &mut Connection, number: u64) -> std::io::Result<()> {
        let before = self.ledger.known(number);
        let answer = connection
            .ask("POST /api/events", &self.key, &event(number, "first"))
            .await?;
        let status = match answer.status {
            202 => "ACCEPTED",
            200 => "DUPLICATE",
            _ => panic!("{}: {answer:?}", key(number)),
        };
        self.ledger
            .told(number, before.as_ref(), &told(status, &answer.json()));
        Ok(())
    }

    /// Sends events in one request.
    pub(crate) async fn send_batch(
        &self,
        connection: &mut Connection,
        events: &[u64],
    ) -> std::io::Result<()> {
        let before: Vec<_> = events.iter().map(|number| self.ledger.known(*number)).collect();
        let lines: Vec<String> = events.iter().map(|number| event(*number, "first")).collect();
        let answer = connection
            .ask("POST /api/events/batch", &self.key, &lines.join("\n"))
            .await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(text.lines().count(), events.len(), "{text}");
        for ((number, before), line) in events.iter().zip(before).zip(text.lines()) {
            let line: Value = serde_json::from_str(line).unwrap();
            let told = told(line["status"].as_str().unwrap_or_default(), &line);
            self.ledger.told(*number, before.as_ref(), &told);
        }
        Ok(())
    }

    /// Sends another event with a key that is known: refused, under the first one's id.
    async fn contradict(&self, connection: &mut Connection, number: u64) -> std::io::Result<()> {
        let Some(known) = self.ledger.known(number) else {
            return self.send(connection, number).await;
        };
        let answer = connection
            .ask("POST /api/events", &self.key, &event(number, "second"))
            .await?;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert_eq!(answer.json()["id"], known.id.as_str(), "{}", key(number));
        Ok(())
    }
}

/// The idempotency key of an event.
fn key(number: u64) -> String {
    format!("event-{number}")
}

/// The number of the event with this key.
pub(crate) fn number(key: &str) -> Option<u64> {
    key.strip_prefix("event-")?.parse().ok()
}

fn event(number: u64, text: &str) -> String {
    let key = key(number);
    let scheduled = match number % 4 {
        0 => {
            let at = Clock::System.now().plus(SCHEDULED_MS);
            format!(r#","scheduledAt":"{at}""#)
        }
        _ => String::new(),
    };
    format!(
        r#"{{"type":"LEAD_CAPTURE","source":"web","idempotencyKey":"{key}","payload":{{"text":"{text}"}}{scheduled}}}"#
    )
}

fn told(status: &str, said: &Value) -> Told {
    let text = |name: &str| said[name].as_str().unwrap_or_else(|| panic!("{name} in {said}"));
    Told {
        status: status.to_owned(),
        known: Known {
            id: text("id").to_owned(),
            scheduled_at: Millis::parse_rfc3339(text("scheduledAt")).unwrap(),
        },
    }
}
