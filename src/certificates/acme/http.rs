//! The way to an authority, as its client wants one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use crate::clock::Clock;
use crate::model::time::{Millis, http_date};
use crate::outbound::{self, BodyEnd, Sender};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest that an authority may tell us to stay away, in milliseconds: a week.
const AWAY_MOST_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
const NOTHING_SAID: i64 = i64::MIN;

/// Sends what the client of the authority writes; clones share what was heard.
#[derive(Clone)]
pub(super) struct Wire {
    sender: Sender,
    clock: Clock,
    /// Before when a refusal asked not to be asked again.
    not_before: Arc<AtomicI64>,
}

impl Wire {
    pub(super) fn new(sender: Sender, clock: Clock) -> Self {
        Self {
            sender,
            clock,
            not_before: Arc::new(AtomicI64::new(NOTHING_SAID)),
        }
    }

    /// Before when the authority does not want to hear of us, by the refusals since this was asked last.
    pub(super) fn take_not_before(&self) -> Option<Millis> {
        let said = self.not_before.swap(NOTHING_SAID, Relaxed);
        (said != NOTHING_SAID).then_some(Millis(said))
    }

    async fn send(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await;
        let url = parts.uri.to_string().parse().map_err(other)?;
        let request = outbound::Request {
            method: parts.method,
            url,
            headers: parts.headers,
            body: body.to_bytes(),
            timeout: TIMEOUT,
        };
        let answer = self.sender.send(request).await.map_err(other)?;
        if answer.end != BodyEnd::Whole {
            return Err(Error::Str("the end of an answer"));
        }
        if matches!(answer.status, 429 | 503)
            && let Some(at) = retry_after(&answer.headers, self.clock.now())
        {
            self.not_before.fetch_max(at.0, Relaxed);
        }
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status.try_into().map_err(other)?;
        *response.headers_mut() = answer.headers;
        Ok(response.into())
    }
}

impl HttpClient for Wire {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(self.clone().send(request))
    }
}

/// Seconds or a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: Millis) -> Option<Millis> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let at = match text.parse::<u32>() {
        Ok(seconds) => now.plus(i64::from(seconds) * 1_000),
        Err(_) => http_date::parse(text, now)?,
    };
    Some(at.min(now.plus(AWAY_MOST_MS)))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_says_for_how_long_it_wants_to_be_left_alone() {
        let now = Millis::parse_rfc3339("2026-11-26T12:00:00Z").unwrap();
        let said = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|at| (at.0 - now.0) / 1_000)
        };
        assert_eq!(said("3600"), Some(3_600));
        assert_eq!(said("Thu, 26 Nov 2026 13:00:00 GMT"), Some(3_600));
        assert_eq!(said("4000000000"), Some(7 * 86_400));
        assert_eq!(said("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
