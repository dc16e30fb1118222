//! A voter's connection: HTTP/1.1, kept alive, one request at a time. Written by hand because voters share the machine's
//! cores with the server they vote at.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::launch::POLL;

/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// A vote as it is sent.
#[derive(Clone, Copy)]
pub(super) struct Ballot<'a> {
    pub(super) option: &'a str,
    pub(super) user: &'a str,
    pub(super) key: &'a str,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether it says `Idempotent-Replayed: true`.
    pub(super) replayed: bool,
    /// The poll's total, where it says one.
    pub(super) total: Option<u64>,
}

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    host: SocketAddr,
    body: Vec<u8>,
    out: Vec<u8>,
    read: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: to,
            body: Vec::new(),
            out: Vec::new(),
            read: Vec::with_capacity(1024),
        })
    }

    /// Sends a vote and waits for its answer. After an error whether the vote counts is unknown.
    pub(super) async fn vote(&mut self, ballot: Ballot<'_>) -> io::Result<Answer> {
        self.write(ballot)?;
        let exchange = async {
            self.stream.write_all(&self.out).await?;
            self.answer().await
        };
        timeout(ANSWER_WAIT, exchange)
            .await
            .map_err(|_| ErrorKind::TimedOut)?
    }

    fn write(&mut self, Ballot { option, user, key }: Ballot<'_>) -> io::Result<()> {
        let Self { host, body, out, .. } = self;
        body.clear();
        out.clear();
        write!(
            body,
            r#"{{"pollId":"{POLL}","optionId":"{option}","userId":"{user}","idempotencyKey":"{key}"}}"#
        )?;
        write!(
            out,
            "POST /api/vote HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )?;
        out.extend_from_slice(body);
        Ok(())
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = parse(&self.read)? {
                return Ok(answer);
            }
            if self.read.len() > MAX_ANSWER {
                return Err(ErrorKind::InvalidData.into());
            }
        }
    }
}

/// Reads an answer; `None` while it is not whole.
fn parse(bytes: &[u8]) -> io::Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, body) = bytes.split_at(end);
    let body = body.get(4..).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| ErrorKind::InvalidData)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or(ErrorKind::InvalidData)?;
    let mut length = None;
    let mut replayed = false;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
        } else if name.eq_ignore_ascii_case("idempotent-replayed") {
            replayed = value.trim() == "true";
        }
    }
    let length = length.ok_or(ErrorKind::InvalidData)?;
    if body.len() < length {
        return Ok(None);
    }
    Ok(Some(Answer {
        status,
        replayed,
        total: total(body),
    }))
}

/// The number behind `"totalVotes":`.
fn total(body: &[u8]) -> Option<u64> {
    let body = std::str::from_utf8(body).ok()?;
    let (_, rest) = body.split_once("\"totalVotes\":")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let whole = b"HTTP/1.1 202 Accepted\r\ncontent-length: 17\r\nIdempotent-Replayed: true\r\n\r\n{\"totalVotes\":42}";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]).unwrap(), None, "{cut}");
        }
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!(
            answer,
            Answer {
                status: 202,
                replayed: true,
                total: Some(42)
            }
        );
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        assert!(parse(b"SSH-2.0\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err(), "without a length");
    }
}
