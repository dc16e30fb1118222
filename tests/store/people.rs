//! People: what is kept of one is found and taken out, what was counted stays counted, and no byte of it is left behind.

use std::fs;
use std::sync::Arc;

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, Settlement};
use gantry::model::event::{DeliveryId, DeliveryStatus, EventDraft, EventId, EventStatus, Recorded};
use gantry::model::funnel::{Bearer, Sameness};
use gantry::model::ids::{IdempotencyKey, SpendNote, UserId};
use gantry::model::page::PageRequest;
use gantry::model::person::{
    ERASED_PAYLOAD, Erased, Erasure, ErasureBegun, ErasureNumber, Kept, Person, PersonCursor,
};
use gantry::model::poll::{Vote, VoteFilter};
use gantry::model::spend::Entry;
use gantry::store::{Options, Store};
use redb::TableDefinition;

use super::disk::{Chance, Trouble};
use super::events::{CRM, Ground, draft};
use super::funnel::conversion;
use super::ground::{START, assert_clean, ballot, draft as poll, settle, stage};
use super::planted::Plant;
use super::spend::entry;

const ANN: &str = "ann.example-of-some-length@b.example";

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] =
    &[("an erasure of what is not folded", "erasures", |txn| {
        let mut table = txn
            .open_table(TableDefinition::<u64, &[u8]>::new("erasures"))
            .unwrap();
        // Done, asked for by `b`, up to position 200, at the first place of the first part.
        let row = [190, 1, 0, 1, b'b', 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        table.insert(1, row.as_slice()).unwrap();
    })];

fn ann() -> Person {
    Person::of_email(ANN).unwrap()
}

/// An event that names Ann.
fn of_ann(n: u8) -> EventDraft {
    EventDraft {
        key: IdempotencyKey::parse(&format!("lead-{n}:{ANN}")).unwrap(),
        payload: format!(r#"{{"name":"Ann","to":[{{"email":"{}"}}]}}"#, ANN.to_uppercase()),
        ..draft(n)
    }
}

fn noted(number: i32) -> Entry {
    Entry {
        key: IdempotencyKey::parse(&format!("refund:{ANN}")).unwrap(),
        note: Some(SpendNote::parse(&format!("back to <{ANN}>")).unwrap()),
        ..entry(number, 5)
    }
}

impl Ground {
    /// Fills the file with things of Ann's and of others.
    fn fill(&mut self) {
        self.run(|stage| stage.create_poll(poll("best")));
        for (user, key) in [
            ("u1", "k1"),
            (ANN, "k2"),
            ("u3", &format!("vote:{ANN}")),
            ("u4", "k4"),
        ] {
            self.run(|stage| stage.cast_vote(ballot("best", "a", user, key)));
        }
        for n in 1..=3 {
            self.record(draft(n));
        }
        let claim = self.claim(CRM, 1);
        self.fail(&claim.taken[0].id, &format!("no such user: {ANN}"));
        self.record(of_ann(4));
        self.record(of_ann(5));
        self.run(|stage| stage.record_spend(vec![noted(1), entry(2, 7)]));
        for key in [ANN, "u3"] {
            self.run(|stage| stage.convert(conversion(key, 3, Bearer::default())));
        }
        settle(&mut self.stage, self.now);
    }

    fn fail(&mut self, id: &DeliveryId, words: &str) {
        let attempt = Attempt {
            number: 1,
            at: self.now,
            took_ms: 12,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: words.into(),
        };
        assert!(self.run(|stage| stage.settle_delivery(*id, attempt, Settlement::Dead)));
    }

    fn begin_to_erase(&mut self, person: Person) -> ErasureNumber {
        settle(&mut self.stage, self.now);
        match self.run(|stage| stage.begin_erasure(person)) {
            ErasureBegun::New(erasure) | ErasureBegun::Running(erasure) => erasure.number,
            ErasureBegun::TooMany => panic!("none runs"),
        }
    }

    fn erase(&mut self, person: Person) -> Erasure {
        let number = self.begin_to_erase(person);
        while let Some(mut step) = self.stage.step_erasure(number).unwrap() {
            self.stage.step(self.now).unwrap();
            step.answer().unwrap().unwrap();
        }
        self.stage.erasure(number).unwrap().unwrap()
    }
}

const ALL: Erased = Erased {
    votes: 2,
    events: 2,
    attempts: 1,
    spend: 1,
    conversions: 0,
};

#[test]
fn a_person_is_taken_out_of_everything_and_what_was_counted_stays() {
    let mut ground = Ground::new();
    ground.fill();
    let before = ground.stage.standing("best").unwrap().tally;
    let done = ground.erase(ann());
    assert!(done.is_done() && done.erased == ALL, "{done:?}");
    for _ in 0..2 {
        let tally = ground.stage.standing("best").unwrap().tally;
        assert_eq!(tally.counts, before.counts);
        for user in [ANN, "u3", "u1"] {
            let vote = ground.run(|stage| stage.cast_vote(ballot("best", "a", user, "k2")));
            assert_eq!(vote, Vote::Duplicate, "{user} has voted");
        }
        let event = ground.stage.event(draft(4).id).unwrap().unwrap();
        assert_eq!(event.event.payload, ERASED_PAYLOAD);
        assert_eq!(event.event.key.as_str(), format!("erased:{}", draft(4).id));
        let told = ground.stage.event(draft(1).id).unwrap().unwrap();
        let (delivery, attempts) = &told.deliveries[0];
        assert_eq!(delivery.last_error.as_deref(), Some("erased"));
        assert_eq!(attempts[0].excerpt, "");
        assert_eq!(told.event.payload, draft(1).payload, "others keep what is theirs");
        assert_eq!(ground.stage.conversions().unwrap().len(), 2);
        settle(&mut ground.stage, START);
        assert_clean(&mut ground.stage, START);
        ground.restart();
    }
    let nothing = ground.erase(ann());
    assert_eq!(nothing.erased, Erased::default());
}

#[test]
fn what_of_an_erased_event_still_waits_is_dropped_and_no_receiver_speaks_of_it_again() {
    let mut ground = Ground::new();
    ground.record(of_ann(1));
    let claim = ground.claim(CRM, 1);
    ground.record(of_ann(2));
    ground.erase(ann());
    assert!(ground.taken(9).is_empty(), "nobody is sent what is erased");
    assert_eq!(ground.status(2), EventStatus::Expired);
    ground.fail(&claim.taken[0].id, &format!("{ANN} is unknown"));
    let story = ground.stage.event(draft(1).id).unwrap().unwrap();
    let (delivery, attempts) = &story.deliveries[0];
    assert_eq!(delivery.status, DeliveryStatus::Dead);
    assert!(!delivery.last_error.clone().unwrap().contains(ANN));
    assert_eq!(attempts[0].excerpt, "");
    settle(&mut ground.stage, START);
    assert_clean(&mut ground.stage, START);
}

#[test]
fn a_person_is_known_by_their_id_where_ids_stand() {
    let mut ground = Ground::new();
    ground.run(|stage| stage.create_poll(poll("best")));
    for user in ["u7", "u77"] {
        ground.run(|stage| stage.cast_vote(ballot("best", "b", user, "k")));
    }
    for (n, payload) in [
        (1, r#"{"userId":"u7"}"#),
        (2, r#"{"plan":"u7"}"#),
        (3, r#"{"userId":"u77"}"#),
    ] {
        ground.record(EventDraft {
            payload: payload.into(),
            ..draft(n)
        });
    }
    let person = gantry::model::funnel::ConversionDraft {
        sameness: Sameness::Person(IdempotencyKey::parse("u7").unwrap()),
        ..conversion("k", 3, came_from())
    };
    ground.run(|stage| stage.convert(person.clone()));
    ground.run(|stage| stage.convert(conversion("u9", 3, came_from())));
    let done = ground.erase(Person::User(UserId::parse("u7").unwrap()));
    let expected = Erased {
        votes: 1,
        events: 1,
        conversions: 1,
        ..Erased::default()
    };
    assert_eq!(done.erased, expected);
    let kept = ground.stage.conversions().unwrap();
    assert_eq!(kept.iter().filter(|one| one.touches.is_some()).count(), 1);
    assert!(kept.iter().all(|one| one.value.is_some()));
    settle(&mut ground.stage, START);
    assert_clean(&mut ground.stage, START);
}

fn came_from() -> Bearer {
    use gantry::model::funnel::Touches;
    Bearer {
        visitor: None,
        touches: Some(Touches::of(super::funnel::touch(START, "google"))),
    }
}

#[test]
fn a_vote_of_a_deleted_poll_is_taken_out_of_the_journal_too() {
    let mut ground = Ground::new();
    ground.run(|stage| stage.create_poll(poll("gone")));
    ground.run(|stage| stage.cast_vote(ballot("gone", "a", ANN, "k")));
    settle(&mut ground.stage, START);
    ground.run(|stage| stage.delete_poll(poll("gone").id));
    settle(&mut ground.stage, START);
    assert_eq!(ground.erase(ann()).erased.votes, 1);
    assert_clean(&mut ground.stage, START);
    ground.run(|stage| stage.cut_journal(START.plus(1), 0));
    assert_clean(&mut ground.stage, START);
}

#[test]
fn the_power_cut_at_any_operation_of_an_erasure_leaves_it_to_go_on() {
    let mut first = Ground::new();
    first.fill();
    let begun = first.begin_to_erase(ann());
    let mut operation = 0;
    loop {
        operation += 1;
        let disk = first.disk.after_exit();
        let mut stage = stage(&disk);
        disk.expect(Trouble::PowerOffAt(operation));
        let done = go_through(&mut stage, begun);
        drop(stage);
        disk.expect(Trouble::PowerOffAt(0));
        let after = disk.after_power_cut(&mut Chance::new(operation));
        let mut again = super::ground::stage(&after);
        assert_clean(&mut again, START);
        assert!(
            go_through(&mut again, begun),
            "goes on after operation {operation}"
        );
        let erasure = again.erasure(begun).unwrap().unwrap();
        assert_eq!((erasure.is_done(), erasure.erased), (true, ALL));
        settle(&mut again, START);
        assert_clean(&mut again, START);
        assert_eq!(again.standing("best").unwrap().tally.counts, [4, 0, 0]);
        if done {
            break;
        }
    }
    println!("{operation} operations");
    assert!(operation > 10);
}

/// Goes through an erasure; false where the disk fails.
fn go_through(stage: &mut gantry::store::stage::Stage, number: ErasureNumber) -> bool {
    loop {
        match stage.step_erasure(number) {
            Ok(Some(_)) => {
                if stage.step(START).is_err() {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let bytes = bytes.to_ascii_lowercase();
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn erased(store: &Store, person: Person) -> Erasure {
    let ErasureBegun::New(begun) = store.begin_erasure(person, "a test".into()).await.unwrap() else {
        panic!("none runs")
    };
    loop {
        let erasure = store.step_erasure(begun.number).await.unwrap().unwrap();
        if erasure.is_done() {
            return erasure;
        }
    }
}

/// Everything that is kept of a person.
async fn all(store: &Store, person: &Person) -> Vec<Kept> {
    let (mut kept, mut after): (Vec<Kept>, Option<PersonCursor>) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: 7, after };
        let page = store.person(person.clone(), page).await.unwrap();
        assert!(page.items.len() <= 7);
        kept.extend(page.items);
        after = page.next;
        if after.is_none() {
            return kept;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_a_person_is_left_in_the_file_once_it_is_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gantry.redb");
    let store = Store::open(&path, &Options::default(), Clock::System).unwrap();
    store.create_poll(poll("best")).await.unwrap();
    for n in 0..2_000_u32 {
        let whose = match n % 10 {
            3 | 4 => ANN.to_owned(),
            _ => format!("joe.{n}@c.example"),
        };
        let user = match n {
            3 => ANN.to_owned(),
            _ => format!("u{n}"),
        };
        let vote = ballot("best", "a", &user, &format!("k{n}:{whose}"));
        store.cast_vote(vote).await.unwrap();
        let [a, b, c, d] = n.to_be_bytes();
        let event = EventDraft {
            id: EventId::new(START, [1, 0, 0, 0, a, b, c, d]),
            key: IdempotencyKey::parse(&format!("{n}:{whose}")).unwrap(),
            payload: format!(
                r#"{{"email":"{whose}","n":{n},"text":"{}"}}"#,
                "x".repeat(n as usize % 97)
            ),
            ..draft(0)
        };
        let recorded = store
            .record_events(vec![event], Arc::new(Vec::new()))
            .await
            .unwrap();
        assert!(matches!(recorded[0], Recorded::Accepted { .. }));
    }
    assert_eq!(all(&store, &ann()).await.len(), 800);
    let done = erased(&store, ann()).await;
    assert_eq!((done.erased.votes, done.erased.events), (400, 400));
    assert!(all(&store, &ann()).await.is_empty());
    assert!(store.verify().await.unwrap().is_clean());
    let votes = PageRequest {
        limit: 1_000,
        after: None,
    };
    let poll = store.standing("best").unwrap().poll;
    let listed = store.votes(&poll, VoteFilter::default(), votes).await.unwrap();
    let nameless = listed.items.iter().filter(|vote| vote.user.as_str() == "erased");
    assert_eq!(nameless.count(), 200, "of the first thousand");

    let copy = directory.path().join("copy.redb");
    store.back_up(copy.clone(), |_| true).await.unwrap();
    assert!(!holds(&fs::read(&copy).unwrap(), ANN), "the backup");
    store.compact().await.unwrap();
    store.close().await.unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(!holds(&bytes, ANN), "the file");
    assert!(holds(&bytes, "joe.1999@c.example"));
}
