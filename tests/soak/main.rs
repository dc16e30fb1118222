//! Soaks: load that goes on for an hour, and what it leaves in memory, in the file and among descriptors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a helper of a test fails the test, tells the time as it is, and says what it measured"
)]

#[path = "../support/postgres/mod.rs"]
mod postgres;
#[path = "../process/mod.rs"]
mod process;
#[path = "../support/mod.rs"]
mod support;

mod crowd;
mod judge;
mod others;
mod stage;
mod watch;

mod launch_day;
mod plateau;
