//! Power cuts over events and deliveries, half of them again during recovery; and proof that the harness would notice.
//!
//! One seed is one life: events are recorded, moved, claimed, settled, revived, replayed and dropped until the power goes; a start
//! from what the disk kept, a second life and cut, and a reckoning. What was answered must hold: an event is there
//! under the id it was given and under no other, a lease that was handed out is charged, what was settled stays settled
//! and is never handed out again (but for dead letters, which replays send), nothing is handed out before its time, a
//! replay goes on from where it was answered to be, and a database that is exported to has in the end what the file has.

use std::collections::HashMap;
use std::sync::Arc;

use gantry::model::delivery::{Attempt, AttemptClass, Claim, Claimed, DestinationNumber, Settlement};
use gantry::model::event::{
    DeliveryId, DeliveryStatus, EventDraft, EventId, EventStatus, Pattern, Priority, Recorded, Route,
};
use gantry::model::export::Exports;
use gantry::model::ids::EventType;
use gantry::model::replay::{Replay, ReplayBegun, ReplayDraft, ReplayFilter, ReplayStatus, Selection};
use gantry::model::time::Millis;
use gantry::store::stage::{Promise, Stage};
use gantry::store::{Moved, Options, Revival, Sabotage};

use super::contract::long;
use super::disk::{Chance, Disk, Trouble};
use super::events::{draft, name, routes};
use super::export::HOLD_BACK;
use super::ground::{START, options};
use super::power_cut::first_seed;
use super::power_cut_export::Database;
use super::replays::filter;

const KEYS: u64 = 40;
const LEASE: i64 = 20_000;

/// What is known of a delivery from answers.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Attempts that were handed out and not given back.
    charged: u32,
    /// How it was settled, until something unanswered may have changed that.
    settled: Option<DeliveryStatus>,
}

/// A verb under way, and what it would tell.
enum Asked {
    Record(u64, EventId, Promise<Vec<Recorded>>),
    Claim(Promise<Claim>),
    Settle(DeliveryId, Settlement, Promise<bool>),
    Revival(Promise<Revival>),
    Move(u64, Option<Millis>, Promise<Moved>),
    Begin(Promise<ReplayBegun>),
    Step(Promise<Option<Replay>>),
}

struct Life {
    chance: Chance,
    options: Options,
    disk: Disk,
    routes: Arc<Vec<Route>>,
    now: Millis,
    /// By key: the id that was answered.
    recorded: HashMap<u64, EventId>,
    /// By event: not before this, as far as answers tell; `None` once that is unclear.
    due: HashMap<EventId, Option<Millis>>,
    deliveries: HashMap<DeliveryId, Known>,
    /// Handed out, to be settled.
    held: Vec<Claimed>,
    /// The replay under way, as it was answered last.
    replay: Option<Replay>,
    database: Database,
    ids: u8,
    batch: u64,
}

/// Runs one seed; what was found wrong, if anything.
fn run(seed: u64, sabotage: Sabotage) -> Result<(), String> {
    let mut life = Life {
        chance: Chance::new(seed),
        options: Options {
            sabotage,
            ..options()
        },
        disk: Disk::new(),
        routes: routes(),
        now: START,
        recorded: HashMap::new(),
        due: HashMap::new(),
        deliveries: HashMap::new(),
        held: Vec::new(),
        replay: None,
        database: Database::default(),
        ids: 0,
        batch: 0,
    };
    let mut stage = life.open()?;
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _known = stage.know_export(Exports::Wanted(HOLD_BACK));
    stage.step(life.now).map_err(|e| e.to_string())?;
    drop(stage);
    for _ in 0..2 {
        life.live()?;
        life.recover()?;
    }
    life.reckon()
}

/// The event of a key: always the same but for its id.
fn event(key: u64) -> EventDraft {
    let n = u8::try_from(key).unwrap();
    EventDraft {
        kind: EventType::parse(["LEAD_CAPTURE", "BOTH", "OTHER"][usize::from(n % 3)]).unwrap(),
        priority: Priority::new(n % 10).unwrap(),
        scheduled_at: (n % 5 == 0).then(|| START.plus(i64::from(n) * 1_000)),
        expires_at: (n % 13 == 0).then(|| START.plus(40_000)),
        ..draft(n)
    }
}

/// More than [`routes`]: what nobody took goes to `log` when it is replayed.
fn everywhere() -> Arc<Vec<Route>> {
    let mut all = routes().to_vec();
    all.push(Route {
        kind: Pattern::Exact("OTHER".to_owned()),
        source: Pattern::Any,
        to: vec![name("log")],
    });
    Arc::new(all)
}

impl Life {
    fn open(&self) -> Result<Stage, String> {
        Stage::open(self.disk.clone(), &self.options).map_err(|e| format!("refused: {e}"))
    }

    fn live(&mut self) -> Result<(), String> {
        let mut stage = self.open()?;
        let at = 1 + self.chance.below(500);
        self.disk.expect(Trouble::PowerOffAt(at));
        if self.chance.one_in(2) {
            // A start takes the leases back, and nobody holds any.
            self.held.clear();
            let _returned = stage.return_leases();
            if stage.step(self.now).is_err() {
                return Ok(());
            }
        }
        for _ in 0..40 {
            let mut asked = self.ask(&mut stage);
            if self.chance.one_in(5) {
                let most = self.chance.below(200);
                let _cut = stage.cut_journal(self.now.plus(-5_000), most);
            }
            self.now = self.now.plus(i64::try_from(self.chance.below(3_000)).unwrap());
            let done = stage.step(self.now);
            for asked in &mut asked {
                self.hear(asked)?;
            }
            if done.is_err() {
                break;
            }
        }
        self.disk.expect(Trouble::PowerOffAt(0));
        Ok(())
    }

    /// What one step asks for: no key and no delivery twice.
    fn ask(&mut self, stage: &mut Stage) -> Vec<Asked> {
        let mut asked = Vec::new();
        let first = self.chance.below(KEYS);
        for key in (first..KEYS).step_by(11).take(4) {
            self.ids = self.ids.wrapping_add(1);
            let id = EventId::new(self.now, [0, 0, 0, 0, 0, self.ids, 0, 0]);
            let draft = EventDraft { id, ..event(key) };
            asked.push(Asked::Record(
                key,
                id,
                stage.record_events(vec![draft], &self.routes),
            ));
        }
        self.batch += 1;
        let to = DestinationNumber(u16::from(self.batch.is_multiple_of(3)));
        asked.push(Asked::Claim(stage.claim(to, 3, LEASE)));
        let held = std::mem::take(&mut self.held);
        for claimed in held {
            if self.chance.one_in(8) {
                // Its lane is slow, or gone.
                continue;
            }
            let settlement = match self.chance.below(5) {
                0 | 1 => Settlement::Delivered,
                2 => Settlement::Retry(self.now.plus(2_000)),
                3 => Settlement::Dead,
                _ => Settlement::GivenBack,
            };
            let promise = stage.settle_delivery(claimed.id, attempt(&claimed, self.now), settlement.clone());
            self.deliveries.entry(claimed.id).or_default().settled = None;
            asked.push(Asked::Settle(claimed.id, settlement, promise));
        }
        if self.chance.one_in(4) {
            self.ask_rarely(stage, &mut asked);
        }
        if self.chance.one_in(3) {
            self.ask_for_replay(stage, &mut asked);
        }
        if self.chance.one_in(3) {
            self.database.take(stage);
        }
        asked
    }

    /// Last in its step, so that it sees what the step settles.
    fn ask_for_replay(&mut self, stage: &mut Stage, asked: &mut Vec<Asked>) {
        match &self.replay {
            Some(replay) => {
                let number = replay.number;
                self.forget_dead();
                asked.push(Asked::Step(match self.chance.one_in(12) {
                    true => stage.cancel_replay(number),
                    false => stage.step_replay(number, &everywhere()),
                }));
            }
            None => {
                let draft = ReplayDraft {
                    filter: ReplayFilter {
                        to: Millis(i64::MAX),
                        ..filter(Selection::Undelivered)
                    },
                    key: None,
                    by: "a test".into(),
                    expected: 0,
                };
                asked.push(Asked::Begin(stage.begin_replay(draft)));
            }
        }
    }

    /// A replay may have sent any dead letter again; what was delivered it has not.
    fn forget_dead(&mut self) {
        for known in self.deliveries.values_mut() {
            known.settled = known.settled.filter(|settled| *settled != DeliveryStatus::Dead);
        }
    }

    fn ask_rarely(&mut self, stage: &mut Stage, asked: &mut Vec<Asked>) {
        let settled = self
            .deliveries
            .iter()
            .filter(|(_, known)| known.settled.is_some())
            .map(|(id, _)| *id);
        if let Some(id) = settled.min() {
            self.deliveries.entry(id).or_default().settled = None;
            let promise = match self.chance.one_in(2) {
                true => stage.revive(id),
                false => stage.discard(id, "asked".into()),
            };
            asked.push(Asked::Revival(promise));
        }
        let key = self.chance.below(KEYS);
        if let Some(id) = self.recorded.get(&key).copied() {
            let to = self.chance.one_in(3).then(|| self.now.plus(5_000));
            self.due.insert(id, None);
            asked.push(Asked::Move(key, to, stage.move_event(id, to)));
        }
    }

    fn hear(&mut self, asked: &mut Asked) -> Result<(), String> {
        match asked {
            Asked::Record(key, sent, promise) => {
                if let Some(Ok(answers)) = promise.answer() {
                    self.heard_recorded(*key, *sent, &answers[0])?;
                }
            }
            Asked::Claim(promise) => {
                if let Some(Ok(claim)) = promise.answer() {
                    for claimed in claim.taken {
                        self.heard_claimed(&claimed)?;
                        self.held.push(claimed);
                    }
                }
            }
            Asked::Settle(id, settlement, promise) => {
                if let Some(Ok(true)) = promise.answer() {
                    let known = self.deliveries.entry(*id).or_default();
                    match settlement {
                        Settlement::Delivered => known.settled = Some(DeliveryStatus::Delivered),
                        Settlement::Dead => known.settled = Some(DeliveryStatus::Dead),
                        Settlement::Retry(_) => {}
                        Settlement::GivenBack => known.charged = known.charged.saturating_sub(1),
                    }
                } else if *settlement == Settlement::GivenBack {
                    let known = self.deliveries.entry(*id).or_default();
                    known.charged = known.charged.saturating_sub(1);
                }
            }
            Asked::Revival(promise) => drop(promise.answer()),
            Asked::Begin(promise) => {
                if let Some(Ok(ReplayBegun::New(replay))) = promise.answer() {
                    self.replay = Some(replay);
                }
            }
            Asked::Step(promise) => {
                self.forget_dead();
                if let Some(Ok(Some(replay))) = promise.answer() {
                    let running = replay.status == ReplayStatus::Running;
                    self.replay = running.then_some(replay);
                }
            }
            Asked::Move(key, to, promise) => {
                if let Some(Ok(Moved::Done(_))) = promise.answer()
                    && let Some(id) = self.recorded.get(key)
                {
                    self.due.insert(*id, *to);
                }
            }
        }
        Ok(())
    }

    fn heard_recorded(&mut self, key: u64, sent: EventId, answer: &Recorded) -> Result<(), String> {
        let (id, due) = match answer {
            Recorded::Accepted { scheduled_at, .. } => (sent, Some(*scheduled_at)),
            Recorded::Duplicate { id, .. } => (*id, None),
            Recorded::Conflict { .. } => return Err(format!("key {key}: a conflict")),
        };
        match self.recorded.insert(key, id) {
            Some(first) if first != id => Err(format!("key {key}: {first}, then {id}")),
            Some(_) if matches!(answer, Recorded::Accepted { .. }) => {
                Err(format!("key {key}: accepted twice"))
            }
            _ => {
                self.due.entry(id).or_insert(due);
                Ok(())
            }
        }
    }

    fn heard_claimed(&mut self, claimed: &Claimed) -> Result<(), String> {
        let known = self.deliveries.entry(claimed.id).or_default();
        if let Some(settled) = known.settled {
            return Err(format!("{}: {settled:?}, and handed out again", claimed.id));
        }
        if claimed.attempt <= known.charged {
            return Err(format!(
                "{}: attempt {} again, {} were handed out",
                claimed.id, claimed.attempt, known.charged
            ));
        }
        known.charged = claimed.attempt;
        let early = self.due.get(&claimed.event.id).copied().flatten();
        if early.is_some_and(|due| due > self.now) || claimed.due > self.now {
            return Err(format!("{}: handed out before it was due", claimed.id));
        }
        Ok(())
    }

    /// Starts from what the disk kept; every other time the power goes again meanwhile.
    fn recover(&mut self) -> Result<(), String> {
        self.disk = self.disk.after_power_cut(&mut self.chance);
        while self.chance.one_in(2) {
            let at = 1 + self.chance.below(12);
            self.disk.expect(Trouble::PowerOffAt(at));
            drop(Stage::open(self.disk.clone(), &self.options));
            self.disk.expect(Trouble::PowerOffAt(0));
            self.disk = self.disk.after_power_cut(&mut self.chance);
        }
        let mut stage = self.open()?;
        self.compare(&mut stage)
    }

    /// What was answered must be there.
    fn compare(&self, stage: &mut Stage) -> Result<(), String> {
        for (key, id) in &self.recorded {
            let story = stage.event(*id).map_err(|e| e.to_string())?;
            let story = story.ok_or_else(|| format!("key {key}: event {id} is lost"))?;
            for (delivery, attempts) in &story.deliveries {
                let known = self.deliveries.get(&delivery.id).copied().unwrap_or_default();
                if delivery.attempts < known.charged {
                    return Err(format!(
                        "{}: {} attempts, {} were handed out",
                        delivery.id, delivery.attempts, known.charged
                    ));
                }
                if known.settled.is_some_and(|settled| settled != delivery.status) {
                    return Err(format!(
                        "{}: {:?} answered, {:?} found",
                        delivery.id, known.settled, delivery.status
                    ));
                }
                if attempts.len() > usize::try_from(delivery.attempts).unwrap() {
                    return Err(format!("{}: more attempts on record than charged", delivery.id));
                }
            }
        }
        if let Some(known) = &self.replay {
            let found = stage.replay(known.number).map_err(|e| e.to_string())?;
            let found = found.ok_or_else(|| format!("{known:?} is lost"))?;
            if (found.cursor, found.revived) < (known.cursor, known.revived) {
                return Err(format!("{known:?} was answered, {found:?} found"));
            }
        }
        let report = stage.verify(self.now).map_err(|e| e.to_string())?;
        match report.is_clean() {
            true => Ok(()),
            false => Err(format!("{report:#?}")),
        }
    }

    /// Sends every event once more, then delivers all that is left: each once.
    fn reckon(&mut self) -> Result<(), String> {
        let mut stage = self.open()?;
        self.now = self.now.plus(10 * LEASE);
        for key in 0..KEYS {
            self.ids = self.ids.wrapping_add(1);
            let id = EventId::new(self.now, [0, 0, 0, 0, 0, self.ids, 1, 0]);
            let draft = EventDraft { id, ..event(key) };
            let promise = stage.record_events(vec![draft], &self.routes);
            stage.step(self.now).map_err(|e| e.to_string())?;
            self.hear(&mut Asked::Record(key, id, promise))?;
        }
        while let Some(replay) = &self.replay {
            let promise = stage.step_replay(replay.number, &everywhere());
            stage.step(self.now).map_err(|e| e.to_string())?;
            self.hear(&mut Asked::Step(promise))?;
        }
        let mut delivered = HashMap::new();
        for to in [DestinationNumber(0), DestinationNumber(1)] {
            loop {
                let mut claim = stage.claim(to, 7, LEASE);
                stage.step(self.now).map_err(|e| e.to_string())?;
                let claim = claim.answer().ok_or("no answer")?.map_err(|e| e.to_string())?;
                if claim.taken.is_empty() {
                    break;
                }
                for claimed in claim.taken {
                    self.heard_claimed(&claimed)?;
                    *delivered.entry(claimed.id).or_insert(0) += 1;
                    let attempt = attempt(&claimed, self.now);
                    let _done = stage.settle_delivery(claimed.id, attempt, Settlement::Delivered);
                }
                stage.step(self.now).map_err(|e| e.to_string())?;
            }
        }
        if let Some((id, times)) = delivered.iter().find(|(_, times)| **times != 1) {
            return Err(format!("{id}: delivered {times} times"));
        }
        for id in self.recorded.values() {
            let story = stage.event(*id).map_err(|e| e.to_string())?.ok_or("lost")?;
            if matches!(story.state.status, EventStatus::Pending | EventStatus::Processing) {
                return Err(format!("event {id} is left {:?}", story.state.status));
            }
        }
        self.database.reckon(&mut stage, self.now)?;
        if let Some(id) = self.recorded.values().find(|id| !self.database.has(**id)) {
            return Err(format!("event {id} was not exported"));
        }
        self.compare(&mut stage)
    }
}

fn attempt(claimed: &Claimed, now: Millis) -> Attempt {
    Attempt {
        number: claimed.attempt,
        at: now,
        took_ms: 1,
        class: AttemptClass::ServerError,
        status: Some(503),
        excerpt: String::new(),
    }
}

#[test]
fn no_power_cut_loses_or_doubles_an_event_or_a_delivery() {
    let seeds = if long() { 50_000 } else { 2_000 };
    let first = first_seed();
    for seed in first..first + seeds {
        if let Err(wrong) = run(seed, Sabotage::None) {
            panic!("GANTRY_SEED={seed}: {wrong}");
        }
    }
}

/// Each planted bug, and the seed that must find it at the latest.
#[cfg(feature = "sabotage")]
#[test]
fn every_bug_planted_in_events_is_caught_within_two_hundred_seeds() {
    let bugs = [
        ("answer before commit", Sabotage::AnswerBeforeCommit),
        ("dedupe apart from its event", Sabotage::KeyApart),
        ("lease not persisted", Sabotage::LeaseApart),
        ("commits not durable", Sabotage::NonDurableVotes),
    ];
    for (name, bug) in bugs {
        let caught = (1..=200).find_map(|seed| run(seed, bug).err().map(|wrong| (seed, wrong)));
        println!(
            "{name}: caught by seed {:?}",
            caught.as_ref().map(|(seed, _)| seed)
        );
        assert!(caught.is_some(), "{name} was not caught");
    }
}
