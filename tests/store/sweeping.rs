//! Sweeping: what has ended goes with all that belongs to it, the journal is cut behind its checkpoint, and a power cut
//! leaves an event there or gone, never half.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gantry::model::delivery::{Attempt, AttemptClass, DestinationNumber, Settlement};
use gantry::model::event::{EventDraft, EventId, EventStatus, Recorded, Route};
use gantry::model::ids::EventType;
use gantry::model::retention::{Horizon, Swept};
use gantry::model::time::Millis;
use gantry::store::Options;
use gantry::store::stage::{Promise, Stage};

use super::contract::long;
use super::disk::{Chance, Disk, Trouble};
use super::events::{draft, name, routes};
use super::ground::{START, assert_clean, ballot, draft as poll, options, settle, stage};
use super::power_cut::first_seed;

const LEASE: i64 = 20_000;
const DAY: i64 = 86_400_000;

struct Ground {
    stage: Stage,
    now: Millis,
}

impl Ground {
    fn new() -> Self {
        let mut stage = stage(&Disk::new());
        let _known = stage.know_destinations(vec![name("crm"), name("log")]);
        stage.step(START).unwrap();
        Self { stage, now: START }
    }

    fn run<T>(&mut self, ask: impl FnOnce(&mut Stage) -> Promise<T>) -> T {
        let mut promise = ask(&mut self.stage);
        self.stage.step(self.now).unwrap();
        promise.answer().unwrap().unwrap()
    }

    /// Records event `n` and settles its delivery so.
    fn ended(&mut self, n: u8, settlement: Settlement) -> EventId {
        let recorded = self.run(|stage| stage.record_events(vec![draft(n)], &routes()));
        assert!(matches!(recorded[0], Recorded::Accepted { .. }));
        let claim = self.run(|stage| stage.claim(DestinationNumber(0), 1, LEASE));
        let (id, attempt) = (claim.taken[0].id, attempt(self.now));
        assert!(self.run(|stage| stage.settle_delivery(id, attempt, settlement)));
        draft(n).id
    }

    fn fold_and_cut(&mut self) {
        settle(&mut self.stage, self.now);
        let now = self.now;
        let _cut = self.run(|stage| stage.cut_journal(now, u64::MAX));
    }

    fn sweep(&mut self, horizon: Horizon) -> Swept {
        let (found, next) = self.stage.past(&horizon, 0).unwrap();
        assert_eq!(next, None);
        self.run(|stage| stage.sweep_events(found, horizon))
    }

    fn is_there(&self, id: EventId) -> bool {
        self.stage.event(id).unwrap().is_some()
    }
}

fn attempt(now: Millis) -> Attempt {
    Attempt {
        number: 1,
        at: now,
        took_ms: 1,
        class: AttemptClass::ServerError,
        status: Some(503),
        excerpt: "busy".into(),
    }
}

fn horizon(events: i64, dead_letters: i64) -> Horizon {
    Horizon {
        events: Some(Millis(events)),
        dead_letters: Some(Millis(dead_letters)),
    }
}

#[test]
fn what_has_ended_long_ago_goes_whole_and_its_key_is_free() {
    let mut ground = Ground::new();
    let done = ground.ended(1, Settlement::Delivered);
    let waiting = ground.ended(2, Settlement::Retry(START.plus(9 * DAY)));
    ground.now = START.plus(DAY);
    let young = ground.ended(3, Settlement::Delivered);
    ground.now = START.plus(2 * DAY);
    ground.fold_and_cut();
    let swept = ground.sweep(horizon(START.0 + DAY, 0));
    assert_eq!(
        swept,
        Swept {
            events: 1,
            dead_letters: 0
        }
    );
    assert!(!ground.is_there(done));
    assert!(ground.is_there(waiting) && ground.is_there(young));
    assert_clean(&mut ground.stage, ground.now);
    let again = EventDraft {
        id: EventId::new(ground.now, [9; 8]),
        ..draft(1)
    };
    let recorded = ground.run(|stage| stage.record_events(vec![again.clone()], &routes()));
    assert!(matches!(recorded[0], Recorded::Accepted { .. }), "{recorded:?}");
    let recorded = ground.run(|stage| stage.record_events(vec![draft(3)], &routes()));
    assert!(matches!(recorded[0], Recorded::Duplicate { .. }), "{recorded:?}");
    ground.fold_and_cut();
    assert_clean(&mut ground.stage, ground.now);
    assert!(ground.is_there(again.id));
}

#[test]
fn nothing_goes_that_the_journal_still_speaks_of() {
    let mut ground = Ground::new();
    let done = ground.ended(1, Settlement::Delivered);
    ground.now = START.plus(2 * DAY);
    settle(&mut ground.stage, ground.now);
    assert_eq!(ground.sweep(horizon(ground.now.0, 0)), Swept::default());
    assert!(ground.is_there(done));
    ground.fold_and_cut();
    assert_eq!(ground.sweep(horizon(ground.now.0, 0)).events, 1);
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn a_dead_letter_goes_by_its_own_age_and_only_once_announced() {
    let mut ground = Ground::new();
    let dead = ground.ended(1, Settlement::Dead);
    ground.now = START.plus(3 * DAY);
    ground.fold_and_cut();
    assert_eq!(ground.sweep(horizon(ground.now.0, START.0)), Swept::default());
    assert_eq!(
        ground.sweep(horizon(ground.now.0, ground.now.0)),
        Swept::default()
    );
    assert!(ground.is_there(dead));
    ground.run(|stage| stage.tell_dead_letters(START.plus(DAY)));
    let swept = ground.sweep(horizon(START.0, ground.now.0));
    assert_eq!(
        swept,
        Swept {
            events: 1,
            dead_letters: 1
        }
    );
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn the_journal_is_cut_as_far_as_it_is_folded_and_positions_go_on() {
    let mut ground = Ground::new();
    ground.run(|stage| stage.create_poll(poll("best")));
    for user in 0..50 {
        let who = format!("u{user}");
        let _vote = ground.run(|stage| stage.cast_vote(ballot("best", "a", &who, "k")));
    }
    // Not folded yet: only the poll's own fact can go.
    let now = ground.now.plus(1);
    assert_eq!(ground.run(|stage| stage.cut_journal(now, u64::MAX)), 0);
    settle(&mut ground.stage, ground.now);
    assert_eq!(ground.run(|stage| stage.cut_journal(now, u64::MAX)), 51);
    assert_clean(&mut ground.stage, ground.now);
    let standing = ground.stage.standing("best").unwrap();
    assert_eq!(standing.tally.counts, [50, 0, 0]);
    let _vote = ground.run(|stage| stage.cast_vote(ballot("best", "b", "late", "k")));
    assert!(ground.stage.standing("best").unwrap().tally.version > standing.tally.version);
    let number = standing.poll.number;
    settle(&mut ground.stage, ground.now);
    assert_eq!(ground.run(|stage| stage.void_votes(number, vec![2, 3])), 2);
    ground.fold_and_cut();
    assert_clean(&mut ground.stage, ground.now);
    // A number above the most allowed goes, however young.
    for user in 50..60 {
        let who = format!("u{user}");
        let _vote = ground.run(|stage| stage.cast_vote(ballot("best", "a", &who, "k")));
    }
    settle(&mut ground.stage, ground.now);
    assert!(ground.run(|stage| stage.cut_journal(Millis(0), 4)) >= 6);
    ground.run(|stage| stage.delete_poll(poll("best").id));
    ground.fold_and_cut();
    assert_clean(&mut ground.stage, ground.now);
}

/// One life under the knife: events and votes come, end, and are swept.
struct Life {
    chance: Chance,
    disk: Disk,
    options: Options,
    routes: Arc<Vec<Route>>,
    now: Millis,
    /// Recorded for certain, by number, under this id.
    held: HashMap<u8, EventId>,
    /// Those that may be gone: a sweep that was asked for may have taken them.
    doubtful: HashSet<u8>,
    gone: HashSet<EventId>,
    votes: u64,
    next: u8,
}

fn run(seed: u64) -> Result<u64, String> {
    let mut life = Life {
        chance: Chance::new(seed),
        disk: Disk::new(),
        options: options(),
        routes: routes(),
        now: START,
        held: HashMap::new(),
        doubtful: HashSet::new(),
        gone: HashSet::new(),
        votes: 0,
        next: 0,
    };
    let mut stage = life.open()?;
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _poll = stage.create_poll(poll("best"));
    stage.step(life.now).map_err(|e| e.to_string())?;
    drop(stage);
    for _ in 0..3 {
        life.live()?;
        life.disk = life.disk.after_power_cut(&mut life.chance);
        life.compare()?;
    }
    Ok(life.gone.len() as u64)
}

impl Life {
    fn open(&self) -> Result<Stage, String> {
        Stage::open(self.disk.clone(), &self.options).map_err(|e| format!("refused: {e}"))
    }

    fn live(&mut self) -> Result<(), String> {
        let mut stage = self.open()?;
        let at = 20 + self.chance.below(900);
        self.disk.expect(Trouble::PowerOffAt(at));
        for _ in 0..60 {
            if self.step(&mut stage).is_none() {
                break;
            }
        }
        self.disk.expect(Trouble::PowerOffAt(0));
        Ok(())
    }

    /// `None` once the power has gone.
    fn step(&mut self, stage: &mut Stage) -> Option<()> {
        self.now = self.now.plus(i64::try_from(self.chance.below(2_000)).unwrap());
        let n = self.next;
        let mut recorded = None;
        if n < 120 {
            self.next += 1;
            let kind = ["LEAD_CAPTURE", "BOTH", "OTHER"][usize::from(n % 3)];
            let kind = EventType::parse(kind).unwrap();
            recorded = Some(stage.record_events(vec![EventDraft { kind, ..draft(n) }], &self.routes));
        }
        let who = format!("u{}", self.votes);
        let vote = stage.cast_vote(ballot("best", "a", &who, "k"));
        self.votes += 1;
        let mut claims = [0, 1].map(|to| stage.claim(DestinationNumber(to), 3, LEASE));
        stage.step(self.now).ok()?;
        drop(vote);
        if recorded
            .and_then(|mut promise| promise.answer())
            .is_some_and(|answer| answer.is_ok())
        {
            self.held.insert(n, draft(n).id);
        }
        for claim in &mut claims {
            for claimed in claim.answer()?.ok()?.taken {
                let settlement = match self.chance.below(4) {
                    0 => Settlement::Dead,
                    1 => Settlement::Retry(self.now.plus(1_000)),
                    _ => Settlement::Delivered,
                };
                let attempt = Attempt {
                    number: claimed.attempt,
                    ..attempt(self.now)
                };
                let _done = stage.settle_delivery(claimed.id, attempt, settlement);
            }
        }
        stage.step(self.now).ok()?;
        if self.chance.one_in(3) {
            let _cut = stage.cut_journal(self.now.plus(-4_000), u64::MAX);
            let _told = stage.tell_dead_letters(self.now.plus(-5_000));
            stage.step(self.now).ok()?;
        }
        if self.chance.one_in(3) {
            self.sweep(stage)?;
        }
        Some(())
    }

    fn sweep(&mut self, stage: &mut Stage) -> Option<()> {
        let before = self.now.0 - 6_000;
        let horizon = horizon(before, before);
        let (found, _) = stage.past(&horizon, 0).ok()?;
        for (n, id) in &self.held {
            let state = stage.event(*id).ok()?.map(|story| story.state);
            if state.is_none_or(|state| horizon.is_past(&state)) {
                self.doubtful.insert(*n);
            }
        }
        let _swept = stage.sweep_events(found, horizon);
        stage.step(self.now).ok()
    }

    fn compare(&mut self) -> Result<(), String> {
        let mut stage = self.open()?;
        for (n, id) in &self.held {
            match stage.event(*id).map_err(|e| e.to_string())? {
                None if self.doubtful.contains(n) => {
                    self.gone.insert(*id);
                }
                None => return Err(format!("event {n} is lost")),
                Some(story) => {
                    if self.gone.contains(id) {
                        return Err(format!("event {n} came back"));
                    }
                    let open = matches!(story.state.status, EventStatus::Pending | EventStatus::Processing);
                    if !open {
                        continue;
                    }
                    if story.deliveries.is_empty() {
                        return Err(format!("event {n} is half gone"));
                    }
                }
            }
        }
        let report = stage.verify(self.now).map_err(|e| e.to_string())?;
        match report.is_clean() {
            true => Ok(()),
            false => Err(format!("{report:#?}")),
        }
    }
}

#[test]
fn no_power_cut_leaves_half_an_event_or_a_checkpoint_that_does_not_add_up() {
    let seeds = if long() { 10_000 } else { 500 };
    let first = first_seed();
    let mut gone = 0;
    for seed in first..first + seeds {
        gone += run(seed).unwrap_or_else(|wrong| panic!("GANTRY_SEED={seed}: {wrong}"));
    }
    assert!(gone > seeds, "too little was swept to prove anything: {gone}");
}
