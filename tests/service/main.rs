//! The service: the test plays systemd, which holds the sockets, hands over secrets, is told how things stand, and lets the
//! process do only what the unit allows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

#[path = "../https/authority.rs"]
mod authority;
#[path = "../process/mod.rs"]
mod process;

mod crowd;
mod manager;
mod receiver;

mod sockets;
mod unit;
mod upgrade;
