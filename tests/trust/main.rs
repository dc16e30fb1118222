//! The data file as an owner has it: backups under load, a disk that fills up, the power cut, a hundred starts at once. The
//! real binary, on real file systems of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, tells the time as it is, and says what it measured"
)]

#[path = "../process/mod.rs"]
mod process;

mod backups;
mod disk_full;
mod ground;
mod power;
mod starts;
