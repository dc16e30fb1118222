//! Model: the nouns, and the rules that must hold inside a transaction.
//!
//! Types here carry their checks: a value that exists is valid. Nothing here does I/O, reads a clock or knows how
//! it is stored or served.

pub mod time;
