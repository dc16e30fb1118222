//! Delivery: getting events to other people's APIs, at their pace.
//!
//! What is decided before and after a call stands here as rules without I/O: [`render`] makes a request of an event,
//! by the [`template`] of its destination; [`judge`] says what an answer means, with the wait it asks for
//! ([`retry_after`]). The same event and answer give the same request and judgement on every machine.
//!
//! A delivery's request is the same on every attempt but for its `traceparent`: receivers know repeats by its id.

pub mod judge;
pub mod render;
pub mod retry_after;
pub mod template;
