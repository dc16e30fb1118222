//! Those who begin a handshake and do not end it, or begin one of long ago.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use gantry::runtime::{Shutdown, Tasks};
use gantry::web::accept::{Peer, Server, Settings};
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::authority::Authority;
use crate::client::Client;
use crate::support::http::soon;

const NAME: &str = "shop.example";
const SHORT: Duration = Duration::from_millis(300);
const HOUR: Duration = Duration::from_secs(3_600);

/// A server of its own, which says how its visitors came.
pub(crate) struct Hall {
    pub(crate) address: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) shutdown: Shutdown,
    pub(crate) tasks: Tasks,
}

impl Hall {
    pub(crate) async fn open(settings: Settings) -> Self {
        Self::with(settings, |request| async move {
            match request.uri().path() {
                "/large" => Response::new(Body::from(vec![b'x'; 64 << 20])),
                "/slow" => std::future::pending().await,
                _ => Response::new(Body::from("hello")),
            }
        })
        .await
    }

    pub(crate) async fn with<F>(
        settings: Settings,
        answer: impl Fn(http::Request<gantry::web::accept::Arriving>) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let hall = Self {
            address: listener.local_addr().expect("an address"),
            authority: Authority::new(),
            shutdown: Shutdown::new(Duration::from_millis(500)),
            tasks: Tasks::new(),
        };
        let ring = hall.authority.sign(&[NAME]).ring(&[NAME]);
        let server = Server {
            settings,
            tasks: hall.tasks.clone(),
            shutdown: hall.shutdown.clone(),
        };
        let handler = move |request, peer: Peer| {
            let answer = answer(request);
            async move {
                let mut answer = answer.await;
                let came = if peer.is_secured() { "tls" } else { "plain" };
                answer
                    .headers_mut()
                    .insert("x-came", http::HeaderValue::from_static(came));
                answer
            }
        };
        hall.tasks
            .spawn("server", server.run_secured(listener, ring, handler));
        hall
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            to: self.address,
            roots: self.authority.roots(),
        }
    }

    /// Somebody who has connected and says this, which is no whole handshake.
    async fn idler(&self, says: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(says).await.expect("to send");
        stream
    }

    async fn is_served(&self) -> bool {
        let answer = self
            .client()
            .many(NAME)
            .await
            .get(&format!("https://{NAME}/"))
            .await;
        answer.text() == "hello" && answer.header("x-came") == "tls"
    }
}

/// The beginning of a record that holds a handshake of 512 bytes.
const BEGUN: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1];

fn patient() -> Settings {
    Settings {
        header_read: HOUR,
        idle: HOUR,
        accept_wait: HOUR,
        ..Settings::default()
    }
}

/// Whether a server closes a connection, in time and without a word.
async fn is_closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = soon(stream.read_to_end(&mut rest)).await;
    read.is_err() || rest.is_empty()
}

#[tokio::test]
async fn whoever_does_not_end_a_handshake_is_cut_off_at_its_deadline() {
    let hall = Hall::open(Settings {
        header_read: SHORT,
        ..patient()
    })
    .await;
    for says in [&b""[..], &BEGUN[..1], BEGUN] {
        let idler = hall.idler(says).await;
        assert!(is_closed(idler).await, "{says:?}");
    }
    assert!(hall.is_served().await);
}

#[tokio::test]
async fn a_flood_of_begun_handshakes_is_bounded_and_keeps_nobody_out() {
    let hall = Hall::open(Settings {
        max_handshakes: 8,
        ..patient()
    })
    .await;
    let mut idlers = Vec::new();
    for _ in 0..50 {
        idlers.push(hall.idler(BEGUN).await);
        if idlers.len() % 10 == 0 {
            assert!(hall.is_served().await, "after {}", idlers.len());
        }
    }
    // Those who came first had to go.
    let left = idlers.split_off(40);
    for idler in idlers {
        assert!(is_closed(idler).await);
    }
    drop(left);
}

#[tokio::test]
async fn slow_handshakes_take_no_places_of_those_who_are_served() {
    let hall = Hall::open(Settings {
        max_connections: 1,
        ..patient()
    })
    .await;
    let mut idlers = Vec::new();
    for _ in 0..20 {
        idlers.push(hall.idler(BEGUN).await);
    }
    for _ in 0..3 {
        assert!(hall.is_served().await);
    }
    // They are all still there.
    for idler in &mut idlers {
        let read = timeout(Duration::from_millis(1), idler.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }
}

#[tokio::test]
async fn plain_http_on_the_same_port_is_told_apart() {
    let hall = Hall::open(patient()).await;
    let mut stream = hall
        .idler(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.expect("an answer");
    assert!(
        answer.contains("x-came: plain") && answer.ends_with("hello"),
        "{answer}"
    );
    assert!(hall.is_served().await);
}

#[tokio::test]
async fn handshakes_end_when_the_server_stops() {
    let hall = Hall::open(patient()).await;
    let idler = hall.idler(BEGUN).await;
    assert!(hall.is_served().await);
    hall.shutdown.drain();
    assert!(is_closed(idler).await);
    soon(hall.tasks.finished()).await;
}

/// A client's first words in the version `minor` says: 1 for TLS 1.0, 2 for 1.1, 3 for 1.2. It offers what all of them have and
/// asks for the name of the tests.
fn client_hello(minor: u8) -> Vec<u8> {
    let name = NAME.as_bytes();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
    let with_length = |bytes: Vec<u8>| [&length(&bytes)[..], &bytes].concat();
    let listed = [&[0][..], &with_length(name.to_vec())].concat();
    let extensions = [
        [&[0, 0][..], &with_length(with_length(listed))].concat(),
        // Groups, points, and signatures that go with them.
        vec![0, 10, 0, 4, 0, 2, 0, 23],
        vec![0, 11, 0, 2, 1, 0],
        vec![0, 13, 0, 6, 0, 4, 4, 3, 4, 1],
    ]
    .concat();
    let suites = with_length(vec![0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x09, 0xc0, 0x13, 0, 0x2f]);
    let body = [
        &[3, minor][..],
        &[7; 32],
        &[0],
        &suites,
        &[1, 0],
        &with_length(extensions),
    ]
    .concat();
    let message = [&[1, 0][..], &with_length(body)].concat();
    [&[22, 3, 1][..], &with_length(message)].concat()
}

#[tokio::test]
async fn versions_before_1_2_are_refused_with_the_reason() {
    let hall = Hall::open(patient()).await;
    for (minor, expected) in [(1, [21, 2, 70]), (2, [21, 2, 70])] {
        let mut stream = hall.idler(&client_hello(minor)).await;
        let mut said = Vec::new();
        let _ = soon(stream.read_to_end(&mut said)).await;
        // A fatal alert: protocol_version (RFC 8446 §6.2).
        assert_eq!(
            [said[0], said[5], said[6]],
            expected,
            "TLS 1.{}: {said:?}",
            minor - 1
        );
    }
    // The same words are taken as 1.2.
    let mut stream = hall.idler(&client_hello(3)).await;
    let mut said = [0; 6];
    soon(stream.read_exact(&mut said)).await.expect("an answer");
    assert_eq!((said[0], said[5]), (22, 2), "a ServerHello: {said:?}");
}
