//! Sealing: a token that is kept in the data file, which its configuration alone opens.
//!
//! The key is derived (HKDF-SHA256, RFC 5869) from what the configuration calls secret, so it is nowhere in the file, and
//! another secret in the configuration is another key: what was sealed before is then no more opened. The seal is
//! ChaCha20-Poly1305 (RFC 8439) and holds the destination's name, so that no token is taken for another's.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, Salt};

use crate::config::Secret;
use crate::model::ids::DestinationName;
use crate::model::token::SealedToken;

/// What tells this key from others that may be derived from the same secrets one day.
const SALT: &[u8] = b"gantry/tokens/1";
const PURPOSE: &[u8] = b"refresh token";

/// The key that seals an account's tokens.
pub(super) struct Key(LessSafeKey);

/// A token, and how often it has been replaced.
pub(super) struct Opened {
    pub(super) turn: u64,
    pub(super) token: Secret,
}

impl Key {
    /// The key of these secrets.
    pub(super) fn derive(client_secret: &Secret, refresh_token: &Secret) -> Result<Self, Unspecified> {
        let (client, first) = (
            client_secret.expose().as_bytes(),
            refresh_token.expose().as_bytes(),
        );
        // The length keeps the two apart.
        let mut secrets = (client.len() as u64).to_be_bytes().to_vec();
        secrets.extend_from_slice(client);
        secrets.extend_from_slice(first);
        let derived = Salt::new(HKDF_SHA256, SALT).extract(&secrets);
        let key = UnboundKey::from(derived.expand(&[PURPOSE], &CHACHA20_POLY1305)?);
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals a token for a destination. `nonce` is used once.
    pub(super) fn seal(
        &self,
        to: &DestinationName,
        token: &Opened,
        nonce: [u8; 12],
    ) -> Result<SealedToken, Unspecified> {
        let mut sealed = token.turn.to_be_bytes().to_vec();
        sealed.extend_from_slice(token.token.expose().as_bytes());
        let once = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(once, Aad::from(to.as_str()), &mut sealed)?;
        Ok(SealedToken { nonce, sealed })
    }

    /// The token, where it was sealed with this key for this destination.
    pub(super) fn open(&self, to: &DestinationName, token: &SealedToken) -> Option<Opened> {
        let mut sealed = token.sealed.clone();
        let once = Nonce::assume_unique_for_key(token.nonce);
        let opened = self
            .0
            .open_in_place(once, Aad::from(to.as_str()), &mut sealed)
            .ok()?;
        let (turn, token) = opened.split_first_chunk()?;
        Some(Opened {
            turn: u64::from_be_bytes(*turn),
            token: Secret::new(str::from_utf8(token).ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(client: &str, refresh: &str) -> Key {
        Key::derive(&Secret::new(client), &Secret::new(refresh)).unwrap()
    }

    fn name(text: &str) -> DestinationName {
        DestinationName::parse(text).unwrap()
    }

    fn sealed(key: &Key) -> SealedToken {
        let token = Opened {
            turn: 7,
            token: Secret::new("rotated"),
        };
        key.seal(&name("crm"), &token, [3; 12]).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_by_the_same_secrets_for_the_same_destination_only() {
        let own = key("client", "first");
        let token = sealed(&own);
        assert!(!token.sealed.windows(7).any(|part| part == b"rotated"));
        let opened = key("client", "first").open(&name("crm"), &token).unwrap();
        assert_eq!((opened.turn, opened.token.expose()), (7, "rotated"));
        assert!(own.open(&name("crm2"), &token).is_none());
        for other in [
            key("clienT", "first"),
            key("client", "firsT"),
            key("clientf", "irst"),
            key("first", "client"),
        ] {
            assert!(other.open(&name("crm"), &token).is_none());
        }
    }

    #[test]
    fn a_token_with_one_changed_bit_is_not_opened() {
        let own = key("client", "first");
        let token = sealed(&own);
        for bit in 0..token.sealed.len() * 8 {
            let mut damaged = token.clone();
            damaged.sealed[bit / 8] ^= 1 << (bit % 8);
            assert!(own.open(&name("crm"), &damaged).is_none(), "bit {bit}");
        }
        let mut other = token.clone();
        other.nonce[0] ^= 1;
        assert!(own.open(&name("crm"), &other).is_none());
        other.sealed.clear();
        assert!(own.open(&name("crm"), &other).is_none());
    }
}
