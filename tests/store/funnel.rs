//! Visits and conversions: each counted once, in its own windows, and attributed to where its visitor came from.

use std::collections::BTreeMap;

use gantry::clock::Clock;
use gantry::model::event::Recorded;
use gantry::model::funnel::{
    Apart, Bearer, ConversionDraft, Converted, Dimension, Goal, Goals, LABELS_MOST, LABELS_RESERVED, Label,
    Level, Origin, ReachedBy, Sameness, Totals, Touch, Touches, Visitor, Window,
};
use gantry::model::ids::{GoalName, IdempotencyKey};
use gantry::model::money::Money;
use gantry::model::time::Millis;
use gantry::model::time::zone::Zone;
use gantry::store::stage::Stage;
use gantry::store::{Inspection, Options, Store};
use redb::{Database, TableDefinition};

use super::contract::long;
use super::disk::{Chance, Disk, Trouble};
use super::events::{draft as event, name as destination, routes};
use super::ground::{START, assert_clean, stage};

const SALTS: TableDefinition<'_, i64, &[u8; 16]> = TableDefinition::new("visitor_salts");
const TOUCHES: TableDefinition<'_, (i64, u128), &[u8]> = TableDefinition::new("visitor_touches");
const DAY_MS: i64 = 86_400_000;

pub(crate) fn zone() -> Zone {
    Zone::parse("America/Los_Angeles").unwrap()
}

pub(crate) fn goal(name: &str) -> GoalName {
    GoalName::parse(name).unwrap()
}

pub(crate) fn goals() -> Goals {
    let lead = Goal {
        name: goal("lead"),
        reached_by: ReachedBy::Event(event(1).kind),
    };
    let signup = Goal {
        name: goal("signup"),
        reached_by: ReachedBy::Telling,
    };
    Goals {
        goals: vec![lead, signup],
        zone: zone(),
    }
}

pub(crate) fn day(at: Millis) -> Millis {
    Level::Day.span(at, &zone()).starts
}

pub(crate) fn visitor(number: u128, at: Millis) -> Visitor {
    Visitor {
        day: day(at),
        hash: number,
    }
}

pub(crate) fn touch(at: Millis, source: &str) -> Touch {
    Touch {
        at,
        origin: Origin {
            source: Label::named(source).unwrap(),
            campaign: Label::named(&format!("{source}-campaign")).unwrap(),
            referrer: Label::none(),
            path: Label::exact("/launch").unwrap(),
            variant: Label::none(),
        },
    }
}

/// A window of one visit from each source.
pub(crate) fn window(at: Millis, sources: &[(&str, u64)]) -> Window {
    let visits = sources.iter().map(|(_, count)| count).sum();
    let one = |label: Label| vec![(label, visits)];
    let by = |name: &dyn Fn(&str) -> String| {
        let label = |(source, count): &(&str, u64)| (Label::named(&name(source)).unwrap(), *count);
        sources.iter().map(label).collect()
    };
    Window {
        at,
        visits,
        labels: [
            by(&|source| source.to_owned()),
            by(&|source| format!("{source}-campaign")),
            one(Label::none()),
            one(Label::exact("/launch").unwrap()),
            one(Label::none()),
        ],
        apart: vec![(Apart::Bot, 2)],
        touches: Vec::new(),
    }
}

pub(crate) fn conversion(key: &str, value: i64, bearer: Bearer) -> ConversionDraft {
    ConversionDraft {
        goal: goal("signup"),
        value: Some(Money(value)),
        sameness: Sameness::Key(IdempotencyKey::parse(key).unwrap()),
        bearer,
    }
}

fn opened(disk: &Disk) -> Stage {
    let mut opened = stage(disk);
    let _known = opened.know_destinations(vec![destination("crm"), destination("log")]);
    let _goals = opened.know_goals(goals());
    let _salts = opened.keep_salts(vec![(day(START), [7; 16]), (day(START.plus(DAY_MS)), [8; 16])]);
    opened.step(START).unwrap();
    opened
}

fn record(stage: &mut Stage, window: Option<Window>, now: Millis) {
    let mut recorded = stage.record_window(window);
    stage.step(now).unwrap();
    recorded.answer().unwrap().unwrap();
}

fn converted(stage: &mut Stage, draft: ConversionDraft, now: Millis) -> Converted {
    let mut converted = stage.convert(draft);
    stage.step(now).unwrap();
    converted.answer().unwrap().unwrap()
}

fn sums(stage: &Stage, by: Dimension) -> BTreeMap<String, Totals> {
    let all = Millis(0)..START.plus(400 * DAY_MS);
    let sums = stage.funnel_sums(by, all, &zone()).unwrap();
    sums.into_iter()
        .map(|(label, totals)| (label.to_string(), totals))
        .collect()
}

fn by_source(stage: &Stage) -> Vec<(String, u64, u64, i64)> {
    let sums = sums(stage, Dimension::Source).into_iter();
    sums.map(|(label, of)| (label, of.visits, of.conversions, of.value.0))
        .collect()
}

#[test]
fn conversions_count_where_the_last_touch_came_from_be_it_written_or_not() {
    let disk = Disk::new();
    let mut opened = opened(&disk);
    let anna = visitor(1, START);
    let seen = Window {
        touches: vec![(anna, Touches::of(touch(START, "google")))],
        ..window(START, &[("google", 1), ("direct", 1)])
    };
    record(&mut opened, Some(seen), START.plus(5_000));
    drop(opened);

    let mut again = stage(&disk.after_exit());
    let _goals = again.know_goals(goals());
    let bearer = |visitor, touches| Bearer {
        visitor: Some(visitor),
        touches,
    };
    let now = START.plus(7_000);
    let written = conversion("a", 480_000, bearer(anna, None));
    assert_eq!(converted(&mut again, written.clone(), now), Converted::Counted);
    assert_eq!(converted(&mut again, written, now), Converted::Replayed);
    let later = Touches::of(touch(START.plus(6_000), "x"));
    let both = conversion("b", 1, bearer(anna, Some(later)));
    assert_eq!(converted(&mut again, both, now), Converted::Counted);
    let nobody = conversion("c", 2, bearer(visitor(9, START), None));
    assert_eq!(converted(&mut again, nobody, now), Converted::Counted);
    record(&mut again, None, now);

    let expected = [("direct", 1, 1, 2), ("google", 1, 1, 480_000), ("x", 0, 1, 1)];
    let expected =
        expected.map(|(label, visits, conversions, value)| (label.to_owned(), visits, conversions, value));
    assert_eq!(by_source(&again), expected);
    let kept = again.conversions().unwrap();
    let touched = kept[1].touches.as_ref().unwrap();
    let source = |touch: &Touch| touch.origin.source.to_string();
    assert_eq!(
        (source(&touched.first), source(&touched.last)),
        ("google".into(), "x".into())
    );
    assert_eq!(kept[2].touches, None);
    assert_eq!(sums(&again, Dimension::Apart)["bot"].visits, 2);
    assert_clean(&mut again, now);
}

#[test]
fn a_visitor_and_a_person_convert_once_to_each_goal() {
    let mut opened = opened(&Disk::new());
    let draft = |goal_name: &str, sameness| ConversionDraft {
        goal: goal(goal_name),
        value: None,
        sameness,
        bearer: Bearer::default(),
    };
    let person = || Sameness::Person(IdempotencyKey::parse("u1").unwrap());
    let cases = [
        (
            draft("signup", Sameness::Visitor(visitor(1, START))),
            Converted::Counted,
        ),
        (
            draft("signup", Sameness::Visitor(visitor(1, START))),
            Converted::Replayed,
        ),
        (
            draft("lead", Sameness::Visitor(visitor(1, START))),
            Converted::Counted,
        ),
        (
            draft("signup", Sameness::Visitor(visitor(2, START))),
            Converted::Counted,
        ),
        (draft("signup", person()), Converted::Counted),
        (draft("signup", person()), Converted::Replayed),
        (
            draft("signup", Sameness::Key(IdempotencyKey::parse("u1").unwrap())),
            Converted::Counted,
        ),
        (draft("signup", Sameness::None), Converted::Counted),
        (draft("signup", Sameness::None), Converted::Counted),
    ];
    for (draft, expected) in cases {
        let said = format!("{draft:?}");
        assert_eq!(converted(&mut opened, draft, START), expected, "{said}");
    }
    record(&mut opened, None, START);
    assert_eq!(sums(&opened, Dimension::Goal)["signup"].conversions, 6);
    assert_eq!(sums(&opened, Dimension::Goal)["lead"].conversions, 1);
    assert_clean(&mut opened, START);
}

#[test]
fn an_accepted_event_reaches_its_goal_once_and_a_form_brings_its_visitor() {
    let mut opened = opened(&Disk::new());
    let anna = visitor(1, START);
    let bearer = Bearer {
        visitor: Some(anna),
        touches: Some(Touches::of(touch(START, "google"))),
    };
    for accepted in [true, false] {
        let mut recorded = opened.record_form(event(1), &routes(), bearer.clone());
        opened.step(START).unwrap();
        let recorded = recorded.answer().unwrap().unwrap();
        assert_eq!(matches!(recorded, Recorded::Accepted { .. }), accepted);
    }
    let carrying = gantry::model::event::EventDraft {
        payload: format!(r#"{{"visitorId":"{anna}"}}"#),
        ..event(2)
    };
    // It comes before the touches of whom it names are written, and waits for them.
    let _recorded = opened.record_events(vec![carrying, event(3)], &routes());
    opened.step(START).unwrap();
    record(&mut opened, None, START.plus(9_999));
    assert_eq!(sums(&opened, Dimension::Goal)["lead"].conversions, 1);
    assert_clean(&mut opened, START.plus(9_999));
    let seen = Window {
        touches: vec![(anna, Touches::of(touch(START, "x")))],
        ..window(START, &[("x", 1)])
    };
    record(&mut opened, Some(seen), START.plus(9_999));
    // Of somebody who was never seen nothing comes.
    let stranger = gantry::model::event::EventDraft {
        payload: format!(r#"{{"visitorId":"{}"}}"#, visitor(7, START)),
        ..event(4)
    };
    let _recorded = opened.record_events(vec![stranger], &routes());
    opened.step(START.plus(10_000)).unwrap();
    record(&mut opened, None, START.plus(20_000));
    let of = |source: &str| sums(&opened, Dimension::Source)[source].conversions;
    assert_eq!((of("google"), of("x"), of("direct")), (1, 1, 2));
    assert_eq!(sums(&opened, Dimension::Goal)["lead"].conversions, 4);
    assert_clean(&mut opened, START);
}

#[test]
fn a_day_tells_so_many_labels_apart_and_a_flood_does_not_shut_out_what_comes_often() {
    let disk = Disk::new();
    let mut opened = opened(&disk);
    record(&mut opened, Some(window(START, &[("google", 9)])), START);
    let flood: Vec<String> = (0..3 * LABELS_MOST).map(|n| format!("junk{n:04}")).collect();
    let flood: Vec<(&str, u64)> = flood.iter().map(|name| (name.as_str(), 1)).collect();
    for seconds in [5, 10] {
        record(
            &mut opened,
            Some(window(START.plus(seconds * 1_000), &flood)),
            START,
        );
    }
    drop(opened);
    let mut again = stage(&disk.after_exit());
    let _goals = again.know_goals(goals());
    record(
        &mut again,
        Some(window(
            START.plus(15_000),
            &[("google", 1), ("x", 3), ("rare", 1)],
        )),
        START,
    );
    let sources = sums(&again, Dimension::Source);
    assert_eq!((sources["google"].visits, sources["x"].visits), (10, 3));
    assert!(
        !sources.contains_key("rare"),
        "no place is left for what comes rarely"
    );
    assert_eq!(
        sources.len(),
        LABELS_MOST - LABELS_RESERVED + 2,
        "one of them other"
    );
    let flooded = 2 * flood.len() as u64;
    let all: u64 = sources.values().map(|of| of.visits).sum();
    assert_eq!(all, flooded + 14, "all are counted");
    // The next day begins afresh.
    record(
        &mut again,
        Some(window(START.plus(DAY_MS), &[("rare", 1)])),
        START.plus(DAY_MS),
    );
    assert_eq!(sums(&again, Dimension::Source)["rare"].visits, 1);
    assert_clean(&mut again, START);
}

#[test]
fn totals_equal_a_reckoning_apart_from_the_code_through_restarts_and_cuts_of_the_journal() {
    let mut chance = Chance::new(6);
    let mut disk = Disk::new();
    let mut at = START;
    let mut told: BTreeMap<(Millis, &str), (u64, u64, i64)> = BTreeMap::new();
    let mut opened = opened(&disk);
    let sources = ["google", "x", "direct", "hn"];
    for step in 0..400_i64 {
        at = at.plus(i64::try_from(chance.below(900_000)).unwrap());
        // One window in eight is late by up to an hour.
        let late = if step % 8 == 0 { 3_600_000 } else { 0 };
        let then = at.plus(-late);
        let source = sources[usize::try_from(chance.below(4)).unwrap()];
        let count = 1 + chance.below(5);
        record(&mut opened, Some(window(then, &[(source, count)])), at);
        told.entry((day(then), source)).or_default().0 += count;
        if step % 3 == 0 {
            let value = i64::try_from(chance.below(1_000_000)).unwrap();
            let bearer = Bearer {
                visitor: None,
                touches: Some(Touches::of(touch(at, source))),
            };
            let draft = conversion(&format!("k{step}"), value, bearer);
            assert_eq!(converted(&mut opened, draft, at), Converted::Counted);
            let of = told.entry((day(at), source)).or_default();
            (of.1, of.2) = (of.1 + 1, of.2 + value);
        }
        if step % 50 == 49 {
            let _cut = opened.cut_journal(at.plus(-3_600_000), 1_000);
            opened.step(at).unwrap();
            let _swept = opened.sweep_rollups(Level::FiveSeconds, at.plus(-7_200_000));
            opened.step(at).unwrap();
            assert_clean(&mut opened, at);
            drop(opened);
            disk = disk.after_exit();
            opened = stage(&disk);
            let _goals = opened.know_goals(goals());
        }
    }
    record(&mut opened, None, at);
    let days: std::collections::BTreeSet<Millis> = told.keys().map(|(day, _)| *day).collect();
    assert!(days.len() > 1);
    for day in days {
        let span = Level::Day.span(day, &zone());
        let held = opened
            .funnel_sums(Dimension::Source, span.starts..span.ends, &zone())
            .unwrap();
        for source in sources {
            let held = held.iter().find(|(label, _)| label.as_str() == source);
            let held = held.map_or((0, 0, 0), |(_, of)| (of.visits, of.conversions, of.value.0));
            assert_eq!(
                held,
                told.get(&(day, source)).copied().unwrap_or_default(),
                "{day} {source}"
            );
        }
    }
    assert_clean(&mut opened, at);
}

/// What a cut at any operation must leave: the window whole or not at all, conversions that were answered, and no double.
fn run_until(disk: &Disk, operation: u64) -> (bool, [Option<Converted>; 2], bool) {
    let mut opened = opened(disk);
    disk.expect(Trouble::PowerOffAt(operation));
    let bearer = || Bearer {
        visitor: Some(visitor(1, START)),
        touches: None,
    };
    let seen = Window {
        touches: vec![(visitor(1, START), Touches::of(touch(START, "google")))],
        ..window(START, &[("google", 3)])
    };
    let answer = |opened: &mut Stage, key: &str| {
        let mut promise = opened.convert(conversion(key, 5, bearer()));
        let _ = opened.step(START);
        promise.answer().and_then(Result::ok)
    };
    let first = answer(&mut opened, "a");
    let mut recorded = opened.record_window(Some(seen));
    let _ = opened.step(START);
    let recorded = recorded.answer().is_some_and(|answer| answer.is_ok());
    let second = answer(&mut opened, "b");
    let reached = opened.step(START).is_err() || second.is_none();
    (recorded, [first, second], reached)
}

#[test]
fn the_power_cut_at_any_operation_loses_no_conversion_that_was_answered_and_counts_none_twice() {
    let draws = if long() { 20 } else { 2 };
    let mut operation = 0;
    loop {
        operation += 1;
        let mut reached = false;
        for draw in 0..draws {
            let disk = Disk::new();
            let (recorded, answers, cut) = run_until(&disk, operation);
            reached |= cut;
            disk.expect(Trouble::PowerOffAt(0));
            let mut after = stage(&disk.after_power_cut(&mut Chance::new(operation * 100 + draw)));
            let _goals = after.know_goals(goals());
            after.step(START).unwrap();
            assert_clean(&mut after, START);
            let visits = sums(&after, Dimension::Source)
                .get("google")
                .map_or(0, |of| of.visits);
            assert!(
                [0, 3].contains(&visits) && (!recorded || visits == 3),
                "operation {operation}: {visits}"
            );
            for (key, answer) in ["a", "b"].into_iter().zip(answers) {
                let again = converted(&mut after, conversion(key, 5, Bearer::default()), START);
                assert!(
                    answer.is_none() || again == Converted::Replayed,
                    "operation {operation}: {key}"
                );
            }
            record(&mut after, None, START);
            let all = sums(&after, Dimension::All)["all"];
            assert_eq!(
                (all.conversions, all.value),
                (2, Money(10)),
                "operation {operation}"
            );
            assert_clean(&mut after, START);
        }
        if !reached {
            break;
        }
    }
    assert!(operation > 10, "{operation}");
}

#[test]
fn salts_and_touches_go_with_their_day_and_touches_of_a_day_without_a_salt_are_not_kept() {
    let mut opened = opened(&Disk::new());
    let tomorrow = START.plus(DAY_MS);
    let touches = |at: Millis| (0..1_500).map(move |n| (visitor(n, at), Touches::of(touch(at, "google"))));
    let seen = Window {
        touches: touches(START).collect(),
        ..window(START, &[("google", 1_500)])
    };
    record(&mut opened, Some(seen), START);
    let mut steps = 0;
    loop {
        let mut kept = opened.keep_salts(vec![(day(tomorrow), [9; 16])]);
        opened.step(tomorrow).unwrap();
        let (salts, left) = kept.answer().unwrap().unwrap();
        assert_eq!(salts, [[8; 16]], "the salt of tomorrow was there already");
        steps += 1;
        assert_clean(&mut opened, tomorrow);
        if !left {
            break;
        }
    }
    assert_eq!(steps, 2);
    let late = Window {
        touches: touches(START).collect(),
        ..window(START, &[("google", 1)])
    };
    record(&mut opened, Some(late), tomorrow);
    let bearer = Bearer {
        visitor: Some(visitor(1, START)),
        touches: None,
    };
    converted(&mut opened, conversion("a", 1, bearer), tomorrow);
    assert_eq!(opened.conversions().unwrap()[0].touches, None);
    assert_clean(&mut opened, tomorrow);
}

/// Whether the file holds salts, and touches.
fn holds(path: &std::path::Path) -> (bool, bool) {
    let db = Database::open(path).unwrap();
    let txn = redb::ReadableDatabase::begin_read(&db).unwrap();
    let salts = redb::ReadableTableMetadata::len(&txn.open_table(SALTS).unwrap()).unwrap();
    let touches = redb::ReadableTableMetadata::len(&txn.open_table(TOUCHES).unwrap()).unwrap();
    (salts > 0, touches > 0)
}

#[tokio::test]
async fn a_backup_holds_conversions_and_roll_ups_but_nothing_by_which_a_visitor_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (
        directory.path().join("gantry.redb"),
        directory.path().join("copy.redb"),
    );
    let store = Store::open(&path, &Options::default(), Clock::System).unwrap();
    store.know_goals(goals()).await.unwrap();
    let now = store.now();
    store.keep_salts(vec![(day(now), [7; 16])]).await.unwrap();
    let seen = Window {
        touches: vec![(visitor(1, now), Touches::of(touch(now, "google")))],
        ..window(now, &[("google", 3)])
    };
    store.record_window(Some(seen)).await.unwrap();
    store
        .convert(conversion("a", 5, Bearer::default()))
        .await
        .unwrap();
    store.record_window(None).await.unwrap();
    store.back_up(copy.clone(), |_| true).await.unwrap();
    store.close().await.unwrap();
    let restored = directory.path().join("restored.redb");
    Inspection::open(&copy).unwrap().prove().unwrap();
    let inspection = Inspection::open(&copy).unwrap();
    inspection.restore(&restored, now, &|_| true).unwrap();
    drop(inspection);
    assert_eq!(holds(&path), (true, true));
    for file in [&copy, &restored] {
        assert_eq!(holds(file), (false, false), "{}", file.display());
    }
    let store = Store::open(&restored, &Options::default(), Clock::System).unwrap();
    store.know_goals(goals()).await.unwrap();
    let (salts, _) = store.keep_salts(vec![(day(now), [8; 16])]).await.unwrap();
    assert_eq!(salts, [[8; 16]], "visitors are others from then on");
    let totals = store
        .funnel_totals(Millis(0)..now.plus(DAY_MS), zone())
        .await
        .unwrap();
    assert_eq!(
        (totals.visits, totals.conversions, totals.value),
        (3, 1, Money(5))
    );
    store.close().await.unwrap();
}
