//! A server that is there and cannot: stopped where it stands, or without a place for one more row.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::timeout;

use crate::postgres::own;
use crate::process::long;
use crate::stage::{Stage, Way, current, events, init, post_all, status, until};

/// Longer than a transaction may take.
const LONG: Duration = Duration::from_secs(75);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_where_it_stands_holds_nothing_up_and_misses_nothing() {
    let mut stage = Stage::start(Way::Direct).await;
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    post_all(&appliance, &events(0..20)).await;
    current(&appliance).await;
    stage.server.stop();
    post_all(&appliance, &events(20..60)).await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u1", "k1")).await;
    if long() {
        // As long as it takes to be given up.
        let given_up = async {
            while status(&appliance).await["state"] != "failing" {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        timeout(LONG, given_up).await.expect("it is given up");
        let why = status(&appliance).await["failure"]["message"].to_string();
        assert!(why.contains("did not answer within 30 s"), "{why}");
        post_all(&appliance, &events(60..100)).await;
    }
    stage.server.go_on();
    stage.assert_same(&appliance).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_refuses_goes_once_there_is_a_place_for_it() {
    let mut stage = Stage::start(Way::Bounced).await;
    let disk = SmallDisk::mounted(&stage.server.directory().join("small"));
    let appliance = stage.appliance().start().await;
    init(&appliance).await;
    let owner = stage.database().await;
    let place = format!("CREATE TABLESPACE small LOCATION '{}'", disk.at.display());
    owner.run(&place).await;
    owner
        .run("ALTER TABLE marketing_events SET TABLESPACE small")
        .await;
    // Stored as it is: what is compressed takes no place.
    owner
        .run("CREATE TABLE ballast (b text) TABLESPACE small; ALTER TABLE ballast ALTER COLUMN b SET STORAGE EXTERNAL")
        .await;
    while owner
        .tries("INSERT INTO ballast SELECT repeat('b', 100000)")
        .await
        .is_ok()
    {}
    while owner.tries("INSERT INTO ballast VALUES ('b')").await.is_ok() {}
    post_all(&appliance, &events(0..400)).await;
    let failing = until(&appliance, |status| status["state"] == "failing").await;
    let why = failing["failure"]["message"].as_str().unwrap();
    assert!(why.contains("(53100)"), "{why}");
    owner.run("DROP TABLE ballast").await;
    stage.assert_same(&appliance).await;
    assert_eq!(status(&appliance).await["setAside"], 0);
    drop(appliance);
    stage.server.end();
}

/// A disk of a few megabytes, in memory. Dropping it takes it away.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    fn mounted(at: &Path) -> Self {
        std::fs::create_dir(at).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "gantry-test"])
            .arg(at)
            .status();
        assert!(mount.unwrap().success(), "root may mount");
        own(at);
        Self { at: at.to_owned() }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that was killed may still be ending.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(&self.at)
            .stdin(Stdio::null())
            .status();
    }
}
