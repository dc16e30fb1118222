//! What files and authorities hold: certificates and private keys, as PEM (RFC 7468).

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, RootCertStore};

use super::provider;

/// Certificates of authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorities(Vec<CertificateDer<'static>>);

/// A certificate of ours, with those between it and its authority, and its private key.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Why an [`Identity`] cannot be used, by what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The certificates.
    #[error("{0}")]
    Certificate(PemError),
    /// The private key.
    #[error("{0}")]
    Key(PemError),
}

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// It is no PEM.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// It is PEM of something else.
    #[error("has no {0} in it")]
    Nothing(&'static str),
    /// A key that only its owner's password opens.
    #[error("holds a key that is encrypted; write it without a password")]
    Encrypted,
    /// What is in it is not understood, or cannot be used.
    #[error("cannot be used: {0}")]
    Unusable(String),
    /// The key is of another certificate.
    #[error("is not the key of the certificate")]
    OfAnother,
}

impl Authorities {
    /// Reads PEM with one certificate or more.
    ///
    /// # Errors
    /// [`PemError`]; no certificate is left out in silence.
    pub fn parse(text: &str) -> Result<Self, PemError> {
        let certificates = certificates(text)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(unusable)?;
        }
        Ok(Self(certificates))
    }

    /// What TLS trusts by them.
    #[must_use]
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.0.iter().cloned());
        roots
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorities").field(&self.0.len()).finish()
    }
}

impl Identity {
    /// Reads PEM of the certificates, our own first, and of the private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    /// [`IdentityError`], also where the key is not that of the first certificate.
    pub fn parse(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let chain = certificates(certificate).map_err(IdentityError::Certificate)?;
        let key = private_key(key).map_err(IdentityError::Key)?;
        CertifiedKey::from_der(chain, key, &provider())
            .map(|own| Self(Arc::new(own)))
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    IdentityError::Key(PemError::OfAnother)
                }
                rustls::Error::InvalidCertificate(_) => IdentityError::Certificate(unusable(error)),
                _ => IdentityError::Key(unusable(error)),
            })
    }

    /// As TLS shows it.
    #[must_use]
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

/// The same public key has the same private one.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Identity {}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

pub(super) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let certificates = read.map_err(|error| PemError::Damaged(error.to_string()))?;
    match certificates.is_empty() {
        true => Err(PemError::Nothing("certificate")),
        false => Ok(certificates),
    }
}

pub(super) fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, PemError> {
    if text.contains("ENCRYPTED") {
        return Err(PemError::Encrypted);
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
        pem::Error::NoItemsFound => PemError::Nothing("private key"),
        // Which part of it is damaged is not repeated: it may be the key.
        _ => PemError::Damaged("it is no PEM".to_owned()),
    })
}

pub(super) fn unusable(error: rustls::Error) -> PemError {
    PemError::Unusable(error.to_string())
}
