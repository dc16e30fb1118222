//! Under acts of its owner: whoever was told that something is done finds it in the audit log, and what is there was done.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::process::{Chance, Connection, Server, new_file, size};
use crate::{LIFE_MAX_MS, assert_clean_offline};

/// How many act at once, each on a poll of its own.
const HANDS: usize = 8;
/// The most entries of a page.
const TOGETHER: usize = 1_000;

/// What one hand has done to its poll: its question was given so many numbers, one after another.
#[derive(Clone, Copy, Debug, Default)]
struct Hand {
    sent: u64,
    answered: u64,
    /// The newest number of which it was told that it is there.
    known: u64,
}

impl Hand {
    /// Gives the question of poll `number` the next number until the server is gone.
    async fn act_until_killed(
        mut self,
        number: usize,
        desk: io::Result<(Connection, &'static str)>,
    ) -> (usize, Self) {
        let Ok((mut connection, token)) = desk else {
            return (number, self);
        };
        let what = format!("PATCH {}", path(number));
        loop {
            self.sent += 1;
            let edit = format!(r#"{{"question":"{}"}}"#, self.sent);
            let Ok(answer) = connection.ask(&what, token, &edit).await else {
                return (number, self);
            };
            assert_eq!(answer.status, 200, "{answer:?}");
            self.answered += 1;
            self.known = self.sent;
        }
    }

    /// Holds what the poll and the log say against what was told.
    fn check(self, question: u64, kept: u64) {
        assert!(self.answered <= kept, "{self:?}, and of these {kept} are kept");
        assert!(kept <= self.sent, "{self:?}, and yet {kept} are kept");
        assert!(
            (self.known..=self.sent).contains(&question),
            "{self:?}, and it is {question}"
        );
    }
}

fn path(number: usize) -> String {
    format!("/api/polls/poll-{number}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_acts_it_keeps_each_that_was_answered() {
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    new_file(&data).await;
    let mut server = Server::start(&data);
    for number in 0..HANDS {
        let poll = format!(
            r#"{{"pollId":"poll-{number}","question":"0","options":[{{"id":"a","label":"A"}},{{"id":"b","label":"B"}}]}}"#
        );
        assert_eq!(server.admin("POST /api/polls", &poll).await.status, 201);
    }

    let mut hands = [Hand::default(); HANDS];
    for _ in 0..size(15, 100) {
        let mut acting = JoinSet::new();
        for (number, hand) in hands.into_iter().enumerate() {
            let desk = server.desk().await;
            acting.spawn(hand.act_until_killed(number, desk));
        }
        sleep(Duration::from_micros(chance.below(LIFE_MAX_MS * 1_000))).await;
        server.kill();
        for (number, hand) in acting.join_all().await {
            hands[number] = hand;
        }
        server = Server::start(&data);
        let kept = kept(&server).await;
        for (number, hand) in hands.iter_mut().enumerate() {
            let path = path(number);
            let poll = server.admin(&format!("GET {path}"), "").await.json();
            let question = poll["question"].as_str().unwrap().parse().unwrap();
            hand.check(question, kept.get(&path).copied().unwrap_or(0));
        }
        server.assert_clean().await;
    }
    let answered: u64 = hands.iter().map(|hand| hand.answered).sum();
    println!("{answered} acts were answered: {hands:?}");
    assert!(answered > 0, "nobody came to act");
    server.stop();
    assert_clean_offline(&data);
}

/// How many edits of each poll the log has, by its path.
async fn kept(server: &Server) -> HashMap<String, u64> {
    let mut kept: HashMap<String, u64> = HashMap::new();
    let mut cursor = String::new();
    loop {
        let page = server
            .admin(&format!("GET /api/audit?limit={TOGETHER}{cursor}"), "")
            .await
            .json();
        for act in page["items"].as_array().unwrap() {
            if act["action"] == "PATCH /api/polls/{poll}" && act["outcome"] == 200 {
                *kept
                    .entry(act["target"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return kept,
        }
    }
}
