//! What the unit lets it do is enough for all it does.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::crowd::record;
use crate::manager::{Manager, priority, status_of, under_the_unit};
use crate::process::{Connection, Vote};
use crate::receiver::receiver;

/// How long a delivery, or the command after a backup, may take.
const BOUND: Duration = Duration::from_secs(30);

fn config(receiver: SocketAddr, routed: &str) -> String {
    format!(
        r#"
[egress]
allow = ["127.0.0.0/8"]
[limits]
vote = "off"
[backup]
at = "off"
after = 'cp "$1" "$1.elsewhere"'
[[destination]]
name = "crm"
url = "http://{receiver}/leads"
headers = {{ Authorization = "credential:crm-token" }}
[[route]]
type = "{routed}"
to = ["crm"]
"#
    )
}

#[test]
fn the_lists_of_the_unit_are_enforced() {
    for command in [
        &["chroot", "/", "true"][..],
        &["chown", "--reference=/", "/"],
        &["unshare", "--mount", "true"],
        &[
            "python3",
            "-c",
            "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        ],
        &["python3", "-c", "import mmap; mmap.mmap(-1, 4096, prot=7)"],
    ] {
        let said = under_the_unit(command);
        assert!(said.contains("Operation not permitted"), "{command:?}: {said:?}");
    }
    assert_eq!(under_the_unit(&["echo", "allowed"]), "allowed\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_deliveries_backups_and_reloads_want_nothing_that_the_unit_forbids() {
    let (at, deliveries) = receiver();
    let mut manager = Manager::new(&config(at, "LEAD_*"));
    manager.credential("crm-token", "Bearer from-systemd\n");
    manager.start().await;
    assert_eq!(status_of(manager.pid(), "Seccomp"), "2");
    assert_eq!(status_of(manager.pid(), "NoNewPrivs"), "1");
    manager.told("WATCHDOG=1").await;
    let key = manager.furnish().await;

    let mut visitor = Connection::open(manager.public).await.unwrap();
    for voter in 0..100 {
        assert_eq!(Vote(voter).cast(&mut visitor).await.unwrap().status, 202);
    }
    assert_eq!(record(&mut visitor, &key, 1).await.unwrap().0, 202);
    let came = deliveries.recv_timeout(BOUND).expect("it is delivered");
    assert!(
        came.starts_with("POST /leads ") && came.contains("Bearer from-systemd\r\n"),
        "{came}"
    );

    let made = manager.ask("POST /api/backups", "").await;
    assert_eq!(made.status, 201, "{made:?}");
    // The command runs once it is answered.
    let begun = Instant::now();
    while !names_in(&manager.state().join("backups"))
        .iter()
        .any(|name| name.ends_with(".elsewhere"))
    {
        assert!(begun.elapsed() < BOUND, "it was not copied");
        sleep(Duration::from_millis(20)).await;
    }
    let compacted = manager.ask("POST /api/compact", "").await;
    assert!(compacted.status < 300, "{compacted:?}");

    // Routes nothing any more, until it is told to again.
    manager.configure(&config(at, "CAMPAIGN_*"));
    manager.reload().await;
    assert_eq!(record(&mut visitor, &key, 2).await.unwrap().0, 202);
    manager.configure(&config(at, "LEAD_*"));
    manager.reload().await;
    assert_eq!(record(&mut visitor, &key, 3).await.unwrap().0, 202);
    let came = deliveries.recv_timeout(BOUND).expect("it is delivered");
    assert!(came.contains(r#""n":3"#), "{came}");

    manager.assert_clean().await;
    manager.stop().await;
    for line in manager.said() {
        let (level, text) = priority(&line);
        assert_eq!(
            level,
            Some(6),
            "the journal would not know it, or it is a warning: {line}"
        );
        assert!(text.starts_with('{'), "{line}");
    }
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}
