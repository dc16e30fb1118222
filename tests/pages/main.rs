//! The site in front, from outside: the real binary, real sockets, an origin that is slow, careless and at times gone, and
//! visitors who are many, or mean no good.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and says what it measured"
)]

#[path = "../process/mod.rs"]
mod process;

mod client;
mod origin;
mod site;

mod conditional;
mod launch;
mod outage;
mod probes;
mod queries;
mod sockets;
mod stampede;
mod stored;
mod streams;

/// The value of a header in a head as it came; several are joined as one list (RFC 9110, §5.3).
fn header(head: &str, name: &str) -> Option<String> {
    let values: Vec<&str> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
