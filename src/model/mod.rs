//! Model: the nouns, and the rules that must hold inside a transaction.
//!
//! Types here carry their checks: a value that exists is valid. Nothing here does I/O, reads a clock or knows how
//! it is stored or served; nothing here is serialisable, since the forms on disk and on the wire are theirs to choose.

pub mod address;
pub mod alert;
pub mod audit;
pub mod certificate;
pub mod dead;
pub mod delivery;
pub mod event;
pub mod export;
pub mod funnel;
pub mod ids;
pub mod key;
pub mod lane;
pub mod launch;
pub mod money;
pub mod page;
pub mod person;
pub mod poll;
pub mod repeat;
pub mod replay;
pub mod retention;
pub mod retry;
pub mod roi;
pub mod schedule;
pub mod spend;
pub mod tally;
pub mod time;
pub mod token;
pub mod trace;
