//! The appliance as a process: starting it, speaking to it over real sockets, ending it, and measuring meanwhile.
//!
//! Every process is ended by its own id, at the latest when its [`Server`] is dropped. Nothing here knows what is right:
//! the tests judge.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary that includes this uses its own part of it"
)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it measured"
)]

mod chance;
mod files;
mod histogram;
mod http;
mod server;
mod stream;
mod votes;

pub(crate) use chance::Chance;
pub(crate) use files::{POLL, grow, new_file};
pub(crate) use histogram::Histogram;
pub(crate) use http::{Answer, Connection};
pub(crate) use server::{Ended, Server, Start, TOKEN};
pub(crate) use stream::{Frame, Listener};
pub(crate) use votes::{OPTIONS, Results, Vote, option_of, results};

/// Whether the full sizes were asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "the runner speaks to tests through the environment"
)]
pub(crate) fn long() -> bool {
    std::env::var_os("GANTRY_TEST_LONG").is_some()
}

/// The small size, or the full one where it was asked for.
pub(crate) fn size<T>(small: T, full: T) -> T {
    if long() { full } else { small }
}

/// Lets this process, and those it starts, open as many files as the system allows it.
pub(crate) fn raise_descriptors() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, raised).expect("the soft limit is ours");
}

/// How much memory a process has in use, in bytes (proc_pid_status(5), `VmRSS`).
pub(crate) fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("the kernel says it");
    let kib: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .trim()
        .parse()
        .expect("a number");
    kib * 1024
}
