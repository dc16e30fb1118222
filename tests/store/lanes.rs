//! What holds lanes back, through the verbs: windows, quotas and breakers, over simulated days and across restarts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;
use std::sync::Arc;

use gantry::config::QuotaProfile;
use gantry::delivery::quota::{Exchange, cost, readings};
use gantry::model::delivery::{Attempt, AttemptClass, Claimed, DestinationNumber, Ending, Settlement};
use gantry::model::event::{DeliveryId, EventDraft, EventId, Fingerprint, Pattern, Priority, Route};
use gantry::model::ids::{EventType, IdempotencyKey, Source};
use gantry::model::lane::breaker::{BreakerPolicy, BreakerState};
use gantry::model::lane::quota::Heard;
use gantry::model::lane::window::Window;
use gantry::model::lane::{GroupName, Health, Hold, Lesson, Rules, Why};
use gantry::model::time::Millis;
use gantry::store::LaneState;
use gantry::store::stage::{Promise, Stage};
use http::HeaderMap;

use super::contract::long;
use super::disk::{Chance, Disk};
use super::events::name;
use super::ground::{START, assert_clean, stage};
use super::power_cut::first_seed;

pub(crate) const LEASE: i64 = 25_000;
pub(crate) const CRM: DestinationNumber = DestinationNumber(0);
pub(crate) const LOG: DestinationNumber = DestinationNumber(1);

pub(crate) fn rules(windows: &[(u32, i64)]) -> Rules {
    let window = |(count, per_ms): &(u32, i64)| Window {
        count: NonZeroU32::new(*count).unwrap(),
        per_ms: *per_ms,
    };
    Rules {
        group: GroupName::shared("token"),
        windows: windows.iter().map(window).collect(),
        quota: None,
        breaker: None,
    }
}

/// A store, a wall clock, and two lanes by the same rules.
pub(crate) struct Ground {
    pub(crate) disk: Disk,
    pub(crate) stage: Stage,
    pub(crate) now: Millis,
    pub(crate) rules: Rules,
    pub(crate) events: u64,
}

impl Ground {
    pub(crate) fn new(rules: Rules) -> Self {
        let disk = Disk::new();
        let mut ground = Self {
            stage: stage(&disk),
            disk,
            now: START,
            rules,
            events: 0,
        };
        ground.run(|stage| stage.know_destinations(vec![name("crm"), name("log")]));
        ground.rule();
        ground
    }

    fn rule(&mut self) {
        let rules = [name("crm"), name("log")].map(|name| (name, self.rules.clone()));
        self.run(|stage| stage.rule_lanes(rules.to_vec()));
    }

    pub(crate) fn run<T>(&mut self, ask: impl FnOnce(&mut Stage) -> Promise<T>) -> T {
        let mut promise = ask(&mut self.stage);
        self.stage.step(self.now).unwrap();
        promise.answer().unwrap().unwrap()
    }

    /// Records events for `to`.
    pub(crate) fn record(&mut self, to: &str, count: u64) {
        let drafts = (0..count).map(|_| {
            self.events += 1;
            draft(self.events)
        });
        let drafts: Vec<EventDraft> = drafts.collect();
        self.record_all(to, drafts);
    }

    pub(crate) fn record_all(&mut self, to: &str, drafts: Vec<EventDraft>) {
        let routes = Arc::new(vec![Route {
            kind: Pattern::Any,
            source: Pattern::Any,
            to: vec![name(to)],
        }]);
        self.run(|stage| stage.record_events(drafts, &routes));
    }

    pub(crate) fn claim(&mut self, to: DestinationNumber, limit: usize) -> (Vec<Claimed>, Option<Millis>) {
        let claim = self.run(|stage| stage.claim(to, limit, LEASE));
        (claim.taken, claim.next_due)
    }

    fn settle(&mut self, claimed: &Claimed, settlement: Settlement, lesson: Lesson) -> bool {
        let attempt = Attempt {
            number: claimed.attempt,
            at: self.now,
            took_ms: 1,
            class: AttemptClass::Success,
            status: Some(200),
            excerpt: String::new(),
        };
        let (id, ending) = (claimed.id, Ending { settlement, lesson });
        self.run(|stage| stage.settle_delivery(id, attempt, ending))
    }

    pub(crate) fn lane(&mut self, to: DestinationNumber) -> LaneState {
        let lanes = self.run(Stage::lanes);
        lanes.into_iter().find(|lane| lane.destination == to).unwrap()
    }

    /// The process ends without a word, or the power does, and starts again.
    pub(crate) fn restart(&mut self, chance: &mut Chance) {
        self.disk = match chance.one_in(2) {
            true => self.disk.after_exit(),
            false => self.disk.after_power_cut(chance),
        };
        self.stage = stage(&self.disk);
        self.rule();
        while self.run(Stage::return_leases) > 0 {}
    }
}

pub(crate) fn draft(n: u64) -> EventDraft {
    let mut random = [0; 8];
    random.copy_from_slice(&n.to_be_bytes());
    let mut fingerprint = [0; 32];
    fingerprint[..8].copy_from_slice(&random);
    EventDraft {
        id: EventId::new(START, random),
        kind: EventType::parse("LEAD_CAPTURE").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse(&format!("key-{n}")).unwrap(),
        payload: "{}".to_owned(),
        fingerprint: Fingerprint(fingerprint),
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

/// A call under way.
struct Call {
    claimed: Claimed,
    lesson: Lesson,
}

/// When the calls of a run reached their receiver.
struct Run {
    arrived: Vec<Millis>,
    restarts: u32,
}

/// What a receiver makes of a call that reaches it.
type Receive<'r> = dyn FnMut(Exchange, Millis) -> Lesson + 'r;

/// Two lanes at full speed for so long, so many calls at once each. With restarts, calls under way are cut off; they may
/// have arrived.
fn drive(
    ground: &mut Ground,
    (until, places): (Millis, usize),
    (seed, restarts): (u64, bool),
    receive: &mut Receive<'_>,
) -> Run {
    let mut chance = Chance::new(seed);
    let mut run = Run {
        arrived: Vec::new(),
        restarts: 0,
    };
    let mut calls: Vec<Option<Call>> = Vec::new();
    // (when, whether it is answered or only arrives, which), the soonest on top.
    let mut to_come: BinaryHeap<Reverse<(i64, bool, usize)>> = BinaryHeap::new();
    let mut lanes = [
        (CRM, "crm", 0_u64, Some(ground.now)),
        (LOG, "log", 0, Some(ground.now)),
    ];
    let mut under_way = [0_usize; 2];
    while ground.now < until {
        let mut touched = false;
        while let Some(Reverse((at, answered, call))) = to_come.peek().copied()
            && at <= ground.now.0
        {
            to_come.pop();
            if !answered {
                run.arrived.push(Millis(at));
                let exchange = Exchange {
                    sent: Millis(at - 5),
                    received: Millis(at + 5),
                };
                let lesson = receive(exchange, Millis(at));
                if let Some(call) = &mut calls[call] {
                    call.lesson = lesson;
                }
                continue;
            }
            let Some(Call { claimed, lesson }) = calls[call].take() else {
                continue;
            };
            let settlement = match chance.below(10) {
                0 => Settlement::Retry(ground.now.plus(i64::try_from(chance.below(5_000)).unwrap())),
                1 => Settlement::GivenBack,
                _ => Settlement::Delivered,
            };
            under_way[usize::from(claimed.id.destination().unwrap())] -= 1;
            ground.settle(&claimed, settlement, lesson);
            touched = true;
        }
        if restarts && chance.one_in(400) {
            run.restarts += 1;
            calls.iter_mut().for_each(|call| *call = None);
            to_come
                .retain(|Reverse((at, answered, _))| !answered && (*at <= ground.now.0 || chance.one_in(2)));
            under_way = [0; 2];
            lanes.iter_mut().for_each(|lane| lane.3 = Some(ground.now));
            ground.restart(&mut chance);
        }
        for (index, (to, lane, waiting, due)) in lanes.iter_mut().enumerate() {
            if *waiting < 64 {
                ground.record(lane, 256);
                *waiting += 256;
            }
            let free = places - under_way[index];
            if free == 0 || !(touched || due.is_some_and(|due| due <= ground.now)) {
                continue;
            }
            let (taken, next) = ground.claim(*to, free);
            *due = next;
            for claimed in taken {
                *waiting = waiting.saturating_sub(1);
                under_way[index] += 1;
                let longest = if chance.one_in(50) { 10_000 } else { 400 };
                let took = 20 + i64::try_from(chance.below(longest)).unwrap();
                let arrives = i64::try_from(chance.below(u64::try_from(took).unwrap())).unwrap();
                to_come.push(Reverse((ground.now.0 + arrives, false, calls.len())));
                to_come.push(Reverse((ground.now.0 + took, true, calls.len())));
                let lesson = Lesson::default();
                calls.push(Some(Call { claimed, lesson }));
            }
        }
        let next = to_come.peek().map(|next| next.0.0);
        let dues = lanes
            .iter()
            .enumerate()
            .filter(|(index, _)| places > under_way[*index]);
        let due = dues.filter_map(|(_, lane)| lane.3.map(|due| due.0)).min();
        let next = next.into_iter().chain(due).min().unwrap_or(until.0);
        ground.now = Millis(next.max(ground.now.0 + 1));
    }
    run
}

/// The most calls that any span of the window's length held.
pub(crate) fn most_in_a_span(arrived: &mut [Millis], per_ms: i64) -> usize {
    arrived.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, at) in arrived.iter().enumerate() {
        while at.0 - arrived[first].0 > per_ms {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

#[test]
fn no_window_is_ever_exceeded_whatever_its_size_and_across_restarts() {
    let seeds = if long() { 60 } else { 8 };
    let (mut seconds, mut calls, mut restarts) = (0, 0, 0);
    for seed in first_seed()..first_seed() + seeds {
        let mut chance = Chance::new(seed);
        // Some thousand calls: 10^5 seconds together, and more.
        let count = 1 + u32::try_from(chance.below(300)).unwrap();
        let per_ms = 1_000 * i64::try_from(1 + chance.below(900)).unwrap();
        let spans = i64::from(5_000 / count + 4);
        let lasts = spans * per_ms;
        let mut ground = Ground::new(rules(&[(count, per_ms)]));
        let places = 1 + usize::try_from(chance.below(40)).unwrap();
        let until = ground.now.plus(lasts);
        let mut none = |_, _| Lesson::default();
        let mut run = drive(&mut ground, (until, places), (seed, true), &mut none);
        let most = most_in_a_span(&mut run.arrived, per_ms);
        assert!(
            most <= count as usize,
            "seed {seed}: {most} within {per_ms} ms, of {count}"
        );
        assert_clean(&mut ground.stage, until);
        seconds += lasts / 1_000;
        calls += run.arrived.len();
        restarts += run.restarts;
    }
    println!("{calls} calls in {seconds} simulated seconds, over {restarts} restarts");
}

#[test]
fn a_full_window_says_when_it_has_room_and_keeps_it_over_a_restart() {
    let mut ground = Ground::new(rules(&[(3, 60_000)]));
    ground.record("crm", 5);
    let (taken, next) = ground.claim(CRM, 10);
    assert_eq!(taken.len(), 3);
    assert_eq!(next, Some(ground.now.plus(LEASE)), "no lease has ended yet");
    ground.now = ground.now.plus(100);
    for claimed in &taken[..2] {
        assert!(ground.settle(claimed, Settlement::Delivered, Lesson::default()));
    }
    let unsent = Lesson {
        unsent: true,
        ..Lesson::default()
    };
    assert!(ground.settle(&taken[2], Settlement::Dead, unsent));
    let (taken, _) = ground.claim(CRM, 10);
    assert_eq!(taken.len(), 1, "what was not sent takes no room");
    assert!(ground.settle(&taken[0], Settlement::Delivered, Lesson::default()));
    let free_at = ground.now.plus(60_001);
    assert_eq!(ground.claim(CRM, 10), (Vec::new(), Some(free_at)));
    let hold = Some(Hold {
        why: Why::Window,
        until: Some(free_at),
    });
    assert_eq!(
        ground.lane(LOG).hold,
        hold,
        "the other lane of the group has none either"
    );
    ground.restart(&mut Chance::new(2));
    assert_eq!(ground.claim(CRM, 10), (Vec::new(), Some(free_at)));
    assert_eq!(ground.lane(CRM).windows[0].1, 3);
    ground.now = free_at;
    assert_eq!(ground.claim(CRM, 10).0.len(), 1);
    assert_clean(&mut ground.stage, free_at);
}

#[test]
fn a_wait_that_was_asked_for_holds_the_whole_group_over_a_restart() {
    let mut ground = Ground::new(rules(&[]));
    ground.record("crm", 3);
    let (taken, _) = ground.claim(CRM, 1);
    let until = ground.now.plus(90_000);
    let lesson = Lesson {
        hold_until: Some(until),
        ..Lesson::default()
    };
    assert!(ground.settle(&taken[0], Settlement::Retry(until), lesson));
    for _ in 0..2 {
        assert_eq!(ground.claim(CRM, 10), (Vec::new(), Some(until)));
        assert_eq!(ground.lane(LOG).hold.map(|hold| hold.why), Some(Why::RetryAfter));
        ground.restart(&mut Chance::new(3));
    }
    ground.now = until;
    assert_eq!(ground.claim(CRM, 10).0.len(), 3);
    assert_clean(&mut ground.stage, until);
}

/// Receivers that count what they are sent within fixed spans of a quarter of an hour.
struct Counting {
    profile: QuotaProfile,
    limit: i64,
    cost: i64,
    used: (i64, i64),
    taken: i64,
    refused: u32,
}

const SPAN: i64 = 900_000;

impl Counting {
    fn new(profile: QuotaProfile, limit: i64, cost: i64) -> Self {
        Self {
            profile,
            limit,
            cost,
            used: (0, 0),
            taken: 0,
            refused: 0,
        }
    }

    /// Counts a call, and says where the quota stands in the words of its profile.
    fn answer(&mut self, exchange: Exchange, now: Millis) -> Lesson {
        let span = now.0.div_euclid(SPAN);
        if self.used.0 != span {
            self.used = (span, 0);
        }
        if self.used.1 >= self.limit {
            self.refused += 1;
        } else {
            self.used.1 += self.cost;
            self.taken += 1;
        }
        let ends = (span + 1) * SPAN;
        let reset = match self.profile {
            QuotaProfile::X => ends / 1_000,
            _ => (ends - now.0) / 1_000,
        };
        let mut headers = HeaderMap::new();
        let mut say =
            |name: &'static str, value: i64| headers.insert(name, value.to_string().parse().unwrap());
        say("x-rate-limit-limit", self.limit);
        say("x-rate-limit-remaining", self.limit - self.used.1);
        say("x-rate-limit-reset", reset);
        Lesson {
            heard: Heard::Answer(readings(&headers, &self.profile, exchange)),
            health: Health::Well,
            ..Lesson::default()
        }
    }
}

#[test]
fn an_hour_at_full_speed_against_quotas_meets_no_429_and_leaves_little_unused() {
    for (profile, limit, price) in [(QuotaProfile::X, 300, 1), (QuotaProfile::ProductHunt, 6_250, 25)] {
        for restarts in [false, true] {
            let mut ground = Ground::new(Rules {
                quota: Some(cost(&profile)),
                ..rules(&[])
            });
            ground.now = Millis(START.0.div_euclid(SPAN) * SPAN);
            let until = ground.now.plus(4 * SPAN);
            let mut receiver = Counting::new(profile.clone(), limit, price);
            let mut receive = |exchange, now| receiver.answer(exchange, now);
            let run = drive(&mut ground, (until, 8), (7, restarts), &mut receive);
            let allowed = 4 * limit / price;
            println!(
                "{profile:?}: {} of {allowed} calls, {} × 429, {} restarts",
                receiver.taken, receiver.refused, run.restarts
            );
            assert_eq!(receiver.refused, 0, "{profile:?}");
            assert!(
                receiver.taken * 100 >= allowed * 95,
                "{profile:?}: {} of {allowed}",
                receiver.taken
            );
            assert_clean(&mut ground.stage, until);
        }
    }
}

pub(crate) fn guarded() -> Rules {
    Rules {
        breaker: Some(BreakerPolicy {
            failures: 3,
            error_rate: 0.5,
            open_for_ms: 10_000,
        }),
        ..rules(&[])
    }
}

pub(crate) fn ill() -> Lesson {
    Lesson {
        health: Health::Ill("it answered 503".to_owned()),
        ..Lesson::default()
    }
}

#[test]
fn an_open_breaker_costs_no_attempts_probes_one_by_one_and_survives_restarts() {
    let mut ground = Ground::new(guarded());
    ground.record("crm", 50);
    ground.record("log", 1);
    let (taken, _) = ground.claim(CRM, 3);
    for claimed in &taken {
        let later = ground.now.plus(1_000);
        assert!(ground.settle(claimed, Settlement::Retry(later), ill()));
    }
    let begun = ground.now;
    let mut probes = Vec::new();
    let mut chance = Chance::new(5);
    while ground.now < begun.plus(300_000) {
        let (taken, next) = ground.claim(CRM, 10);
        assert!(taken.len() <= 1, "{} at once", taken.len());
        if let Some(probe) = taken.first() {
            probes.push((ground.now, probe.id));
            assert_eq!(ground.claim(CRM, 10).0, [], "one is under way");
            assert!(matches!(ground.lane(CRM).breaker, BreakerState::HalfOpen { .. }));
            match chance.below(3) {
                0 => ground.restart(&mut chance),
                _ => {
                    ground.now = ground.now.plus(200);
                    let later = ground.now.plus(60_000);
                    assert!(ground.settle(probe, Settlement::Retry(later), ill()));
                }
            }
            let breaker = ground.lane(CRM).breaker;
            assert!(matches!(breaker, BreakerState::Open(_)), "{breaker:?}");
            continue;
        }
        ground.now = next.unwrap().max(ground.now.plus(1));
        assert_clean(&mut ground.stage, begun);
    }
    let apart = |pair: &[(Millis, DeliveryId)]| pair[1].0.0 - pair[0].0.0;
    assert!(probes.windows(2).all(|pair| apart(pair) >= 10_000), "{probes:?}");
    assert!(probes.len() >= 25, "{}", probes.len());
    assert_eq!(ground.claim(LOG, 1).0.len(), 1, "another destination goes on");
    let (mut taken, mut next) = ground.claim(CRM, 10);
    while taken.is_empty() {
        ground.now = next.unwrap();
        (taken, next) = ground.claim(CRM, 10);
    }
    let well = Lesson {
        health: Health::Well,
        ..Lesson::default()
    };
    assert!(ground.settle(&taken[0], Settlement::Delivered, well));
    assert_eq!(ground.lane(CRM).breaker, BreakerState::Closed);
    assert_eq!(ground.claim(CRM, 10).0.len(), 10);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_breaker_that_is_turned_off_is_closed() {
    let mut ground = Ground::new(guarded());
    ground.record("crm", 5);
    for claimed in ground.claim(CRM, 3).0 {
        let later = ground.now.plus(1_000);
        assert!(ground.settle(&claimed, Settlement::Retry(later), ill()));
    }
    assert_eq!(ground.claim(CRM, 1).0, []);
    ground.rules.breaker = None;
    ground.rule();
    assert_eq!(ground.claim(CRM, 1).0.len(), 1);
    ground.rules = guarded();
    ground.rule();
    assert_eq!(ground.lane(CRM).breaker, BreakerState::Closed);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}
