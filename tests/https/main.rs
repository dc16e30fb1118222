//! HTTPS as visitors and the owner meet it: names, protocols, certificates, and those who only want to be in the way.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test"
)]

#[path = "../support/mod.rs"]
mod support;

mod authority;
mod client;
mod command;
mod handshakes;
mod led_over;
mod served;
mod shared;
#[path = "../support/site.rs"]
mod site;
