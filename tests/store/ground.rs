//! What the tests of the store share: drafts, ballots, and a stage on a simulated disk.

use gantry::model::ids::{DestinationName, IdempotencyKey, OptionId, PollId, UserId};
use gantry::model::poll::{Ballot, PollDraft, PollOption, VoterMode};
use gantry::model::time::Millis;
use gantry::store::Options;
use gantry::store::stage::Stage;

use super::disk::Disk;

/// The instant at which every simulated run begins.
pub(crate) const START: Millis = Millis(1_796_112_000_000);

pub(crate) fn draft(id: &str) -> PollDraft {
    let option = |id: &str| PollOption {
        id: OptionId::parse(id).unwrap(),
        label: format!("Option {id}"),
    };
    PollDraft {
        id: PollId::parse(id).unwrap(),
        question: "Which?".into(),
        options: vec![option("a"), option("b"), option("c")],
        opens_at: None,
        closes_at: None,
        voter: VoterMode::Open,
        per_address: None,
    }
}

pub(crate) fn ballot(poll: &str, option: &str, user: &str, key: &str) -> Ballot {
    Ballot {
        poll: PollId::parse(poll).unwrap(),
        option: OptionId::parse(option).unwrap(),
        user: UserId::parse(user).unwrap(),
        key: IdempotencyKey::parse(key).unwrap(),
        client_time: None,
        address: None,
    }
}

/// Small slices and caches, so that little data goes through every path.
pub(crate) fn options() -> Options {
    Options {
        cache_mib: 4,
        fold_slice: 4,
        ..Options::default()
    }
}

pub(crate) fn stage(disk: &Disk) -> Stage {
    Stage::open(disk.clone(), &options()).unwrap()
}

/// A stage that knows the destinations `crm` and `log`, and its disk.
pub(crate) fn stage_with_destinations() -> (Disk, Stage) {
    let disk = Disk::new();
    let mut opened = stage(&disk);
    let known = ["crm", "log"].map(|name| DestinationName::parse(name).unwrap());
    let _known = opened.know_destinations(known.to_vec());
    opened.step(START).unwrap();
    (disk, opened)
}

/// Runs steps until nothing is left to fold or sweep.
pub(crate) fn settle(stage: &mut Stage, now: Millis) {
    let mut settled = stage.settle();
    for _ in 0..10_000 {
        stage.step(now).unwrap();
        if settled.answer().is_some() {
            break;
        }
    }
    while stage.is_busy() {
        stage.step(now).unwrap();
    }
}

#[track_caller]
pub(crate) fn assert_clean(stage: &mut Stage, now: Millis) {
    let report = stage.verify(now).unwrap();
    assert!(report.is_clean(), "{report:#?}");
}
