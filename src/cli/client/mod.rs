//! The client: asks a running server over its socket or its admin address, by HTTP/1.1, one connection each.

mod exchange;
mod route;

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;

pub(super) use route::{Route, Scheme};

use super::answer::{Page, Problem};
use super::exit::{Code, Failure};
use crate::config::Secret;
use crate::outbound::Securing;
use exchange::{events, exchange, pieces, whole};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long an answer may take that reads the whole data file.
const VERIFY_WITHIN: Duration = Duration::from_secs(3_600);
/// How many items one page is asked for.
const PAGE_ITEMS: usize = 100;

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

impl Unanswered {
    /// An answer that came and is not what it should be.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::Broken(format!(
            "the server's answer cannot be read ({error}); is it another version?"
        ))
    }
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
    /// Its body, as it came.
    pub(super) body: Bytes,
}

impl Answer {
    /// The body as what it should be.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Unanswered> {
        serde_json::from_slice(&self.body).map_err(|e| Unanswered::unreadable(&e))
    }
}

/// A server that may be running.
pub(super) struct Server {
    route: Route,
    securing: Option<Securing>,
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
        let securing = route.securing();
        Ok(Self {
            route,
            securing: securing.map_err(|e| Failure::new(Code::Io, format_args!("cannot speak TLS: {e}")))?,
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

    /// `PATCH path` with a JSON body.
    pub(super) fn patch(&self, path: &str, body: &impl Serialize) -> Result<Answer, Unanswered> {
        let body = serde_json::to_vec(body).map_err(|e| Unanswered::Broken(e.to_string()))?;
        self.ask(Method::PATCH, path, Some(body.into()))
    }

    /// A `POST`, under a key that makes it the same request if it has to be made again.
    pub(super) fn post_once(
        &self,
        path: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<Answer, Unanswered> {
        let body = serde_json::to_vec(body).map_err(|e| Unanswered::Broken(e.to_string()))?;
        let mut request = self.request(Method::POST, path, Some(body.into()))?;
        let key = HeaderValue::from_str(key).map_err(|e| Unanswered::Broken(e.to_string()))?;
        request.headers_mut().insert("idempotency-key", key);
        self.answer(request, ANSWER_WITHIN)
    }

    /// Lets some time pass.
    pub(super) fn wait(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
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

    /// Hands on what the stream at `path` says, event by event, until nobody wants more.
    pub(super) fn follow(
        &self,
        path: &str,
        on_event: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), Unanswered> {
        let request = self.request(Method::GET, path, None)?;
        self.runtime.block_on(async {
            let stream = self.route.connect(self.securing.as_ref()).await?;
            exchange(stream, request, async |response| {
                if response.status().is_success() {
                    return events(response, on_event).await;
                }
                Err(refusal(&whole(response).await?))
            })
            .await
        })
    }

    /// `POST path`, whose answer is a file: each piece of it is handed on as it comes, with the length of the whole.
    pub(super) fn download(
        &self,
        path: &str,
        on_piece: impl FnMut(Option<u64>, &[u8]) -> io::Result<()>,
    ) -> Result<(), Unanswered> {
        self.pieces(self.request(Method::POST, path, Some(Bytes::new()))?, on_piece)
    }

    /// The same of `GET path`.
    pub(super) fn fetch(
        &self,
        path: &str,
        on_piece: impl FnMut(Option<u64>, &[u8]) -> io::Result<()>,
    ) -> Result<(), Unanswered> {
        self.pieces(self.request(Method::GET, path, None)?, on_piece)
    }

    fn pieces(
        &self,
        request: Request<Full<Bytes>>,
        mut on_piece: impl FnMut(Option<u64>, &[u8]) -> io::Result<()>,
    ) -> Result<(), Unanswered> {
        self.runtime.block_on(async {
            let stream = self.route.connect(self.securing.as_ref()).await?;
            exchange(stream, request, async |response| {
                if !response.status().is_success() {
                    return Err(refusal(&whole(response).await?));
                }
                pieces(response, &mut on_piece).await
            })
            .await
        })
    }

    fn ask(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Answer, Unanswered> {
        let reads_the_file = ["/api/verify", "/api/compact"].contains(&path);
        let within = if reads_the_file {
            VERIFY_WITHIN
        } else {
            ANSWER_WITHIN
        };
        self.answer(self.request(method, path, body)?, within)
    }

    fn answer(&self, request: Request<Full<Bytes>>, within: Duration) -> Result<Answer, Unanswered> {
        let asking =
            async { exchange(self.route.connect(self.securing.as_ref()).await?, request, whole).await };
        let answer = self.runtime.block_on(async {
            let late = |_| Unanswered::Broken(format!("no answer within {} s", within.as_secs()));
            tokio::time::timeout(within, asking).await.map_err(late)?
        })?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refusal(&answer))
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Request<Full<Bytes>>, Unanswered> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.route.host())
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
}

/// What the server says against it, in a line.
fn refusal(answer: &Answer) -> Unanswered {
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = problem.detail.or(problem.title);
    Unanswered::Refused(said.unwrap_or_else(|| format!("the server answered {}", answer.status)))
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
        let refusal = |body: &'static str| {
            let answer = Answer {
                status: StatusCode::CONFLICT,
                body: Bytes::from_static(body.as_bytes()),
            };
            Failure::from(refusal(&answer)).to_string()
        };
        assert_eq!(
            refusal(r#"{"title":"Conflict","detail":"is taken"}"#),
            "gantry: is taken"
        );
        assert_eq!(refusal(r#"{"title":"Conflict"}"#), "gantry: Conflict");
        assert_eq!(refusal("<html>"), "gantry: the server answered 409 Conflict");
    }
}
