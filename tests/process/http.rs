//! A lean HTTP/1.1 client: one connection, one request at a time, kept alive.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer may take longer, whatever a test does.
const BOUND: Duration = Duration::from_secs(60);

pub(crate) struct Connection {
    stream: TcpStream,
    /// What has come and is not yet taken.
    held: Vec<u8>,
}

/// An answer with all of its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault} in {self:?}"))
    }

    pub(crate) fn is_replayed(&self) -> bool {
        self.head.contains("idempotent-replayed: true")
    }
}

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            held: Vec::with_capacity(1024),
        })
    }

    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends a request (`what`: method and path) with a body of JSON, and waits for its answer.
    pub(crate) async fn ask(&mut self, what: &str, token: &str, body: &str) -> io::Result<Answer> {
        let authorization = match token {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let request = format!(
            "{what} HTTP/1.1\r\nHost: gantry\r\n{authorization}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(request.as_bytes()).await?;
        self.answer().await
    }

    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: gantry\r\n\r\n").as_bytes())
            .await?;
        self.answer().await
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The head of the next answer, in lower case, its last line's end included.
    pub(crate) async fn head(&mut self) -> io::Result<String> {
        let end = loop {
            match self.held.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.more().await?,
            }
        };
        let head: Vec<u8> = self.held.drain(..end).collect();
        Ok(String::from_utf8_lossy(&head).to_ascii_lowercase())
    }

    pub(crate) async fn answer(&mut self) -> io::Result<Answer> {
        let read = async {
            let head = self.head().await?;
            let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(Some(0), |text| text.trim().parse().ok());
            let (Some(status), Some(length)) = (status, length) else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, head));
            };
            while self.held.len() < length {
                self.more().await?;
            }
            let body = self.held.drain(..length).collect();
            Ok(Answer { status, head, body })
        };
        timeout(BOUND, read)
            .await
            .unwrap_or_else(|_| panic!("no answer within {BOUND:?}"))
    }

    /// Whatever comes next; an error where the other side is gone.
    pub(crate) async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.held).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// What has come and was not taken.
    pub(crate) const fn held(&mut self) -> &mut Vec<u8> {
        &mut self.held
    }
}
