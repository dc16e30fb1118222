//! The real binary, told by SIGHUP that its configuration has changed.

use rustix::process::Signal;

use crate::process::Process;
use crate::receiver::Receiver;
use crate::stage::{QUICK, destination, event, outward, route, until};
use crate::support::http::Door;

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
    let process = Process::start(directory.path(), &[]);
    process.said("\"ready\"").await;
    let owner = process.owner();
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
    process.said("configuration read again").await;
    post("second").await;
    assert_eq!(other.wait(1).await[0].key(), "second");

    write(&outward(&[destination(
        "crm",
        &one.url(),
        "body = \"{{ wrong }}\"",
    )]));
    process.tell(Signal::HUP);
    process.said("`wrong` is unknown").await;
    assert_eq!(configured(&owner).await, ["crm", "log"]);
    assert!(process.end().await.success());
}
