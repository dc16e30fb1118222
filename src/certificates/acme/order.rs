//! One order: from a name to a certificate.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};

use crate::tls::{Certificate, KeyRing, Proof};

/// How long an order may take, validation and signing included: they take seconds, and minutes on a bad day.
const ORDER_MAX: Duration = Duration::from_secs(300);
/// The first wait for an answer that is not there yet; each further one is half as long again.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGER: f32 = 1.5;

/// What an authority signed: certificate and private key, as PEM, and read.
pub(super) struct Signed {
    pub(super) chain: String,
    pub(super) key: String,
    pub(super) certificate: Certificate,
}

/// Why there is no certificate, in words for people.
#[derive(Debug, thiserror::Error)]
pub(super) enum OrderError {
    /// The authority does not know us: the account is gone there.
    #[error("the authority does not know the account")]
    Unknown,
    /// What the authority said, or what became of the way to it.
    #[error("{0}")]
    Refused(String),
}

impl From<Error> for OrderError {
    fn from(error: Error) -> Self {
        let is_unknown = matches!(&error, Error::Api(problem)
            if problem.r#type.as_deref() == Some("urn:ietf:params:acme:error:accountDoesNotExist"));
        match is_unknown {
            true => Self::Unknown,
            false => Self::Refused(error.to_string()),
        }
    }
}

fn refused(why: impl Into<String>) -> OrderError {
    OrderError::Refused(why.into())
}

/// A proof is shown for as long as this is held.
struct Shown<'r> {
    ring: &'r KeyRing,
    name: &'r str,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.ring.withdraw(self.name);
    }
}

/// Orders a certificate for `name`, proved on `ring`.
///
/// # Errors
/// [`OrderError`], also when it takes too long.
pub(super) async fn order(account: &Account, name: &str, ring: &KeyRing) -> Result<Signed, OrderError> {
    let ordered = tokio::time::timeout(ORDER_MAX, exchange(account, name, ring)).await;
    ordered.unwrap_or_else(|_| Err(refused("the authority took longer than five minutes")))
}

async fn exchange(account: &Account, name: &str, ring: &KeyRing) -> Result<Signed, OrderError> {
    let identifiers = [Identifier::Dns(name.to_owned())];
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let proof = Shown { ring, name };
    prove(&mut order, &proof).await?;
    let patience = RetryPolicy::new()
        .initial_delay(FIRST_LOOK)
        .backoff(LONGER)
        .timeout(ORDER_MAX);
    let ready = order.poll_ready(&patience).await;
    drop(proof);
    if !matches!(ready, Ok(OrderStatus::Ready)) {
        let why = why_not(&mut order).await;
        return Err(why.map_or_else(|| not_ready(ready), refused));
    }
    let key = order.finalize().await?;
    let chain = order.poll_certificate(&patience).await?;
    let certificate = Certificate::parse(&chain, &key)
        .map_err(|error| refused(format!("the certificate that was signed {error}")))?;
    if !certificate.particulars().is_for(name) {
        return Err(refused("the certificate that was signed is for another name"));
    }
    Ok(Signed {
        chain,
        key,
        certificate,
    })
}

/// Shows what has to be shown, and says that it is.
async fn prove(order: &mut Order, proof: &Shown<'_>) -> Result<(), OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            // Proved not long ago.
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            _ => return Err(refused("the authority has ended what was to be proved")),
        }
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
        let mut challenge =
            challenge.ok_or_else(|| refused("the authority takes no proof by tls-alpn-01"))?;
        let shown = made(proof.name, challenge.key_authorization().digest().as_ref())?;
        proof.ring.prove(proof.name, &shown);
        challenge.set_ready().await?;
    }
    Ok(())
}

/// The certificate that is a proof (RFC 8737 §3): by nobody, for this name, with the digest in it.
fn made(name: &str, digest: &[u8]) -> Result<Proof, OrderError> {
    let fault = |error: rcgen::Error| refused(format!("no proof can be made: {error}"));
    let key = KeyPair::generate().map_err(fault)?;
    let mut params = CertificateParams::new([name.to_owned()]).map_err(fault)?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(fault)?;
    Proof::parse(&certificate.pem(), &key.serialize_pem())
        .map_err(|error| refused(format!("no proof can be made: it {error}")))
}

/// What the authority found when it looked for the proof.
async fn why_not(order: &mut Order) -> Option<String> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        let found = state
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = found {
            return Some(problem.detail.clone().unwrap_or_else(|| problem.to_string()));
        }
    }
    None
}

fn not_ready(ready: Result<OrderStatus, Error>) -> OrderError {
    match ready {
        Ok(status) => refused(format!("the order has become {status:?}").to_lowercase()),
        Err(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_its_name_alone_and_has_the_digest_in_it() {
        let proof = made("shop.example", &[7; 32]).unwrap_or_else(|error| panic!("{error}"));
        let name = b"shop.example";
        assert!(proof.der().windows(name.len()).any(|bytes| bytes == name));
        // id-pe-acmeIdentifier, critical, an octet string of 32 bytes within an octet string.
        let expected = [
            &[6, 8, 43, 6, 1, 5, 5, 7, 1, 31, 1, 1, 255, 4, 34, 4, 32][..],
            &[7; 32],
        ]
        .concat();
        let der = proof.der();
        assert!(der.windows(expected.len()).any(|bytes| bytes == expected));
    }
}
