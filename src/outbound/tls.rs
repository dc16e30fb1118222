//! TLS as a client: 1.2 and 1.3 by rustls and ring, trusting Mozilla's roots and the system's, or those a transport names.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::ClientConfig;
use rustls::sign::SingleCertAndKey;

use super::transport::{Transport, Version};
use crate::tls::{Authorities, VERSIONS, provider};

/// A configuration for `transport`.
pub(super) fn client(transport: &Transport) -> Result<ClientConfig, rustls::Error> {
    let authorities = transport.authorities.as_ref();
    let trusting = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(VERSIONS)?
        .with_root_certificates(authorities.map_or_else(roots, Authorities::roots));
    let mut config = match &transport.identity {
        Some(own) => trusting.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.certified()))),
        None => trusting.with_no_client_auth(),
    };
    let spoken: &[&[u8]] = match transport.version {
        Version::One => &[b"http/1.1"],
        Version::Two => &[b"h2", b"http/1.1"],
    };
    config.alpn_protocols = spoken.iter().map(|name| name.to_vec()).collect();
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
