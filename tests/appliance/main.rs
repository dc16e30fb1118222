//! The whole appliance through its production entry, as clients see it.
#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod malformed;
mod metrics;
mod once;
mod polls;
mod results;
mod signed;
mod stopping;
mod votes;
mod votes_list;
