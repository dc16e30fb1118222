//! Voters by number: everything about a vote follows from the voter's number, so that a count of numbers is enough to
//! say what the results must be.

use std::io;

use super::{Answer, Connection, POLL, Server};

/// The options of the poll, voted for in turn.
pub(crate) const OPTIONS: [&str; 3] = ["a", "b", "c"];

/// One voter's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vote(pub(crate) u64);

/// Which option a voter chooses.
pub(crate) fn option_of(voter: u64) -> usize {
    usize::try_from(voter % 3).expect("below three")
}

impl Vote {
    /// Neighbours in number are not neighbours in order, as with real ids.
    pub(crate) fn user(self) -> String {
        let scrambled = self.0.wrapping_mul(2_654_435_761) & 0xffff_ffff;
        format!("{scrambled:08x}")
    }

    pub(crate) fn option(self) -> &'static str {
        OPTIONS[option_of(self.0)]
    }

    pub(crate) fn key(self) -> String {
        format!("key-{}", self.user())
    }

    pub(crate) async fn cast(self, on: &mut Connection) -> io::Result<Answer> {
        self.cast_with_key(on, &self.key()).await
    }

    pub(crate) async fn cast_with_key(self, on: &mut Connection, key: &str) -> io::Result<Answer> {
        let (option, user) = (self.option(), self.user());
        let body = format!(
            r#"{{"pollId":"{POLL}","optionId":"{option}","userId":"{user}","idempotencyKey":"{key}"}}"#
        );
        on.ask("POST /api/vote", "", &body).await
    }
}

/// What a poll's results say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Results {
    pub(crate) total: u64,
    pub(crate) by_option: [u64; 3],
}

/// The results of the tests' poll.
pub(crate) async fn results(server: &Server) -> Results {
    let mut connection = Connection::open(server.public).await.expect("it listens");
    let answer = connection
        .get(&format!("/api/polls/{POLL}"))
        .await
        .expect("it answers");
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = answer.json();
    let of = |option| json["options"][option].as_u64().expect("a count");
    let by_option = OPTIONS.map(of);
    let total = json["totalVotes"].as_u64().expect("a count");
    assert_eq!(total, by_option.iter().sum::<u64>(), "{json}");
    Results { total, by_option }
}
