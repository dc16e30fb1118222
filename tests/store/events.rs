//! Events and deliveries: recorded once, taken in order, settled once, back after a crash.

use std::sync::Arc;

use gantry::model::delivery::{Attempt, AttemptClass, Claim, DestinationNumber, Settlement};
use gantry::model::event::{
    DeliveryStatus, EventDraft, EventId, EventStatus, Fingerprint, Pattern, Priority, Recorded, Route,
};
use gantry::model::ids::{DestinationName, EventType, IdempotencyKey, Source};
use gantry::model::time::Millis;
use gantry::store::stage::{Promise, Stage};
use gantry::store::{Moved, Revival};

use super::disk::Disk;
use super::ground::{START, assert_clean, stage};

pub(crate) const CRM: DestinationNumber = DestinationNumber(0);
pub(crate) const LOG: DestinationNumber = DestinationNumber(1);
const LEASE: i64 = 30_000;

pub(crate) fn name(text: &str) -> DestinationName {
    DestinationName::parse(text).unwrap()
}

pub(crate) fn routes() -> Arc<Vec<Route>> {
    let route = |kind: &str, to: &[&str]| Route {
        kind: Pattern::parse(kind).unwrap(),
        source: Pattern::Any,
        to: to.iter().map(|n| name(n)).collect(),
    };
    Arc::new(vec![route("LEAD_*", &["crm"]), route("BOTH", &["crm", "log"])])
}

/// Event number `n`, of its own key.
pub(crate) fn draft(n: u8) -> EventDraft {
    EventDraft {
        id: EventId::new(START, [0, 0, 0, 0, 0, n, 0, 0]),
        kind: EventType::parse("LEAD_CAPTURE").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse(&format!("key-{n}")).unwrap(),
        payload: format!(r#"{{"n":{n}}}"#),
        fingerprint: Fingerprint([n; 32]),
        scheduled_at: None,
        expires_at: None,
        priority: Priority::default(),
        trace: None,
    }
}

pub(crate) struct Ground {
    pub(crate) disk: Disk,
    pub(crate) stage: Stage,
    pub(crate) now: Millis,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let disk = Disk::new();
        let mut stage = stage(&disk);
        let _known = stage.know_destinations(vec![name("crm"), name("log")]);
        stage.step(START).unwrap();
        Self {
            disk,
            stage,
            now: START,
        }
    }

    pub(crate) fn run<T>(&mut self, ask: impl FnOnce(&mut Stage) -> Promise<T>) -> T {
        let mut promise = ask(&mut self.stage);
        self.stage.step(self.now).unwrap();
        promise.answer().unwrap().unwrap()
    }

    pub(crate) fn record(&mut self, draft: EventDraft) -> Recorded {
        self.run(|stage| stage.record_events(vec![draft], &routes()))
            .remove(0)
    }

    pub(crate) fn claim(&mut self, to: DestinationNumber, limit: usize) -> Claim {
        self.run(|stage| stage.claim(to, limit, LEASE))
    }

    /// The payload numbers of what a claim takes.
    pub(crate) fn taken(&mut self, limit: usize) -> Vec<String> {
        self.claim(CRM, limit)
            .taken
            .into_iter()
            .map(|claimed| claimed.event.payload)
            .collect()
    }

    pub(crate) fn settle(&mut self, claim: &Claim, settlement: Settlement) -> bool {
        let claimed = &claim.taken[0];
        let attempt = Attempt {
            number: claimed.attempt,
            at: self.now,
            took_ms: 12,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: "busy".into(),
        };
        let id = claimed.id;
        self.run(|stage| stage.settle_delivery(id, attempt, settlement))
    }

    pub(crate) fn status(&self, n: u8) -> EventStatus {
        self.stage.event(draft(n).id).unwrap().unwrap().state.status
    }

    pub(crate) fn restart(&mut self) {
        self.disk = self.disk.after_exit();
        self.stage = stage(&self.disk);
    }
}

#[test]
fn an_event_is_recorded_once_and_its_key_means_only_it() {
    let mut ground = Ground::new();
    assert_eq!(
        ground.record(draft(1)),
        Recorded::Accepted {
            scheduled_at: START,
            status: EventStatus::Pending,
        }
    );
    let again = EventDraft {
        id: draft(9).id,
        ..draft(1)
    };
    for _ in 0..2 {
        let Recorded::Duplicate { id, status, .. } = ground.record(again.clone()) else {
            panic!("counted anew")
        };
        assert_eq!((id, status), (draft(1).id, EventStatus::Pending));
        ground.restart();
    }
    let other = EventDraft {
        fingerprint: Fingerprint([7; 32]),
        ..again
    };
    assert_eq!(ground.record(other), Recorded::Conflict { id: draft(1).id });
    assert_eq!(ground.taken(10).len(), 1);
    assert_clean(&mut ground.stage, START);
}

#[test]
fn one_key_twice_in_one_batch_is_one_event() {
    let mut ground = Ground::new();
    let twin = EventDraft {
        id: draft(2).id,
        ..draft(1)
    };
    let answers = ground.run(|stage| stage.record_events(vec![draft(1), twin], &routes()));
    assert!(matches!(answers[0], Recorded::Accepted { .. }));
    assert!(matches!(answers[1], Recorded::Duplicate { .. }));
    assert_clean(&mut ground.stage, START);
}

#[test]
fn an_event_nobody_wants_is_done_at_once() {
    let mut ground = Ground::new();
    let unrouted = EventDraft {
        kind: EventType::parse("OTHER").unwrap(),
        ..draft(1)
    };
    ground.record(unrouted);
    assert_eq!(ground.status(1), EventStatus::Completed);
    assert_clean(&mut ground.stage, START);
}

#[test]
fn the_urgent_go_first_and_nothing_goes_before_its_time() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    ground.record(EventDraft {
        priority: Priority::new(9).unwrap(),
        ..draft(2)
    });
    ground.record(EventDraft {
        priority: Priority::new(0).unwrap(),
        ..draft(3)
    });
    ground.record(EventDraft {
        scheduled_at: Some(START.plus(60_000)),
        ..draft(4)
    });
    let claim = ground.claim(CRM, 2);
    let order: Vec<_> = claim.taken.iter().map(|c| c.event.payload.as_str()).collect();
    assert_eq!(order, [r#"{"n":2}"#, r#"{"n":1}"#]);
    assert_eq!(ground.taken(10), [r#"{"n":3}"#]);
    assert_eq!(
        ground.claim(CRM, 10).next_due,
        Some(START.plus(LEASE)),
        "the leases end before the fourth is due"
    );
    ground.now = START.plus(59_999);
    assert!(!ground.taken(10).contains(&r#"{"n":4}"#.to_owned()));
    ground.now = START.plus(60_000);
    assert!(ground.taken(10).contains(&r#"{"n":4}"#.to_owned()));
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_delivery_is_retried_when_due_and_dead_when_given_up_and_revived_when_asked() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let claim = ground.claim(CRM, 1);
    assert_eq!(ground.status(1), EventStatus::Processing);
    assert!(ground.settle(&claim, Settlement::Retry(START.plus(1_000))));
    assert!(ground.taken(1).is_empty(), "not due yet");
    ground.now = START.plus(1_000);
    let second = ground.claim(CRM, 1);
    assert_eq!(second.taken[0].attempt, 2);
    assert_eq!(
        (second.taken[0].id, second.taken[0].first_at),
        (claim.taken[0].id, START)
    );
    assert!(ground.settle(&second, Settlement::Dead));
    assert_eq!(ground.status(1), EventStatus::Failed);

    let id = claim.taken[0].id;
    assert_eq!(ground.run(|stage| stage.revive(id)), Revival::Done);
    let third = ground.claim(CRM, 1);
    assert_eq!(third.taken[0].attempt, 3);
    assert!(ground.settle(&third, Settlement::Delivered));
    assert_eq!(ground.status(1), EventStatus::Completed);
    let story = ground.stage.event(draft(1).id).unwrap().unwrap();
    let (delivery, attempts) = &story.deliveries[0];
    assert_eq!((delivery.status, attempts.len()), (DeliveryStatus::Delivered, 3));
    assert_eq!(
        ground.run(|stage| stage.revive(id)),
        Revival::Not(DeliveryStatus::Delivered)
    );
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_lease_that_ends_comes_back_under_the_same_id_and_its_late_answer_changes_nothing() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let lost = ground.claim(CRM, 1);
    ground.restart();
    assert!(ground.taken(1).is_empty(), "still leased after a crash");
    ground.now = START.plus(LEASE);
    let again = ground.claim(CRM, 1);
    assert_eq!((again.taken[0].id, again.taken[0].attempt), (lost.taken[0].id, 2));
    assert!(
        !ground.settle(&lost, Settlement::Delivered),
        "its lease had ended"
    );
    assert!(ground.settle(&again, Settlement::Delivered));
    assert!(!ground.settle(&again, Settlement::Delivered), "once is enough");
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_is_given_back_is_not_charged() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    for attempt in 1..=3 {
        let claim = ground.claim(CRM, 1);
        assert_eq!((claim.taken[0].attempt, claim.taken[0].tries), (attempt, 1));
        assert!(ground.settle(&claim, Settlement::GivenBack));
    }
    let story = ground.stage.event(draft(1).id).unwrap().unwrap();
    assert_eq!(story.deliveries[0].1.len(), 3, "but it is on record");
    assert_clean(&mut ground.stage, START);
}

#[test]
fn an_event_to_two_is_failed_if_either_is_dead() {
    let mut ground = Ground::new();
    ground.record(EventDraft {
        kind: EventType::parse("BOTH").unwrap(),
        ..draft(1)
    });
    let (crm, log) = (ground.claim(CRM, 1), ground.claim(LOG, 1));
    assert_ne!(crm.taken[0].id, log.taken[0].id);
    assert!(ground.settle(&crm, Settlement::Dead));
    assert_eq!(ground.status(1), EventStatus::Processing);
    assert!(ground.settle(&log, Settlement::Delivered));
    assert_eq!(ground.status(1), EventStatus::Failed);
    assert_clean(&mut ground.stage, START);
}

#[test]
fn an_event_moves_and_is_called_off_only_while_nobody_has_attempted_it() {
    let mut ground = Ground::new();
    let later = START.plus(60_000);
    ground.record(draft(1));
    let Moved::Done(state) = ground.run(|stage| stage.move_event(draft(1).id, Some(later))) else {
        panic!("not moved")
    };
    assert_eq!(state.scheduled_at, later);
    assert!(ground.taken(1).is_empty());
    assert!(matches!(
        ground.run(|stage| stage.move_event(draft(1).id, None)),
        Moved::Done(_)
    ));
    ground.now = later;
    assert!(ground.taken(1).is_empty(), "called off");
    assert_eq!(ground.status(1), EventStatus::Cancelled);
    let again = ground.run(|stage| stage.move_event(draft(1).id, Some(later)));
    assert_eq!(again, Moved::TooLate(EventStatus::Cancelled));

    ground.record(draft(2));
    assert_eq!(ground.taken(1).len(), 1);
    assert_eq!(
        ground.run(|stage| stage.move_event(draft(2).id, None)),
        Moved::TooLate(EventStatus::Processing)
    );
    assert_eq!(
        ground.run(|stage| stage.move_event(draft(3).id, None)),
        Moved::NoEvent
    );
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn an_event_whose_time_ran_out_is_not_sent() {
    let mut ground = Ground::new();
    ground.record(EventDraft {
        expires_at: Some(START.plus(10)),
        ..draft(1)
    });
    ground.now = START.plus(10);
    assert!(ground.taken(1).is_empty());
    assert_eq!(ground.status(1), EventStatus::Expired);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_waits_or_is_dead_can_be_discarded() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let id = draft(1).id.delivery(CRM.0);
    let discard = |ground: &mut Ground| ground.run(|stage| stage.discard(id, "a test lead".into()));
    assert_eq!(discard(&mut ground), Revival::Done);
    assert_eq!(ground.status(1), EventStatus::Cancelled);
    assert_eq!(discard(&mut ground), Revival::Not(DeliveryStatus::Cancelled));

    ground.record(EventDraft {
        kind: EventType::parse("BOTH").unwrap(),
        ..draft(2)
    });
    let (crm, log) = (ground.claim(CRM, 1), ground.claim(LOG, 1));
    assert!(ground.settle(&crm, Settlement::Dead));
    assert!(ground.settle(&log, Settlement::Delivered));
    assert_eq!(ground.status(2), EventStatus::Failed);
    let id = crm.taken[0].id;
    assert_eq!(
        ground.run(|stage| stage.discard(id, "junk".into())),
        Revival::Done
    );
    assert_eq!(
        ground.status(2),
        EventStatus::Completed,
        "the other one was delivered"
    );
    assert_clean(&mut ground.stage, START);
}

#[test]
fn leases_of_a_process_that_is_gone_come_back_at_once_and_the_cut_attempt_is_on_record() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    ground.record(draft(2));
    let lost = ground.claim(CRM, 2);
    ground.restart();
    assert_eq!(ground.run(Stage::return_leases), 2);
    assert_eq!(ground.run(Stage::return_leases), 0);
    let again = ground.claim(CRM, 2);
    let ids = |claim: &Claim| claim.taken.iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&lost));
    assert_eq!((again.taken[0].attempt, again.taken[0].tries), (2, 2));
    let story = ground.stage.event(draft(1).id).unwrap().unwrap();
    let (_, attempts) = &story.deliveries[0];
    assert_eq!(
        (attempts[0].number, attempts[0].class),
        (1, AttemptClass::Network)
    );
    assert_clean(&mut ground.stage, START);
}

#[test]
fn a_revived_delivery_has_all_its_tries_anew_and_its_attempts_keep_their_numbers() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let first = ground.claim(CRM, 1);
    assert!(ground.settle(&first, Settlement::Dead));
    let id = first.taken[0].id;
    assert_eq!(ground.run(|stage| stage.revive(id)), Revival::Done);
    ground.now = START.plus(5_000);
    let second = ground.claim(CRM, 1);
    let taken = &second.taken[0];
    assert_eq!(
        (taken.attempt, taken.tries, taken.first_at),
        (2, 1, START.plus(5_000))
    );
    assert!(ground.settle(&second, Settlement::GivenBack));
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_waits_for_us_does_not_use_up_the_time_to_try() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let first = ground.claim(CRM, 1);
    assert!(ground.settle(&first, Settlement::Retry(START.plus(1_000))));
    // A pause of three days.
    let three_days = 3 * 86_400_000;
    ground.now = START.plus(1_000 + three_days);
    let second = ground.claim(CRM, 1);
    assert_eq!(second.taken[0].first_at, START.plus(three_days));
    assert_eq!(second.taken[0].tries, 2);
}

#[test]
fn an_expired_backlog_does_not_hold_up_what_is_alive() {
    let mut ground = Ground::new();
    for n in 0..200 {
        ground.record(EventDraft {
            expires_at: Some(START.plus(10)),
            ..draft(n)
        });
    }
    ground.now = START.plus(10);
    ground.record(draft(200));
    let claim = ground.claim(CRM, 1);
    assert_eq!(claim.taken[0].event.payload, r#"{"n":200}"#);
    assert_eq!(ground.status(0), EventStatus::Expired);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_is_planned_is_not_early_after_the_clock_was_set_back() {
    let mut ground = Ground::new();
    // An hour ahead, until somebody notices.
    ground.now = START.plus(3_600_000);
    ground.record(draft(1));
    ground.now = START;
    let planned = START.plus(60_000);
    let answer = ground.record(EventDraft {
        scheduled_at: Some(planned),
        ..draft(2)
    });
    assert_eq!(
        answer,
        Recorded::Accepted {
            scheduled_at: planned,
            status: EventStatus::Pending
        }
    );
    assert_eq!(ground.taken(10), [r#"{"n":1}"#]);
    let story = ground.stage.event(draft(2).id).unwrap().unwrap();
    let hour_and_minute = 3_600_000 + 60_000;
    assert_eq!(story.deliveries[0].0.due, START.plus(hour_and_minute));
    ground.now = START.plus(hour_and_minute);
    assert!(ground.taken(10).contains(&r#"{"n":2}"#.to_owned()));
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn instants_of_events_do_not_run_back_across_a_restart() {
    let mut ground = Ground::new();
    ground.now = START.plus(3_600_000);
    ground.record(draft(1));
    super::ground::settle(&mut ground.stage, START);
    ground.restart();
    ground.now = START;
    ground.record(draft(2));
    let story = ground.stage.event(draft(2).id).unwrap().unwrap();
    assert_eq!(story.event.created_at, START.plus(3_600_000));
}

#[test]
fn nothing_is_handed_out_for_a_destination_that_is_paused() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    assert!(ground.run(|stage| stage.pause_destination(name("crm"), Some("asked".into()))));
    assert_eq!(ground.claim(CRM, 1), Claim::default());
    assert!(ground.run(|stage| stage.pause_destination(name("crm"), None)));
    assert_eq!(ground.claim(CRM, 1).taken.len(), 1);
}

#[test]
fn of_very_many_attempts_the_first_and_the_last_are_kept() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    for _ in 0..250 {
        let claim = ground.claim(CRM, 1);
        let now = ground.now;
        assert!(ground.settle(&claim, Settlement::Retry(now)));
    }
    let story = ground.stage.event(draft(1).id).unwrap().unwrap();
    let (delivery, attempts) = &story.deliveries[0];
    let numbers: Vec<u32> = attempts.iter().map(|attempt| attempt.number).collect();
    let kept: Vec<u32> = (1..=10).chain(161..=250).collect();
    assert_eq!((delivery.attempts, numbers), (250, kept));
}
