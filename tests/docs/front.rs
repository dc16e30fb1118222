//! What stands between a sender and Gantry on a bad day: the first answer is lost, the second time nobody is asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A front that runs until its process ends.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) at: SocketAddr,
    asked: Arc<AtomicU64>,
}

impl Front {
    /// Before the server at an address, which need not be there yet.
    pub(crate) fn before(behind: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let front = Self {
            at: listener.local_addr().unwrap(),
            asked: Arc::default(),
        };
        let asked = front.asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A sender that goes away has its reasons.
                drop(pass(stream, &behind, &asked));
            }
        });
        front
    }

    /// How many requests came.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }
}

fn pass(mut stream: TcpStream, behind: &str, asked: &AtomicU64) -> io::Result<()> {
    let request = read(&stream)?;
    match asked.fetch_add(1, Relaxed) {
        0 => answer(behind, &request).map(drop),
        1 => stream.write_all(BUSY),
        _ => stream.write_all(&answer(behind, &request)?),
    }
}

/// A request, as the one of its connection.
fn read(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "connection" => continue,
            _ => {}
        }
        if line.trim().is_empty() {
            break;
        }
        request.push_str(&line);
    }
    let mut request = format!("{request}Connection: close\r\n\r\n").into_bytes();
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.extend(body);
    Ok(request)
}

fn answer(behind: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(behind)?;
    server.write_all(request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}
