//! Events: what happened elsewhere, taken in once and under one id.
//!
//! Bytes → `json` (read strictly, kept in the order sent) → [`intake::draft`] (fields checked, times resolved, the
//! fingerprint taken) → an `EventDraft` that is recorded or recognised. A batch is [`lines`], each of them an event by
//! itself; what a request says beside its body is in [`header`].
//!
//! Invariants: a draft that exists is valid; what is refused leaves no trace; nothing here reads a clock or draws a
//! random number. The same payload has the same fingerprint in whatever order and spelling it was written.
//!
//! Events do not know who they are delivered to, or when.

pub mod header;
pub mod intake;
mod json;
pub mod lines;
