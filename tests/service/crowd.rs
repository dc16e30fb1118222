//! Voters and sources who come one by one, each over a connection of its own, while the service restarts.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::process::{Connection, Histogram, Vote};

/// What came of everybody's requests.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Voters whose votes were accepted.
    pub(crate) votes: Vec<u64>,
    /// Events that were accepted: their number and their id.
    pub(crate) events: Vec<(u64, String)>,
    /// Who got no answer, and why.
    pub(crate) unanswered: Vec<String>,
}

/// They go on until they are told to stop.
pub(crate) struct Crowd {
    members: JoinSet<Told>,
    over: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    pub(crate) took: Arc<Histogram>,
}

/// A member's own way of asking; the next number is its own.
#[derive(Clone)]
struct Member {
    to: SocketAddr,
    key: Arc<str>,
    numbers: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    took: Arc<Histogram>,
}

impl Crowd {
    /// `voters` vote and `sources` send events, each as fast as they are answered.
    pub(crate) fn gather(to: SocketAddr, key: &str, (voters, sources): (usize, usize)) -> Self {
        let member = Member {
            to,
            key: key.into(),
            numbers: Arc::default(),
            over: Arc::default(),
            answered: Arc::default(),
            took: Arc::new(Histogram::new()),
        };
        let mut members = JoinSet::new();
        for place in 0..voters + sources {
            let member = member.clone();
            members.spawn(async move { member.go_on(place < voters).await });
        }
        Self {
            members,
            over: member.over,
            answered: member.answered,
            took: member.took,
        }
    }

    /// Waits until so many more were answered.
    pub(crate) async fn answered(&self, more: u64) {
        let from = self.answered.load(Ordering::Relaxed);
        while self.answered.load(Ordering::Relaxed) < from + more {
            tokio::task::yield_now().await;
        }
    }

    /// Tells them that it is over; what they were told.
    pub(crate) async fn dismiss(mut self) -> Told {
        self.over.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        while let Some(told) = self.members.join_next().await {
            let told = told.unwrap();
            all.votes.extend(told.votes);
            all.events.extend(told.events);
            all.unanswered.extend(told.unanswered);
        }
        all
    }
}

impl Member {
    async fn go_on(self, votes: bool) -> Told {
        let mut told = Told::default();
        while !self.over.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let began = Instant::now();
            let asked = if votes {
                self.vote(number).await.map(|()| told.votes.push(number))
            } else {
                self.send(number).await.map(|id| told.events.push((number, id)))
            };
            match asked {
                Ok(()) => self.took.record(began.elapsed()),
                Err(error) => told.unanswered.push(error.to_string()),
            }
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
        told
    }

    async fn vote(&self, voter: u64) -> io::Result<()> {
        let mut connection = Connection::open(self.to).await?;
        let answer = Vote(voter).cast(&mut connection).await?;
        assert_eq!(answer.status, 202, "{answer:?}");
        Ok(())
    }

    async fn send(&self, number: u64) -> io::Result<String> {
        let mut connection = Connection::open(self.to).await?;
        let (status, id) = record(&mut connection, &self.key, number).await?;
        assert_eq!(status, 202, "{number}");
        Ok(id)
    }
}

/// Sends the event of this number; the answer's status, and the event's id.
pub(crate) async fn record(on: &mut Connection, key: &str, number: u64) -> io::Result<(u16, String)> {
    let body = format!(
        r#"{{"type":"LEAD_CAPTURE","source":"crowd","idempotencyKey":"e-{number}","payload":{{"n":{number}}}}}"#
    );
    let answer = on.ask("POST /api/events", key, &body).await?;
    let said: Value = answer.json();
    Ok((answer.status, said["id"].as_str().unwrap_or_default().to_owned()))
}
