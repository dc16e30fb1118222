//! Replay: what was recorded in a time is sent again, each delivery under its first id.
//!
//! Asked for → looked at, which changes nothing → begun, a row of the data file → gone through by the [`Replayer`], a
//! step at a time with a rest after each → its deliveries wait in the queue like all others, and their lanes pace them.
//!
//! What was delivered is not sent again unless that is asked for by name. A step and how far it came are one
//! transaction, so nothing is revived twice, whatever is cut off; a start goes on where the last step ended.

mod http;
mod worker;

pub(super) use http::{LookItem, ReplayItem, Wanted, begin, cancel, list, show};
pub(super) use worker::Replayer;
