//! The command line as its user meets it.
#![expect(clippy::expect_used, reason = "a fixture that fails should fail its test")]

mod doctor;
mod events;
mod files;
mod ground;
mod replays;
mod server;
