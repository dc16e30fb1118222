//! Whose request it is: the address limits are counted on.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The header proxies add the address they saw to.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Vec<IpNet>);

impl Trusted {
    /// These networks; none means that only the peer's own address counts.
    #[must_use]
    pub fn new(nets: Vec<IpNet>) -> Self {
        Self(nets)
    }

    /// Whether `address` is one of our proxies.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The client's address: the rightmost hop that is not a trusted proxy.
    ///
    /// The chain is read from its near end: the peer, then the last entry of the last `X-Forwarded-For`, and so on,
    /// for as long as each hop is trusted. What a stranger wrote further left is never read. An entry that is no
    /// address ends the walk at the last hop that was one. IPv4-mapped IPv6 is taken as IPv4.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() || !self.contains(client) {
            return client;
        }
        let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
        for entry in lines.flat_map(|line| line.as_bytes().rsplit(|b| *b == b',')) {
            let Some(hop) = hop(entry) else { return client };
            client = hop;
            if !self.contains(client) {
                return client;
            }
        }
        client
    }
}

/// One entry of the header: an address, perhaps with a port, IPv6 perhaps in brackets.
fn hop(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()));
    address.map(|a| a.to_canonical())
}

/// The key an address is limited under: itself for IPv4, its /64 for IPv6, since one household holds a whole /64.
#[must_use]
pub fn limit_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn trusted(nets: &[&str]) -> Trusted {
        Trusted::new(nets.iter().map(|n| n.parse().expect("a network")).collect())
    }

    fn client(trusted: &Trusted, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).expect("a value"));
        }
        trusted.client(ip(peer), &headers).to_string()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        assert_eq!(
            client(&Trusted::default(), "203.0.113.9", &["1.1.1.1"]),
            "203.0.113.9"
        );
        assert_eq!(
            client(&trusted(&["10.0.0.0/8"]), "203.0.113.9", &["1.1.1.1"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_rightmost_untrusted_hop_is_the_client() {
        let t = trusted(&["10.0.0.0/8", "127.0.0.0/8"]);
        assert_eq!(
            client(&t, "127.0.0.1", &["6.6.6.6, 198.51.100.7, 10.1.1.1"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(&t, "127.0.0.1", &["6.6.6.6", "198.51.100.7,10.1.1.1"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(&t, "127.0.0.1", &["6.6.6.6, 198.51.100.7", "10.1.1.1"]),
            "198.51.100.7"
        );
        assert_eq!(client(&t, "127.0.0.1", &["10.2.2.2, 10.1.1.1"]), "10.2.2.2");
        assert_eq!(client(&t, "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn nonsense_ends_the_walk_at_the_last_trusted_hop() {
        let t = trusted(&["10.0.0.0/8"]);
        assert_eq!(client(&t, "10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(
            client(&t, "10.0.0.1", &["198.51.100.7, _x, 10.0.0.2"]),
            "10.0.0.2"
        );
        assert_eq!(client(&t, "10.0.0.1", &["198.51.100.7,"]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        let t = trusted(&["127.0.0.0/8"]);
        assert_eq!(
            client(&t, "::ffff:127.0.0.1", &["198.51.100.7:4711"]),
            "198.51.100.7"
        );
        assert_eq!(client(&t, "127.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(&t, "127.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client(&t, "127.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn ipv6_is_limited_by_its_64() {
        assert_eq!(limit_key(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(limit_key(ip("192.0.2.1")), ip("192.0.2.1"));
        assert_eq!(limit_key(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }
}
