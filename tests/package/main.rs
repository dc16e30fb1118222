//! The Debian package, in a Debian that has nothing else: installed, run by its systemd, upgraded while people come, purged.
//! And the tarball.
//!
//! `tests/run` makes that Debian (`target/debian`) and cargo-deb; the packages are made here, of the binary under test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

#[path = "../https/authority.rs"]
mod authority;
#[path = "../service/crowd.rs"]
mod crowd;
#[path = "../process/mod.rs"]
mod process;
#[path = "../service/receiver.rs"]
mod receiver;

mod debian;

mod installing;
mod running;
mod tarball;
