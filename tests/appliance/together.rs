//! Makers and voters at the same time: whatever is answered adds up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::http::soon;
use crate::support::{Appliance, ballot, draft, with};

/// Voters who vote until they are told to stop.
struct Crowd {
    voting: JoinSet<()>,
    over: Arc<AtomicBool>,
    /// Votes answered with 202, and votes refused because the poll is closed or gone.
    counted: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
}

impl Crowd {
    async fn of(appliance: &Appliance, size: usize) -> Self {
        let mut crowd = Self {
            voting: JoinSet::new(),
            over: Arc::default(),
            counted: Arc::default(),
            refused: Arc::default(),
        };
        for voter in 0..size {
            let mut line = appliance.public.connect().await;
            let (over, counted, refused) = (crowd.over.clone(), crowd.counted.clone(), crowd.refused.clone());
            crowd.voting.spawn(async move {
                for vote in 0.. {
                    let body = ballot("best", "a", (&format!("u-{voter}-{vote}"), "k"));
                    let answer = line.post("/api/vote", &body).await;
                    let place = match answer.status {
                        202 => &counted,
                        403 | 404 => &refused,
                        _ => panic!("{}", answer.text()),
                    };
                    place.fetch_add(1, Ordering::SeqCst);
                    if over.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        crowd
    }

    /// Resolves when so many votes were counted.
    async fn reaches(&self, votes: u64) {
        let reached = async {
            while self.counted.load(Ordering::SeqCst) < votes {
                tokio::task::yield_now().await;
            }
        };
        soon(reached).await;
    }

    /// How many votes were counted and refused in the end.
    async fn disperse(self) -> (u64, u64) {
        self.over.store(true, Ordering::SeqCst);
        soon(self.voting.join_all()).await;
        (
            self.counted.load(Ordering::SeqCst),
            self.refused.load(Ordering::SeqCst),
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_invariant_holds_at_every_moment_while_people_vote() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let crowd = Crowd::of(&appliance, 8).await;
    for round in 1..=10 {
        crowd.reaches(round * 50).await;
        appliance.assert_clean().await;
    }
    let (counted, _) = crowd.disperse().await;
    assert_eq!(appliance.total("best").await, counted);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_are_counted_until_the_poll_closes_and_not_after() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let crowd = Crowd::of(&appliance, 8).await;
    crowd.reaches(100).await;
    let closed = appliance
        .admin
        .post("/api/polls/best/close", &Value::Null)
        .await
        .json();
    let total = appliance.total("best").await;
    let (counted, refused) = crowd.disperse().await;
    assert_eq!(appliance.total("best").await, counted);
    assert_eq!(total, counted, "nothing is counted after the answer to closing");
    assert_eq!(closed["totalVotes"], counted);
    assert!(refused >= 8);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn voiding_while_people_vote_takes_exactly_what_it_says() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let crowd = Crowd::of(&appliance, 8).await;
    let mut voided = 0;
    for voter in 0..4 {
        crowd.reaches((voter + 1) * 60).await;
        let void = json!({ "filter": { "userPrefix": format!("u-{voter}-") } });
        let answer = appliance.admin.post("/api/polls/best/void", &void).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        voided += answer.json()["voided"].as_u64().expect("a number");
    }
    let (counted, _) = crowd.disperse().await;
    assert!(voided > 0);
    assert_eq!(appliance.total("best").await, counted - voided);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_poll_while_people_vote_leaves_a_whole_file() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let crowd = Crowd::of(&appliance, 8).await;
    crowd.reaches(100).await;
    assert_eq!(appliance.admin.delete("/api/polls/best").await.status, 204);
    appliance.open_poll("best").await;
    let (counted, _) = crowd.disperse().await;
    let total = appliance.total("best").await;
    assert!(total < counted, "{total} of {counted} are of the new poll");
    appliance.assert_clean().await;
    let appliance = Appliance::build().directory(appliance.stop().await).start().await;
    assert_eq!(appliance.total("best").await, total);
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_holds_however_many_vote_from_an_address_at_once() {
    let appliance = Appliance::start().await;
    appliance
        .create_poll(with(draft("best"), json!({ "perAddress": 5 })))
        .await;
    let mut casting = JoinSet::new();
    for user in 0..60 {
        let mut line = appliance.public.connect().await;
        casting.spawn(async move {
            let body = ballot("best", "a", (&format!("u-{user}"), "k"));
            line.post("/api/vote", &body).await.status
        });
    }
    let statuses = soon(casting.join_all()).await;
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 55);
    assert_eq!(appliance.total("best").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_created_many_times_at_once_is_created_once() {
    let appliance = Arc::new(Appliance::start().await);
    let mut creating = JoinSet::new();
    for _ in 0..20 {
        let appliance = appliance.clone();
        creating.spawn(async move { appliance.admin.post("/api/polls", &draft("best")).await.status });
    }
    let mut statuses = soon(creating.join_all()).await;
    statuses.sort_unstable();
    assert_eq!((statuses[19], &statuses[..19]), (201, &[200; 19][..]));
}
