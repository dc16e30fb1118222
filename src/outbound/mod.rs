//! Outbound: the only way out, over HTTP or as mail, for whatever is sent to other people's machines.
//!
//! Of the [`Senders`] each [`Transport`] has one. A [`Request`] goes to [`Sender::send`], which looks at the address, connects, writes, reads a bounded part of the
//! answer and gives back an [`Answer`] or a [`SendError`], all before the request's own deadline. Any answer with a
//! status is an `Answer`; what a status means is for the caller to say.
//!
//! Invariants: no request leaves for an address that [`Egress`] refuses; no redirect is followed and no proxy asked;
//! nothing is decompressed; at most [`BODY_MAX`] of an answer is held; a request is written to one connection at most;
//! neither errors nor excerpts repeat header values that are secrets, or the path and query that were called. A body that
//! was sent may be repeated: it is the event's, which is kept beside it.
//!
//! [`Mail`] goes to [`Sender::mail`] and is held to the same: the same addresses, the same deadline, an [`Answer`].
//!
//! Connections that others make, in protocols of their own, are encrypted by [`Securing`].
//!
//! The site we stand in front of is asked through [`OriginClient`], which is guarded by nothing but its own address.
//!
//! It does not know destinations, retries or limits of rate.

mod answer;
mod client;
mod dial;
mod egress;
mod error;
mod mail;
mod names;
mod origin;
mod secrets;
mod secured;
mod tls;
mod transport;

#[cfg(test)]
mod tests;

pub use answer::{Answer, BODY_MAX, BodyEnd, Excerpts};
pub use client::{Request, Sender, Senders, SetupError};
pub use egress::{Egress, EgressRefusal};
pub use error::SendError;
pub use mail::{Letter, LetterError, LetterParts, Login, Mail};
pub use origin::{OriginClient, OriginError};
pub use secured::{Secured, Securing};
pub use transport::{Transport, Version};
