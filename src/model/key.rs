//! API keys: who may do what on the machine interface.

use std::fmt;

use sha2::{Digest, Sha256};

use super::time::Millis;

/// What every key begins with, so that scanners for leaked secrets recognise one.
pub const PREFIX: &str = "gty_";

/// What a key allows. `Admin` includes `Read`; `Ingest` stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Events in, on the public address.
    Ingest,
    /// Every read on the admin address.
    Read,
    /// Everything on the admin address.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Read, Self::Admin];

    /// The scope's name as written in requests and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// Reads a scope's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether a key of this scope may do what asks for `needed`.
    #[must_use]
    pub fn allows(self, needed: Self) -> bool {
        self == needed || (self == Self::Admin && needed == Self::Read)
    }
}

/// A key as its holder knows it: `gty_` and 64 hexadecimal digits (256 bits), or a token the operator chose.
#[derive(Clone)]
pub struct KeySecret(String);

/// SHA-256 of a [`KeySecret`], all that is stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash(pub [u8; 32]);

impl KeySecret {
    /// A new key from 32 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        Self(format!("{PREFIX}{hex}"))
    }

    /// A key somebody holds already.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name, unique among keys; the admin token's is `admin`.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// What its secret must hash to.
    pub hash: KeyHash,
    /// When it was made.
    pub created_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_reads_but_does_not_ingest() {
        assert!(Scope::Admin.allows(Scope::Read));
        assert!(!Scope::Admin.allows(Scope::Ingest));
        assert!(!Scope::Read.allows(Scope::Admin));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = KeySecret::from_random([0xab; 32]);
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert!(secret.expose().starts_with("gty_abab"));
        assert_eq!(secret.expose().len(), 4 + 64);
    }
}
