//! Policy: what a shared cache may do with an answer, by RFC 9111, RFC 5861 and RFC 9110. Pure: times and durations are
//! arguments, nothing is kept, and nothing is known of the cache that asks.
//!
//! [`Terms`] says whether an answer may be stored and for how long it is fresh; [`reuse()`] whether what is stored answers a
//! request now; [`Vary`] whether it was made for such a request; [`conditional`] and [`range`] how much of it is sent;
//! [`update`] what a 304 changes; [`invalidate`] what a `POST` makes invalid; [`hop`] which fields go no further.

pub(super) mod conditional;
mod directives;
mod etag;
pub(super) mod hop;
pub(super) mod invalidate;
mod list;
pub(super) mod range;
mod reuse;
mod terms;
pub(super) mod update;
mod vary;

pub(super) use directives::{Directives, Extent};
pub(super) use reuse::{Reuse, may_answer_on_error, reuse};
pub(super) use terms::{Exchange, Terms};
pub(super) use vary::{Varied, Vary, matches};
