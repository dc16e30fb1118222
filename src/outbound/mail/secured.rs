//! A connection to a mail server that is encrypted, and how it comes to be.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::super::error::{SendError, short};

/// The longest line of a reply, in bytes: RFC 5321 §4.5.3.1.5 has 512.
const LINE_MAX: u64 = 1_024;
/// The most lines of a reply.
const LINES_MAX: usize = 64;
/// What stands for the greeting where it has been given before the connection was encrypted.
const GREETED: &[u8] = b"220 greeted\r\n";

/// An encrypted connection, as the client wants it: with a greeting first.
#[derive(Debug)]
pub(super) struct Secured {
    greeting: &'static [u8],
    stream: TlsStream<TcpStream>,
    peer: SocketAddr,
    ours: SocketAddr,
}

impl Secured {
    /// `greets`: the server has not done so yet.
    pub(super) fn new(
        stream: TlsStream<TcpStream>,
        (peer, ours): (SocketAddr, SocketAddr),
        greets: bool,
    ) -> Self {
        Self {
            greeting: if greets { b"" } else { GREETED },
            stream,
            peer,
            ours,
        }
    }

    /// Who we say we are.
    pub(super) fn client(&self) -> ClientId {
        client(self.ours.ip())
    }
}

/// An address in the place of a name (RFC 5321 §4.1.3): what this machine calls itself is nobody's business.
fn client(ours: IpAddr) -> ClientId {
    match ours {
        IpAddr::V4(ours) => ClientId::Ipv4(ours),
        IpAddr::V6(ours) => ClientId::Ipv6(ours),
    }
}

/// Takes the greeting and asks for TLS (RFC 3207). Whoever does not offer it is told nothing else.
pub(super) async fn start_tls(stream: &mut TcpStream, ours: IpAddr) -> Result<(), SendError> {
    let mut stream = BufReader::new(stream);
    expect(&mut stream, 220).await?;
    let hello = format!("EHLO {}\r\n", client(ours));
    stream
        .get_mut()
        .write_all(hello.as_bytes())
        .await
        .map_err(broken)?;
    let offered = expect(&mut stream, 250).await?;
    if !offered.iter().any(|line| line.eq_ignore_ascii_case("STARTTLS")) {
        return Err(SendError::Tls(
            "the mail server does not offer STARTTLS".to_owned(),
        ));
    }
    stream
        .get_mut()
        .write_all(b"STARTTLS\r\n")
        .await
        .map_err(broken)?;
    expect(&mut stream, 220).await?;
    // What came with the reply was said by nobody who has proved who he is, and would be taken for what comes after.
    match stream.buffer().is_empty() {
        true => Ok(()),
        false => Err(SendError::Tls("more was said before TLS began".to_owned())),
    }
}

/// A reply with this code, in lines without it.
async fn expect(stream: &mut BufReader<&mut TcpStream>, code: u16) -> Result<Vec<String>, SendError> {
    let mut lines = Vec::new();
    while lines.len() < LINES_MAX {
        let mut line = Vec::new();
        let mut bounded = (&mut *stream).take(LINE_MAX);
        bounded.read_until(b'\n', &mut line).await.map_err(broken)?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let Some((said, rest)) = line
            .strip_suffix('\n')
            .and_then(|line| line.trim_end().split_at_checked(3))
        else {
            return Err(SendError::Broken("what came was no SMTP".to_owned()));
        };
        if said.parse() != Ok(code) {
            return Err(SendError::Broken(short(&format!(
                "the mail server said {}",
                line.trim_end()
            ))));
        }
        lines.push(rest.get(1..).unwrap_or_default().trim().to_owned());
        if !rest.starts_with('-') {
            return Ok(lines);
        }
    }
    Err(SendError::Broken(
        "the mail server does not come to an end".to_owned(),
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn broken(error: io::Error) -> SendError {
    SendError::Broken(short(&error.to_string()))
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let length = self.greeting.len().min(buffer.remaining());
        let (now, later) = self.greeting.split_at(length);
        buffer.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
