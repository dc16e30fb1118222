//! Schedules: run by the clock, once each, through nights on which clocks are moved, restarts, and clocks that are set.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gantry::clock::Clock;
use gantry::config::{self, Schedule, ScheduledEvent, Sources};
use gantry::metrics::{EventOutcome, Metrics};
use gantry::model::event::Priority;
use gantry::model::ids::{EventType, ScheduleName, Source};
use gantry::model::time::Millis;
use gantry::model::time::cron::Timetable;
use gantry::model::time::zone::Zone;
use gantry::runtime::{Next, Worker};
use gantry::schedules::{Parts, Schedules};
use gantry::store::{Options, Store};
use gantry::traces::{Outlet, Tracer};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::slices::{auth, recorded};
use crate::support::Appliance;

const HOUR_MS: i64 = 3_600_000;

fn at(text: &str) -> Millis {
    Millis::parse_rfc3339(text).expect("an instant")
}

fn schedule(name: &str, cron: &str, zone: &str) -> Schedule {
    Schedule {
        name: ScheduleName::parse(name).expect("a name"),
        timetable: Timetable::new(cron.parse().expect("a cron"), Zone::parse(zone).expect("a zone")),
        event: ScheduledEvent {
            kind: EventType::parse("CONTENT_PUBLISH").expect("a type"),
            source: Source::parse("schedule").expect("a source"),
            payload: format!(r#"{{"of":"{name}"}}"#),
            priority: Priority::default(),
        },
    }
}

/// A store and who keeps the time for it, by a clock that the test moves.
struct Keeper {
    store: Store,
    schedules: Schedules,
    metrics: Metrics,
    of: watch::Sender<Arc<Vec<Schedule>>>,
    _routes: watch::Sender<Arc<Vec<gantry::model::event::Route>>>,
}

impl Keeper {
    fn open(path: &Path, hand: &Arc<AtomicI64>, of: Vec<Schedule>) -> Self {
        Self::telling(path, (hand, Tracer::default()), of)
    }

    fn telling(path: &Path, (hand, tracer): (&Arc<AtomicI64>, Tracer), of: Vec<Schedule>) -> Self {
        let clock = Clock::Simulated(Arc::clone(hand));
        let store = Store::open(path, &Options::default(), clock.clone()).expect("a store");
        let of = watch::Sender::new(Arc::new(of));
        let routes = watch::Sender::new(Arc::default());
        let metrics = Metrics::new("test");
        let schedules = Schedules::new(Parts {
            metrics: metrics.clone(),
            auth: auth(&store, &clock),
            store: store.clone(),
            tracer,
            clock,
            schedules: of.subscribe(),
            routes: routes.subscribe(),
        });
        Self {
            store,
            schedules,
            metrics,
            of,
            _routes: routes,
        }
    }

    /// When each event was to be, the oldest first, and the payload it has.
    async fn events(&self) -> Vec<(String, String)> {
        let events = recorded(&self.store).await;
        let told = events
            .into_iter()
            .map(|(event, state)| (state.scheduled_at.to_string(), event.payload));
        let mut told: Vec<_> = told.collect();
        told.sort();
        told
    }
}

async fn work(keeper: &mut impl Worker) -> Next {
    keeper.work().await.expect("a unit of work")
}

/// Looks every twenty minutes from one instant to another, with a restart at every seventh look.
async fn live(of: &[Schedule], from: &str, to: &str) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(at(from).0));
    let mut looks = 0;
    let mut told = Vec::new();
    while hand.load(Ordering::Relaxed) <= at(to).0 {
        let keeper = Keeper::open(&path, &hand, of.to_vec());
        let mut timekeeper = keeper.schedules.timekeeper();
        for _ in 0..7 {
            work(&mut timekeeper).await;
            looks += 1;
            hand.fetch_add(HOUR_MS / 3, Ordering::Relaxed);
        }
        told = keeper.events().await;
        assert!(keeper.store.verify().await.expect("a look").is_clean());
        keeper.store.close().await.expect("it closes");
    }
    assert!(looks > 200);
    told.into_iter().map(|(at, _)| at).collect()
}

#[tokio::test]
async fn a_daily_run_goes_by_the_wall_through_the_nights_on_which_clocks_are_moved() {
    let nine = [schedule("digest", "0 9 * * *", "America/Los_Angeles")];
    let spring = live(&nine, "2026-03-06T00:00:00Z", "2026-03-10T00:00:00Z").await;
    assert_eq!(
        spring,
        [
            "2026-03-06T17:00:00.000Z",
            "2026-03-07T17:00:00.000Z",
            "2026-03-08T16:00:00.000Z",
            "2026-03-09T16:00:00.000Z"
        ]
    );
    let in_the_gap = [schedule("night", "30 2 * * *", "America/Los_Angeles")];
    let gap = live(&in_the_gap, "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z").await;
    assert_eq!(
        gap,
        [
            "2026-03-07T10:30:00.000Z",
            "2026-03-08T10:00:00.000Z",
            "2026-03-09T09:30:00.000Z"
        ]
    );
    let in_the_fold = [schedule("night", "30 1 * * *", "America/Los_Angeles")];
    let fold = live(&in_the_fold, "2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z").await;
    assert_eq!(
        fold,
        [
            "2026-10-31T08:30:00.000Z",
            "2026-11-01T08:30:00.000Z",
            "2026-11-02T09:30:00.000Z"
        ]
    );
}

#[tokio::test]
async fn what_was_missed_comes_once_and_late_and_clocks_that_are_set_back_repeat_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(at("2026-06-01T08:00:00Z").0));
    let hourly = schedule("hourly", "0 * * * *", "UTC");
    let keeper = Keeper::open(&path, &hand, vec![hourly.clone()]);
    let mut timekeeper = keeper.schedules.timekeeper();
    // New, it has missed nothing; and it sleeps no longer than a minute, for the clock may be set.
    assert!(matches!(work(&mut timekeeper).await, Next::After(wait) if wait.as_secs() == 60));
    assert_eq!(keeper.events().await, []);
    hand.store(at("2026-06-01T08:59:59.500Z").0, Ordering::Relaxed);
    assert!(matches!(work(&mut timekeeper).await, Next::After(wait) if wait.as_millis() == 500));
    hand.store(at("2026-06-01T09:00:00Z").0, Ordering::Relaxed);
    work(&mut timekeeper).await;
    work(&mut timekeeper).await;
    let nine = (
        "2026-06-01T09:00:00.000Z".to_owned(),
        r#"{"of":"hourly"}"#.to_owned(),
    );
    assert_eq!(keeper.events().await, std::slice::from_ref(&nine));
    let last = keeper.store.schedules().await.expect("schedules")[0]
        .last
        .expect("a run");
    assert!(!last.is_late() && last.missed == 0);

    // Set back by half an hour, it is waited for; nothing comes twice.
    hand.store(at("2026-06-01T08:31:00Z").0, Ordering::Relaxed);
    work(&mut timekeeper).await;
    hand.store(at("2026-06-01T09:00:30Z").0, Ordering::Relaxed);
    work(&mut timekeeper).await;
    assert_eq!(keeper.events().await, std::slice::from_ref(&nine));
    keeper.store.close().await.expect("it closes");

    // Down until the next morning.
    hand.store(at("2026-06-02T07:20:00Z").0, Ordering::Relaxed);
    let keeper = Keeper::open(&path, &hand, vec![hourly.clone()]);
    let mut timekeeper = keeper.schedules.timekeeper();
    work(&mut timekeeper).await;
    work(&mut timekeeper).await;
    let told = keeper.events().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1].0, "2026-06-02T07:00:00.000Z");
    let last = keeper.store.schedules().await.expect("schedules")[0]
        .last
        .expect("a run");
    assert!(last.is_late());
    assert_eq!(last.missed, 21);

    // Another timetable has missed nothing; none at all runs nothing.
    let other = schedule("hourly", "10 * * * *", "UTC");
    keeper.of.send_replace(Arc::new(vec![other]));
    timekeeper.wait().await;
    work(&mut timekeeper).await;
    assert_eq!(keeper.events().await.len(), 2);
    keeper.of.send_replace(Arc::default());
    timekeeper.wait().await;
    assert_eq!(work(&mut timekeeper).await, Next::Wait);
    assert_eq!(keeper.store.schedules().await.expect("schedules"), []);
    keeper.store.close().await.expect("it closes");
}

#[tokio::test]
async fn a_clock_that_was_years_ahead_is_not_waited_for_and_what_is_leapt_over_comes_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(at("2030-06-01T08:59:00Z").0));
    let keeper = Keeper::open(&path, &hand, vec![schedule("hourly", "0 * * * *", "UTC")]);
    let mut timekeeper = keeper.schedules.timekeeper();
    let set = |text: &str| hand.store(at(text).0, Ordering::Relaxed);
    let told = async || {
        let events = keeper.events().await.into_iter();
        events
            .map(|(at, _)| at.replace(":00.000Z", ""))
            .collect::<Vec<_>>()
    };
    work(&mut timekeeper).await;
    set("2030-06-01T09:00:00Z");
    work(&mut timekeeper).await;
    assert_eq!(told().await, ["2030-06-01T09:00"]);

    // The clock is put right, without a restart: nothing is made up for, and the next run is made.
    set("2026-06-01T09:30:00Z");
    work(&mut timekeeper).await;
    assert_eq!(told().await.len(), 1);
    set("2026-06-01T10:00:00Z");
    work(&mut timekeeper).await;
    assert_eq!(told().await, ["2026-06-01T10:00", "2030-06-01T09:00"]);

    // It is set on by five hours and back again: one run for what was leapt over, and none of it again.
    set("2026-06-01T15:10:00Z");
    work(&mut timekeeper).await;
    for back in [
        "2026-06-01T10:10:00Z",
        "2026-06-01T11:00:00Z",
        "2026-06-01T15:00:30Z",
    ] {
        set(back);
        work(&mut timekeeper).await;
    }
    set("2026-06-01T16:00:00Z");
    work(&mut timekeeper).await;
    let all = [
        "2026-06-01T10:00",
        "2026-06-01T15:00",
        "2026-06-01T16:00",
        "2030-06-01T09:00",
    ];
    assert_eq!(told().await, all);

    // Where it was years ahead again, the runs that come again have their keys.
    set("2030-06-01T08:30:00Z");
    work(&mut timekeeper).await;
    set("2026-06-01T15:30:00Z");
    work(&mut timekeeper).await;
    set("2026-06-01T16:00:00Z");
    work(&mut timekeeper).await;
    assert_eq!(
        told().await.len(),
        all.len() + 1,
        "what was missed until 2030 came once"
    );
    let counted = [EventOutcome::Accepted, EventOutcome::Duplicate];
    assert_eq!(
        counted.map(|outcome| keeper.metrics.events_ingested(outcome).get()),
        [5, 1]
    );
    assert!(keeper.store.verify().await.expect("a look").is_clean());
    keeper.store.close().await.expect("it closes");
}

#[tokio::test]
async fn the_event_of_a_run_begins_a_trace_where_somebody_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let hand = Arc::new(AtomicI64::new(at("2026-11-25T08:59:00Z").0));
    // Nobody listens there, and nothing is sent: only the worker would.
    let endpoint = (
        "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
        "http://127.0.0.1:9".to_owned(),
    );
    let sources = Sources {
        environment: vec![endpoint],
        ..Sources::none()
    };
    let otlp = config::load(&sources).expect("a configuration").telemetry.otlp;
    let clock = Clock::Simulated(Arc::clone(&hand));
    let (tracer, _outlet) = Outlet::open(otlp.as_ref(), (&Metrics::new("test"), &clock)).expect("TLS");
    let path = directory.path().join("gantry.redb");
    let daily = vec![schedule("daily", "0 9 * * *", "UTC")];
    let keeper = Keeper::telling(&path, (&hand, tracer), daily);
    let mut timekeeper = keeper.schedules.timekeeper();
    work(&mut timekeeper).await;
    hand.fetch_add(HOUR_MS / 60, Ordering::Relaxed);
    work(&mut timekeeper).await;
    let events = recorded(&keeper.store).await;
    let trace = events
        .first()
        .and_then(|(event, _)| event.trace.as_ref())
        .expect("a trace");
    assert!(trace.parent.sampled && trace.parent.trace != events[0].0.id.0);
}

#[tokio::test]
async fn schedules_are_listed_with_what_is_to_come_and_follow_a_reload() {
    let toml = "[[schedule]]\nname = \"digest\"\ncron = \"0 9 29 2 *\"\ntimezone = \"America/Los_Angeles\"\n\
        event = { type = \"CONTENT_PUBLISH\", payload = { list = \"all\" } }\n";
    let mut appliance = Appliance::build().config(toml).start().await;
    let list = appliance.admin.get("/api/schedules").await.json();
    let digest = &list["items"][0];
    assert_eq!(list["next"], Value::Null);
    for (field, expected) in [
        ("name", json!("digest")),
        ("cron", json!("0 9 29 2 *")),
        ("timezone", json!("America/Los_Angeles")),
        ("type", json!("CONTENT_PUBLISH")),
        ("source", json!("schedule")),
        ("last", Value::Null),
    ] {
        assert_eq!(digest[field], expected, "{field}");
    }
    let next: Vec<&str> = digest["next"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(next.len(), 5);
    assert!(
        next.iter().all(|at| at.contains("-02-29T17:00:00.000Z")),
        "{next:?}"
    );
    appliance.stranger.get("/api/schedules").await.problem(401);
    let shown = appliance.gantry(&["schedule", "list"]);
    assert!(shown.status.success());
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("digest") && shown.contains(next[0]), "{shown}");

    // One for every minute is run within it, and its event is there.
    appliance
        .reload(|toml| {
            toml.replace("0 9 29 2 *", "* * * * *")
                .replace("America/Los_Angeles", "UTC")
        })
        .await;
    let list = appliance.admin.get("/api/schedules").await.json();
    assert_eq!(list["items"][0]["cron"], "* * * * *");
    appliance.reload(|_| String::new()).await;
    assert_eq!(
        appliance.admin.get("/api/schedules").await.json()["items"],
        json!([])
    );
    appliance.assert_clean().await;
}
