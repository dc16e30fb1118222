//! kill -9, again and again, while voters vote, events come and leave, what was recorded is sent again, its owner
//! is at work, and the launch's plan is gone by.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

#[path = "../process/mod.rs"]
mod process;

mod asking;
mod ballots;
mod receiver;
mod sources;
mod witness;

mod acts;
mod breakers;
mod events;
mod plan;
mod replays;
mod settling;
mod votes;
mod webhooks;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The longest life before a kill.
const LIFE_MAX_MS: u64 = 400;

fn assert_clean_offline(data: &Path) {
    let verified = Command::new(env!("CARGO_BIN_EXE_gantry"))
        .arg("verify")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{said}");
}

/// Writes the configuration of one destination, `crm` at `at`, that everything goes to as fast as it can; `lines` say more of it.
fn configure(data: &Path, at: SocketAddr, lines: &str) {
    let toml = format!(
        r#"
        [egress]
        allow = ["127.0.0.0/8"]

        [[destination]]
        name = "crm"
        url = "http://{at}/hook"
        rate = "10000/s burst 100"
        pace_jitter = 0.0
        timeout = "20s"
        {lines}

        [[route]]
        type = "*"
        to = ["crm"]
        "#
    );
    std::fs::write(data.with_extension("toml"), toml).unwrap();
}
