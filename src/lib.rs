//! Gantry: everything a product launch stands on, as one binary and one data file.
//!
//! Rooms in reading order; a room names only rooms above it, and slices never name one another
//! (`tests/architecture.rs` holds the table).

// Ground: nouns, rules and the clock. No I/O.
pub mod clock;
pub mod model;

// Floor: shared machinery without feature knowledge.
pub mod config;
pub mod live;
pub mod metrics;
pub mod outbound;
pub mod runtime;
pub mod store;
pub mod template;
pub mod tls;
pub mod traces;
pub mod web;

// And what it has to say of itself.
pub mod notice;

// Slices: one feature each.
pub mod alerts;
pub mod audit;
pub mod certificates;
pub mod dashboard;
pub mod data;
pub mod delivery;
pub mod events;
pub mod export;
pub mod funnel;
pub mod launch;
pub mod pages;
pub mod people;
pub mod polls;
pub mod producthunt;
pub mod report;
pub mod schedules;
pub mod spend;
pub mod upkeep;
pub mod webhooks;

// Roof: composition, the command line, the demonstration.
pub mod app;
pub mod cli;
pub mod demo;
