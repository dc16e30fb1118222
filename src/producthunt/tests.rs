//! Asking over simulated time, by a way that plays a script.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::asker::{Asker, Way};
use super::{Figures, Parts, ProductHunt, Standing, Trouble};
use crate::clock::Clock;
use crate::config::{self, Post, Secret};
use crate::metrics::{HuntOutcome, Metrics, SeriesId};
use crate::model::time::Millis;
use crate::outbound::{Answer, BodyEnd, Request, SendError};
use crate::runtime::{Next, Shutdown, Worker};
use crate::store::{Options, Store};
use crate::web::auth::Auth;
use crate::web::cors::Cors;
use crate::web::front::Front;
use crate::web::{Limits, Trusted};

const BEGAN: i64 = 1_796_112_060_000;
const MINUTE: i64 = 60_000;
const TOKEN: &str = "a-token-of-the-tests";

/// What is said to each call, the first first; and when each came, with what.
#[derive(Clone)]
struct Script {
    hand: Arc<AtomicI64>,
    answers: Arc<Mutex<VecDeque<Result<Answer, SendError>>>>,
    calls: Arc<Mutex<Vec<(i64, Request)>>>,
}

impl Way for Script {
    async fn send(&mut self, request: Request) -> Result<Answer, SendError> {
        let at = (self.hand.load(Relaxed) - BEGAN) / 1_000;
        self.calls.lock().unwrap().push((at, request));
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(counted(1, 0)))
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_owned()),
        end: BodyEnd::Whole,
        excerpt: String::new(),
        took: Duration::ZERO,
    }
}

fn counted(votes: u64, comments: u64) -> Answer {
    let post = json!({ "votesCount": votes, "commentsCount": comments });
    answer(200, &json!({ "data": { "post": post } }).to_string())
}

/// The same with what is left, and for how many seconds.
fn left(answer: Answer, remaining: i64, reset_s: i64) -> Answer {
    let fields = [
        ("x-rate-limit-limit", 6_250),
        ("x-rate-limit-remaining", remaining),
        ("x-rate-limit-reset", reset_s),
    ];
    let line = |(name, value): (&'static str, i64)| (HeaderName::from_static(name), HeaderValue::from(value));
    Answer {
        headers: fields.into_iter().map(line).collect(),
        ..answer
    }
}

/// The slice on a data file, with a script in the place of Product Hunt.
struct Stage {
    store: Store,
    metrics: Metrics,
    hunt: ProductHunt,
    asker: Asker<Script>,
    script: Script,
    post: watch::Sender<Arc<config::ProductHunt>>,
}

fn of(slug: &str) -> config::ProductHunt {
    config::ProductHunt {
        post: Some(Post {
            slug: slug.into(),
            token: Secret::new(TOKEN),
        }),
        ..config::ProductHunt::default()
    }
}

impl Stage {
    fn open(path: &Path, answers: Vec<Result<Answer, SendError>>) -> Self {
        Self::at(path, BEGAN, answers)
    }

    fn at(path: &Path, at: i64, answers: Vec<Result<Answer, SendError>>) -> Self {
        let hand = Arc::new(AtomicI64::new(at));
        let clock = Clock::Simulated(Arc::clone(&hand));
        let store = Store::open(path, &Options::default(), clock.clone()).unwrap();
        let front = Front::new(Limits::new(&[]), Trusted::new(Vec::new()), Cors::new(Vec::new()));
        let metrics = Metrics::new("test");
        let post = watch::Sender::new(Arc::new(of("my-product")));
        let hunt = ProductHunt::new(Parts {
            store: store.clone(),
            auth: Auth::new(store.clone(), Arc::new(front), clock.clone()),
            metrics: metrics.clone(),
            clock,
            shutdown: Shutdown::new(Duration::ZERO),
            post: post.subscribe(),
            egress: watch::Sender::new(config::Egress::default()).subscribe(),
            retention: watch::Sender::new(config::Retention::default()).subscribe(),
        });
        let script = Script {
            hand,
            answers: Arc::new(Mutex::new(answers.into())),
            calls: Arc::default(),
        };
        Self {
            asker: Asker::by(&hunt, script.clone(), || 0),
            store,
            metrics,
            hunt,
            script,
            post,
        }
    }

    fn forward(&self, ms: i64) {
        self.script.hand.fetch_add(ms, Relaxed);
    }

    async fn work(&mut self) -> Next {
        self.asker.work().await.unwrap()
    }

    /// Works until so long has passed, sleeping as the worker asks.
    async fn run(&mut self, ms: i64) {
        let end = self.script.hand.load(Relaxed) + ms;
        while let Next::After(rest) = self.work().await {
            let rest = i64::try_from(rest.as_millis()).unwrap();
            if self.script.hand.load(Relaxed) + rest > end {
                break;
            }
            self.forward(rest);
        }
    }

    /// When calls came, in seconds after the beginning.
    fn called(&self) -> Vec<i64> {
        self.script
            .calls
            .lock()
            .unwrap()
            .iter()
            .map(|(at, _)| *at)
            .collect()
    }

    fn standing(&self) -> Standing {
        self.hunt.standing().expect("a post")
    }

    async fn kept(&self, series: SeriesId) -> Vec<(i64, f64)> {
        let kept = self.store.series(series.id(), 0..u64::MAX).await.unwrap();
        let first = u64::try_from(BEGAN / MINUTE).unwrap();
        let since = |minute: u64| i64::try_from(minute).unwrap() - i64::try_from(first).unwrap();
        kept.into_iter()
            .map(|(minute, value)| (since(minute), value))
            .collect()
    }
}

fn directory() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gantry.redb");
    (directory, path)
}

#[tokio::test]
async fn it_is_asked_every_five_minutes_and_what_it_says_is_kept_by_the_minute() {
    let (_directory, path) = directory();
    let mut stage = Stage::open(
        &path,
        vec![Ok(counted(3, 1)), Ok(left(counted(9, 2), 6_190, 600))],
    );
    stage.run(6 * MINUTE).await;
    assert_eq!(stage.called(), [0, 300]);
    assert_eq!(stage.kept(SeriesId::HuntVotes).await, [(0, 3.0), (5, 9.0)]);
    assert_eq!(stage.kept(SeriesId::HuntComments).await, [(0, 1.0), (5, 2.0)]);
    let standing = stage.standing();
    let figures = Figures {
        votes: 9,
        comments: 2,
    };
    assert_eq!(standing.figures, Some((figures, Millis(BEGAN + 5 * MINUTE))));
    assert_eq!(standing.next_at, Some(Millis(BEGAN + 10 * MINUTE)));
    assert_eq!(standing.quota.map(|quota| quota.remaining), Some(6_190));
    assert_eq!((standing.slug.as_str(), standing.trouble), ("my-product", None));
    assert_eq!(stage.metrics.hunt_votes().get(), 9);
    assert_eq!(stage.metrics.hunt_requests(HuntOutcome::Answered).get(), 2);

    let (_, request) = stage.script.calls.lock().unwrap().remove(0);
    assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(request.headers["authorization"].is_sensitive());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["variables"], json!({ "slug": "my-product" }));
    assert!(
        body["query"]
            .as_str()
            .unwrap()
            .contains("votesCount commentsCount")
    );
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_waited_for_and_failures_twice_as_long_each_time() {
    let (_directory, path) = directory();
    let no = || Ok(answer(503, "busy"));
    let answers = vec![
        Ok(left(counted(1, 0), 0, 840)),
        Ok(left(answer(429, ""), 0, 900)),
        no(),
        no(),
        no(),
        Ok(counted(2, 0)),
    ];
    let mut stage = Stage::open(&path, answers);
    stage.run(45 * MINUTE).await;
    // 14 min, a quarter of an hour, then 60, 120 and 240 s, since it was too much before; and then as often as is written.
    assert_eq!(stage.called()[..7], [0, 840, 1_740, 1_800, 1_920, 2_160, 2_460]);
    assert_eq!(stage.standing().trouble, None);
    let count = |outcome| stage.metrics.hunt_requests(outcome).get();
    assert_eq!((count(HuntOutcome::Limited), count(HuntOutcome::Failed)), (1, 3));
}

#[tokio::test]
async fn an_answer_that_is_none_is_said_as_what_it_is_and_changes_no_number() {
    let (_directory, path) = directory();
    let with = |body: Value| answer(200, &body.to_string());
    let post =
        |votes: Value| with(json!({ "data": { "post": { "votesCount": votes, "commentsCount": 0 } } }));
    let no_numbers = "its answer has not the two numbers that were asked for";
    let cut = Answer {
        end: BodyEnd::Cut,
        ..counted(7, 7)
    };
    let broken = Answer {
        end: BodyEnd::Broken,
        ..counted(7, 7)
    };
    let cases = [
        (Ok(post(json!("many"))), no_numbers),
        (Ok(post(json!(-1))), no_numbers),
        (Ok(post(json!(1.5))), no_numbers),
        (Ok(post(json!(null))), no_numbers),
        (Ok(answer(200, "<h1>Just a moment…</h1>")), no_numbers),
        (Ok(answer(200, "")), no_numbers),
        (Ok(with(json!({}))), "its answer has no data"),
        (Ok(cut), "its answer is longer than 64 KiB"),
        (Ok(broken), "its answer broke off"),
        (Ok(answer(401, "")), "it refuses the token (401)"),
        (Ok(answer(301, "")), "it answered 301"),
        (Err(SendError::Timeout(Duration::from_secs(20))), "20000 ms"),
        (
            Ok(with(
                json!({ "data": null, "errors": [{ "message": format!("no {TOKEN}\u{7}") }] }),
            )),
            "it says: no [secret]",
        ),
        (
            Ok(with(
                json!({ "errors": [{ "error": "invalid_oauth_token", "error_description": "x".repeat(900) }] }),
            )),
            "it says: invalid_oauth_token: xxx",
        ),
        (
            Ok(with(json!({ "errors": [{ "error": "rate_limit_error" }] }))),
            "it says: rate_limit_error",
        ),
    ];
    let all = cases.len();
    let (answers, said): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let mut stage = Stage::open(&path, [vec![Ok(counted(5, 4))], answers].concat());
    stage.work().await;
    for expected in said {
        // Beyond any rest.
        stage.forward(2 * 60 * MINUTE);
        stage.work().await;
        let standing = stage.standing();
        let trouble = standing.trouble.expect("it is wrong");
        assert!(trouble.text().contains(expected), "{expected}: {trouble:?}");
        assert!(trouble.text().chars().count() < 250 && !trouble.text().contains(TOKEN));
        assert_eq!(
            standing.figures.map(|(figures, _)| figures.votes),
            Some(5),
            "the last that is known"
        );
    }
    assert_eq!(stage.called().len(), all + 1);
    assert_eq!(stage.kept(SeriesId::HuntVotes).await, [(0, 5.0)]);
}

#[tokio::test]
async fn a_post_that_is_not_there_yet_is_asked_for_as_often_as_one_that_is() {
    let (_directory, path) = directory();
    let none = || Ok(answer(200, r#"{"data":{"post":null}}"#));
    let mut stage = Stage::open(&path, vec![none(), none(), Ok(counted(1, 1))]);
    stage.run(6 * MINUTE).await;
    let expected = Trouble::NoPost("it knows no post \"my-product\"".to_owned());
    assert_eq!(stage.standing().trouble, Some(expected));
    stage.run(5 * MINUTE).await;
    assert_eq!(
        (stage.called(), stage.standing().trouble),
        (vec![0, 300, 600], None)
    );
    assert_eq!(stage.metrics.hunt_requests(HuntOutcome::Absent).get(), 2);
}

#[tokio::test]
async fn a_restart_knows_what_was_said_and_asks_no_sooner() {
    let (_directory, path) = directory();
    let mut stage = Stage::open(&path, vec![Ok(counted(8, 2))]);
    stage.run(MINUTE).await;
    stage.store.close().await.unwrap();

    let mut again = Stage::at(&path, BEGAN + 2 * MINUTE, vec![Ok(counted(9, 2))]);
    again.work().await;
    assert_eq!(again.called(), Vec::<i64>::new());
    let votes = |stage: &Stage| stage.standing().figures.map(|(figures, _)| figures.votes);
    assert_eq!(votes(&again), Some(8));
    let gauges = |stage: &Stage| {
        (
            stage.metrics.hunt_votes().get(),
            stage.metrics.hunt_comments().get(),
        )
    };
    assert_eq!(gauges(&again), (8, 2));
    assert!(again.standing().next_at >= Some(Millis(BEGAN + 5 * MINUTE)));
    again.run(5 * MINUTE).await;
    assert_eq!((again.called().len(), votes(&again)), (1, Some(9)));
    assert!(again.called()[0] >= 300);
}

#[tokio::test]
async fn another_post_begins_anew_one_that_is_mended_is_asked_at_once_and_none_is_not_asked() {
    let (_directory, path) = directory();
    let mut stage = Stage::open(
        &path,
        vec![Ok(counted(8, 2)), Ok(answer(401, "")), Ok(counted(1, 0))],
    );
    stage.work().await;
    stage.post.send_replace(Arc::new(of("another")));
    stage.work().await;
    let standing = stage.standing();
    assert_eq!((standing.slug.as_str(), standing.figures), ("another", None));
    assert_eq!(stage.metrics.hunt_votes().get(), 0, "of another");
    assert!(standing.trouble.is_some());
    stage.work().await;
    assert_eq!(stage.called().len(), 2, "it rests");
    stage.post.send_modify(|config| {
        let config = Arc::make_mut(config);
        config.post.as_mut().expect("a post").token = Secret::new("mended");
    });
    stage.work().await;
    assert_eq!((stage.called().len(), stage.standing().trouble), (3, None));

    stage.post.send_replace(Arc::default());
    assert_eq!(stage.work().await, Next::Wait);
    assert_eq!(stage.hunt.standing(), None);
    assert_eq!(stage.metrics.hunt_votes().get(), 0);
}

#[tokio::test]
async fn another_rest_is_reckoned_from_the_last_call_and_another_token_asked_at_once_where_there_is_room() {
    let (_directory, path) = directory();
    let answers = vec![
        Ok(counted(1, 0)),
        Ok(counted(2, 0)),
        Ok(left(counted(3, 0), 10, 600)),
        Ok(left(answer(429, ""), 0, 840)),
    ];
    let mut stage = Stage::open(&path, answers);
    let change = |stage: &Stage, change: fn(&mut config::ProductHunt)| {
        stage.post.send_modify(|config| change(Arc::make_mut(config)));
    };
    let next = |stage: &Stage| stage.standing().next_at.map(|at| (at.0 - BEGAN) / 1_000);
    change(&stage, |config| config.every = Duration::from_secs(86_400));
    stage.work().await;
    assert_eq!(next(&stage), Some(86_400));
    stage.forward(MINUTE);
    change(&stage, |config| config.every = Duration::from_secs(300));
    stage.work().await;
    assert_eq!((stage.called(), next(&stage)), (vec![0], Some(300)));
    let token = |config: &mut config::ProductHunt| {
        let post = config.post.as_mut().expect("a post");
        post.token = Secret::new(format!("{}-", post.token.expose()));
    };
    change(&stage, token);
    stage.work().await;
    assert_eq!((stage.called(), next(&stage)), (vec![0, 60], Some(360)));
    stage.forward(5 * MINUTE);
    stage.work().await;
    assert_eq!(next(&stage), Some(960), "hardly a point is left");
    change(&stage, token);
    change(&stage, |config| config.every = Duration::from_secs(60));
    stage.work().await;
    assert_eq!((stage.called(), next(&stage)), (vec![0, 60, 360], Some(960)));
    stage.forward(10 * MINUTE);
    stage.work().await;
    change(&stage, token);
    stage.work().await;
    assert_eq!(
        (stage.called().len(), next(&stage)),
        (4, Some(1_800)),
        "it was too much"
    );
}
