//! The wall clock is set back while deliveries wait: none comes early, and none waits as long as the step.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use gantry::app::CHECKS;
use gantry::clock::Clock;
use gantry::config::{self, Config, ConfigFile, Sources};
use gantry::delivery::{self, Delivery, Ways};
use gantry::events::intake::{self, Arrival};
use gantry::live::{Live, Topic};
use gantry::metrics::Metrics;
use gantry::model::delivery::DestinationNumber;
use gantry::model::event::EventId;
use gantry::model::time::Millis;
use gantry::outbound::Egress;
use gantry::runtime::{Shutdown, Tasks, Workers};
use gantry::store::{Options, Store};
use gantry::traces::Tracer;
use gantry::web::auth::Auth;
use gantry::web::cors::Cors;
use gantry::web::front::Front;
use gantry::web::{Limits, Trusted};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::receiver::{Act, Receiver};
use crate::stage::{destination, event, outward, route};
use crate::support::http::BOUND;
use crate::waiting::date;

const HOUR_MS: i64 = 3_600_000;
/// The wait before a second attempt.
const WAIT: Duration = Duration::from_millis(400);
/// How much later than due something may come on a busy machine; far less than a lane's longest sleep.
const LATE: Duration = Duration::from_secs(3);

/// Deliveries to `crm`, by a clock that runs and can be set.
struct Stage {
    wall: Arc<AtomicI64>,
    store: Store,
    live: Live,
    config: Config,
    delivery: Delivery,
    shutdown: Shutdown,
    tasks: Tasks,
    _running: JoinSet<()>,
    _directory: tempfile::TempDir,
}

impl Stage {
    async fn new(receiver: &Receiver) -> Self {
        let lines = "pace_jitter = 0.0\nrate = \"1000/s burst 100\"\n\
            retry = { for = \"24h\", base = \"400ms\", cap = \"400ms\", jitter = 0.0 }";
        let config = read(&outward(&[
            destination("crm", &receiver.url(), lines),
            route(&["crm"]),
        ]));
        let directory = tempfile::tempdir().unwrap();
        let wall = Arc::new(AtomicI64::new(Clock::System.now().0));
        let clock = Clock::Simulated(Arc::clone(&wall));
        let path = directory.path().join("gantry.redb");
        let store = Store::open(&path, &Options::default(), clock.clone()).unwrap();
        let front = Front::new(Limits::new(&[]), Trusted::new(Vec::new()), Cors::new(Vec::new()));
        let (live, shutdown, tasks) = (Live::default(), Shutdown::new(BOUND), Tasks::new());
        let delivery = Delivery::new(delivery::Parts {
            store: store.clone(),
            live: live.clone(),
            auth: Auth::new(store.clone(), Arc::new(front), clock.clone()),
            metrics: Metrics::new("test"),
            tracer: Tracer::default(),
            clock,
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
            workers: Workers::new(tasks.clone(), shutdown.clone(), |_| ()),
            routes: watch::channel(Arc::default()).1,
        });
        let mut running = JoinSet::new();
        running.spawn(run(Arc::clone(&wall)));
        Self {
            wall,
            store,
            live,
            config,
            delivery,
            shutdown,
            tasks,
            _running: running,
            _directory: directory,
        }
    }

    async fn begin(&self) {
        let ways = Ways::new(Egress::new(self.config.egress.allow.clone()));
        let plans = delivery::plans(&self.config.destinations, &ways).unwrap();
        self.delivery.put_in_force(plans).await.unwrap();
    }

    fn wall(&self) -> Millis {
        Millis(self.wall.load(Ordering::SeqCst))
    }

    async fn post(&self, key: &str) {
        let arrival = Arrival {
            id: EventId::new(self.wall(), [7; 8]),
            now: self.wall(),
            key: None,
            trace: None,
        };
        let draft = intake::draft(event(key).to_string().as_bytes(), arrival).unwrap();
        let routes = Arc::new(self.config.routes.clone());
        self.store.record_events(vec![draft], routes).await.unwrap();
        self.touch();
    }

    /// As every event does that is recorded for the destination.
    fn touch(&self) {
        self.live.touch(&Topic::Destination(DestinationNumber(0)));
    }

    async fn end(self) {
        self.shutdown.drain();
        self.tasks.finished().await;
        self.store.close().await.unwrap();
    }
}

fn read(toml: &str) -> Config {
    let file = ConfigFile {
        path: "gantry.toml".into(),
        bytes: toml.into(),
    };
    let sources = Sources {
        file: Some(file),
        ..Sources::none()
    };
    config::load_checked(&sources, &CHECKS).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Moves the hand as time passes, from wherever it is.
async fn run(hand: Arc<AtomicI64>) {
    let (begun, mut moved) = (Instant::now(), 0);
    loop {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let passed = i64::try_from(begun.elapsed().as_millis()).unwrap();
        hand.fetch_add(passed - moved, Ordering::SeqCst);
        moved = passed;
    }
}

/// The hand moves by small leaps, so that its time may run ahead of ours for a moment.
fn assert_in_time(waited: Duration) {
    assert!(waited >= WAIT * 3 / 4, "early: after {waited:?}");
    assert!(waited <= WAIT + LATE, "late: after {waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_that_waits_when_the_clock_is_set_back_comes_when_its_wait_is_over() {
    let receiver = Receiver::start(|nth, _| Act::status(if nth == 0 { 503 } else { 200 })).await;
    let stage = Stage::new(&receiver).await;
    stage.begin().await;
    stage.post("k-1").await;
    receiver.wait(1).await;
    tokio::time::sleep(WAIT / 4).await;
    stage.wall.fetch_sub(HOUR_MS, Ordering::SeqCst);
    let got = receiver.wait(2).await;
    assert_in_time(got[1].at - got[0].at);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_the_clock_was_set_back_waits_though_others_come() {
    let receiver = Receiver::start(|nth, _| Act::status(if nth == 1 { 503 } else { 200 })).await;
    let stage = Stage::new(&receiver).await;
    stage.begin().await;
    stage.post("k-1").await;
    receiver.wait(1).await;
    stage.wall.fetch_sub(HOUR_MS, Ordering::SeqCst);
    stage.post("k-2").await;
    receiver.wait(2).await;
    let begun = Instant::now();
    while begun.elapsed() < WAIT * 3 / 2 {
        stage.touch();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let got = receiver.wait(3).await;
    assert_in_time(got[2].at - got[1].at);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_that_a_receiver_names_is_a_date_of_the_wall_clock_that_was_set_back() {
    let receiver = Receiver::glad().await;
    let stage = Stage::new(&receiver).await;
    stage.begin().await;
    stage.post("k-1").await;
    receiver.wait(1).await;
    stage.wall.fetch_sub(HOUR_MS, Ordering::SeqCst);
    let (asked, at) = date(stage.wall().0, "%a, %d %b %Y %H:%M:%S GMT");
    let at = Millis(at);
    receiver.then(move |nth, _| match nth {
        1 => Act::retry_after(429, asked.clone()),
        _ => Act::status(200),
    });
    stage.post("k-2").await;
    receiver.wait(3).await;
    let came = stage.wall();
    assert!(came >= at, "early: {came}, not before {at}");
    assert!(came.0 - at.0 <= 3_000, "late: {came}, for {at}");
    stage.end().await;
}
