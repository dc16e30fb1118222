//! The real binary, told by SIGHUP that its configuration has changed.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::receiver::Receiver;
use crate::stage::{QUICK, destination, event, outward, route, until};
use crate::support::http::Door;

/// What it writes to standard error.
const LOG: &str = "log";

/// A server that is killed with its test.
struct Process(Child);

impl Process {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.args(["serve", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        command.env("GANTRY_ADMIN_TOKEN", "gty_of-this-test");
        let log = std::fs::File::create(directory.join(LOG)).expect("a file");
        command.current_dir(directory).stdin(Stdio::null()).stderr(log);
        Self(command.spawn().expect("it starts"))
    }

    fn tell(&self, signal: Signal) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("told");
    }

    async fn end(mut self) -> ExitStatus {
        self.tell(Signal::TERM);
        tokio::task::spawn_blocking(move || self.0.wait().expect("it ends"))
            .await
            .expect("waited")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended is as good.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The names of the destinations that are configured.
async fn configured(owner: &Door) -> Vec<String> {
    let list = owner.get("/api/destinations").await.json();
    let items = list["items"].as_array().expect("items").iter();
    let items = items.filter(|item| item["configured"] == true);
    items
        .map(|item| item["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn a_hangup_brings_another_destination_and_a_wrong_configuration_changes_nothing() {
    let (one, other) = (Receiver::glad().await, Receiver::glad().await);
    let directory = tempfile::tempdir().expect("a directory");
    let write = |toml: &str| std::fs::write(directory.path().join("gantry.toml"), toml).expect("written");
    let crm = destination("crm", &one.url(), QUICK);
    write(&outward(&[crm.clone(), route(&["crm"])]));
    let process = Process::start(directory.path());
    let socket = directory.path().join("gantry.redb.sock");
    let said = async |words: &str| {
        let log = directory.path().join(LOG);
        let said = || std::fs::read_to_string(&log).expect("the log").contains(words);
        until(|| async { said().then_some(()) }).await;
    };
    said("\"ready\"").await;
    let owner = Door::unix(&socket);
    let post = async |key: &str| {
        let answer = owner.post("/api/events", &event(key)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    };
    post("first").await;
    assert_eq!(one.wait(1).await[0].key(), "first");

    let log = destination("log", &other.url(), QUICK);
    write(&outward(&[crm.clone(), log, route(&["crm", "log"])]));
    process.tell(Signal::HUP);
    until(|| async { (configured(&owner).await == ["crm", "log"]).then_some(()) }).await;
    said("configuration read again").await;
    post("second").await;
    assert_eq!(other.wait(1).await[0].key(), "second");

    write(&outward(&[destination(
        "crm",
        &one.url(),
        "body = \"{{ wrong }}\"",
    )]));
    process.tell(Signal::HUP);
    said("`wrong` is unknown").await;
    assert_eq!(configured(&owner).await, ["crm", "log"]);
    assert!(process.end().await.success());
}
