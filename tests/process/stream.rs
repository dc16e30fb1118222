//! A client of a poll's stream: server-sent events over a chunked answer.

use std::io;
use std::net::SocketAddr;

use super::{Connection, POLL};

/// One event of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The results' version.
    pub(crate) id: u64,
    /// How many votes the results count.
    pub(crate) total: u64,
}

/// A client that reads.
pub(crate) struct Listener {
    connection: Connection,
    /// The text of the event that is not yet whole.
    text: Vec<u8>,
    /// How many bytes of events have come.
    pub(crate) bytes: usize,
}

impl Listener {
    /// Opens the stream of the tests' poll, and reads its head.
    pub(crate) async fn open(at: SocketAddr) -> io::Result<Self> {
        Self::open_poll(at, POLL).await
    }

    pub(crate) async fn open_poll(at: SocketAddr, poll: &str) -> io::Result<Self> {
        let mut connection = Connection::open(at).await?;
        connection
            .send(format!("GET /api/polls/{poll}/stream HTTP/1.1\r\nHost: gantry\r\n\r\n").as_bytes())
            .await?;
        let head = connection.head().await?;
        if !head.starts_with("http/1.1 200 ") || !head.contains("content-type: text/event-stream") {
            return Err(io::Error::new(io::ErrorKind::InvalidData, head));
        }
        Ok(Self {
            connection,
            text: Vec::new(),
            bytes: 0,
        })
    }

    /// The next frame; `None` when the stream was ended as it should be, with its last chunk.
    pub(crate) async fn frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            while let Some(at) = self.text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..at + 2).collect();
                if let Some(frame) = parse(&event)? {
                    return Ok(Some(frame));
                }
            }
            if !self.chunk().await? {
                return Ok(None);
            }
        }
    }

    /// Takes one chunk (RFC 9112, §7.1); false when it was the last.
    async fn chunk(&mut self) -> io::Result<bool> {
        loop {
            let held = self.connection.held();
            if let Some(line) = held.windows(2).position(|two| two == b"\r\n") {
                let size = std::str::from_utf8(&held[..line]).unwrap_or("");
                let size = usize::from_str_radix(size, 16).map_err(|_| broken("no chunk's size"))?;
                let end = line + 2 + size + 2;
                if held.len() >= end {
                    self.text.extend_from_slice(&held[line + 2..line + 2 + size]);
                    held.drain(..end);
                    self.bytes += size;
                    return Ok(size > 0);
                }
            }
            self.connection.more().await?;
        }
    }
}

fn parse(event: &[u8]) -> io::Result<Option<Frame>> {
    let text = std::str::from_utf8(event).map_err(|_| broken("not UTF-8"))?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let (Some(id), Some(data)) = (field("id: "), field("data: ")) else {
        return Ok(None);
    };
    // As cheap as it can be: a thousand clients share two cores with the server.
    let total = data
        .split_once(r#""totalVotes":"#)
        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next());
    match (id.parse(), total.and_then(|total| total.parse().ok())) {
        (Ok(id), Some(total)) => Ok(Some(Frame { id, total })),
        _ => Err(broken(text)),
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
