//! Keys that only check signatures.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::config::Secret;

/// What stands before the point of a P-256 key (RFC 5480 §2: `id-ecPublicKey` on `secp256r1`, and a bit string).
const HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The length of an uncompressed point (SEC 1 §2.3.3), in bytes.
const POINT_BYTES: usize = 65;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

/// A public key on P-256, as an uncompressed point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(Vec<u8>);

impl VerifyingKey {
    /// Reads base64 of a `SubjectPublicKeyInfo`, as SendGrid shows it; the lines around a PEM may stand, or not.
    #[must_use]
    pub fn parse(text: &Secret) -> Option<Self> {
        let lines = text.expose().lines().map(str::trim);
        let base64: String = lines.filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64_STANDARD.decode(base64).ok()?;
        let point = der.strip_prefix(&HEAD)?;
        let whole = point.len() == POINT_BYTES && point.first() == Some(&UNCOMPRESSED);
        whole.then(|| Self(point.to_vec()))
    }

    /// The point.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.0
    }
}
