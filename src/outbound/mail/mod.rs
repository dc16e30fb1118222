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
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::answer::{Answer, BodyEnd, excerpt};
use super::client::TIMEOUT_MAX;
use super::dial::{self, Dial};
use super::error::{SendError, short};
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
#[derive(Clone, Debug)]
pub(super) struct Post {
    dial: Dial,
}

impl Post {
    pub(super) const fn new(dial: Dial) -> Self {
        Self { dial }
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

    /// Connects to a mail server, by TLS as it says, and hangs up. How long it took, at most 5 s.
    pub(super) async fn reach(&self, server: &Url) -> Result<Duration, SendError> {
        let begun = Instant::now();
        dial::in_time(self.connect(server)).await?;
        Ok(begun.elapsed())
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Reply, SendError> {
        let secured = dial::in_time(self.connect(&mail.server)).await?;
        talk::hand_over(secured, mail).await
    }

    async fn connect(&self, server: &Url) -> Result<Secured, SendError> {
        let host = dial::host_of(server);
        let tls_at_once = server.scheme() == "smtps";
        let port = server.port().unwrap_or(match tls_at_once {
            true => SUBMISSIONS,
            false => SUBMISSION,
        });
        let mut stream = self.dial.connect(host, port).await?;
        let unconnected = |error: std::io::Error| SendError::Connect(short(&error.to_string()));
        let peer = stream.peer_addr().map_err(unconnected)?;
        let ours = stream.local_addr().map_err(unconnected)?;
        if !tls_at_once {
            secured::start_tls(&mut stream, ours.ip()).await?;
        }
        let stream = self.dial.secure(host, stream).await?;
        Ok(Secured::new(stream, (peer, ours), tls_at_once))
    }
}
