//! Senders: a pool of connections for each transport, and what happens to a request on its way.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::answer::{self, Answer};
use super::dial::Dial;
use super::egress::Egress;
use super::error::SendError;
use super::mail::{Mail, Post};
use super::names::{Guard, Lookup, System};
use super::secrets::Secrets;
use super::tls;
use super::transport::{Transport, Version};

/// How long connecting may take: the name, TCP and TLS together.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(5);

/// The pool looks for idle connections this often and closes those that have been idle as long, so that they close
/// after 10 to 20 s: before the 20 to 60 s after which receivers and balancers close them in the middle of a request.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// The most idle connections kept to one receiver: as many as calls to it are made at once.
const IDLE_CONNECTIONS_MAX: usize = 256;

/// How often an HTTP/2 connection with calls under way is asked whether it is alive, and how long its answer may take.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_MAX: Duration = Duration::from_secs(5);

/// The longest a request may take, whatever it asks for: a slot must come free.
pub(super) const TIMEOUT_MAX: Duration = Duration::from_secs(300);

/// Who is calling, unless a request says otherwise.
const USER_AGENT: &str = concat!("gantry/", env!("CARGO_PKG_VERSION"));

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where: `http` or `https`, without user or password.
    pub url: Url,
    /// With `Host`, `Content-Length` and `Accept-Encoding` set by the sender. Those marked sensitive are secrets.
    pub headers: HeaderMap,
    /// As it is.
    pub body: Bytes,
    /// From now to the last byte of the answer; at most 300 s.
    pub timeout: Duration,
}

/// Senders, one for each transport in use; clones share them. All go only where one [`Egress`] allows: another one is
/// other senders, with connections of their own.
#[derive(Clone)]
pub struct Senders(Arc<Office>);

struct Office {
    egress: Arc<Egress>,
    lookup: Arc<dyn Lookup>,
    in_use: Mutex<Vec<(Transport, Weak<Pool>)>>,
}

/// Sends requests, keeping connections for the next; clones share them.
///
/// A connection belongs to a transport, scheme, host and port, and is checked when it is opened.
#[derive(Clone, Debug)]
pub struct Sender(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    client: reqwest::Client,
    egress: Arc<Egress>,
    dial: Dial,
    post: Post,
}

/// Why there is no sender: TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("HTTP requests cannot be sent")]
pub struct SetupError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl SetupError {
    pub(super) fn of(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self(error)
    }
}

impl Senders {
    /// Senders that go only where `egress` allows.
    #[must_use]
    pub fn new(egress: Egress) -> Self {
        Self::with_lookup(egress, Arc::new(System::default()))
    }

    /// Senders that ask `lookup` for the addresses of names.
    pub(super) fn with_lookup(egress: Egress, lookup: Arc<dyn Lookup>) -> Self {
        Self(Arc::new(Office {
            egress: Arc::new(egress),
            lookup,
            in_use: Mutex::default(),
        }))
    }

    /// The sender that is in use for `transport`, or a new one, which reads the system's root certificates unless
    /// `transport` names its own.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn sender(&self, transport: &Transport) -> Result<Sender, SetupError> {
        let mut in_use = self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        in_use.retain(|(_, pool)| pool.strong_count() > 0);
        let mut alike = in_use.iter().filter(|(known, _)| known == transport);
        if let Some(pool) = alike.find_map(|(_, pool)| pool.upgrade()) {
            return Ok(Sender(pool));
        }
        let pool = Arc::new(self.0.pool(transport)?);
        in_use.push((transport.clone(), Arc::downgrade(&pool)));
        Ok(Sender(pool))
    }
}

impl Office {
    fn pool(&self, transport: &Transport) -> Result<Pool, SetupError> {
        let tls = tls::client(transport).map_err(|error| SetupError(error.into()))?;
        let guard = Guard::new(Arc::clone(&self.lookup), Arc::clone(&self.egress));
        let dial = Dial::new(guard.clone(), &tls);
        // hyper-util sends a request again by itself in one case only: the connection it took from the pool turned out
        // to be closed before a byte was written, and the request came back unsent. A request whose first byte was
        // written is never repeated here, whatever its method; `retry::never` turns off what else reqwest would repeat.
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(guard)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .user_agent(USER_AGENT);
        let builder = match transport.version {
            Version::One => builder.http1_only(),
            // One connection carries all calls: one that has died in silence is not to hold them all up.
            Version::Two => builder
                .http2_keep_alive_interval(PING_EVERY)
                .http2_keep_alive_timeout(PING_MAX),
        };
        Ok(Pool {
            client: builder.build().map_err(|error| SetupError(error.into()))?,
            egress: Arc::clone(&self.egress),
            post: Post::new(dial.clone()),
            dial,
        })
    }
}

impl Sender {
    /// Sends `request` and reads the answer.
    ///
    /// # Errors
    /// [`SendError`] where no answer came. Neither it nor an excerpt repeats the request's secrets. An answer whose body broke off is an answer: its status has been given.
    pub async fn send(&self, request: Request) -> Result<Answer, SendError> {
        let begun = Instant::now();
        let timeout = request.timeout.min(TIMEOUT_MAX);
        let deadline = begun + timeout;
        // Literal addresses are judged here, because the connector asks no resolver for them; addresses of names are
        // judged by the resolver, `Guard`.
        self.0.egress.check_url(&request.url)?;
        let secrets = Secrets::of(&request.headers, &request.url);
        let exchange = self.0.client.execute(written(request));
        let response = match timeout_at(deadline, exchange).await {
            Ok(response) => response.map_err(|error| secrets.out_of_error(error.into()))?,
            Err(_) => return Err(SendError::Timeout(timeout)),
        };
        self.check_peer(&response)?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(SendError::Broken("it switched protocols unasked".to_owned()));
        }
        Ok(answer::read(response, &secrets, begun, deadline).await)
    }

    /// Connects to where `url` is (http, https, smtp or smtps), by TLS where it says so, and hangs up: nothing is asked of
    /// whoever listens. How long that took, at most 5 s.
    ///
    /// # Errors
    /// [`SendError`] where no connection came about.
    pub async fn reach(&self, url: &Url) -> Result<Duration, SendError> {
        if matches!(url.scheme(), "smtp" | "smtps") {
            return self.0.post.reach(url).await;
        }
        self.0.egress.check_url(url)?;
        self.0.dial.reach(url).await
    }

    /// Hands `mail` to its server, by a connection of its own. The answer's status is the code of the server's last reply.
    ///
    /// # Errors
    /// [`SendError`] where the server did not come to speak of the letter. Neither it nor an excerpt repeats the password.
    pub async fn mail(&self, mail: Mail) -> Result<Answer, SendError> {
        self.0.post.send(mail).await
    }

    /// That the peer is one of the addresses judged before. It always is, since the connector is handed addresses and
    /// no names; should that change one day, no answer of such a peer is shown to anyone.
    fn check_peer(&self, response: &reqwest::Response) -> Result<(), SendError> {
        match response.remote_addr() {
            Some(peer) => Ok(self.0.egress.check(peer.ip())?),
            None => Err(SendError::Broken("the connection has no peer".to_owned())),
        }
    }
}

fn written(request: Request) -> reqwest::Request {
    let mut written = reqwest::Request::new(request.method, request.url);
    *written.headers_mut() = request.headers;
    written
        .headers_mut()
        .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    *written.body_mut() = Some(request.body.into());
    written
}
