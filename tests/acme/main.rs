//! Certificates signed by a real authority on loopback, Debian's pebble, which looks for real proofs.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper of a test fails the test, and says what its authority said"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../https/authority.rs"]
mod authority;
#[path = "../https/client.rs"]
mod client;
mod failing;
mod kept;
mod obtained;
mod pebble;
