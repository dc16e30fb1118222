//! A receiver that outlives every kill: keeps every call as it came, and answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::receiver::{answer, read};

/// However slow the machine is, what is waited for comes within.
const BOUND: Duration = Duration::from_secs(60);

/// A call, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The event's key.
    pub(crate) key: String,
    /// The delivery's id.
    pub(crate) delivery: String,
    pub(crate) at: Instant,
    /// What was answered, whether or not somebody was left to read it.
    pub(crate) answered: Option<u16>,
}

/// The status for an event's key; `None`: the answer waits until it is told otherwise.
type Script = Arc<dyn Fn(&str) -> Option<u16> + Send + Sync>;

/// Listens until it is dropped.
pub(crate) struct Witness {
    pub(crate) at: SocketAddr,
    shared: Arc<Shared>,
    _listening: JoinSet<()>,
}

struct Shared {
    /// How long every answer takes.
    takes: Duration,
    script: Mutex<Script>,
    calls: Mutex<Vec<Call>>,
    /// Told of every call and every answer, and of another script.
    news: Notify,
}

impl Witness {
    /// Takes everything, each after a while.
    pub(crate) async fn start(takes: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            takes,
            script: Mutex::new(Arc::new(|_| Some(200))),
            calls: Mutex::default(),
            news: Notify::new(),
        });
        let serving = Arc::clone(&shared);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                connections.spawn(async move { drop(shared.serve(stream).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            at,
            shared,
            _listening: listening,
        }
    }

    /// Answers so from now on, those that wait for their answer among them.
    pub(crate) fn then(&self, script: impl Fn(&str) -> Option<u16> + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
        self.shared.news.notify_waiters();
    }

    /// Every call so far, in the order in which they came.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// The id under which each event came, by its key. No event came under two.
    pub(crate) fn ids(&self) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::new();
        for Call { key, delivery, .. } in self.calls() {
            let first = ids.entry(key.clone()).or_insert_with(|| delivery.clone());
            assert_eq!(*first, delivery, "{key} under two ids");
        }
        ids
    }

    /// Waits until what has come is as it should be.
    pub(crate) async fn until(&self, is_so: impl Fn(&[Call]) -> bool) {
        let waits = async {
            loop {
                let news = self.shared.news.notified();
                if is_so(&self.shared.calls.lock().unwrap()) {
                    return;
                }
                news.await;
            }
        };
        let came = timeout(BOUND, waits).await;
        came.unwrap_or_else(|_| panic!("what is waited for did not come within {BOUND:?}"));
    }

    /// Waits until an event has been answered.
    pub(crate) async fn answered(&self, key: &str) {
        let is_answered = |call: &Call| call.key == key && call.answered.is_some();
        self.until(|calls| calls.iter().any(is_answered)).await;
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        while let Some((headers, body)) = read(&mut stream).await? {
            let json: Value = serde_json::from_slice(&body).unwrap_or_default();
            let key = json["idempotencyKey"].as_str().unwrap_or_default().to_owned();
            let nth = self.note(Call {
                key: key.clone(),
                delivery: headers.get("idempotency-key").cloned().unwrap_or_default(),
                at: Instant::now(),
                answered: None,
            });
            sleep(self.takes).await;
            let status = self.status(&key).await;
            let wrote = answer(&mut stream, &format!("{status} Said")).await;
            self.calls.lock().unwrap()[nth].answered = Some(status);
            self.news.notify_waiters();
            wrote?;
        }
        Ok(())
    }

    fn note(&self, call: Call) -> usize {
        let mut calls = self.calls.lock().unwrap();
        calls.push(call);
        self.news.notify_waiters();
        calls.len() - 1
    }

    async fn status(&self, key: &str) -> u16 {
        loop {
            let news = self.news.notified();
            let script = self.script.lock().unwrap().clone();
            match script(key) {
                Some(status) => return status,
                None => news.await,
            }
        }
    }
}
