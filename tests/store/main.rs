//! The store's verbs, on real files and on disks that fail.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the sizes and seeds of a run come from the environment"
)]

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

mod contract;
mod disk;
mod faults;
mod files;
mod ground;
mod power_cut;
