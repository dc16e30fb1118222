//! The key ring: which certificate is shown for which name, and which proofs an authority may see.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;

use super::certificate::{Certificate, Particulars, Proof};
use super::{VERSIONS, provider};

/// The protocol by which an authority looks for a proof (RFC 8737 §6.2); nobody else speaks it.
pub const ACME_PROTOCOL: &[u8] = b"acme-tls/1";

/// What is spoken to clients, in the order of preference.
const SPOKEN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be served")]
pub struct SetupError(#[source] rustls::Error);

/// Certificates by the names they are shown for; clones share them.
#[derive(Clone)]
pub struct KeyRing(Arc<Rings>);

struct Rings {
    shown: Arc<Ring>,
    proofs: Arc<Ring>,
    serving: Arc<ServerConfig>,
    proving: Arc<ServerConfig>,
}

/// How a handshake goes on.
#[derive(Clone, Debug)]
pub enum Choice {
    /// Whoever calls is served.
    Serve(Arc<ServerConfig>),
    /// An authority is shown a proof, and nothing is served.
    Prove(Arc<ServerConfig>),
    /// No certificate is for the name that is asked for.
    Refuse,
}

#[derive(Debug, Default)]
struct Ring(RwLock<HashMap<String, Held>>);

#[derive(Clone, Debug)]
struct Held {
    own: Arc<CertifiedKey>,
    /// A proof has none that anybody asks for.
    particulars: Option<Arc<Particulars>>,
}

impl Ring {
    fn get(&self, name: &str) -> Option<Held> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.get(name).cloned()
    }

    fn put(&self, name: &str, held: Held) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.to_owned(), held);
    }

    fn remove(&self, name: &str) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(name);
    }
}

impl ResolvesServerCert for Ring {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get(&asked(&hello)?).map(|held| held.own)
    }
}

/// The name a client asks for (RFC 6066 §3), as it is kept here.
fn asked(hello: &ClientHello<'_>) -> Option<String> {
    hello.server_name().map(str::to_ascii_lowercase)
}

impl KeyRing {
    /// An empty ring: every name is refused.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new() -> Result<Self, SetupError> {
        let (shown, proofs) = (Arc::<Ring>::default(), Arc::<Ring>::default());
        let mut serving = config(Arc::clone(&shown))?;
        serving.alpn_protocols = SPOKEN.iter().map(|name| name.to_vec()).collect();
        // So that whoever comes back is spared half of the handshake; the keys of these tickets change by themselves.
        serving.ticketer = rustls::crypto::ring::Ticketer::new().map_err(SetupError)?;
        let mut proving = config(Arc::clone(&proofs))?;
        proving.alpn_protocols = vec![ACME_PROTOCOL.to_vec()];
        proving.send_tls13_tickets = 0;
        Ok(Self(Arc::new(Rings {
            shown,
            proofs,
            serving: Arc::new(serving),
            proving: Arc::new(proving),
        })))
    }

    /// Shows `certificate` for `name`, in the place of whichever was shown before.
    pub fn show(&self, name: &str, certificate: &Certificate) {
        let held = Held {
            own: certificate.certified(),
            particulars: Some(Arc::new(certificate.particulars().clone())),
        };
        self.0.shown.put(name, held);
    }

    /// What the certificate that is shown for `name` says of itself.
    #[must_use]
    pub fn shown(&self, name: &str) -> Option<Arc<Particulars>> {
        self.0.shown.get(name)?.particulars
    }

    /// Shows `proof` to an authority that looks for one under `name`.
    pub fn prove(&self, name: &str, proof: &Proof) {
        let held = Held {
            own: proof.certified(),
            particulars: None,
        };
        self.0.proofs.put(name, held);
    }

    /// Shows no proof any more.
    pub fn withdraw(&self, name: &str) {
        self.0.proofs.remove(name);
    }

    /// What a client that begins like this is shown.
    #[must_use]
    pub fn choose(&self, hello: &ClientHello<'_>) -> Choice {
        let Some(name) = asked(hello) else {
            return Choice::Refuse;
        };
        let is_authority = hello
            .alpn()
            .is_some_and(|mut spoken| spoken.any(|name| name == ACME_PROTOCOL));
        let (ring, config, choice): (_, _, fn(_) -> _) = match is_authority {
            true => (&self.0.proofs, &self.0.proving, Choice::Prove),
            false => (&self.0.shown, &self.0.serving, Choice::Serve),
        };
        match ring.get(&name) {
            Some(_) => choice(Arc::clone(config)),
            None => Choice::Refuse,
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.shown.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_tuple("KeyRing").field(&shown.keys()).finish()
    }
}

fn config(ring: Arc<Ring>) -> Result<ServerConfig, SetupError> {
    let config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(VERSIONS)
        .map_err(SetupError)?
        .with_no_client_auth()
        .with_cert_resolver(ring);
    Ok(config)
}
