//! The store's verbs, on real files and on disks that fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and says what it measured"
)]

mod alerts;
mod backup;
mod batches;
mod certificates;
mod compacting;
mod contract;
mod disk;
mod events;
mod export;
mod faults;
mod files;
mod funnel;
mod ground;
mod hostile;
mod lanes;
mod launch_steps;
mod lists;
mod people;
mod planted;
mod planted_funnel;
mod power_cut;
mod power_cut_events;
mod power_cut_export;
mod replays;
mod schedules;
mod space;
mod spend;
mod summaries;
mod sweeping;
mod upgrading;
