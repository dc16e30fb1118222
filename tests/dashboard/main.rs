//! The dashboard in a real browser: what its owner does there, how it looks, and what strangers try to run in it.
//!
//! `tests/run dashboard` leaves pictures of every page, full and empty, on a phone, a tablet and a desk, by day and by night, in
//! `target/tmp/dashboard`. Elements are found as people find them: by role and name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a browser that fails ends the test, and says where"
)]

#[path = "../support/chromium.rs"]
mod chromium;
#[path = "../support/conversions.rs"]
mod conversions;
#[path = "../support/large_file.rs"]
mod large_file;
#[path = "../support/launch_day.rs"]
mod launch_day;
#[allow(dead_code, reason = "it can do more than is asked of it here")]
#[path = "../delivery/receiver.rs"]
mod receiver;
#[path = "../support/site.rs"]
mod site;
#[path = "../support/mod.rs"]
mod support;

mod desk;
mod pages;
mod stage;

mod crowded;
mod first_load;
mod hostile;
mod large;
mod looks;
mod planted;
mod range;
mod reader;
mod screenshots;
mod story;
mod watched;
