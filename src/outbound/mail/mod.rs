//! Mail: a letter handed to a mail server (RFC 5321), over TLS or not at all.
//!
//! A [`Letter`] is written once and is the same on every attempt. A [`Mail`] goes to a server by one connection of its
//! own: name, addresses that egress allows, TCP, TLS from the first byte (`smtps`) or after `STARTTLS` (`smtp`), login,
//! sender, receivers, letter. The server's last reply is the [`Answer`], its code the status. What goes wrong before the
//! server has been asked to take anything is no answer: it is about the server, and not about the letter.

mod letter;
mod secured;
mod talk;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use url::Url;

use super::answer::{Answer, BodyEnd, excerpt};
use super::client::{CONNECT_MAX, TIMEOUT_MAX};
use super::egress::EgressRefusal;
use super::error::{SendError, short};
use super::names::{Guard, NoAddress};
use super::secrets::Secrets;
pub use letter::{Letter, LetterError, LetterParts};
use secured::Secured;
use talk::Reply;

/// Where mail is handed in without TLS at first (RFC 6409), and with it (RFC 8314 §3.3).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// A letter, and to whom it is handed.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `smtp://host` (587, `STARTTLS`) or `smtps://host` (465).
    pub server: Url,
    /// Who we are there.
    pub login: Option<Login>,
    /// What is handed over.
    pub letter: Letter,
    /// From now to the last reply; at most 300 s.
    pub timeout: Duration,
}

/// A name and a password. Printing one shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name, without control characters.
    pub user: String,
    /// The password, without control characters.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Login {
    /// What it is known by, also as it is sent (RFC 4616).
    fn secrets(&self) -> Vec<String> {
        let plain = BASE64_STANDARD.encode(format!("\0{}\0{}", self.user, self.password));
        let password = BASE64_STANDARD.encode(&self.password);
        vec![self.password.clone(), password, plain]
    }
}

/// Hands mail over; clones share what they trust.
#[derive(Clone)]
pub(super) struct Post {
    guard: Guard,
    tls: TlsConnector,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").finish_non_exhaustive()
    }
}

impl Post {
    /// Goes where `guard` allows, and trusts whom `tls` does.
    pub(super) fn new(guard: Guard, tls: &ClientConfig) -> Self {
        let mut tls = tls.clone();
        // What is spoken is not HTTP, and has no name of its own.
        tls.alpn_protocols.clear();
        Self {
            guard,
            tls: TlsConnector::from(Arc::new(tls)),
        }
    }

    pub(super) async fn send(&self, mail: Mail) -> Result<Answer, SendError> {
        let begun = Instant::now();
        let limit = mail.timeout.min(TIMEOUT_MAX);
        let secrets = Secrets::of_texts(mail.login.iter().flat_map(Login::secrets));
        let reply = match timeout_at(begun + limit, self.hand_over(&mail)).await {
            Ok(replied) => replied.map_err(|error| secrets.out_of_error(error))?,
            Err(_) => return Err(SendError::Timeout(limit)),
        };
        Ok(Answer {
            status: reply.code,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            end: BodyEnd::Whole,
            excerpt: excerpt(secrets.out_of_body(reply.text.as_bytes()).as_bytes()),
            took: begun.elapsed(),
        })
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Reply, SendError> {
        let secured = timeout(CONNECT_MAX, self.connect(&mail.server)).await;
        let secured = secured.map_err(|_| SendError::Connect("it took too long".to_owned()))??;
        talk::hand_over(secured, mail).await
    }

    async fn connect(&self, server: &Url) -> Result<Secured, SendError> {
        let host = server.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let tls_at_once = server.scheme() == "smtps";
        let port = server.port().unwrap_or(match tls_at_once {
            true => SUBMISSIONS,
            false => SUBMISSION,
        });
        let name = ServerName::try_from(host.to_owned()).map_err(|_| EgressRefusal::NoHost)?;
        let mut stream = self.reach(host, port).await?;
        let peer = stream
            .peer_addr()
            .map_err(|error| SendError::Connect(short(&error.to_string())))?;
        let ours = stream
            .local_addr()
            .map_err(|error| SendError::Connect(short(&error.to_string())))?;
        if !tls_at_once {
            secured::start_tls(&mut stream, ours.ip()).await?;
        }
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.map_err(|error| SendError::Tls(short(&error.to_string())))?;
        Ok(Secured::new(stream, (peer, ours), tls_at_once))
    }

    /// A connection to the first address that takes one.
    async fn reach(&self, host: &str, port: u16) -> Result<TcpStream, SendError> {
        let addresses = self.guard.addresses(host).await.map_err(|none| match none {
            NoAddress::Refused(refusal) => SendError::Refused(refusal),
            NoAddress::Unknown(error) => SendError::Name(short(&error.to_string())),
        })?;
        let mut last = SendError::Connect("there is no address".to_owned());
        for address in addresses {
            match TcpStream::connect(SocketAddr::new(address, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = SendError::Connect(short(&error.to_string())),
            }
        }
        Err(last)
    }
}
