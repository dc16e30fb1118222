//! The export into a real PostgreSQL, directly and through a real PgBouncer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a helper of a test fails the test, and tells the time as it is"
)]

#[path = "../https/authority.rs"]
mod authority;
#[path = "../support/postgres/mod.rs"]
mod postgres;
#[path = "../process/mod.rs"]
mod process;
#[path = "../support/mod.rs"]
mod support;

mod bouncer;
mod stage;
mod tables;

mod aside;
mod backfill;
mod faults;
mod outages;
mod owner;
mod owners;
mod rows;
mod tls;
