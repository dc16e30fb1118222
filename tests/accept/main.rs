//! The accept loop over real sockets, with its deadlines shortened.

#![expect(clippy::expect_used, reason = "a helper of a test fails the test")]

mod deadlines;
mod draining;
mod fixture;
mod house;
mod messages;
mod refusing;
