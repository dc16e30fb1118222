//! A process that goes by the plan of a launch, on a real store, with a script for what its steps do.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use gantry::clock::Clock;
use gantry::config;
use gantry::launch::{Archived, Hands, Launch, Parts, Runner, Senses, WarmedUp};
use gantry::metrics::Metrics;
use gantry::model::event::EventFilter;
use gantry::model::ids::DestinationName;
use gantry::model::lane::{GroupName, Rules};
use gantry::model::launch::kept::Kept;
use gantry::model::launch::plan::{Ending, Step};
use gantry::model::page::PageRequest;
use gantry::model::time::Millis;
use gantry::notice::Notices;
use gantry::runtime::{Next, Worker};
use gantry::store::{Options, Store};
use gantry::web::auth::Auth;
use gantry::web::cors::Cors;
use gantry::web::front::Front;
use gantry::web::{Limits, Trusted};
use serde_json::Value;
use tokio::sync::{Notify, watch};

/// Where a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kill {
    /// Before a step has done anything.
    Before,
    /// Once it is done, and nobody knows it yet.
    Between,
    /// Once it is written down.
    After,
}

/// What steps do in a test: it is noted, and they hang or fail where they are to.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Inner>);

#[derive(Default)]
struct Inner {
    done: Mutex<Vec<(&'static str, i64)>>,
    hangs: Mutex<Option<(&'static str, Kill)>>,
    fails: Mutex<Option<&'static str>>,
    hung: Notify,
}

impl Script {
    async fn act(&self, what: &'static str, hand: &AtomicI64) -> Result<(), String> {
        let hangs = *self.0.hangs.lock().expect("no panic");
        let hangs = hangs.filter(|(step, _)| *step == what).map(|(_, kill)| kill);
        if hangs == Some(Kill::Before) {
            self.hang().await;
        }
        let is_failing = *self.0.fails.lock().expect("no panic") == Some(what);
        self.0
            .done
            .lock()
            .expect("no panic")
            .push((what, hand.load(Ordering::Relaxed)));
        if hangs == Some(Kill::Between) {
            self.hang().await;
        }
        match is_failing {
            true => Err("3 of 4 pages could not be fetched".to_owned()),
            false => Ok(()),
        }
    }

    async fn hang(&self) {
        self.0.hung.notify_one();
        std::future::pending::<()>().await;
    }

    /// From now on a step hangs where its process is to be killed, or none does.
    pub(super) fn hang_at(&self, place: Option<(&'static str, Kill)>) {
        *self.0.hangs.lock().expect("no panic") = place;
    }

    /// Resolves once a step hangs.
    pub(super) async fn hung(&self) {
        self.0.hung.notified().await;
    }

    /// From now on this fails.
    pub(super) fn fail(&self, what: &'static str) {
        *self.0.fails.lock().expect("no panic") = Some(what);
    }

    /// What was done, and when.
    pub(super) fn done(&self) -> Vec<(&'static str, i64)> {
        self.0.done.lock().expect("no panic").clone()
    }

    fn senses(&self, hand: &Arc<AtomicI64>) -> Senses {
        let (script, hand) = (self.clone(), Arc::clone(hand));
        Senses {
            warmth: Arc::new(|| None),
            reach: Arc::new(move || {
                let (script, hand) = (script.clone(), Arc::clone(&hand));
                Box::pin(async move {
                    script.act("preflight", &hand).await.expect("it never fails");
                    vec![("crm".to_owned(), Err("no connection".to_owned()))]
                })
            }),
            rehearse: Arc::new(Vec::new),
            certificates: Arc::new(Vec::new),
            hunted: Arc::new(Vec::new),
        }
    }

    fn hands(&self, hand: &Arc<AtomicI64>) -> Hands {
        let of = |what: &'static str| {
            let (script, hand) = (self.clone(), Arc::clone(hand));
            move || {
                let (script, hand) = (script.clone(), Arc::clone(&hand));
                async move { script.act(what, &hand).await }
            }
        };
        let (warm, report, archive) = (of("warm"), of("report"), of("archive"));
        Hands {
            warm: Arc::new(move || {
                let acted = warm();
                Box::pin(async move {
                    acted.await?;
                    Ok(Some(WarmedUp {
                        wanted: 4,
                        stored: 4,
                        failed: 0,
                    }))
                })
            }),
            reckon: Arc::new(move |_| {
                let acted = report();
                Box::pin(async move {
                    acted.await.expect("it never fails");
                    Ok(vec![
                        ("CAC", "0.75 USD".to_owned()),
                        ("net ROI", "4,255 %".to_owned()),
                    ])
                })
            }),
            secrets: Arc::new(|| vec!["env:CRM_TOKEN".to_owned()]),
            archive: Arc::new(move |name| {
                let acted = archive();
                Box::pin(async move {
                    acted.await?;
                    Ok(Archived {
                        path: PathBuf::from(name),
                        bytes: 12 << 20,
                        file: (40 << 20, 21 << 20),
                    })
                })
            }),
        }
    }
}

/// A process that goes by the plan, by a clock that the test moves.
pub(super) struct House {
    pub(super) store: Store,
    pub(super) runner: Runner,
    pub(super) launch: watch::Sender<config::Launch>,
    hand: Arc<AtomicI64>,
}

impl House {
    pub(super) async fn open(
        path: &Path,
        (hand, script): (&Arc<AtomicI64>, &Script),
        launch: config::Launch,
    ) -> Self {
        let clock = Clock::Simulated(Arc::clone(hand));
        let store = Store::open(path, &Options::default(), clock.clone()).expect("a store");
        let ops = DestinationName::parse("ops").expect("a name");
        store.know_destinations(vec![ops.clone()]).await.expect("known");
        let rules = Rules {
            group: GroupName::alone("ops"),
            windows: Vec::new(),
            quota: None,
            breaker: None,
        };
        store.rule_lanes(vec![(ops.clone(), rules)]).await.expect("ruled");
        let front = Front::new(Limits::new(&[]), Trusted::new(Vec::new()), Cors::new(Vec::new()));
        let metrics = Metrics::new("test");
        let alerts = config::Alerts {
            to: vec![ops],
            ..config::Alerts::default()
        };
        // Its sender may go: nobody else is told.
        let told = watch::Sender::new(Arc::new(alerts)).subscribe();
        let launch = watch::Sender::new(launch);
        let slice = Launch::new(Parts {
            store: store.clone(),
            auth: Auth::new(store.clone(), Arc::new(front), clock.clone()),
            metrics: metrics.clone(),
            clock: clock.clone(),
            launch: launch.subscribe(),
            senses: script.senses(hand),
            hands: script.hands(hand),
            notices: Notices::new(store.clone(), metrics, clock, told),
        });
        Self {
            runner: slice.runner(),
            store,
            launch,
            hand: Arc::clone(hand),
        }
    }

    /// All that is to happen now.
    pub(super) async fn run(&mut self) {
        for _ in 0..40 {
            if self.runner.work().await.expect("a look") != Next::Again {
                return;
            }
        }
        panic!("there is no end to it");
    }

    /// Lets time pass, a minute at a time where `until` is near, else half an hour.
    pub(super) async fn pass(&mut self, until: Millis, step_ms: i64) {
        while self.hand.load(Ordering::Relaxed) < until.0 {
            self.hand.fetch_add(step_ms, Ordering::Relaxed);
            self.run().await;
        }
    }

    /// What was said, the oldest first: the payloads of the plan's events.
    pub(super) async fn said(&self) -> Vec<Value> {
        let page = PageRequest {
            after: None,
            limit: 500,
        };
        let events = self
            .store
            .events(EventFilter::default(), page)
            .await
            .expect("events");
        let mut said = Vec::new();
        for (event, _) in events.items.into_iter().rev() {
            assert_eq!(
                (event.kind.as_str(), event.source.as_str()),
                ("GANTRY_LAUNCH", "gantry")
            );
            let story = self
                .store
                .event(event.id)
                .await
                .expect("a look")
                .expect("an event");
            assert_eq!(story.deliveries.len(), 1, "to whom alerts go, once");
            said.push(serde_json::from_str(&event.payload).expect("JSON"));
        }
        said
    }

    /// Of which step was said what, the oldest first.
    pub(super) async fn told(&self) -> Vec<(String, String)> {
        let text = |payload: &Value, member: &str| payload[member].as_str().expect(member).to_owned();
        let said = self.said().await;
        said.iter()
            .map(|one| (text(one, "step"), text(one, "state")))
            .collect()
    }

    pub(super) async fn kept(&self, at: Millis) -> Vec<(Step, Kept)> {
        self.store.launch_steps(at).await.expect("steps")
    }

    pub(super) async fn endings(&self, at: Millis) -> Vec<Option<Ending>> {
        self.kept(at)
            .await
            .into_iter()
            .map(|(_, kept)| kept.ending)
            .collect()
    }

    pub(super) async fn close(self) {
        assert!(self.store.verify().await.expect("a look").is_clean());
        self.store.close().await.expect("it closes");
    }

    /// The process is killed: another finds the file as it is.
    pub(super) async fn killed(self, path: &Path, script: &Script) -> Self {
        let copy = path.with_extension("killed");
        std::fs::copy(path, &copy).expect("a copy");
        let (hand, launch) = (Arc::clone(&self.hand), self.launch.borrow().clone());
        drop(self.runner);
        self.store.close().await.expect("it closes");
        std::fs::rename(&copy, path).expect("its file");
        Self::open(path, (&hand, script), launch).await
    }
}
