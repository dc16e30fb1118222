//! Where a voter sits, without keeping the address itself.

use std::fmt;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

/// A client address as a salted 64-bit token: equal addresses give equal tokens within one data file, and the
/// address cannot be read back from a copy of the votes without that file's salt. IPv6 counts by /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressToken(pub u64);

/// The data file's own salt for [`AddressToken`]s.
#[derive(Clone, Copy)]
pub struct AddressSalt(pub [u8; 16]);

impl AddressSalt {
    /// The token of `address`.
    #[must_use]
    pub fn token(&self, address: IpAddr) -> AddressToken {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        match address.to_canonical() {
            IpAddr::V4(v4) => hasher.update(v4.octets()),
            IpAddr::V6(v6) => {
                let network = u128::from(v6) >> 64;
                hasher.update(network.to_be_bytes());
            }
        }
        let hash = hasher.finalize();
        AddressToken(
            hash.iter()
                .take(8)
                .fold(0, |acc, byte| (acc << 8) | u64::from(*byte)),
        )
    }
}

impl AddressSalt {
    /// What names the file, and gives the salt away to nobody: 16 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"gantry data file");
        hasher.update(self.0);
        let digest = hasher.finalize();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for AddressSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressSalt(..)")
    }
}

impl AddressToken {
    /// Reads the 16 hexadecimal digits that [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 16)
            .then(|| u64::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

impl fmt::Display for AddressToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_sixteen_digits() {
        let identity = |salt| AddressSalt([salt; 16]).identity();
        assert_eq!(identity(7), identity(7));
        assert_ne!(identity(7), identity(8));
        assert_eq!(identity(7).len(), 16);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_mapped_ipv4_as_ipv4() {
        let salt = AddressSalt([7; 16]);
        let token = |text: &str| salt.token(text.parse().unwrap());
        assert_eq!(token("2001:db8::1"), token("2001:db8::ffff:1"));
        assert_ne!(token("2001:db8::1"), token("2001:db8:0:1::1"));
        assert_eq!(token("::ffff:192.0.2.1"), token("192.0.2.1"));
        assert_ne!(
            AddressSalt([8; 16]).token("192.0.2.1".parse().unwrap()),
            token("192.0.2.1")
        );
        assert_eq!(
            AddressToken::parse(&token("192.0.2.1").to_string()),
            Some(token("192.0.2.1"))
        );
    }
}
