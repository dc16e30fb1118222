//! Runtime: what runs beside the requests, and how everything stops.
//!
//! Every task is started here ([`Tasks`]), so that shutdown knows what is still running; background work is a
//! [`Worker`] whose errors are counted and shown. [`Shutdown`] has two moments: *draining* (accept nothing new, end
//! streams, finish units of work) and the *deadline* one grace period later (let go of everything).
//!
//! A panic in an ordinary task is contained and logged; a panic in a worker is a [`Fault`] that ends the process, for
//! its supervisor to start it anew. This room does not know what the tasks do, nor HTTP, nor the store.

mod inherited;
pub mod logs;
mod memory;
pub mod notify;
mod shutdown;
pub mod signals;
mod tasks;
mod worker;

pub use inherited::Inherited;
pub use memory::resident_bytes;
pub use shutdown::Shutdown;
pub use tasks::{Fault, Tasks, contained};
pub use worker::{Next, Worker, WorkerState, WorkerStatus, Workers};
