//! What the tests through the production entry share: a whole [`Appliance`] in this process, and clients of its doors.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod described;
pub(crate) mod http;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use gantry::app::{self, Launch, Reload, Running, Stopped};
use gantry::config::{self, Config, ConfigFile, Overrides, Retention, Sources};
use gantry::metrics::Metrics;
use gantry::model::key::KeySecret;
use gantry::runtime::Inherited;
use gantry::store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use http::{Answer, Door};

/// The admin token of every appliance under test.
pub(crate) const ADMIN_TOKEN: &str = "gty_the-admin-token-of-the-tests";

/// What an appliance is started with.
#[derive(Default)]
pub(crate) struct Builder {
    toml: String,
    environment: Vec<(String, String)>,
    site: Option<Router>,
    directory: Option<TempDir>,
    retention: Option<Retention>,
}

/// A running appliance on free ports and a data file of its own. It is stopped when dropped, which fails the test if it
/// does not end in order.
pub(crate) struct Appliance {
    /// Where visitors come.
    pub(crate) public: Door,
    /// Where plain HTTP is led over to HTTPS.
    pub(crate) plain: Option<SocketAddr>,
    /// The admin address, with the admin token.
    pub(crate) admin: Door,
    /// The admin address, without a key.
    pub(crate) stranger: Door,
    /// The unix socket.
    pub(crate) owner: Door,
    pub(crate) socket: PathBuf,
    pub(crate) store: Store,
    pub(crate) metrics: Metrics,
    reload: Reload,
    runtime: tokio::runtime::Handle,
    toml: String,
    environment: Vec<(String, String)>,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<JoinHandle<Result<(), Stopped>>>,
    directory: Option<TempDir>,
}

/// What the appliance's thread hands over when it serves.
struct Started {
    public: SocketAddr,
    admin: SocketAddr,
    plain: Option<SocketAddr>,
    socket: PathBuf,
    store: Store,
    metrics: Metrics,
    reload: Reload,
    runtime: tokio::runtime::Handle,
}

impl Builder {
    /// Adds configuration, as it would stand in the file. Limits are off unless it has a section of them.
    pub(crate) fn config(mut self, toml: &str) -> Self {
        self.toml.push_str(toml);
        self.toml.push('\n');
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the public address serves beside our own paths.
    pub(crate) fn site(mut self, site: Router) -> Self {
        self.site = Some(site);
        self
    }

    /// Uses the data file of an appliance that has stopped.
    pub(crate) fn directory(mut self, directory: TempDir) -> Self {
        self.directory = Some(directory);
        self
    }

    /// How long things are kept, also for shorter than a file may ask.
    pub(crate) fn retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
        self
    }

    pub(crate) async fn start(mut self) -> Appliance {
        if !self.toml.contains("[limits]") {
            self.toml
                .push_str("[limits]\nvote = \"off\"\nconvert = \"off\"\nform = \"off\"\n");
            self.toml
                .push_str("page = \"off\"\nwebhook = \"off\"\nauth = \"off\"\n");
        }
        let directory = self.directory.take();
        let directory = directory.unwrap_or_else(|| tempfile::tempdir().expect("a directory"));
        let mut config = read(&self.toml, &self.environment, &directory);
        config.retention = self.retention.unwrap_or(config.retention);
        let launch = Launch {
            config,
            config_path: None,
            overrides: Overrides::default(),
            logs: None,
            admin_token: Some(KeySecret::from_text(ADMIN_TOKEN)),
            site: self.site,
            inherited: Inherited::default(),
        };
        let (started, begins) = oneshot::channel();
        let (stop, stops) = oneshot::channel();
        let thread = std::thread::spawn(move || run(launch, started, stops));
        let Ok(Started {
            public,
            admin,
            plain,
            socket,
            store,
            metrics,
            reload,
            runtime,
        }) = begins.await
        else {
            panic!("the appliance did not start: {:?}", thread.join());
        };
        let stranger = Door::tcp(admin).with("host", &admin.to_string());
        Appliance {
            public: Door::tcp(public),
            plain,
            admin: stranger.with("authorization", &format!("Bearer {ADMIN_TOKEN}")),
            stranger,
            owner: Door::unix(&socket),
            socket,
            store,
            metrics,
            reload,
            runtime,
            toml: self.toml,
            environment: self.environment,
            stop: Some(stop),
            ended: Some(thread),
            directory: Some(directory),
        }
    }
}

/// The configuration of a file's text and the environment.
fn read(toml: &str, environment: &[(String, String)], directory: &TempDir) -> Config {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let sources = Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: toml.to_owned().into_bytes(),
        }),
        environment: environment.to_vec(),
        flags: Overrides {
            public: Some(free),
            admin: Some(free),
            data: Some(directory.path().join("gantry.redb")),
        },
        read_secret: |path| std::fs::read(path),
    };
    config::load_checked(&sources, &app::CHECKS).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The appliance's own thread and runtime, so that a test can wait for its end wherever it stands.
fn run(
    launch: Launch,
    started: oneshot::Sender<Started>,
    stop: oneshot::Receiver<()>,
) -> Result<(), Stopped> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let running = Arc::new(app::start(launch).await?);
        drop(started.send(handles(&running)));
        // Sent, or dropped with the test: either way it is over.
        drop(stop.await);
        running.stop();
        let running = Arc::into_inner(running).expect("nobody else has it");
        running.wait().await
    })
}

fn handles(running: &Running) -> Started {
    Started {
        public: running.public,
        admin: running.admin,
        plain: running.plain,
        socket: running.socket.clone(),
        store: running.store.clone(),
        metrics: running.metrics.clone(),
        reload: running.reload.clone(),
        runtime: tokio::runtime::Handle::current(),
    }
}

impl Appliance {
    /// An appliance as it comes, but for limits, which are off.
    pub(crate) async fn start() -> Self {
        Self::build().start().await
    }

    pub(crate) fn build() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, where visitors come.
    pub(crate) fn public_url(&self) -> String {
        self.public.url()
    }

    /// `http://127.0.0.1:PORT`, where the owner comes.
    pub(crate) fn admin_url(&self) -> String {
        self.admin.url()
    }

    pub(crate) async fn create_poll(&self, poll: Value) {
        let answer = self.admin.post("/api/polls", &poll).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// A poll between `a` and `b`, open to everyone from now on.
    pub(crate) async fn open_poll(&self, id: &str) {
        self.create_poll(draft(id)).await;
    }

    pub(crate) async fn vote(&self, poll: &str, option: &str, (user, key): (&str, &str)) -> Answer {
        self.public
            .post("/api/vote", &ballot(poll, option, (user, key)))
            .await
    }

    /// The results as visitors see them.
    pub(crate) async fn results(&self, poll: &str) -> Value {
        let answer = self.public.get(&format!("/api/polls/{poll}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub(crate) async fn total(&self, poll: &str) -> u64 {
        self.results(poll).await["totalVotes"].as_u64().expect("a total")
    }

    /// Fails unless every invariant of the data file holds.
    pub(crate) async fn assert_clean(&self) {
        let report = self.admin.post("/api/verify", &Value::Null).await;
        assert_eq!(report.status, 200, "{}", report.text());
        assert_eq!(report.json()["clean"], true, "{}", report.text());
    }

    /// Puts another configuration in force, made of the one before by `change`, as SIGHUP would.
    pub(crate) async fn reload(&mut self, change: impl FnOnce(&str) -> String) {
        self.toml = change(&self.toml);
        let directory = self.directory.as_ref().expect("its directory");
        let config = read(&self.toml, &self.environment, directory);
        let reload = self.reload.clone();
        // Within the appliance's own runtime: what is started there ends there.
        let applied = self.runtime.spawn(async move { reload.apply(config).await });
        applied
            .await
            .expect("applied")
            .expect("the configuration is taken up");
    }

    /// Runs `gantry` with these arguments, asking over the socket.
    pub(crate) fn gantry(&self, args: &[&str]) -> Output {
        let data = self.socket.with_extension("");
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.arg("--data").arg(data).args(args);
        command.output().expect("the binary runs")
    }

    /// Runs `gantry` with these arguments, asking the admin address with the admin token.
    pub(crate) fn gantry_from_elsewhere(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.args(["--url", &self.admin_url()]).args(args);
        command
            .env("GANTRY_TOKEN", ADMIN_TOKEN)
            .output()
            .expect("the binary runs")
    }

    /// Begins to stop, and goes on: [`Appliance::stop`] waits for the end.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops, and hands over the data file's directory.
    pub(crate) async fn stop(mut self) -> TempDir {
        self.begin_to_stop();
        let thread = self.ended.take().expect("it is running");
        let ended = tokio::task::spawn_blocking(|| thread.join()).await;
        ended
            .expect("waited")
            .expect("the appliance does not panic")
            .expect("it ends in order");
        self.directory.take().expect("its directory")
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        self.begin_to_stop();
        let Some(thread) = self.ended.take() else { return };
        let ended = thread.join();
        if !std::thread::panicking() {
            ended
                .expect("the appliance does not panic")
                .expect("it ends in order");
        }
    }
}

/// Posts events that are new, in one batch.
pub(crate) async fn post_all(appliance: &Appliance, events: &[Value]) {
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let answer = appliance
        .admin
        .send(::http::Method::POST, "/api/events/batch", lines.into())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let accepted = answer.text().matches("\"ACCEPTED\"").count();
    assert_eq!(accepted, events.len(), "{}", answer.text());
}

/// A poll between `a` and `b`.
pub(crate) fn draft(id: &str) -> Value {
    json!({
        "pollId": id,
        "question": "Which?",
        "options": [{ "id": "a", "label": "Option A" }, { "id": "b", "label": "Option B" }],
    })
}

pub(crate) fn ballot(poll: &str, option: &str, (user, key): (&str, &str)) -> Value {
    json!({ "pollId": poll, "optionId": option, "userId": user, "idempotencyKey": key })
}

/// `value` with the members of `other`; a member that is `null` there goes.
pub(crate) fn with(mut value: Value, other: Value) -> Value {
    let (Some(members), Value::Object(others)) = (value.as_object_mut(), other) else {
        panic!("both are objects");
    };
    for (name, member) in others {
        if member.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, member);
        }
    }
    value
}
