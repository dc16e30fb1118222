//! Certificates from an authority that speaks ACME (RFC 8555): an order for a name at a time, proved by TLS-ALPN-01 (RFC 8737).
//!
//! Each name has a certificate of its own, so that one that does not lead here yet keeps no other from HTTPS, and none tells of
//! another. The proof is shown in a handshake, on the very port that is to be served: nothing has to be reachable beside it.
//!
//! What is tried is written down before it is tried ([`CertificateState`]), so that neither a crash nor a restart asks sooner
//! than failures allow.

mod account;
mod http;
mod keeper;
mod order;

pub(super) use keeper::{Keeper, KeeperParts};

#[cfg(doc)]
use crate::model::certificate::CertificateState;
