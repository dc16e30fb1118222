//! What says in a few rows what others hold in many: dead letters by what they died of, blocks of events, minutes of polls. That a
//! read is quick is shown by how much it reads of a file many times as large.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gantry::model::dead::DeadGroup;
use gantry::model::delivery::{Attempt, AttemptClass, DeliveryFilter, Settlement};
use gantry::model::event::{DeliveryStatus, EventDraft, EventFilter, EventId, EventStatus, Pattern, Sought};
use gantry::model::ids::{EventType, IdempotencyKey, OptionId, Source};
use gantry::model::page::PageRequest;
use gantry::model::poll::{PollEdit, Vote};
use gantry::model::time::Millis;
use gantry::store::PollChange;
use gantry::store::stage::Stage;
use redb::{ReadableTable, StorageBackend, TableDefinition};

use super::disk::Disk;
use super::events::{CRM, draft, name, routes};
use super::ground::{START, assert_clean, ballot, options, settle};
use super::planted::Plant;

/// How many events are recorded at once.
const BATCH: u32 = 250;
/// Every so many events one is a dead letter.
const DEAD_EVERY: u32 = 50;
/// The most pages of the disk that a page of twenty reads: two for each, and the way down the trees.
const PAGES_MOST: u64 = 60;
const MINUTE_MS: i64 = 60_000;

/// A disk that counts what is read from it.
#[derive(Clone, Debug)]
struct Counting {
    disk: Disk,
    reads: Arc<AtomicU64>,
}

impl StorageBackend for Counting {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.disk.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.write(offset, data)
    }
}

/// Event number `n`: the types alternate, and one in a thousand is rare.
fn numbered(n: u32) -> EventDraft {
    let kind = match n % 1_000 {
        7 => "LEAD_RARE",
        _ if n.is_multiple_of(2) => "LEAD_EVEN",
        _ => "LEAD_ODD",
    };
    let mut random = [0; 8];
    random[..4].copy_from_slice(&n.to_be_bytes());
    EventDraft {
        id: EventId::new(START, random),
        kind: EventType::parse(kind).unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse(&format!("order-{n}")).unwrap(),
        payload: format!(r#"{{"n":{n}}}"#),
        ..draft(0)
    }
}

/// A stage on a disk that holds `events` events, of which one in fifty has died, and as many votes, one every 100 ms.
fn filled(events: u32) -> Disk {
    let disk = Disk::new();
    let options = gantry::store::Options {
        fold_slice: 512,
        ..options()
    };
    let mut stage = Stage::open(disk.clone(), &options).unwrap();
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _poll = stage.create_poll(super::ground::draft("best"));
    stage.step(START).unwrap();
    let mut now = START;
    for first in (0..events).step_by(BATCH as usize) {
        let batch = first..events.min(first + BATCH);
        let _recorded = stage.record_events(batch.clone().map(numbered).collect(), &routes());
        for n in batch.clone() {
            let _vote = stage.cast_vote(ballot("best", "a", &format!("u{n}"), "k"));
        }
        stage.step(now).unwrap();
        attempt(&mut stage, now);
        now = now.plus(100 * i64::from(BATCH));
    }
    settle(&mut stage, now);
    assert_clean(&mut stage, now);
    drop(stage);
    disk.after_exit()
}

/// Takes what waits, and lets one in fifty die.
fn attempt(stage: &mut Stage, now: Millis) {
    let mut claim = stage.claim(CRM, BATCH as usize, MINUTE_MS);
    stage.step(now).unwrap();
    for (n, claimed) in (0_u32..).zip(claim.answer().unwrap().unwrap().taken) {
        let died = n.is_multiple_of(DEAD_EVERY);
        let attempt = Attempt {
            number: claimed.attempt,
            at: now,
            took_ms: 1,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: format!("busy, request {n}0000"),
        };
        let settlement = match died {
            true => Settlement::Dead,
            false => Settlement::Delivered,
        };
        let _settled = stage.settle_delivery(claimed.id, attempt, settlement);
    }
    stage.step(now).unwrap();
}

/// How many pages `read` takes from the disk, of a file that was just opened.
fn pages_read<T>(disk: &Disk, read: impl FnOnce(&Stage) -> T) -> (u64, T) {
    let counting = Counting {
        disk: disk.after_exit(),
        reads: Arc::default(),
    };
    let options = gantry::store::Options {
        cache_mib: 2,
        ..options()
    };
    let stage = Stage::open(counting.clone(), &options).unwrap();
    let before = counting.reads.load(Ordering::Relaxed);
    let read = read(&stage);
    (counting.reads.load(Ordering::Relaxed) - before, read)
}

const fn page<C>(after: Option<C>) -> PageRequest<C> {
    PageRequest { limit: 20, after }
}

const fn all<C>() -> PageRequest<C> {
    PageRequest {
        limit: 1_000,
        after: None,
    }
}

fn dead_of_the_group(stage: &Stage) -> usize {
    let (groups, _) = stage.dead_groups(None, &page(None)).unwrap();
    let filter = DeliveryFilter {
        group: Some(groups.items[0].group),
        ..DeliveryFilter::default()
    };
    stage.deliveries(&filter, &page(None)).unwrap().items.len()
}

#[test]
fn a_page_of_a_list_reads_a_few_pages_of_a_large_file() {
    let disk = filled(16_000);
    let in_all = disk.len().unwrap() / 4_096;
    assert!(
        in_all > 50 * PAGES_MOST,
        "so that reading all would show: {in_all}"
    );
    let listed =
        |filter: EventFilter| move |stage: &Stage| stage.events(&filter, &page(None)).unwrap().items.len();
    let failed = EventFilter {
        status: Some(EventStatus::Failed),
        ..EventFilter::default()
    };
    let rare = EventFilter {
        kind: Pattern::parse("LEAD_RARE"),
        ..EventFilter::default()
    };
    let none = EventFilter {
        status: Some(EventStatus::Expired),
        ..EventFilter::default()
    };
    let timeline = |stage: &Stage| {
        let number = stage.standing("best").unwrap().poll.number;
        let minutes = START..START.plus(10 * MINUTE_MS);
        stage.timeline(number, (minutes, 1)).unwrap().len()
    };
    type Read<'r> = Box<dyn Fn(&Stage) -> usize + 'r>;
    let reads: [(&str, usize, Read<'_>); 7] = [
        ("the newest events", 20, Box::new(listed(EventFilter::default()))),
        ("events that failed", 20, Box::new(listed(failed))),
        ("events of a rare type", 16, Box::new(listed(rare))),
        ("events of which there are none", 0, Box::new(listed(none))),
        (
            "groups of dead letters",
            1,
            Box::new(|stage| stage.dead_groups(None, &page(None)).unwrap().0.items.len()),
        ),
        ("the dead letters of a group", 20, Box::new(dead_of_the_group)),
        ("ten minutes of a poll", 10, Box::new(timeline)),
    ];
    for (what, most, read) in reads {
        let (pages, found) = pages_read(&disk, &read);
        assert_eq!(found, most, "{what}");
        // What is rare lies far apart: a block is looked at for each.
        let bound = if what.contains("rare") {
            8 * PAGES_MOST
        } else {
            PAGES_MOST
        };
        assert!(pages <= bound, "{what}: {pages} pages of {in_all}");
    }
}

#[test]
fn events_are_found_by_text_status_and_the_beginning_of_a_type_page_by_page() {
    let disk = filled(1_000);
    let (_, ()) = pages_read(&disk, |stage| {
        let all = |filter: &EventFilter| {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = stage.events(filter, &PageRequest { limit: 7, after }).unwrap();
                found.extend(page.items.into_iter().map(|(event, _)| event.payload));
                after = page.next;
                if after.is_none() {
                    return found;
                }
            }
        };
        let text = |text: &str| EventFilter {
            text: Some(Sought::new(text)),
            ..EventFilter::default()
        };
        assert_eq!(all(&text("ORDER-99")).len(), 11, "99, and 990 to 999");
        assert_eq!(all(&text("lead_rare")), [r#"{"n":7}"#]);
        assert!(all(&text("nobody")).is_empty());
        let even = EventFilter {
            kind: Pattern::parse("LEAD_E*"),
            ..EventFilter::default()
        };
        assert_eq!(all(&even).len(), 500);
        let failed = EventFilter {
            status: Some(EventStatus::Failed),
            ..even
        };
        let dead = all(&failed);
        assert_eq!(dead.len(), 20, "one in fifty, all of even numbers");
        assert!(
            dead.is_sorted_by_key(|payload| std::cmp::Reverse(payload.len())),
            "newest first"
        );
    });
}

#[test]
fn a_dead_letter_leaves_its_group_when_it_is_tried_again_and_a_full_destination_has_one_for_the_rest() {
    let mut stage = Stage::open(Disk::new(), &options()).unwrap();
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    stage.step(START).unwrap();
    let _recorded = stage.record_events((0..250).map(numbered).collect(), &routes());
    stage.step(START).unwrap();
    let mut claim = stage.claim(CRM, 250, MINUTE_MS);
    stage.step(START).unwrap();
    let taken = claim.answer().unwrap().unwrap().taken;
    for (n, claimed) in taken.iter().enumerate() {
        let words: String = format!("{n:03}")
            .bytes()
            .map(|digit| char::from(digit + 49))
            .collect();
        let attempt = Attempt {
            number: 1,
            at: START,
            took_ms: 1,
            class: AttemptClass::Refused,
            status: Some(422),
            excerpt: format!("no {words}"),
        };
        let _settled = stage.settle_delivery(claimed.id, attempt, Settlement::Dead);
    }
    stage.step(START).unwrap();
    let (groups, total) = stage.dead_groups(Some(CRM), &all()).unwrap();
    assert_eq!((groups.items.len(), total), (201, 250));
    let rest = &groups.items[0];
    assert!(rest.group.is_rest() && rest.count == 50);
    assert_eq!(stage.dead_groups(Some(super::events::LOG), &all()).unwrap().1, 0);
    assert_clean(&mut stage, START);

    let mut by_pages = Vec::new();
    let mut after = None;
    loop {
        let (page, _) = stage
            .dead_groups(None, &PageRequest { limit: 30, after })
            .unwrap();
        by_pages.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(by_pages, groups.items, "each once, whatever the page");

    let filter = |group: DeadGroup| DeliveryFilter {
        group: Some(group),
        ..DeliveryFilter::default()
    };
    let of_rest = stage.deliveries(&filter(rest.group), &all()).unwrap().items;
    assert_eq!(of_rest.len(), 50);
    for dead in of_rest
        .iter()
        .take(49)
        .chain(groups.items.last().map(|group| &group.newest))
    {
        let _revived = stage.revive(dead.id);
    }
    stage.step(START).unwrap();
    let (groups, total) = stage.dead_groups(None, &all()).unwrap();
    assert_eq!((groups.items.len(), total), (200, 200));
    let revived = DeliveryFilter {
        status: Some(DeliveryStatus::Retrying),
        ..DeliveryFilter::default()
    };
    assert_eq!(stage.deliveries(&revived, &all()).unwrap().items.len(), 50);
    assert_clean(&mut stage, START);
}

#[test]
fn a_poll_has_the_votes_of_each_minute_without_those_that_were_voided() {
    let mut stage = Stage::open(Disk::new(), &options()).unwrap();
    let _poll = stage.create_poll(super::ground::draft("best"));
    let _gone = stage.create_poll(super::ground::draft("gone"));
    stage.step(START).unwrap();
    let mut now = START;
    for minute in 0..5 {
        for n in 0..=minute {
            let option = if n == 0 { "c" } else { "a" };
            let _vote = stage.cast_vote(ballot("best", option, &format!("{minute}-{n}"), "k"));
            let _vote = stage.cast_vote(ballot("gone", option, &format!("{minute}-{n}"), "k"));
        }
        stage.step(now).unwrap();
        now = now.plus(MINUTE_MS);
    }
    settle(&mut stage, now);
    let number = stage.standing("best").unwrap().poll.number;
    let at = |minute: i64| START.plus(minute * MINUTE_MS);
    let shown = |stage: &Stage, every| stage.timeline(number, (START..at(60), every)).unwrap();
    let by_minute = [
        vec![0, 0, 1],
        vec![1, 0, 1],
        vec![2, 0, 1],
        vec![3, 0, 1],
        vec![4, 0, 1],
    ];
    let expected: Vec<_> = (0..).map(at).zip(by_minute).collect();
    assert_eq!(shown(&stage, 1), expected);
    assert_eq!(stage.timeline(number, (at(3)..at(4), 1)).unwrap(), expected[3..4]);
    let of_five = START.0 / (5 * MINUTE_MS) * (5 * MINUTE_MS);
    assert_eq!(START.0, of_five, "the run begins with a window of five minutes");
    assert_eq!(shown(&stage, 5), [(START, vec![10, 0, 5])]);

    let all: Vec<u64> = (0..200).collect();
    let _voided = stage.void_votes(number, all);
    let _deleted = stage.delete_poll(super::ground::draft("gone").id);
    stage.step(now).unwrap();
    settle(&mut stage, now);
    assert_eq!(shown(&stage, 1), []);
    assert_eq!(stage.vote_minutes(number).unwrap(), None);
    assert_clean(&mut stage, now);
}

#[test]
fn a_poll_that_was_edited_and_opened_again_is_so_after_a_crash() {
    let disk = Disk::new();
    let mut stage = Stage::open(disk.clone(), &options()).unwrap();
    let _poll = stage.create_poll(super::ground::draft("best"));
    stage.step(START).unwrap();
    let _vote = stage.cast_vote(ballot("best", "a", "ann", "k"));
    let _closed = stage.close_poll(super::ground::draft("best").id);
    stage.step(START).unwrap();
    let before = stage.standing("best").unwrap();
    let edit = PollEdit {
        question: Some("Who?".into()),
        labels: vec![(OptionId::parse("c").unwrap(), "Sea".into())],
        ..PollEdit::default()
    };
    let mut edited = stage.edit_poll(before.poll.draft.id.clone(), edit);
    let mut opened = stage.open_poll(before.poll.draft.id.clone());
    let mut again = stage.open_poll(before.poll.draft.id.clone());
    stage.step(START.plus(5)).unwrap();
    for change in [&mut edited, &mut opened, &mut again] {
        assert_eq!(change.answer().unwrap().unwrap(), PollChange::Done);
    }
    let after = stage.standing("best").unwrap();
    assert_eq!(
        (after.poll.draft.question.as_str(), after.poll.closed_at),
        ("Who?", None)
    );
    assert!(after.tally.version > before.tally.version, "who watches is told");
    let mut stage = Stage::open(disk.after_exit(), &options()).unwrap();
    assert_eq!(stage.standing("best").unwrap().poll, after.poll);
    let mut vote = stage.cast_vote(ballot("best", "c", "bob", "k"));
    stage.step(START.plus(9)).unwrap();
    assert_eq!(vote.answer().unwrap().unwrap(), Vote::Accepted { total: 2 });
    settle(&mut stage, START.plus(9));
    let _cut = stage.cut_journal(START.plus(20), 1);
    stage.step(START.plus(20)).unwrap();
    assert_clean(&mut stage, START.plus(20));
}

type Bytes = &'static [u8];

const BLOCKS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("event_blocks");
const KEY_USES: TableDefinition<'_, &[u8; 32], i64> = TableDefinition::new("key_uses");
const DEAD: TableDefinition<'_, (u16, i64, u64), ()> = TableDefinition::new("dead_letters");
const MINUTES: TableDefinition<'_, (u32, i64), Bytes> = TableDefinition::new("vote_minutes");
const GROUPS: TableDefinition<'_, (u16, u8, u64), u64> = TableDefinition::new("dead_groups");
const TICKS: TableDefinition<'_, (i64, &str), Bytes> = TableDefinition::new("launch_ticks");
const STORY: TableDefinition<'_, u64, Bytes> = TableDefinition::new("launch_story");
const AUDIT: TableDefinition<'_, (i64, u64), Bytes> = TableDefinition::new("audit");
const REFUSED: TableDefinition<'_, (i64, u64), Bytes> = TableDefinition::new("audit_refused");
const ANSWERS: TableDefinition<'_, u128, Bytes> = TableDefinition::new("answers");
const ORDER: TableDefinition<'_, u64, (u128, i64, u64, u64)> = TableDefinition::new("answer_order");
const MEMBERS: TableDefinition<'_, (u16, u8, u64, i64, u64), ()> = TableDefinition::new("dead_members");

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("a block with an event too many", "event blocks", |txn| {
        let mut table = txn.open_table(BLOCKS).unwrap();
        let (block, mut row) = {
            let (block, row) = table.first().unwrap().unwrap();
            (block.value(), row.value().to_vec())
        };
        row[2] += 1;
        table.insert(block, row.as_slice()).unwrap();
    }),
    ("a block that is gone", "event blocks", |txn| {
        let mut table = txn.open_table(BLOCKS).unwrap();
        let block = table.first().unwrap().unwrap().0.value();
        table.remove(block).unwrap();
    }),
    ("a minute with a vote too many", "poll minutes", |txn| {
        let mut table = txn.open_table(MINUTES).unwrap();
        let (place, mut row) = {
            let (place, row) = table.first().unwrap().unwrap();
            (place.value(), row.value().to_vec())
        };
        row[3] += 1;
        table.insert(place, row.as_slice()).unwrap();
    }),
    ("a minute that is gone", "poll minutes", |txn| {
        let mut table = txn.open_table(MINUTES).unwrap();
        let place = table.first().unwrap().unwrap().0.value();
        table.remove(place).unwrap();
    }),
    ("a minute of no poll", "poll minutes", |txn| {
        let mut table = txn.open_table(MINUTES).unwrap();
        let row = table.first().unwrap().unwrap().1.value().to_vec();
        table.insert((77_777, 0), row.as_slice()).unwrap();
    }),
    (
        "a group with a dead letter too many",
        "dead letter groups",
        |txn| {
            let mut table = txn.open_table(GROUPS).unwrap();
            let (group, count) = {
                let (group, count) = table.first().unwrap().unwrap();
                (group.value(), count.value())
            };
            table.insert(group, count + 1).unwrap();
        },
    ),
    ("a dead letter in another's group", "dead letter groups", |txn| {
        let mut table = txn.open_table(MEMBERS).unwrap();
        let (to, class, shape, since, event) = table.first().unwrap().unwrap().0.value();
        table.remove((to, class, shape, since, event)).unwrap();
        table.insert((to, class, shape ^ 1, since, event), ()).unwrap();
    }),
    ("a dead letter in two groups", "dead letter groups", |txn| {
        let mut table = txn.open_table(MEMBERS).unwrap();
        let (to, class, _, since, event) = table.first().unwrap().unwrap().0.value();
        table.insert((to, class, 0, since, event), ()).unwrap();
        txn.open_table(GROUPS).unwrap().insert((to, class, 0), 1).unwrap();
        // As many as there are dead letters.
        let mut dead = txn.open_table(DEAD).unwrap();
        dead.insert((to, since + 1, event), ()).unwrap();
    }),
    ("a tick that was taken back", "launches", |txn| {
        let mut table = txn.open_table(TICKS).unwrap();
        let row = table.first().unwrap().unwrap().1.value().to_vec();
        table.insert((i64::MIN, "memory"), row.as_slice()).unwrap();
        let told: &[u8] = &[
            205, 1, 253, 255, 255, 255, 255, 255, 255, 255, 255, 6, b'm', b'e', b'm', b'o', b'r', b'y', 0,
            10, 0,
        ];
        txn.open_table(STORY).unwrap().insert(9, told).unwrap();
    }),
    ("a word that nobody can read", "launches", |txn| {
        txn.open_table(STORY)
            .unwrap()
            .insert(9, [205, 1].as_slice())
            .unwrap();
    }),
    ("an act that was taken out of the log", "audit", |txn| {
        let mut table = txn.open_table(AUDIT).unwrap();
        let place = table.iter().unwrap().nth(1).unwrap().unwrap().0.value();
        table.remove(place).unwrap();
    }),
    ("an act among what was refused", "audit", |txn| {
        let row = {
            let table = txn.open_table(AUDIT).unwrap();
            table.first().unwrap().unwrap().1.value().to_vec()
        };
        let mut table = txn.open_table(REFUSED).unwrap();
        table.insert((1, 1), row.as_slice()).unwrap();
    }),
    ("an answer without its place", "kept answers", |txn| {
        let mut table = txn.open_table(ORDER).unwrap();
        table.pop_first().unwrap();
    }),
    ("an answer that is another size", "kept answers", |txn| {
        let mut table = txn.open_table(ANSWERS).unwrap();
        let (key, mut row) = {
            let (key, row) = table.first().unwrap().unwrap();
            (key.value(), row.value().to_vec())
        };
        *row.iter_mut().nth_back(2).unwrap() += 1;
        row.push(b' ');
        table.insert(key, row.as_slice()).unwrap();
    }),
    ("a use of no key", "key uses", |txn| {
        let mut table = txn.open_table(KEY_USES).unwrap();
        table.insert(&[9; 32], 5).unwrap();
    }),
    ("a dead letter in no group", "dead letter groups", |txn| {
        let mut table = txn.open_table(MEMBERS).unwrap();
        let member = table.first().unwrap().unwrap().0.value();
        table.remove(member).unwrap();
        let group = (member.0, member.1, member.2);
        txn.open_table(GROUPS).unwrap().remove(group).unwrap();
    }),
];
