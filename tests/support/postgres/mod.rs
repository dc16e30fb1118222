//! A PostgreSQL server of a test's own, and sessions with it.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary that includes this uses its own part of it"
)]

mod database;
mod server;

pub(crate) use database::Database;
pub(crate) use server::{Server, as_server, own};
