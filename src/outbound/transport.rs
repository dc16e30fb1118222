//! How a receiver is reached, as far as connections tell receivers apart.

use crate::tls::{Authorities, Identity};

/// How a receiver is reached. Those that are reached alike share connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transport {
    /// Which HTTP is spoken.
    pub version: Version,
    /// Who vouches for the receiver; `None`: Mozilla's roots and the system's.
    pub authorities: Option<Authorities>,
    /// What is shown to a receiver that asks who we are.
    pub identity: Option<Identity>,
}

/// The HTTP that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1.
    #[default]
    One,
    /// HTTP/2 where TLS agrees on it (RFC 9113 §3.2), and else HTTP/1.1.
    Two,
}
