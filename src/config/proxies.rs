//! Trusted proxies: the addresses whose `X-Forwarded-For` is believed.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fault::{Invalid, shown};

/// What the name `loopback` stands for.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// What the name `cloudflare` stands for: the ranges Cloudflare publishes at <https://www.cloudflare.com/ips/>.
const CLOUDFLARE: [&str; 22] = [
    "173.245.48.0/20",
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "141.101.64.0/18",
    "108.162.192.0/18",
    "190.93.240.0/20",
    "188.114.96.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "162.158.0.0/15",
    "104.16.0.0/13",
    "104.24.0.0/14",
    "172.64.0.0/13",
    "131.0.72.0/22",
    "2400:cb00::/32",
    "2606:4700::/32",
    "2803:f800::/32",
    "2405:b500::/32",
    "2405:8100::/32",
    "2a06:98c0::/29",
    "2c0f:f248::/32",
];

/// A set of networks. Empty: nobody's header is believed, and the peer's own address counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The networks in the order they were written, names expanded.
    #[must_use]
    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether an address belongs to a trusted proxy. IPv4 addresses written as IPv6 (`::ffff:10.0.0.1`) count as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// All the networks that several entries name.
    pub(super) fn join(entries: Vec<Self>) -> Self {
        Self(entries.into_iter().flat_map(|entry| entry.0).collect())
    }

    /// Reads one entry: a network, an address, or a name.
    pub(super) fn parse_entry(text: &str) -> Result<Self, Invalid> {
        match text {
            "loopback" => Ok(named(&LOOPBACK)),
            "cloudflare" => Ok(named(&CLOUDFLARE)),
            _ => parse_network(
                text,
                r#""10.0.0.0/8", "2001:db8::/32", "loopback" or "cloudflare""#,
            )
            .map(|network| Self(vec![network])),
        }
    }
}

fn named(networks: &[&str]) -> TrustedProxies {
    TrustedProxies(
        networks
            .iter()
            .filter_map(|network| network.parse().ok())
            .collect(),
    )
}

/// Reads a network, or an address for a network of one; `examples` are what to write instead.
pub(super) fn parse_network(text: &str, examples: &str) -> Result<IpNet, Invalid> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let Ok(network) = text.parse::<IpNet>() else {
        return Err(Invalid(format!(
            "{} is not a network; write for example {examples}",
            shown(text)
        )));
    };
    if network != network.trunc() {
        return Err(Invalid(format!(
            r#"{} is an address inside a network; write "{}" for all of it or "{}" for the one address"#,
            shown(text),
            network.trunc(),
            network.addr()
        )));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(entry: &str, address: &str) -> bool {
        let proxies = TrustedProxies::parse_entry(entry).expect("an entry");
        proxies.contains(address.parse().expect("an address"))
    }

    #[test]
    fn names_stand_for_their_networks() {
        assert_eq!(named(&LOOPBACK).networks().len(), LOOPBACK.len());
        assert_eq!(named(&CLOUDFLARE).networks().len(), CLOUDFLARE.len());
        assert!(trusts("loopback", "127.0.0.53") && trusts("loopback", "::1"));
        assert!(trusts("cloudflare", "104.16.0.1") && trusts("cloudflare", "2606:4700::1"));
        assert!(!trusts("cloudflare", "8.8.8.8") && !trusts("loopback", "10.0.0.1"));
    }

    #[test]
    fn networks_and_single_addresses_are_read() {
        assert!(trusts("10.0.0.0/8", "10.9.8.7") && !trusts("10.0.0.0/8", "11.0.0.1"));
        assert!(trusts("192.0.2.7", "192.0.2.7") && !trusts("192.0.2.7", "192.0.2.8"));
        assert!(
            trusts("10.0.0.0/8", "::ffff:10.0.0.1"),
            "IPv4 in IPv6 is the same client"
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.1/8",
            "Cloudflare",
            "::/129",
        ] {
            assert!(TrustedProxies::parse_entry(text).is_err(), "{text}");
        }
    }
}
