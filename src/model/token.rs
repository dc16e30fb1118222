//! Tokens: what a receiver gave us in the place of what was configured, sealed by those who alone have the key.

/// A sealed token.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedToken {
    /// Used for this seal and no other.
    pub nonce: [u8; 12],
    /// The token, encrypted and authenticated.
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[sealed]")
    }
}
