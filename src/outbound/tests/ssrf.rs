//! Addresses in every spelling, names that resolve inside, and names that change their mind: nobody gets in.

use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::names::{Addresses, Lookup};
use super::super::{EgressRefusal, SendError, Sender, Senders, Transport};
use super::receiver::{Receiver, egress, exchange, post, sender};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Hosts that mean this machine or its network, as they may be written in a URL.
#[rustfmt::skip]
const HOSTS: &[&str] = &[
    // loopback, as numbers of every base and length
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7F.0.0.1", "0x7f.1", "0177.0.0.1",
    "0177.1", "017700000001", "0x7f.0x0.0x0.0x1", "127.0.0.01", "127.0.0.0x1", "0x7f.0.0.01", "00000177.0.0.1",
    "127.0.0.1.", "0x7f000001.", "127.000.000.001", "0x0000007f.1",
    // percent-encoded, fullwidth and other digits, other dots
    "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "%30x7f.1", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①", "𝟭𝟮𝟳.𝟬.𝟬.𝟭", "12\t7.0.0.1", "127.0\n.0.1", "１２７。１", "0ｘ7f.1", "127\u{ad}.0.0.1",
    // the unspecified address, which systems take for themselves
    "0.0.0.0", "0", "0x0", "00", "0.0", "[::]",
    // IPv6
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]", "[fe80::1]", "[fe80::1%25lo]",
    "[fe80::1%lo]", "[::1%25lo]", "[fd00:ec2::254]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    // other networks that are not the public internet
    "10.0.0.1", "0xa000001", "167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.257", "100.64.0.1",
    "100.100.100.200", "169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "168.63.129.16",
    "192.0.0.192", "198.18.0.1", "192.0.2.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    // names
    "localhost", "LOCALHOST", "localhost.", "loc%61lhost", "ｌｏｃａｌｈｏｓｔ", "localhost.localdomain", "ip6-localhost",
    "evil.localhost", "127.0.0.1.nowhere.invalid",
];

/// A listener that anything which means this machine reaches: on every address, IPv4 and IPv6.
fn everywhere() -> Receiver {
    let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0"));
    Receiver::listen(listener.unwrap(), |stream| drop(exchange(&stream, OK)))
}

#[tokio::test]
async fn no_spelling_of_an_inner_address_reaches_a_listener() {
    let receiver = everywhere();
    let port = receiver.at.port();
    let guarded = sender(&[]);
    assert!(HOSTS.len() >= 60);
    for host in HOSTS {
        // What is no URL cannot be sent at all.
        let Ok(url) = url::Url::parse(&format!("http://{host}:{port}/")) else {
            continue;
        };
        let error = guarded.send(post(url.as_str())).await.unwrap_err();
        let inner = matches!(error, SendError::Refused(EgressRefusal::Address { .. }));
        let unknown = host.contains(char::is_alphabetic) && matches!(error, SendError::Name(_));
        assert!(inner || unknown, "{host:?} as {url}: {error:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_listener_is_reached_where_everything_is_allowed() {
    let receiver = everywhere();
    let port = receiver.at.port();
    let open = sender(&["0.0.0.0/0", "::/0"]);
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0.0.0.0",
        "１２７。１",
        "localhost",
    ] {
        let answer = open.send(post(&format!("http://{host}:{port}/"))).await;
        assert_eq!(answer.unwrap().status, 200, "{host}");
    }
    assert_eq!(receiver.connections(), 6);
}

#[tokio::test]
async fn this_machines_own_addresses_are_inside() {
    let receiver = everywhere();
    // The address this machine would call the internet from, whatever it is.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let own = match socket.connect("198.51.100.1:9") {
        Ok(()) => socket.local_addr().unwrap().ip(),
        Err(_) => "127.0.0.1".parse().unwrap(),
    };
    let error = sender(&[])
        .send(post(&format!("http://{own}:{}/", receiver.at.port())))
        .await;
    assert!(matches!(error, Err(SendError::Refused(_))), "{own}: {error:?}");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_allowed_network_opens_what_it_names_and_nothing_else() {
    let receiver = everywhere();
    let port = receiver.at.port();
    let sender = sender(&["127.0.0.2/32"]);
    let send = async |host: &str| sender.send(post(&format!("http://{host}:{port}/"))).await;
    assert_eq!(send("127.0.0.2").await.unwrap().status, 200);
    for host in [
        "127.0.0.1",
        "127.0.0.3",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "localhost",
        "10.0.0.1",
    ] {
        assert!(matches!(send(host).await, Err(SendError::Refused(_))), "{host}");
    }
    assert_eq!(receiver.connections(), 1);
}

/// Gives the `n`th look-up the `n`th list of addresses, beginning again after the last.
struct Changing {
    lists: Vec<Vec<IpAddr>>,
    lookups: AtomicUsize,
}

impl Changing {
    fn new(lists: &[&[&str]]) -> Arc<Self> {
        let parsed = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            lists: lists.iter().map(parsed).collect(),
            lookups: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Changing {
    fn lookup(&self, _: &str) -> Addresses {
        let n = self.lookups.fetch_add(1, Ordering::SeqCst);
        let list = self.lists[n % self.lists.len()].clone();
        Box::pin(async move { Ok(list) })
    }
}

/// A sender that asks `names`, and may reach what `networks` name.
fn asking(names: Arc<Changing>, networks: &[&str]) -> Sender {
    let senders = Senders::with_lookup(egress(networks), names);
    senders.sender(&Transport::default()).unwrap()
}

/// One receiver that may be called, on 127.0.0.2, and one that may not, on the same port of 127.0.0.1.
fn outer_and_inner() -> (Receiver, Receiver) {
    loop {
        let outer = TcpListener::bind("127.0.0.2:0").unwrap();
        let same_port = ("127.0.0.1", outer.local_addr().unwrap().port());
        if let Ok(inner) = TcpListener::bind(same_port) {
            let serve = |stream| drop(exchange(&stream, OK));
            return (Receiver::listen(outer, serve), Receiver::listen(inner, serve));
        }
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_by_what_is_connected_to() {
    let (outer, inner) = outer_and_inner();
    let names = Changing::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let sender = asking(Arc::clone(&names), &["127.0.0.2/32"]);
    let url = format!("http://rebinding.example:{}/", outer.at.port());
    for n in 0..20 {
        let result = sender.send(post(&url)).await;
        match n % 2 {
            0 => assert_eq!(result.unwrap().status, 200),
            _ => assert!(matches!(result, Err(SendError::Refused(_))), "{result:?}"),
        }
    }
    assert_eq!((outer.connections(), inner.connections()), (10, 0));
    assert_eq!(
        names.lookups.load(Ordering::SeqCst),
        20,
        "one look-up a connection, none between check and use"
    );
}

#[tokio::test]
async fn of_a_names_addresses_only_the_allowed_are_called() {
    let (outer, inner) = outer_and_inner();
    let names = Changing::new(&[&["127.0.0.1", "::1", "127.0.0.2", "169.254.169.254"]]);
    let sender = asking(names, &["127.0.0.2/32"]);
    let url = format!("http://mixed.example:{}/", outer.at.port());
    assert_eq!(sender.send(post(&url)).await.unwrap().status, 200);
    assert_eq!((outer.connections(), inner.connections()), (1, 0));
}

#[tokio::test]
async fn names_that_resolve_inside_or_nowhere_are_refused() {
    let inside = [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "fd00::1",
        "64:ff9b::a01:203",
        "2002:a01:203::1",
        "0.0.0.0",
    ];
    for address in inside {
        let sender = asking(Changing::new(&[&[address]]), &[]);
        let error = sender.send(post("http://inside.example/")).await.unwrap_err();
        assert!(matches!(error, SendError::Refused(_)), "{address}: {error:?}");
        assert!(error.to_string().contains(address), "{error}");
    }
    let sender = asking(Changing::new(&[&[]]), &[]);
    let error = sender.send(post("http://nowhere.example/")).await.unwrap_err();
    assert!(matches!(error, SendError::Name(_)), "{error:?}");
}

#[tokio::test]
async fn only_http_without_userinfo_is_called() {
    let error = async |url: &str| sender(&["0.0.0.0/0"]).send(post(url)).await.unwrap_err();
    for url in [
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:,x",
        "unix:/run/x",
    ] {
        assert_eq!(
            error(url).await,
            SendError::Refused(EgressRefusal::Scheme),
            "{url}"
        );
    }
    for url in [
        "http://user@8.8.8.8/",
        "http://user:secret@8.8.8.8/",
        "http://:secret@8.8.8.8/",
    ] {
        assert_eq!(
            error(url).await,
            SendError::Refused(EgressRefusal::Userinfo),
            "{url}"
        );
    }
}

#[test]
fn the_public_internet_is_open() {
    let egress = egress(&[]);
    for address in [
        "8.8.8.8",
        "1.1.1.1",
        "172.32.0.1",
        "192.169.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
    ] {
        assert_eq!(egress.check(address.parse().unwrap()), Ok(()), "{address}");
    }
    for address in ["4000::1", "1::1", "::2", "5f00::1", "3fff::1", "2001:1::1"] {
        assert!(egress.check(address.parse().unwrap()).is_err(), "{address}");
    }
}
