//! Web: how requests come in and answers go out, before any feature is asked.
//!
//! [`accept`] turns connections into requests under deadlines; a request gets its id ([`request_id`]), its client's
//! address ([`client`]) and, per class, its limits ([`limits`]); its body is read with a bound ([`body`]), and as JSON
//! strictly ([`json`]). What goes
//! wrong leaves as `application/problem+json` ([`error`]). What may be asked for at all is described for others by [`describe`].
//!
//! What is read as JSON has a tag ([`etag`]), and what is made under a key is made once ([`idempotency::once`]). Those who stand around
//! the handlers are told by them who asks and whether anything was done ([`acts`]); they tell the handlers where in which trace a request
//! is taken ([`trace`]).
//!
//! Who asks is recognised by a key, by the unix socket, or on the admin address by a session ([`auth`], [`sessions`]).
//!
//! Every connection has a deadline for whatever it is doing, every body and header a size. This room does not route and
//! knows no feature. Of the store it knows keys, to say who asks, and answers that are given again; of configuration it knows rates.

pub mod accept;
pub mod acts;
pub mod answer;
pub mod asset;
pub mod auth;
pub mod body;
pub mod client;
pub mod cors;
pub mod describe;
pub mod error;
pub mod etag;
pub mod front;
pub mod guard;
pub mod idempotency;
pub mod json;
pub mod limits;
pub mod pack;
pub mod payload;
pub mod request_id;
pub mod sessions;
pub mod sse;
pub mod trace;
pub mod view;

pub use accept::{Peer, Settings};
pub use client::Trusted;
pub use error::ApiError;
pub use limits::{LimitClass, Limits};
pub use view::{Audience, PageView};
