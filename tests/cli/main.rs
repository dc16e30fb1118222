//! The command line as its user meets it.
#![expect(clippy::expect_used, reason = "a fixture that fails should fail its test")]

#[path = "../https/authority.rs"]
mod authority;
mod doctor;
mod events;
mod files;
mod ground;
mod init;
mod replays;
mod server;
