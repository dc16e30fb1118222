//! Data files made in this process, by the store itself: with a poll, and as large as a test wants them.

use std::path::Path;

use futures_util::stream::{self, StreamExt};
use gantry::clock::Clock;
use gantry::model::ids::{IdempotencyKey, OptionId, PollId, UserId};
use gantry::model::poll::{Ballot, PollDraft, PollOption, VoterMode};
use gantry::store::{Options, Store};

use super::{OPTIONS, Vote};

/// The poll of the tests.
pub(crate) const POLL: &str = "best";
/// How many votes are on their way at once while a file is grown.
const TOGETHER: usize = 8_192;
/// The file's length is looked at every so many votes.
const STEP: u64 = 32_768;

/// A file with the poll and no votes.
pub(crate) async fn new_file(path: &Path) {
    grow(path, 0, 0).await;
}

/// A file with the poll, and votes by voters 0, 1, 2 … until it has `bytes` and `votes`; how many voted.
pub(crate) async fn grow(path: &Path, bytes: u64, votes: u64) -> u64 {
    let store = Store::open(path, &Options::default(), Clock::System).expect("a new file");
    store.create_poll(draft()).await.expect("a new poll");
    let mut voters = 0;
    while voters < votes || std::fs::metadata(path).expect("it is there").len() < bytes {
        let left = votes.saturating_sub(voters);
        let some = voters..voters + if left == 0 { STEP } else { left.min(STEP) };
        voters = some.end;
        let mut cast = stream::iter(some)
            .map(|voter| store.cast_vote(ballot(Vote(voter))))
            .buffer_unordered(TOGETHER);
        while let Some(outcome) = cast.next().await {
            outcome.expect("it is on disk");
        }
    }
    store.close().await.expect("it closes");
    voters
}

fn draft() -> PollDraft {
    let option = |id: &str| PollOption {
        id: OptionId::parse(id).expect("an id"),
        label: format!("Option {id}"),
    };
    PollDraft {
        id: PollId::parse(POLL).expect("an id"),
        question: "Which?".into(),
        options: OPTIONS.map(option).into(),
        opens_at: None,
        closes_at: None,
        voter: VoterMode::Open,
        per_address: None,
    }
}

fn ballot(vote: Vote) -> Ballot {
    Ballot {
        poll: PollId::parse(POLL).expect("an id"),
        option: OptionId::parse(vote.option()).expect("an id"),
        user: UserId::parse(&vote.user()).expect("a name"),
        key: IdempotencyKey::parse(&vote.key()).expect("a key"),
        client_time: None,
        address: None,
    }
}
