//! The client: asks a running server over its socket or its admin address, HTTP/1.1 without TLS, one connection each.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Runtime;

use super::answer::{Page, Problem};
use super::exit::{Code, Failure};
use super::target;
use crate::config::Secret;

/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long an answer may take that reads the whole data file.
const VERIFY_WITHIN: Duration = Duration::from_secs(3_600);
/// The largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 64 << 20;
/// How many items one page is asked for.
const PAGE_ITEMS: usize = 100;

/// The way to a server.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// The socket beside this data file.
    Socket {
        /// The data file.
        data: PathBuf,
    },
    /// An admin address.
    Url {
        /// Name or address, without brackets.
        host: String,
        /// TCP port.
        port: u16,
        /// Both, as the `Host` header wants them.
        authority: String,
    },
}

/// Why there is no good answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// Nobody listens there.
    Absent(String),
    /// Somebody does, and the talk broke off.
    Broken(String),
    /// The server says no.
    Refused(String),
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Absent(why) => Self::new(Code::Missing, why),
            Unanswered::Broken(why) => Self::new(Code::Io, why),
            Unanswered::Refused(why) => Self::new(Code::No, why),
        }
    }
}

/// A good answer (2xx).
#[derive(Debug)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: StatusCode,
    body: Bytes,
}

impl Answer {
    /// The body as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Unanswered> {
        serde_json::from_slice(&self.body).map_err(|e| {
            Unanswered::Broken(format!(
                "the server's answer cannot be read ({e}); is it another version?"
            ))
        })
    }
}

/// A server that may be running.
pub(super) struct Server {
    route: Route,
    token: Option<Secret>,
    runtime: Runtime,
}

impl Server {
    /// The server at the end of `route`; nothing is asked yet.
    pub(super) fn new(route: Route, token: Option<Secret>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::io("cannot start", &e))?;
        Ok(Self {
            route,
            token,
            runtime,
        })
    }

    /// The data file whose socket is asked; `None` for a server elsewhere.
    pub(super) fn data_file(&self) -> Option<&PathBuf> {
        match &self.route {
            Route::Socket { data } => Some(data),
            Route::Url { .. } => None,
        }
    }

    /// `GET path`.
    pub(super) fn get(&self, path: &str) -> Result<Answer, Unanswered> {
        self.ask(Method::GET, path, None)
    }

    /// `POST path` with a JSON body.
    pub(super) fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, Unanswered> {
        let body = serde_json::to_vec(body).map_err(|e| Unanswered::Broken(e.to_string()))?;
        self.ask(Method::POST, path, Some(body.into()))
    }

    /// `DELETE path`.
    pub(super) fn delete(&self, path: &str) -> Result<Answer, Unanswered> {
        self.ask(Method::DELETE, path, None)
    }

    /// Up to `limit` items of a list, page after page; a page may be short without being the last.
    pub(super) fn list(
        &self,
        path: &str,
        query: &[(&str, String)],
        limit: usize,
    ) -> Result<Page, Unanswered> {
        let cursor = query.iter().find(|(name, _)| *name == "cursor");
        let mut next = cursor.map_or(Value::Null, |(_, cursor)| Value::from(cursor.as_str()));
        let mut items = Vec::new();
        loop {
            let wanted = (limit - items.len()).min(PAGE_ITEMS);
            let mut asked = vec![("limit", wanted.to_string())];
            asked.extend(query.iter().filter(|(name, _)| *name != "cursor").cloned());
            match &next {
                Value::Null => {}
                Value::String(cursor) => asked.push(("cursor", cursor.clone())),
                cursor => asked.push(("cursor", cursor.to_string())),
            }
            let page: Page = self.get(&format!("{path}?{}", query_of(&asked)))?.read()?;
            items.extend(page.items);
            next = page.next;
            if next.is_null() || items.len() >= limit {
                return Ok(Page { items, next });
            }
        }
    }

    fn ask(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Answer, Unanswered> {
        let within = if path == "/api/verify" {
            VERIFY_WITHIN
        } else {
            ANSWER_WITHIN
        };
        let request = self.request(method, path, body)?;
        let answer = self.runtime.block_on(async {
            let asking = async {
                match self.connect().await? {
                    Connection::Socket(socket) => exchange(socket, request).await,
                    Connection::Tcp(stream) => exchange(stream, request).await,
                }
            };
            let late = |_| Unanswered::Broken(format!("no answer within {} s", within.as_secs()));
            tokio::time::timeout(within, asking).await.map_err(late)?
        })?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(Unanswered::Refused(refusal(&answer)))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Request<Full<Bytes>>, Unanswered> {
        let host = match &self.route {
            Route::Socket { .. } => "localhost",
            Route::Url { authority, .. } => authority,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("gantry/", env!("CARGO_PKG_VERSION")));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
        }
        // The error names no value, so that no token is repeated.
        request
            .body(Full::new(body.unwrap_or_default()))
            .map_err(|_| Unanswered::Refused("the token has characters that no token has".to_owned()))
    }

    async fn connect(&self) -> Result<Connection, Unanswered> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        match &self.route {
            Route::Socket { data } => {
                let path = target::socket_of(data);
                let stream = tokio::time::timeout(CONNECT_WITHIN, UnixStream::connect(&path)).await;
                stream
                    .map_err(late)
                    .flatten()
                    .map(Connection::Socket)
                    .map_err(|e| no_socket(data, &e))
            }
            Route::Url {
                host,
                port,
                authority,
            } => {
                let connecting = TcpStream::connect((host.as_str(), *port));
                let stream = tokio::time::timeout(CONNECT_WITHIN, connecting).await;
                stream
                    .map_err(late)
                    .flatten()
                    .map(Connection::Tcp)
                    .map_err(|e| Unanswered::Absent(format!("no server answers at {authority}: {e}")))
            }
        }
    }
}

enum Connection {
    Socket(UnixStream),
    Tcp(TcpStream),
}

fn no_socket(data: &std::path::Path, error: &io::Error) -> Unanswered {
    let socket = target::socket_of(data);
    let (data, socket) = (data.display(), socket.display());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Unanswered::Absent(format!(
            "no server is running on {data} ({socket}): start one with `gantry serve`, or name its data file with --data"
        )),
        io::ErrorKind::PermissionDenied => Unanswered::Broken(format!(
            "{socket} is another user's: run this as the owner of {data}"
        )),
        _ => Unanswered::Broken(format!("cannot connect to {socket}: {error}")),
    }
}

/// Sends the request and reads the whole answer, while the connection is driven beside it.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Unanswered>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |e: hyper::Error| Unanswered::Broken(format!("the connection to the server broke: {e}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let exchange = async move {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map_err(|e| Unanswered::Broken(format!("the answer broke off: {e}")))?;
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    };
    tokio::pin!(exchange, connection);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // A connection that has ended has delivered what there is, or made the exchange fail.
        _ = &mut connection => exchange.await,
    }
}

/// What the server says against it, in a line.
fn refusal(answer: &Answer) -> String {
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
    problem
        .detail
        .or(problem.title)
        .unwrap_or_else(|| format!("the server answered {}", answer.status))
}

/// `a=b&c=d`, escaped.
pub(super) fn query_of(pairs: &[(&str, String)]) -> String {
    let pair = |(name, value): &(&str, String)| format!("{name}={}", escaped(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `text` with everything escaped that has a meaning in an address (RFC 3986 §2.3).
pub(super) fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let escape = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_an_address_is_escaped() {
        assert_eq!(escaped("a/b?ä"), "a%2Fb%3F%C3%A4");
        assert_eq!(
            query_of(&[("from", "1+2".into()), ("user", "x".into())]),
            "from=1%2B2&user=x"
        );
    }

    #[test]
    fn a_refusal_is_the_problems_detail() {
        let answer = |body: &'static str| Answer {
            status: StatusCode::CONFLICT,
            body: Bytes::from_static(body.as_bytes()),
        };
        assert_eq!(
            refusal(&answer(r#"{"title":"Conflict","detail":"is taken"}"#)),
            "is taken"
        );
        assert_eq!(refusal(&answer(r#"{"title":"Conflict"}"#)), "Conflict");
        assert_eq!(refusal(&answer("<html>")), "the server answered 409 Conflict");
    }
}
