//! TLS: which versions are spoken and by which means; what certificates and keys are, read from PEM; and the ring of those that
//! are shown to whoever calls us.
//!
//! Both directions share it: `outbound` trusts [`Authorities`] and may show an [`Identity`]; `web` asks the [`KeyRing`] what to
//! show to a client, by the name it asks for. A ring is filled by whoever keeps the certificates, and may be filled anew at any
//! time: handshakes that begin later see what is new.
//!
//! Invariants: TLS 1.2 and 1.3 only, by ring; a name without a certificate is refused, never answered for by another's.
//!
//! It does no I/O: neither files nor connections are opened here.

mod certificate;
mod der;
mod keyring;
mod pem;

use rustls::SupportedProtocolVersion;
use rustls::crypto::{CryptoProvider, ring as provided};
use rustls::version::{TLS12, TLS13};

pub use certificate::{Certificate, Particulars, Proof};
pub use keyring::{ACME_PROTOCOL, Choice, KeyRing, SetupError};
pub use pem::{Authorities, Identity, IdentityError, PemError};

/// Nothing older is spoken.
pub const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Named here and not taken from the process, so that no other crate can choose another.
#[must_use]
pub fn provider() -> CryptoProvider {
    provided::default_provider()
}
