//! The description of the API by other people's tools: asked of a running appliance, read by a linter, made into types.
//!
//! `tests/run` fetches the tools into `target/openapi`, at the versions of `requirements.txt` and `package.json`. What schemathesis
//! leaves out, and why, stands in `schemathesis.toml`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it found"
)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../support/site.rs"]
mod site;

mod answers;
mod rules;
mod stage;
mod types;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the tests of this directory are.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi")
}

/// A part that `tests/run` has fetched.
fn part(path: &str) -> PathBuf {
    let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/openapi");
    let part = parts.join(path);
    assert!(
        part.exists(),
        "tests/run fetches it: {} is not there",
        part.display()
    );
    part
}

/// Whether a tool was content, and all that it said.
fn run(command: &mut Command) -> (bool, String) {
    let ran = command.stdin(Stdio::null()).output().expect("it is there");
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}
