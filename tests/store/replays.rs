//! Replays: what did not arrive is sent again under its first id, once, and nothing else is unless it is asked for.

use std::sync::Arc;

use gantry::model::delivery::{AttemptClass, Settlement};
use gantry::model::event::{DeliveryStatus, EventDraft, EventId, EventStatus, Pattern, Route};
use gantry::model::ids::{EventType, IdempotencyKey};
use gantry::model::replay::{
    Replay, ReplayBegun, ReplayDraft, ReplayFilter, ReplayLook, ReplayNumber, ReplayStatus, Selection,
};
use gantry::model::time::Millis;

use super::events::{CRM, Ground, LOG, draft, name, routes};
use super::ground::{START, assert_clean, settle};

const HOUR: i64 = 3_600_000;

fn of_kind(n: u8, kind: &str) -> EventDraft {
    EventDraft {
        kind: EventType::parse(kind).unwrap(),
        ..draft(n)
    }
}

/// Everything of the hour in which every test begins.
pub(crate) fn filter(selection: Selection) -> ReplayFilter {
    ReplayFilter {
        kind: None,
        source: None,
        destination: None,
        selection,
        class: None,
        from: START,
        to: START.plus(HOUR),
    }
}

fn asked(filter: ReplayFilter) -> ReplayDraft {
    ReplayDraft {
        filter,
        key: None,
        by: "a test".into(),
        expected: 0,
    }
}

impl Ground {
    /// Records an event and lets its delivery to `crm` end so.
    fn ended(&mut self, draft: EventDraft, settlement: Settlement) {
        self.record(draft);
        let claim = self.claim(CRM, 1);
        assert!(self.settle(&claim, settlement));
    }

    fn look(&self, filter: &ReplayFilter, routes: &[Route]) -> ReplayLook {
        self.stage
            .look_at_replay(filter, routes, (None, self.now))
            .unwrap()
    }

    fn begin(&mut self, filter: ReplayFilter) -> Replay {
        match self.run(|stage| stage.begin_replay(asked(filter))) {
            ReplayBegun::New(replay) => replay,
            other => panic!("{other:?}"),
        }
    }

    fn step(&mut self, number: ReplayNumber) -> Replay {
        self.run(|stage| stage.step_replay(number, &routes())).unwrap()
    }

    /// Begins a replay and goes through it.
    fn replay(&mut self, filter: ReplayFilter) -> Replay {
        let begun = self.begin(filter);
        loop {
            let stepped = self.step(begun.number);
            if stepped.status == ReplayStatus::Done {
                return stepped;
            }
        }
    }

    fn stands(&self, n: u8) -> Vec<DeliveryStatus> {
        let story = self.stage.event(draft(n).id).unwrap().unwrap();
        story.deliveries.iter().map(|(d, _)| d.status).collect()
    }

    fn clean(&mut self) {
        let now = self.now;
        assert_clean(&mut self.stage, now);
    }
}

#[test]
fn a_look_counts_and_shows_and_changes_nothing() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Dead);
    ground.ended(draft(2), Settlement::Delivered);
    ground.ended(draft(3), Settlement::Dead);
    let look = ground.look(&filter(Selection::default()), &routes());
    assert_eq!((look.count(), look.passed, look.next), (2, 1, None));
    assert_eq!(look.by_destination.get(&CRM), Some(&2));
    let ids: Vec<_> = look.examples.iter().map(|example| example.id).collect();
    assert_eq!(ids, [draft(1).id.delivery(CRM.0), draft(3).id.delivery(CRM.0)]);
    assert_eq!(look.examples[0].status, Some(DeliveryStatus::Dead));
    assert_eq!(ground.stands(1), [DeliveryStatus::Dead]);
    assert!(ground.taken(9).is_empty());
    assert_eq!(ground.stage.replay(ReplayNumber(1)).unwrap(), None);
}

#[test]
fn what_was_delivered_is_not_sent_again_unless_it_is_asked_for() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Delivered);
    ground.ended(draft(2), Settlement::Dead);
    let done = ground.replay(filter(Selection::default()));
    assert_eq!((done.revived, done.passed), (1, 1));
    assert_eq!(ground.taken(9), [r#"{"n":2}"#]);
    assert_eq!(ground.stands(1), [DeliveryStatus::Delivered]);
    let done = ground.replay(filter(Selection::Delivered));
    assert_eq!((done.revived, done.passed), (1, 1));
    let again = ground.claim(CRM, 9);
    assert_eq!(
        again.taken[0].id,
        draft(1).id.delivery(CRM.0),
        "under its first id"
    );
    assert_eq!(
        (again.taken[0].attempt, again.taken[0].tries),
        (2, 1),
        "attempts count on, tries begin anew"
    );
    assert_eq!(ground.status(1), EventStatus::Processing);
    assert!(ground.settle(&again, Settlement::Delivered));
    assert_eq!(ground.status(1), EventStatus::Completed);
    ground.clean();
}

#[test]
fn an_event_that_no_route_took_goes_where_routes_lead_now() {
    let mut ground = Ground::new();
    ground.record(of_kind(1, "OTHER"));
    ground.ended(draft(2), Settlement::Delivered);
    assert_eq!(ground.status(1), EventStatus::Completed);
    let everything = Arc::new(vec![Route {
        kind: Pattern::Any,
        source: Pattern::Any,
        to: vec![name("log")],
    }]);
    let look = ground.look(&filter(Selection::Missing), &everything);
    assert_eq!(look.by_destination.get(&LOG), Some(&2));
    assert_eq!(look.examples[0].status, None);
    let number = ground.begin(filter(Selection::default())).number;
    let stepped = ground.run(|stage| stage.step_replay(number, &everything));
    assert_eq!(stepped.unwrap().revived, 2);
    let claim = ground.claim(LOG, 9);
    let ids: Vec<_> = claim.taken.iter().map(|taken| taken.id).collect();
    assert_eq!(
        ids,
        [draft(1).id.delivery(LOG.0), draft(2).id.delivery(LOG.0)],
        "each under the id it would have had"
    );
    assert!(ground.settle(&claim, Settlement::Delivered));
    assert_eq!(ground.status(1), EventStatus::Completed);
    let look = ground.look(&filter(Selection::Missing), &everything);
    assert_eq!(look.count(), 0, "it is there now");
    ground.clean();
}

#[test]
fn a_destination_that_no_route_names_any_more_gets_nothing() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Dead);
    let number = ground.begin(filter(Selection::All)).number;
    let stepped = ground.run(|stage| stage.step_replay(number, &Arc::default()));
    let stepped = stepped.unwrap();
    assert_eq!((stepped.revived, stepped.status), (0, ReplayStatus::Done));
    assert_eq!(ground.stands(1), [DeliveryStatus::Dead]);
}

#[test]
fn type_source_destination_class_and_time_choose() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Dead);
    ground.record(of_kind(2, "BOTH"));
    let (crm, log) = (ground.claim(CRM, 1), ground.claim(LOG, 1));
    assert!(ground.settle(&crm, Settlement::Dead) && ground.settle(&log, Settlement::Dead));
    ground.now = START.plus(1_000);
    ground.ended(draft(3), Settlement::Dead);
    let all = filter(Selection::default());
    let count = |filter: ReplayFilter| ground.look(&filter, &routes()).count();
    assert_eq!(count(all.clone()), 4);
    let pattern = |text| Pattern::parse(text);
    for (expected, filter) in [
        (
            2,
            ReplayFilter {
                kind: pattern("LEAD_*"),
                ..all.clone()
            },
        ),
        (
            2,
            ReplayFilter {
                kind: pattern("BOTH"),
                ..all.clone()
            },
        ),
        (
            0,
            ReplayFilter {
                kind: pattern("BOT"),
                ..all.clone()
            },
        ),
        (
            4,
            ReplayFilter {
                source: pattern("web"),
                ..all.clone()
            },
        ),
        (
            0,
            ReplayFilter {
                source: pattern("app"),
                ..all.clone()
            },
        ),
        (
            1,
            ReplayFilter {
                destination: Some(LOG),
                ..all.clone()
            },
        ),
        (
            4,
            ReplayFilter {
                class: Some(AttemptClass::ServerError),
                ..all.clone()
            },
        ),
        (
            0,
            ReplayFilter {
                class: Some(AttemptClass::Network),
                ..all.clone()
            },
        ),
        (
            1,
            ReplayFilter {
                from: START.plus(1_000),
                ..all.clone()
            },
        ),
        (
            3,
            ReplayFilter {
                to: START.plus(1_000),
                ..all.clone()
            },
        ),
        (
            0,
            ReplayFilter {
                from: START.plus(1_001),
                ..all.clone()
            },
        ),
    ] {
        assert_eq!(count(filter.clone()), expected, "{filter:?}");
    }
}

#[test]
fn what_is_recorded_after_it_began_or_is_under_way_is_no_part_of_it() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Dead);
    ground.record(draft(2));
    let leased = ground.claim(CRM, 1);
    let begun = ground.begin(filter(Selection::All));
    ground.ended(draft(3), Settlement::Dead);
    let done = ground.step(begun.number);
    assert_eq!(
        (done.status, done.revived, done.passed),
        (ReplayStatus::Done, 1, 1)
    );
    assert_eq!(ground.stands(3), [DeliveryStatus::Dead]);
    assert!(
        ground.settle(&leased, Settlement::Delivered),
        "its lease still holds"
    );
    ground.clean();
}

#[test]
fn an_event_that_was_called_off_or_has_expired_stays_so() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    let _moved = ground.run(|stage| stage.move_event(draft(1).id, None));
    ground.record(EventDraft {
        expires_at: Some(START.plus(10)),
        ..draft(2)
    });
    let claim = ground.claim(CRM, 1);
    assert!(ground.settle(&claim, Settlement::Dead));
    ground.now = START.plus(10);
    let done = ground.replay(filter(Selection::All));
    assert_eq!(done.revived, 0);
    assert_eq!(ground.stands(1), [DeliveryStatus::Cancelled]);
    let done = ground.replay(filter(Selection::Cancelled));
    assert_eq!(done.revived, 1, "unless just that is asked for");
    assert_eq!(ground.taken(9), [r#"{"n":1}"#]);
    ground.clean();
}

#[test]
fn what_is_not_due_yet_does_not_go_early() {
    let mut ground = Ground::new();
    let later = START.plus(60_000);
    let scheduled = EventDraft {
        scheduled_at: Some(later),
        ..of_kind(1, "BOTH")
    };
    ground.record(scheduled);
    let id = draft(1).id.delivery(CRM.0);
    let _dropped = ground.run(|stage| stage.discard(id, "for now".into()));
    assert_eq!(ground.replay(filter(Selection::Cancelled)).revived, 1);
    assert_eq!(ground.status(1), EventStatus::Pending);
    assert!(ground.taken(9).is_empty());
    ground.now = later;
    assert_eq!(ground.taken(9), [r#"{"n":1}"#]);
    ground.clean();
}

#[test]
fn a_step_is_bounded_and_a_replay_goes_on_after_a_crash_where_it_was() {
    let mut ground = Ground::new();
    let mut drafts = Vec::new();
    for n in 0..500_u16 {
        let [high, low] = n.to_be_bytes();
        drafts.push(EventDraft {
            id: EventId::new(START, [0, 0, 0, 0, high, low, 0, 0]),
            key: IdempotencyKey::parse(&format!("key-{n}")).unwrap(),
            ..of_kind(1, "OTHER")
        });
    }
    let _recorded = ground.run(|stage| stage.record_events(drafts, &routes()));
    let everything = Arc::new(vec![Route {
        kind: Pattern::Any,
        source: Pattern::Any,
        to: vec![name("crm")],
    }]);
    let begun = ground.begin(filter(Selection::default()));
    let mut revived = Vec::new();
    loop {
        let stepped = ground.run(|stage| stage.step_replay(begun.number, &everything));
        let stepped = stepped.unwrap();
        revived.push(stepped.revived);
        ground.restart();
        assert_eq!(
            ground.stage.replay(begun.number).unwrap().as_ref(),
            Some(&stepped)
        );
        if stepped.status == ReplayStatus::Done {
            break;
        }
    }
    assert_eq!(revived, [200, 400, 500]);
    let again = ground.run(|stage| stage.step_replay(begun.number, &everything));
    assert_eq!(again.unwrap().revived, 500, "a step too many does nothing");
    let mut taken = 0;
    while let claimed @ 1.. = ground.claim(CRM, 100).taken.len() {
        taken += claimed;
    }
    assert_eq!(taken, 500);
    ground.clean();
}

#[test]
fn the_same_key_is_the_same_replay() {
    let mut ground = Ground::new();
    let keyed = |filter| ReplayDraft {
        key: Some(IdempotencyKey::parse("once").unwrap()),
        ..asked(filter)
    };
    let begin = |ground: &mut Ground, draft: ReplayDraft| ground.run(|stage| stage.begin_replay(draft));
    let ReplayBegun::New(first) = begin(&mut ground, keyed(filter(Selection::Dead))) else {
        panic!("not begun")
    };
    ground.restart();
    let again = begin(&mut ground, keyed(filter(Selection::Dead)));
    assert_eq!(again, ReplayBegun::Again(first.clone()));
    let other = begin(&mut ground, keyed(filter(Selection::All)));
    assert_eq!(other, ReplayBegun::Conflict(first.number));
}

#[test]
fn one_that_is_cancelled_goes_no_further_and_few_run_at_once() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Dead);
    let begun = ground.begin(filter(Selection::Dead));
    let cancelled = ground.run(|stage| stage.cancel_replay(begun.number)).unwrap();
    assert_eq!(cancelled.status, ReplayStatus::Cancelled);
    assert_eq!(ground.step(begun.number), cancelled);
    assert_eq!(ground.stands(1), [DeliveryStatus::Dead]);
    assert_eq!(ground.run(|stage| stage.cancel_replay(ReplayNumber(99))), None);
    for _ in 0..16 {
        ground.begin(filter(Selection::Dead));
    }
    let one_more = ground.run(|stage| stage.begin_replay(asked(filter(Selection::Dead))));
    assert_eq!(one_more, ReplayBegun::TooMany);
    ground.clean();
}

#[test]
fn those_that_ended_long_ago_are_swept_and_no_number_comes_twice() {
    let mut ground = Ground::new();
    for n in 1..=1_003 {
        let done = ground.replay(filter(Selection::Dead));
        assert_eq!(done.number, ReplayNumber(n));
    }
    let kept = |ground: &Ground, n| ground.stage.replay(ReplayNumber(n)).unwrap().is_some();
    assert!(!kept(&ground, 3) && kept(&ground, 4) && kept(&ground, 1_003));
    ground.restart();
    assert_eq!(ground.begin(filter(Selection::Dead)).number, ReplayNumber(1_004));
    ground.clean();
}

#[test]
fn the_checkpoint_adds_up_whatever_was_replayed() {
    let mut ground = Ground::new();
    ground.ended(draft(1), Settlement::Delivered);
    ground.ended(draft(2), Settlement::Dead);
    ground.record(of_kind(3, "OTHER"));
    ground.replay(filter(Selection::All));
    let settle_all = |ground: &mut Ground| {
        loop {
            let claim = ground.claim(CRM, 1);
            if claim.taken.is_empty() {
                return;
            }
            assert!(ground.settle(&claim, Settlement::Delivered));
        }
    };
    settle_all(&mut ground);
    ground.clean();
    let now = Millis(i64::MAX);
    ground.now = START.plus(HOUR);
    settle(&mut ground.stage, ground.now);
    assert!(ground.run(|stage| stage.cut_journal(now, 0)) > 0);
    ground.clean();
    ground.restart();
    ground.clean();
}
