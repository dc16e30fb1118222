//! Upgrades: a file of an older format becomes one of this, whole or not at all.

use std::path::Path;

use gantry::clock::Clock;
use gantry::model::delivery::{Attempt, AttemptClass, DestinationNumber, Settlement};
use gantry::model::event::{EventFilter, EventStatus};
use gantry::model::page::PageRequest;
use gantry::store::stage::Stage;
use gantry::store::{Inspection, Options, Store};
use redb::{Database, TableDefinition, TableHandle};

use super::contract::long;
use super::disk::{Chance, Disk, Trouble};
use super::events::{draft as event, name, routes};
use super::ground::{START, assert_clean, ballot, draft, options, settle, stage};

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const FORMAT: u32 = 9;
/// The formats that were in use before this one, each with its golden file.
const OLDER: std::ops::Range<u32> = 1..FORMAT;
/// No space left on device (errno(3), Linux).
const ENOSPC: i32 = 28;

/// Takes from a file of today what `format` did not have.
fn downgrade(db: &Database, format: u32) {
    let mut later = vec!["launch_steps", "export_last"];
    if format < 8 {
        later.extend([
            "vote_minutes",
            "event_blocks",
            "dead_groups",
            "dead_members",
            "launch_ticks",
            "launch_story",
            "alerts",
            "audit",
            "audit_refused",
            "answers",
            "answer_order",
            "certificates",
            "authority_accounts",
        ]);
    }
    if format < 7 {
        later.push("erasures");
    }
    if format < 6 {
        later.extend([
            "rollups",
            "conversions",
            "conversion_keys",
            "visitor_salts",
            "visitor_touches",
        ]);
    }
    if format < 5 {
        later.extend(["schedules", "replays", "tokens"]);
    }
    if format < 4 {
        later.extend(["breakers", "groups", "slots"]);
    }
    if format < 3 {
        later.push("checkpoint");
    }
    if format < 2 {
        later.extend([
            "events",
            "event_states",
            "event_ids",
            "event_keys",
            "destinations",
            "deliveries",
            "attempts",
            "queue",
            "leases",
            "dead_letters",
            "delivery_counts",
        ]);
    }
    let txn = db.begin_write().unwrap();
    for table in later {
        let handle = txn.list_tables().unwrap().find(|t| t.name() == table);
        assert!(txn.delete_table(handle.unwrap()).unwrap(), "{table}");
    }
    txn.open_table(META)
        .unwrap()
        .insert("format", format.to_le_bytes().as_slice())
        .unwrap();
    txn.commit().unwrap();
}

fn format_of(disk: &Disk) -> u32 {
    let db = Database::builder().create_with_backend(disk.clone()).unwrap();
    let txn = redb::ReadableDatabase::begin_read(&db).unwrap();
    let meta = txn.open_table(META).unwrap();
    let format = meta.get("format").unwrap().unwrap();
    u32::from_le_bytes(format.value().try_into().unwrap())
}

/// A file of `format` with votes folded and not, voids, and, where it had them, events in several states.
fn older(format: u32) -> Disk {
    let disk = Disk::new();
    let mut stage = stage(&disk);
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _polls = ["best", "gone"].map(|poll| stage.create_poll(draft(poll)));
    stage.step(START).unwrap();
    for user in 0..30 {
        let _vote = stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k"));
        let _vote = stage.cast_vote(ballot("gone", "b", &format!("u{user}"), "k"));
    }
    stage.step(START).unwrap();
    settle(&mut stage, START);
    let number = stage.standing("best").unwrap().poll.number;
    let _voided = stage.void_votes(number, (0..12).collect());
    let _deleted = stage.delete_poll(draft("gone").id);
    stage.step(START).unwrap();
    if format >= 2 {
        events(&mut stage);
    }
    let _late = stage.cast_vote(ballot("best", "c", "late", "k"));
    stage.step(START).unwrap();
    drop(stage);
    let disk = disk.after_exit();
    let db = Database::builder().create_with_backend(disk.clone()).unwrap();
    downgrade(&db, format);
    drop(db);
    disk.after_exit()
}

fn events(stage: &mut Stage) {
    for n in 1..=9 {
        let _recorded = stage.record_events(vec![event(n)], &routes());
    }
    stage.step(START).unwrap();
    let mut claim = stage.claim(DestinationNumber(0), 4, 30_000);
    stage.step(START).unwrap();
    let claim = claim.answer().unwrap().unwrap();
    let ends = [
        Settlement::Delivered,
        Settlement::Dead,
        Settlement::Retry(START.plus(60_000)),
    ];
    for (claimed, settlement) in claim.taken.into_iter().zip(ends) {
        let attempt = Attempt {
            number: 1,
            at: START,
            took_ms: 1,
            class: AttemptClass::ServerError,
            status: Some(503),
            excerpt: "busy".into(),
        };
        let _settled = stage.settle_delivery(claimed.id, attempt, settlement);
    }
    let _off = stage.move_event(event(9).id, None);
    stage.step(START).unwrap();
}

fn check(stage: &mut Stage, format: u32) {
    assert_clean(stage, START);
    let votes = stage.standing("best").unwrap().tally;
    assert_eq!(votes.counts[2], 1, "{votes:?}");
    assert!(votes.counts[0] > 20 && votes.counts[0] < 30, "{votes:?}");
    assert!(stage.standing("gone").is_none());
    for n in 1..=9 {
        assert_eq!(
            stage.event(event(n).id).unwrap().is_some(),
            format >= 2,
            "event {n}"
        );
    }
    settle(stage, START);
    // What came before the checkpoint was made goes as what came after it.
    let _vote = stage.cast_vote(ballot("best", "b", "later", "k"));
    stage.step(START).unwrap();
    settle(stage, START);
    let mut cut = stage.cut_journal(START.plus(1), u64::MAX);
    stage.step(START).unwrap();
    assert!(cut.answer().unwrap().unwrap() > 60);
    assert_clean(stage, START);
}

#[test]
fn an_older_file_is_brought_to_this_format_with_all_it_holds() {
    for format in OLDER {
        let disk = older(format);
        assert_eq!(format_of(&disk), format);
        let mut upgraded = stage(&disk);
        check(&mut upgraded, format);
        drop(upgraded);
        let disk = disk.after_exit();
        assert_eq!(format_of(&disk), FORMAT);
        assert_clean(&mut stage(&disk), START);
    }
}

/// What the golden files hold: each was made by the version that brought its format.
#[tokio::test]
async fn a_file_of_every_format_there_was_opens_with_all_it_holds() {
    for format in OLDER {
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/store/golden/format-{format}.redb"));
        let bytes = std::fs::read(&golden).unwrap_or_else(|error| panic!("{}: {error}", golden.display()));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gantry.redb");
        std::fs::write(&path, &bytes).unwrap();
        let before = Inspection::open(&path).unwrap();
        assert!(before.verify().unwrap().is_clean(), "format {format}");
        drop(before);
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "a look has changed format {format}"
        );

        let store = Store::open(&path, &Options::default(), Clock::System).unwrap();
        let kept = directory.path().join(format!("gantry.redb.format-{format}"));
        assert!(
            std::fs::read(&kept).is_ok_and(|kept| kept == bytes),
            "the old file is kept"
        );
        assert_eq!(store.standing("golden").unwrap().tally.counts, [19, 20, 20]);
        let capped = store.standing("capped").unwrap();
        assert_eq!(
            (capped.tally.counts.clone(), capped.poll.closed_at.is_some()),
            (vec![50, 0], true)
        );
        assert!(store.standing("gone").is_none());
        let keys: Vec<String> = store.keys().iter().map(|key| key.name.clone()).collect();
        assert_eq!(keys, ["admin", "ci"]);
        let page = PageRequest {
            after: None,
            limit: 100,
        };
        let events = store.events(EventFilter::default(), page).await.unwrap().items;
        assert_eq!(events.len(), if format < 2 { 0 } else { 20 });
        let of = |status| events.iter().filter(|(_, state)| state.status == status).count();
        if format >= 2 {
            let counts = [
                of(EventStatus::Completed),
                of(EventStatus::Failed),
                of(EventStatus::Processing),
                of(EventStatus::Cancelled),
                of(EventStatus::Pending),
            ];
            assert_eq!(counts, [15, 1, 1, 1, 2]);
        }
        assert!(store.verify().await.unwrap().is_clean());
        store.close().await.unwrap();
        assert!(Inspection::open(&path).unwrap().verify().unwrap().is_clean());
    }
}

#[test]
fn the_power_cut_at_any_operation_of_an_upgrade_leaves_the_old_or_the_new() {
    let draws = if long() { 50 } else { 4 };
    for format in OLDER {
        let mut seen = [0_u32; 2];
        let mut operation = 0;
        loop {
            operation += 1;
            let mut reached = false;
            for draw in 0..draws {
                let disk = older(format);
                disk.expect(Trouble::PowerOffAt(operation));
                let opened = Stage::open(disk.clone(), &options());
                reached |= opened.is_err();
                drop(opened);
                disk.expect(Trouble::PowerOffAt(0));
                let mut chance = Chance::new(operation * 1_000 + draw);
                let after = disk.after_power_cut(&mut chance);
                let found = format_of(&after.after_exit());
                assert!(
                    [format, FORMAT].contains(&found),
                    "operation {operation}: {found}"
                );
                seen[usize::from(found == FORMAT)] += 1;
                check(&mut stage(&after), format);
            }
            if !reached {
                break;
            }
        }
        println!("format {format}: {operation} operations, {seen:?} times old and new");
        assert!(
            operation > 5 && seen[0] > 0 && seen[1] > 0,
            "{operation}: {seen:?}"
        );
    }
}

#[test]
fn every_operation_of_an_upgrade_may_fail() {
    for format in 1..FORMAT {
        for operation in 1..40 {
            let disk = older(format);
            disk.expect(Trouble::ErrorAt {
                operation,
                errno: ENOSPC,
                for_good: true,
            });
            let refused = Stage::open(disk.clone(), &options());
            let failed = refused.is_err();
            drop(refused);
            let after = disk.after_exit();
            check(&mut stage(&after), format);
            if !failed {
                break;
            }
        }
    }
}
