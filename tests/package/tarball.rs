//! The tarball: what is in it, and at the full size a binary that asks nothing of the machine but its kernel.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::debian::FIRST;
use crate::process::{Connection, POLL, Start, Vote, long, new_file};
use crate::receiver::receiver;

/// How long a delivery may take.
const BOUND: Duration = Duration::from_secs(30);

/// Runs a line of shell at the root of the tree that must succeed; what it said.
fn sh(line: &str) -> String {
    let output = Command::new("sh")
        .args(["-ec", line])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{line}: {said}");
    said
}

/// At the full size it is built as it is released, statically; else it holds the binary under test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tarball_holds_a_binary_that_runs_and_digests_that_are_right() {
    let binary = match long() {
        true => String::new(),
        false => format!("--binary {}", env!("CARGO_BIN_EXE_gantry")),
    };
    sh(&format!("packaging/build {binary} --version {FIRST} tarball"));
    sh("cd target/packages && sha256sum --check --strict SHA256SUMS");
    let to = tempfile::tempdir().unwrap();
    let binary = to.path().join("bin/gantry");
    let to = to.path().display();
    sh(&format!(
        "tar --extract --file target/packages/gantry-{FIRST}-linux-*.tar.gz --directory {to} --strip-components=1"
    ));
    assert!(sh(&format!("{to}/bin/gantry --version")).starts_with("gantry "));
    sh(&format!(
        "cmp {to}/gantry.toml packaging/gantry.toml && cmp {to}/examples/gantry.d.ts packaging/gantry.d.ts && man --where --manpath={to}/share/man gantry-serve"
    ));
    if long() {
        assert_runs_alone(&binary).await;
    }
}

/// It serves, counts and delivers to a name in a directory that has nothing else in it: no library, no `/proc`, no zones.
async fn assert_runs_alone(binary: &Path) {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    std::fs::copy(binary, at("gantry")).unwrap();
    new_file(&at("gantry.redb")).await;
    let (crm, deliveries) = receiver();
    std::fs::create_dir(at("etc")).unwrap();
    std::fs::write(at("etc/hosts"), "127.0.0.1 crm.example\n").unwrap();
    let toml = format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[launch]\ntimezone = \"America/Los_Angeles\"\n[alerts]\nto = [\"crm\"]\n\
         [[destination]]\nname = \"crm\"\nurl = \"http://crm.example:{}/hook\"\n",
        crm.port()
    );
    std::fs::write(at("gantry.toml"), toml).unwrap();

    let server = Start::within(root.path());
    let server = server.run().unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut visitor = Connection::open(server.public).await.unwrap();
    assert_eq!(Vote(1).cast(&mut visitor).await.unwrap().status, 202);
    let polled = visitor.get(&format!("/api/polls/{POLL}")).await.unwrap().json();
    assert_eq!(polled["totalVotes"], 1, "{polled}");
    let told = server.admin("POST /api/alerts/test", "{}").await;
    assert_eq!(told.status, 202, "{told:?}");
    let came = deliveries.recv_timeout(BOUND).expect("it is delivered");
    assert!(came.starts_with("POST /hook "), "{came}");
    server.assert_clean().await;
    server.stop();
    sh(&format!(
        "chroot {} /gantry verify /gantry.redb",
        root.path().display()
    ));
}
