//! TLS as a client: 1.2 and 1.3 by rustls and ring, trusting Mozilla's roots and the system's.

use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, SupportedProtocolVersion};

/// Nothing older is spoken.
const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// A configuration without a client certificate, for HTTP/1.1. The provider is named here and not taken from the
/// process, so that no other crate can choose another.
pub(super) fn client() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(VERSIONS)?
        .with_root_certificates(roots())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Mozilla's roots are compiled in, for machines that have none; the system's may include an operator's own.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let system = rustls_native_certs::load_native_certs();
    let (_, unreadable) = roots.add_parsable_certificates(system.certs);
    if unreadable > 0 {
        tracing::warn!(
            unreadable,
            "some of the system's root certificates cannot be read and are not trusted"
        );
    }
    roots
}
