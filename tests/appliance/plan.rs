//! The plan of a launch over simulated time, on a real store: each step once, at its hour, and told of once, wherever the
//! process is killed.

mod house;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gantry::config;
use gantry::model::launch::plan::{Ending, Step};
use gantry::model::time::Millis;
use gantry::model::time::zone::{LocalTime, Zone};
use gantry::runtime::{Next, Worker};
use serde_json::Value;

use house::{House, Kill, Script};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn zone() -> Zone {
    Zone::parse("America/Los_Angeles").expect("a zone")
}

/// A launch at what clocks of the Pacific coast show.
fn launch_at(local: &str) -> (config::Launch, Millis) {
    let time = LocalTime::parse(local).expect("a time");
    let at = zone().instant(time).expect("an instant");
    let launch = config::Launch {
        at: Some(at),
        timezone: zone(),
        ..config::Launch::default()
    };
    (launch, at)
}

fn hand_at(at: Millis) -> Arc<AtomicI64> {
    Arc::new(AtomicI64::new(at.0))
}

fn done(steps: &[&str]) -> Vec<(String, String)> {
    steps
        .iter()
        .map(|step| ((*step).to_owned(), "done".to_owned()))
        .collect()
}

const ALL: [&str; 6] = [
    "preflight-72h",
    "preflight-24h",
    "warm",
    "dead-letters",
    "report",
    "archive",
];

/// What is done from 80 hours before a launch to 60 hours after it, and what Pacific clocks show then.
async fn whole(local: &str) -> Vec<(&'static str, String)> {
    let directory = tempfile::tempdir().expect("a directory");
    let (launch, at) = launch_at(local);
    let (hand, script) = (hand_at(at.plus(-80 * HOUR_MS)), Script::default());
    let path = directory.path().join("gantry.redb");
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.pass(at.plus(60 * HOUR_MS), HOUR_MS / 2).await;
    assert_eq!(house.told().await, done(&ALL), "{local}");
    assert_eq!(house.endings(at).await, [Some(Ending::Done); 6]);
    house.close().await;
    let shown = |(what, at): (&'static str, i64)| (what, zone().reading(Millis(at)));
    script.done().into_iter().map(shown).collect()
}

fn each(times: [&str; 5]) -> Vec<(&'static str, String)> {
    let steps = ["preflight", "preflight", "warm", "report", "archive"];
    steps.into_iter().zip(times.map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_whole_launch_is_gone_through_each_step_once_at_its_pacific_hour() {
    let expected = [
        "2026-11-28T00:01:00",
        "2026-11-30T00:01:00",
        "2026-11-30T22:01:00",
        "2026-12-02T00:01:00",
        "2026-12-03T00:01:00",
    ];
    assert_eq!(whole("2026-12-01T00:01:00").await, each(expected));
}

#[tokio::test]
async fn hours_are_counted_as_they_pass_also_over_a_change_of_the_clocks() {
    // Clocks are set on by an hour on Sunday, 14 March 2027, at 2: 72 hours before Monday begins is 23:01 on Thursday.
    let after_spring = [
        "2027-03-11T23:01:00",
        "2027-03-13T23:01:00",
        "2027-03-14T22:01:00",
        "2027-03-16T00:01:00",
        "2027-03-17T00:01:00",
    ];
    assert_eq!(whole("2027-03-15T00:01:00").await, each(after_spring));
    let on_the_sunday = [
        "2027-03-11T00:01:00",
        "2027-03-13T00:01:00",
        "2027-03-13T22:01:00",
        "2027-03-15T01:01:00",
        "2027-03-16T01:01:00",
    ];
    assert_eq!(whole("2027-03-14T00:01:00").await, each(on_the_sunday));
    // And back on Sunday, 1 November 2026, at 2.
    let after_autumn = [
        "2026-10-30T01:01:00",
        "2026-11-01T01:01:00",
        "2026-11-01T22:01:00",
        "2026-11-03T00:01:00",
        "2026-11-04T00:01:00",
    ];
    assert_eq!(whole("2026-11-02T00:01:00").await, each(after_autumn));
    let on_the_sunday = [
        "2026-10-29T00:01:00",
        "2026-10-31T00:01:00",
        "2026-10-31T22:01:00",
        "2026-11-01T23:01:00",
        "2026-11-02T23:01:00",
    ];
    assert_eq!(whole("2026-11-01T00:01:00").await, each(on_the_sunday));
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_step_goes_on_and_tells_of_each_once() {
    let acts = [
        (Step::PreflightDays, "preflight"),
        (Step::PreflightDay, "preflight"),
        (Step::Warm, "warm"),
        (Step::DeadLetters, "dead letters"),
        (Step::Report, "report"),
        (Step::Archive, "archive"),
    ];
    for (step, act) in acts {
        for kill in [Kill::Before, Kill::Between, Kill::After] {
            // Dead letters are read and told of, and nothing else is done.
            if step == Step::DeadLetters && kill != Kill::After {
                continue;
            }
            killed_at((step, act), kill).await;
        }
    }
}

async fn killed_at((step, act): (Step, &'static str), kill: Kill) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let (hand, script) = (hand_at(at.plus(-73 * HOUR_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.pass(step.begins(at).plus(-HOUR_MS), HOUR_MS).await;
    let before = script.done().len();
    hand.store(step.begins(at).0, Ordering::Relaxed);
    if kill == Kill::After {
        assert_eq!(house.runner.work().await.expect("a look"), Next::Again);
    } else {
        script.hang_at(Some((act, kill)));
        tokio::select! {
            _ = house.runner.work() => panic!("{step:?} is under way"),
            () = script.hung() => {}
        }
        script.hang_at(None);
    }
    let mut house = house.killed(&path, &script).await;
    house.run().await;
    house.pass(step.begins(at).plus(3 * MINUTE_MS), MINUTE_MS).await;
    let times = script.done().len() - before;
    let (expected, tries) = match kill {
        Kill::Before => (1, 2),
        Kill::Between => (2, 2),
        Kill::After => (usize::from(step != Step::DeadLetters), 1),
    };
    assert_eq!(times, expected, "{step:?}, {kill:?}");
    let kept = house.kept(at).await;
    let (_, kept) = kept.iter().find(|(of, _)| *of == step).expect("it is kept");
    assert_eq!(
        (kept.ending, kept.tries),
        (Some(Ending::Done), tries),
        "{step:?}, {kill:?}"
    );
    house.pass(at.plus(60 * HOUR_MS), HOUR_MS).await;
    assert_eq!(house.told().await, done(&ALL), "{step:?}, {kill:?}");
    house.close().await;
}

#[tokio::test]
async fn after_thirty_hours_of_silence_what_was_missed_is_said_once_and_what_is_of_use_is_done() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let (hand, script) = (hand_at(at.plus(-80 * HOUR_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch.clone()).await;
    house.pass(at.plus(-3 * HOUR_MS), HOUR_MS).await;
    assert_eq!(house.told().await, done(&["preflight-72h", "preflight-24h"]));
    house.close().await;

    hand.store(at.plus(27 * HOUR_MS).0, Ordering::Relaxed);
    let mut house = House::open(&path, (&hand, &script), launch.clone()).await;
    house.run().await;
    let said = house.said().await;
    let of: Vec<&Value> = said.iter().skip(2).map(|one| &one["state"]).collect();
    assert_eq!(of, ["missed", "done"], "{said:#?}");
    assert_eq!(said[2]["missed"], serde_json::json!(["warm", "dead-letters"]));
    assert_eq!(said[3]["step"], "report");
    let acts: Vec<&str> = script.done().into_iter().map(|(what, _)| what).collect();
    assert_eq!(acts, ["preflight", "preflight", "report"]);
    house.close().await;

    // Long after it nobody is told anything any more; it is written down all the same.
    let (launch, long_ago) = launch_at("2026-10-01T00:01:00");
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.run().await;
    assert_eq!(house.endings(long_ago).await, [Some(Ending::Missed); 6]);
    assert_eq!(house.said().await.len(), 4);
    house.close().await;
}

#[tokio::test]
async fn a_launch_that_is_put_off_has_its_steps_anew() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let (hand, script) = (hand_at(at.plus(-80 * HOUR_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.pass(at.plus(-70 * HOUR_MS), HOUR_MS).await;
    assert_eq!(house.told().await, done(&ALL[..1]));
    let (later, then) = launch_at("2026-12-08T00:01:00");
    house.launch.send_replace(later);
    house.run().await;
    assert_eq!(house.kept(then).await, []);
    house.pass(then.plus(60 * HOUR_MS), HOUR_MS).await;
    let mut told = done(&ALL[..1]);
    told.extend(done(&ALL));
    assert_eq!(house.told().await, told);
    assert_eq!(
        house.endings(at).await,
        [Some(Ending::Done)],
        "nothing more of the one before"
    );

    house.launch.send_replace(config::Launch::default());
    assert_eq!(
        house.runner.work().await.expect("a look"),
        Next::Wait,
        "it is not known when"
    );
    house.close().await;
}

#[tokio::test]
async fn what_fails_is_tried_five_times_and_told_of_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let (hand, script) = (hand_at(Step::Warm.begins(at).plus(-MINUTE_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.run().await;
    script.fail("warm");
    house.pass(at, MINUTE_MS).await;
    let begins = Step::Warm.begins(at).0;
    let tries: Vec<i64> = script
        .done()
        .iter()
        .map(|(_, at)| (at - begins) / MINUTE_MS)
        .collect();
    // The day's preflight was of use still.
    assert_eq!(tries, [-1, 0, 2, 4, 6, 8]);
    let said = house.said().await;
    let failed: Vec<&Value> = said.iter().filter(|one| one["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{said:#?}");
    let text = failed[0]["text"].as_str().expect("a text");
    assert!(
        text.contains("tried 5 times") && text.contains("3 of 4 pages could not be fetched"),
        "{text}"
    );
    house.close().await;
}

#[tokio::test]
async fn what_its_owner_does_is_said_to_be_due_and_not_done() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let launch = config::Launch {
        by_hand: vec![Step::Warm, Step::Archive],
        ..launch
    };
    let (hand, script) = (hand_at(at.plus(-80 * HOUR_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.pass(at.plus(60 * HOUR_MS), HOUR_MS).await;
    let acts: Vec<&str> = script.done().into_iter().map(|(what, _)| what).collect();
    assert_eq!(acts, ["preflight", "preflight", "report"]);
    let of_warm: Vec<String> = house
        .told()
        .await
        .into_iter()
        .filter(|(step, _)| step == "warm")
        .map(|(_, state)| state)
        .collect();
    assert_eq!(of_warm, ["by-hand"]);
    house.close().await;
}

#[tokio::test]
async fn each_message_has_what_its_reader_is_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let (launch, at) = launch_at("2026-12-01T00:01:00");
    let (hand, script) = (hand_at(at.plus(-80 * HOUR_MS)), Script::default());
    let mut house = House::open(&path, (&hand, &script), launch).await;
    house.pass(at.plus(60 * HOUR_MS), HOUR_MS / 2).await;
    let said = house.said().await;
    let texts: Vec<&str> = said.iter().filter_map(|one| one["text"].as_str()).collect();
    for (text, parts) in texts.iter().zip([
        vec![
            "NO-GO",
            "2026-12-01T00:01:00 (America/Los_Angeles)",
            "gantry backup",
            "crm: It takes connections",
        ],
        vec!["NO-GO"],
        vec!["4 of 4 pages are stored"],
        vec!["there are none"],
        vec!["CAC: 0.75 USD", "net ROI: 4,255 %", "- env:CRM_TOKEN"],
        vec!["launch-2026-12-01T000100.redb", "from 40 to 21 MiB"],
    ]) {
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    assert_eq!(texts.len(), 6);
    house.close().await;
}
