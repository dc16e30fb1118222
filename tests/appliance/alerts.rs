//! Alerts over simulated time, on a real store that is closed and opened again between any two looks.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use gantry::alerts::{Alerts, Parts};
use gantry::clock::Clock;
use gantry::config;
use gantry::metrics::{HeartbeatOutcome, Metrics};
use gantry::model::alert::Rule;
use gantry::model::ids::DestinationName;
use gantry::model::lane::{GroupName, Rules};
use gantry::model::time::Millis;
use gantry::notice::{Notice, Notices};
use gantry::runtime::{Shutdown, Worker};
use gantry::store::{Options, Store};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::slices::{auth, recorded};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn name(text: &str) -> DestinationName {
    DestinationName::parse(text).expect("a name")
}

/// A store and what watches it, by a clock that the test moves.
struct Watch {
    store: Store,
    metrics: Metrics,
    notices: Notices,
    alerts: Alerts,
}

impl Watch {
    async fn open(path: &Path, hand: &Arc<AtomicI64>, of: &config::Alerts) -> Self {
        let clock = Clock::Simulated(Arc::clone(hand));
        let store = Store::open(path, &Options::default(), clock.clone()).expect("a store");
        let names = vec![name("crm"), name("ops")];
        store.know_destinations(names.clone()).await.expect("known");
        let rules = |name: DestinationName| {
            let rules = Rules {
                group: GroupName::alone(name.as_str()),
                windows: Vec::new(),
                quota: None,
                breaker: None,
            };
            (name, rules)
        };
        store
            .rule_lanes(names.into_iter().map(rules).collect())
            .await
            .expect("ruled");
        let metrics = Metrics::new("test");
        // Their senders may go: nothing is reloaded.
        let in_force = watch::Sender::new(Arc::new(of.clone()));
        let notices = Notices::new(
            store.clone(),
            metrics.clone(),
            clock.clone(),
            in_force.subscribe(),
        );
        let alerts = Alerts::new(Parts {
            store: store.clone(),
            auth: auth(&store, &clock),
            metrics: metrics.clone(),
            clock,
            shutdown: Shutdown::new(std::time::Duration::from_secs(1)),
            notices: notices.clone(),
            alerts: in_force.subscribe(),
            egress: watch::Sender::new(config::Egress {
                allow: vec!["127.0.0.0/8".parse().expect("a network")],
            })
            .subscribe(),
            launch: watch::Sender::new(config::Launch::default()).subscribe(),
            backup: watch::Sender::new(config::Backup::default()).subscribe(),
            retention: watch::Sender::new(config::Retention::default()).subscribe(),
            export_lag: Arc::new(|| None),
            certificates: Arc::new(Vec::new),
        });
        Self {
            store,
            metrics,
            notices,
            alerts,
        }
    }

    async fn look(&self) {
        self.alerts.watcher().work().await.expect("a look");
    }

    /// What was said, the oldest first: which rule, and what of it.
    async fn said(&self) -> Vec<(String, String)> {
        let events = recorded(&self.store).await;
        let mut said: Vec<_> = events
            .into_iter()
            .map(|(event, _)| {
                assert_eq!(
                    (event.kind.as_str(), event.source.as_str()),
                    ("GANTRY_ALERT", "gantry")
                );
                let payload: Value = serde_json::from_str(&event.payload).expect("JSON");
                let text = |member: &str| payload[member].as_str().expect(member).to_owned();
                (event.created_at, (text("rule"), text("state")))
            })
            .collect();
        said.sort();
        said.into_iter().map(|(_, said)| said).collect()
    }
}

fn of(rule: &str, states: &[&str]) -> Vec<(String, String)> {
    states
        .iter()
        .map(|state| (rule.to_owned(), (*state).to_owned()))
        .collect()
}

fn told(to: &[&str]) -> config::Alerts {
    config::Alerts {
        to: to.iter().map(|to| name(to)).collect(),
        ..config::Alerts::default()
    }
}

#[tokio::test]
async fn a_restart_between_any_two_looks_neither_repeats_nor_forgets() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(1_796_112_060_000));
    let alerts = told(&["ops"]);
    // Nobody delivers here: messages lag.
    let alerts = config::Alerts {
        rules: alerts.rules.clone().with(Rule::Lag, None),
        ..alerts
    };
    let refused = "it answered 401: our credentials are refused";
    // What is paused, at which minute.
    for minute in (0..=13 * 60).step_by(5) {
        let watch = Watch::open(&path, &hand, &alerts).await;
        match minute {
            5 => drop(
                watch
                    .store
                    .pause_destination(name("crm"), Some(refused.to_owned()))
                    .await
                    .expect("paused"),
            ),
            // By hand is no refusal.
            725 => drop(
                watch
                    .store
                    .pause_destination(name("crm"), Some("paused by hand".to_owned()))
                    .await
                    .expect("paused"),
            ),
            _ => {}
        }
        watch.look().await;
        let firing = watch.metrics.alerts_firing(Rule::Credentials).get();
        assert_eq!(firing, i64::from((5..730).contains(&minute)), "minute {minute}");
        if minute == 13 * 60 {
            let expected = of("credentials", &["firing", "reminder", "resolved"]);
            assert_eq!(watch.said().await, expected);
            assert!(watch.store.verify().await.expect("a look").is_clean());
        }
        watch.store.close().await.expect("it closes");
        hand.fetch_add(5 * MINUTE_MS, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn an_alert_about_the_only_one_who_is_told_is_kept_and_sent_to_nobody() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(1_796_112_060_000));
    let watch = Watch::open(&path, &hand, &told(&["crm"])).await;
    let gone = "it answered 410: it is gone for good";
    watch
        .store
        .pause_destination(name("crm"), Some(gone.to_owned()))
        .await
        .expect("paused");
    watch.look().await;
    assert_eq!(watch.metrics.alerts_firing(Rule::Credentials).get(), 1);
    assert_eq!(watch.said().await, []);
    let kept = watch.store.alerts().await.expect("alerts");
    assert!(matches!(kept[..], [(key, state)] if key.rule == Rule::Credentials && state.is_firing()));
    watch.store.close().await.expect("it closes");

    // Whoever is told later is reminded of what goes on.
    let watch = Watch::open(&path, &hand, &told(&["crm", "ops"])).await;
    hand.fetch_add(6 * HOUR_MS, Ordering::Relaxed);
    watch.look().await;
    assert_eq!(watch.said().await, of("credentials", &["reminder"]));
    watch.store.close().await.expect("it closes");
}

#[tokio::test]
async fn a_rule_that_is_turned_off_is_forgotten_without_a_word() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(1_796_112_060_000));
    let watch = Watch::open(&path, &hand, &told(&["ops"])).await;
    let refused = "it answered 401: our credentials are refused";
    watch
        .store
        .pause_destination(name("crm"), Some(refused.to_owned()))
        .await
        .expect("paused");
    watch.look().await;
    watch.store.close().await.expect("it closes");
    let off = told(&["ops"]);
    let off = config::Alerts {
        rules: off.rules.clone().with(Rule::Credentials, None),
        ..off
    };
    let watch = Watch::open(&path, &hand, &off).await;
    watch.look().await;
    assert_eq!(watch.store.alerts().await.expect("alerts"), []);
    assert_eq!(watch.metrics.alerts_firing(Rule::Credentials).get(), 0);
    assert_eq!(watch.said().await, of("credentials", &["firing"]));
    watch.store.close().await.expect("it closes");
}

#[tokio::test]
async fn whoever_has_something_to_say_says_it_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.redb");
    let hand = Arc::new(AtomicI64::new(1_796_112_060_000));
    let watch = Watch::open(&path, &hand, &told(&["crm", "ops"])).await;
    let notice = Notice {
        kind: "GANTRY_REPORT",
        key: gantry::model::ids::IdempotencyKey::parse("launch:report").expect("a key"),
        text: "The launch is over.\nCAC 12.50".to_owned(),
        details: serde_json::Map::new(),
        about: Some(name("crm")),
        expires_at: Some(Millis(1_796_112_060_000 + HOUR_MS)),
    };
    for _ in 0..2 {
        watch.notices.tell(notice.clone()).await.expect("told");
    }
    let events = recorded(&watch.store).await;
    let [(event, _)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(event.payload, r#"{"text":"The launch is over.\nCAC 12.50"}"#);
    let story = watch
        .store
        .event(event.id)
        .await
        .expect("an event")
        .expect("its story");
    let to: Vec<_> = story
        .deliveries
        .iter()
        .map(|(delivery, _)| watch.store.destination(delivery.destination).expect("known").name)
        .collect();
    assert_eq!(to, [name("ops")], "not to whom it is about");
    watch.store.close().await.expect("it closes");
}

#[tokio::test]
async fn where_the_store_commits_nothing_no_sign_of_life_is_given() {
    let directory = tempfile::tempdir().expect("a directory");
    let monitor = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = monitor.local_addr().expect("an address");
    let url = format!("http://{at}/ping").parse().expect("a URL");
    let alerts = config::Alerts {
        heartbeat: Some(config::Heartbeat(url)),
        ..told(&[])
    };
    let hand = Arc::new(AtomicI64::new(1_796_112_060_000));
    let watch = Watch::open(&directory.path().join("gantry.redb"), &hand, &alerts).await;
    let counts = || {
        use HeartbeatOutcome::{Answered, Failed, Withheld};
        [Answered, Failed, Withheld].map(|outcome| watch.metrics.heartbeats(outcome).get())
    };
    let mut heartbeat = watch.alerts.heartbeat();
    let answers = async {
        let (mut caller, _) = monitor.accept().await.expect("a call");
        let mut asked = [0; 9];
        caller.read_exact(&mut asked).await.expect("a request");
        assert_eq!(&asked, b"GET /ping");
        let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
        caller.write_all(answer).await.expect("answered");
    };
    let (worked, ()) = tokio::join!(heartbeat.work(), answers);
    worked.expect("a call");
    assert_eq!(counts(), [1, 0, 0]);

    watch.store.close().await.expect("it closes");
    heartbeat.work().await.expect("no call");
    assert_eq!(counts(), [1, 0, 1]);
    assert!(monitor.accept().now_or_never().is_none(), "nobody calls");
}
