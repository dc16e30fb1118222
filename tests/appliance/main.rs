//! The whole appliance through its production entry, as clients see it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test"
)]

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod audit;
mod command;
#[path = "../support/conversions.rs"]
mod conversions;
mod dashboard;
mod data;
mod events;
mod events_batch;
mod events_list;
mod events_malformed;
mod front;
mod funnel;
mod grown;
mod keeping;
mod keys;
#[path = "../support/large_file.rs"]
mod large_file;
mod launch;
mod limits;
mod malformed;
mod metrics;
mod once;
mod openapi;
mod pages;
mod people;
mod plan;
mod polls;
mod polls_edited;
mod preflight;
mod producthunt;
mod proxied;
mod reads;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it can do more than is asked of it here, and fails its test"
)]
#[path = "../delivery/receiver.rs"]
mod receiver;
mod repeats;
mod results;
mod schedules;
mod series;
mod sessions;
mod signed;
mod slices;
mod spend;
mod starting;
mod stopping;
mod streams;
mod system;
mod together;
mod votes;
mod votes_list;
mod watching;
mod webhooks;
