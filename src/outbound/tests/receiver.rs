//! A receiver on a thread of its own: what it does with a connection is said by each test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::super::{Egress, Request, Sender, Senders, Transport};

/// Listens until the process ends.
pub(super) struct Receiver {
    pub(super) at: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    /// On 127.0.0.1; `serve` is given each connection, one thread a connection.
    pub(super) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap(), serve)
    }

    pub(super) fn listen(listener: TcpListener, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let at = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, serve) = (Arc::clone(&connections), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(stream.unwrap()));
            }
        });
        Self { at, connections }
    }

    /// Answers every request on every connection with `answer`.
    pub(super) fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |stream| while exchange(&stream, answer).is_some() {})
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.at)
    }
}

/// A request's head and body, in that order; `None` once the other side has closed.
pub(super) fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if reader.read_line(&mut text).ok()? == 0 {
            return None;
        }
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    text.push_str(&String::from_utf8_lossy(&body));
    Some(text)
}

/// Reads a request and answers it.
pub(super) fn exchange(mut stream: &TcpStream, answer: &[u8]) -> Option<String> {
    let text = request(stream)?;
    stream.write_all(answer).ok()?;
    Some(text)
}

/// Waits until the other side closes the connection.
pub(super) fn until_closed(mut stream: &TcpStream) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
}

/// Allows what `networks` name.
pub(super) fn sender(networks: &[&str]) -> Sender {
    Senders::new(egress(networks))
        .sender(&Transport::default())
        .unwrap()
}

pub(super) fn egress(networks: &[&str]) -> Egress {
    Egress::new(networks.iter().map(|network| network.parse().unwrap()).collect())
}

/// Five seconds are longer than anything here takes, and never waited for.
pub(super) fn post(url: &str) -> Request {
    Request {
        method: Method::POST,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        timeout: Duration::from_secs(5),
    }
}
