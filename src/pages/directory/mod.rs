//! Directory: a site that is files, answered as an origin answers.
//!
//! Flow: a path as it was sent is made into names (`place`) → the file is opened below the root and nowhere else
//! (`open`) → a head says what it is and how long it lasts (`head`) → the body follows: small files at once, large ones
//! as they are read (`body`).
//!
//! Invariants: nothing outside the root is ever opened, by whatever spelling or symbolic link; nothing but regular files; no
//! name that begins with a dot but `.well-known`. A refused path is answered as one that is not there. What is held in memory
//! for one request is at most `open::WHOLE_BYTES`. A file is told from its successor by its content, or, where it is
//! large, by everything the file system says of it.
//!
//! It does not know that its answers are stored, and counts nobody.

mod body;
mod head;
mod open;
mod place;
mod range;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use crate::clock::Clock;
use open::{Found, Opened};

/// A directory that is a site; clones share it.
#[derive(Clone, Debug)]
pub struct Directory {
    root: Arc<PathBuf>,
    clock: Clock,
}

impl Directory {
    /// The site below `root`, which is looked up anew for each request: it may be a link that is turned over by a deploy.
    #[must_use]
    pub fn new(root: PathBuf, clock: Clock) -> Self {
        let root = Arc::new(root);
        Self { root, clock }
    }

    /// Answers a request for a page or a file. Headers of a request that matter are `If-None-Match`, `If-Modified-Since`,
    /// `Range`, `If-Range` and `Accept-Encoding`. A root that is not there, or a disk that fails, is 503.
    pub async fn answer(&self, method: &Method, target: &Uri, headers: &HeaderMap) -> Response<Body> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut answer = plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "only GET and HEAD are answered here\n",
            );
            answer
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        let answer = match self.find(target.path(), head::Accepted::of(headers)).await {
            Ok(Found::File(opened)) => self.file(*opened, headers),
            Ok(Found::Elsewhere(path)) => moved(&path, target.query()),
            Ok(Found::Nothing(page)) => missing(page.map(|page| *page)),
            Err(error) => {
                tracing::error!(pages.root = %self.root.display(), %error, "the site's directory cannot be read");
                plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "this page cannot be read at the moment\n",
                )
            }
        };
        match *method {
            Method::HEAD => answer.map(|_| Body::empty()),
            _ => answer,
        }
    }

    /// Looks the path up, where waiting for a disk holds nobody else up.
    async fn find(&self, path: &str, accepted: head::Accepted) -> io::Result<Found> {
        let Some(place) = place::Place::of(path) else {
            return self.nothing().await;
        };
        let root = Arc::clone(&self.root);
        let found = tokio::task::spawn_blocking(move || open::find(&root, &place, accepted)).await;
        found.map_err(io::Error::other)?
    }

    async fn nothing(&self) -> io::Result<Found> {
        let root = Arc::clone(&self.root);
        let found = tokio::task::spawn_blocking(move || open::nothing(&root)).await;
        found.map_err(io::Error::other)?
    }

    fn file(&self, opened: Opened, asked: &HeaderMap) -> Response<Body> {
        let head = head::of(&opened, self.clock.now());
        let part = range::part(asked, &head, opened.bytes);
        let mut answer = Response::new(Body::empty());
        *answer.headers_mut() = head;
        *answer.status_mut() = match part {
            range::Part::Known => {
                range::without_body(answer.headers_mut());
                StatusCode::NOT_MODIFIED
            }
            range::Part::None => {
                let headers = answer.headers_mut();
                range::without_body(headers);
                headers.extend(range::content_range_of_none(opened.bytes));
                StatusCode::RANGE_NOT_SATISFIABLE
            }
            range::Part::Some { from, bytes } => {
                let headers = answer.headers_mut();
                headers.extend(range::content_range(from, bytes, opened.bytes));
                headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
                *answer.body_mut() = body::of(opened, from, bytes);
                StatusCode::PARTIAL_CONTENT
            }
            range::Part::Whole => {
                let bytes = opened.bytes;
                answer
                    .headers_mut()
                    .insert(CONTENT_LENGTH, HeaderValue::from(bytes));
                *answer.body_mut() = body::of(opened, 0, bytes);
                StatusCode::OK
            }
        };
        answer
    }
}

/// The same page under the path that it is known by. Both are free of empty segments, so that neither names another host.
fn moved(path: &str, query: Option<&str>) -> Response<Body> {
    let to = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut answer = plain(StatusCode::MOVED_PERMANENTLY, "this page is elsewhere\n");
    match HeaderValue::from_str(&to) {
        Ok(to) => drop(answer.headers_mut().insert(LOCATION, to)),
        Err(_) => *answer.status_mut() = StatusCode::NOT_FOUND,
    }
    answer
}

/// The site's own page for what is not there, or a line.
fn missing(page: Option<Opened>) -> Response<Body> {
    let Some(page) = page else {
        return plain(StatusCode::NOT_FOUND, "there is no such page\n");
    };
    let bytes = page.bytes;
    let mut answer = Response::new(body::of(page, 0, bytes));
    *answer.status_mut() = StatusCode::NOT_FOUND;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(CACHE_CONTROL, head::NOT_THERE);
    headers.extend(head::no_sniffing());
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert(
        CACHE_CONTROL,
        match status {
            StatusCode::NOT_FOUND | StatusCode::MOVED_PERMANENTLY => head::NOT_THERE,
            _ => HeaderValue::from_static("no-store"),
        },
    );
    headers.extend(head::no_sniffing());
    answer
}

#[cfg(test)]
mod tests;
