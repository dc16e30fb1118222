//! Traces: what is done with a request and with the events it brings, told to a collector in spans (OpenTelemetry, by OTLP over
//! HTTP).
//!
//! Flow: [`Tracer::begin`] gives whoever takes a request a [`Spot`] in a trace → what is done at it, and what the delivery of
//! an event has come to, is a [`Span`] once it is over → a bounded queue → [`Exporter`] sends what has gathered. The trace is
//! kept with the event, so it goes on through the queue and across a restart.
//!
//! Invariants: nobody waits for a collector; spans that it does not take in time make room for newer ones, and are counted. A span
//! holds ids of ours, names from the configuration and from closed sets, and an event's type: no payload, no header, no
//! query, no address. Where there is no collector, a request costs one look at an empty option.
//!
//! It does not know what the spans are of.

mod exporter;
mod queue;
mod span;
mod tracer;
mod wire;

pub use exporter::{Exporter, Outlet};
pub use span::{Kind, Span, Value};
pub use tracer::{Spot, Tracer, within};
