//! Events delivered to a receiver that really listens, through the whole appliance.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a helper of a test fails the test, and tells the time as it is"
)]

#[path = "../support/mod.rs"]
mod support;

mod collector;
mod issuer;
#[path = "../../src/outbound/tests/mail_server.rs"]
mod mail_server;
mod process;
mod receiver;
mod signed;
mod stage;
mod tls_receiver;

mod alerts;
mod arriving;
mod batches;
mod behaviours;
mod command;
mod credentials;
mod grouped;
mod hangup;
mod launch;
mod mail;
mod metrics;
mod outage;
mod owner;
mod pacing;
mod presets;
mod refused;
mod reloading;
mod replays;
mod restarting;
mod secrets;
mod set_back;
mod spans;
mod stopped;
mod story;
mod tls;
mod tokens;
mod traces;
mod trial;
mod trust;
mod waiting;
