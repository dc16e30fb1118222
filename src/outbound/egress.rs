//! Where requests may go: the guard against requests that are sent to where only this machine can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Networks that are not the public internet, the narrower before the wider that holds it. From the IANA registries of
/// special-purpose addresses (RFC 6890), some parts of which are nominally global but end at this machine or network.
#[rustfmt::skip]
const REFUSED: &[(IpNet, &str)] = &[
    (v4([0, 0, 0, 0], 8),          "unspecified"),
    (v4([10, 0, 0, 0], 8),         "private"),
    (v4([100, 64, 0, 0], 10),      "carrier-grade NAT"),
    (v4([127, 0, 0, 0], 8),        "loopback"),
    (v4([168, 63, 129, 16], 32),   "metadata of a cloud"),
    (v4([169, 254, 0, 0], 16),     "link-local"),
    (v4([172, 16, 0, 0], 12),      "private"),
    (v4([192, 0, 0, 0], 24),       "reserved"),
    (v4([192, 0, 2, 0], 24),       "documentation"),
    (v4([192, 88, 99, 0], 24),     "6to4"),
    (v4([192, 168, 0, 0], 16),     "private"),
    (v4([198, 18, 0, 0], 15),      "benchmarking"),
    (v4([198, 51, 100, 0], 24),    "documentation"),
    (v4([203, 0, 113, 0], 24),     "documentation"),
    (v4([224, 0, 0, 0], 4),        "multicast"),
    (v4([255, 255, 255, 255], 32), "broadcast"),
    (v4([240, 0, 0, 0], 4),        "reserved"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128),      "unspecified"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128),      "loopback"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96),       "IPv4-compatible"),
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96),  "IPv4-mapped"),
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), "NAT64"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "NAT64"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),  "Teredo"),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48),  "benchmarking"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),  "reserved"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),  "6to4"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),  "documentation"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),   "unique-local"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),  "link-local"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),  "site-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),   "multicast"),
];

/// All of IPv6 that is given out to the public internet so far; what lies outside is refused even without a name.
const PUBLIC_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix))
}

/// Which addresses requests may go to: the public internet without this machine's own addresses, and what is allowed
/// by name.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    allow: Vec<IpNet>,
}

/// Why a request may not go where it would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressRefusal {
    /// Neither `http` nor `https`.
    #[error("only http and https addresses are called")]
    Scheme,
    /// A user or a password, which would appear wherever the address does.
    #[error("the address carries a user or a password; write a header instead")]
    Userinfo,
    /// Nothing to connect to.
    #[error("the address names no host")]
    NoHost,
    /// An address that is not on the public internet, or is this machine's.
    #[error("{address} is out of bounds ({kind}); [egress] allow = [\"{address}\"] would permit it")]
    Address {
        /// Which.
        address: IpAddr,
        /// Of which kind: a few words from a fixed list.
        kind: &'static str,
    },
}

impl Egress {
    /// Allows, besides the public internet, the networks of `allow`, to the letter: an IPv4 network does not open the
    /// IPv6 addresses that map to it.
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Allows every address: for what the configuration alone names, and no event can lead elsewhere.
    #[must_use]
    pub fn anywhere() -> Self {
        Self {
            allow: vec![v4([0, 0, 0, 0], 0), v6([0, 0, 0, 0, 0, 0, 0, 0], 0)],
        }
    }

    /// Checks what an address shows by itself. The addresses behind a name are checked when it has been looked up.
    ///
    /// `Url` has brought literals to one form already: decimal, octal, hexadecimal, short, percent-encoded and
    /// fullwidth spellings of IPv4 addresses are four decimal numbers by now, and IPv6 zones are refused.
    ///
    /// # Errors
    /// [`EgressRefusal`] says what is out of bounds.
    pub fn check_url(&self, url: &Url) -> Result<(), EgressRefusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EgressRefusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressRefusal::Userinfo);
        }
        match url.host() {
            None | Some(Host::Domain("")) => Err(EgressRefusal::NoHost),
            Some(Host::Ipv4(address)) => self.check(address.into()),
            Some(Host::Ipv6(address)) => self.check(address.into()),
            // No name that survives `Url` reads as an address; if one did, the connector would take it for one.
            Some(Host::Domain(name)) => match name.trim_end_matches('.').parse() {
                Ok(address) => self.check(address),
                Err(_) => Ok(()),
            },
        }
    }

    /// Checks one address.
    ///
    /// # Errors
    /// [`EgressRefusal::Address`].
    pub fn check(&self, address: IpAddr) -> Result<(), EgressRefusal> {
        if self.allow.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        let refused = REFUSED.iter().find(|(network, _)| network.contains(&address));
        let kind = match (refused, address) {
            (Some((_, kind)), _) => kind,
            (None, IpAddr::V6(v6)) if !PUBLIC_V6.contains(&v6) => "reserved",
            (None, _) if is_own(address) => "an address of this machine",
            (None, _) => return Ok(()),
        };
        Err(EgressRefusal::Address { address, kind })
    }
}

/// Whether `address` is this machine's: the system then calls it from itself. Connecting a datagram socket sends nothing.
fn is_own(address: IpAddr) -> bool {
    let any = match address {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    // Where the system knows no way to the address, a request will not reach it either.
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == address)
}
