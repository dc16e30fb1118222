//! The query, and what an answer to it says.
//!
//! The API answers 200 also where nothing was done, and says so in `errors`; a post that is not there is `null`
//! (<https://api.producthunt.com/v2/docs>; <https://spec.graphql.org/October2021/#sec-Response-Format>).

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Figures, Quota};
use crate::config::Post;
use crate::model::time::{Millis, http_date};
use crate::outbound::{Answer, BodyEnd, Excerpts, Request, SendError};

/// What is asked: two numbers of one post, a few of the 6,250 points of complexity that there are in a quarter of an hour.
const QUERY: &str = "query($slug: String!) { post(slug: $slug) { votesCount commentsCount } }";
/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest that the API is believed to want us to stay away, in milliseconds: what its limit is reckoned by.
const AWAY_MOST_MS: i64 = 15 * 60 * 1_000;
/// The longest of the API's own words that are kept, in characters.
const WORDS_CHARS: usize = 200;

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) said: Said,
    /// What is left, if that was said.
    pub(super) quota: Option<Quota>,
    /// Before when it does not want to be asked, if that was said apart.
    pub(super) not_before: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Figures(Figures),
    /// There is no such post.
    NoPost(String),
    /// One call too many.
    TooMuch(String),
    Trouble(String),
}

/// What is read of an answer; there is more in it.
#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Data {
    post: Option<Numbers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    votes_count: u64,
    comments_count: u64,
}

/// An error as GraphQL words it, or as this API does before it comes to GraphQL.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wrong {
    error: Option<String>,
    error_description: Option<String>,
    message: Option<String>,
}

/// The query of a post.
pub(super) fn request(post: &Post, url: &Url) -> Request {
    let body = json!({ "query": QUERY, "variables": { "slug": post.slug } });
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, json.clone());
    headers.insert(ACCEPT, json);
    if let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", post.token.expose())) {
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    Request {
        method: Method::POST,
        url: url.clone(),
        headers,
        body: Bytes::from(body.to_string()),
        timeout: TIMEOUT,
    }
}

/// What came of a call.
pub(super) fn heard(
    answered: Result<Answer, SendError>,
    (request, post): (&Request, &Post),
    now: Millis,
) -> Heard {
    match answered {
        Ok(answer) => Heard {
            quota: quota(&answer.headers, now),
            not_before: retry_after(&answer.headers, now),
            said: said(&answer, (request, post)),
        },
        Err(error) => Heard {
            said: Said::Trouble(error.to_string()),
            quota: None,
            not_before: None,
        },
    }
}

fn said(answer: &Answer, (request, post): (&Request, &Post)) -> Said {
    match answer.status {
        429 => return Said::TooMuch("it was asked too much (429)".to_owned()),
        status @ (401 | 403) => return Said::Trouble(format!("it refuses the token ({status})")),
        200 => {}
        status => return Said::Trouble(format!("it answered {status}")),
    }
    match answer.end {
        BodyEnd::Whole => {}
        BodyEnd::Cut => return Said::Trouble("its answer is longer than 64 KiB".to_owned()),
        BodyEnd::Broken | BodyEnd::Late => return Said::Trouble("its answer broke off".to_owned()),
    }
    let Ok(body) = serde_json::from_slice::<Body>(&answer.body) else {
        return Said::Trouble("its answer has not the two numbers that were asked for".to_owned());
    };
    if let Some(wrong) = body.errors.first() {
        let words = wrong.words();
        // What it repeats of the token is taken out.
        let words = Excerpts::of(request).excerpt(words.as_bytes());
        let text = format!("it says: {}", words.chars().take(WORDS_CHARS).collect::<String>());
        return match is_of_the_limit(&words) {
            true => Said::TooMuch(text),
            false => Said::Trouble(text),
        };
    }
    match body.data {
        Some(Data { post: Some(numbers) }) => Said::Figures(Figures {
            votes: numbers.votes_count,
            comments: numbers.comments_count,
        }),
        Some(Data { post: None }) => Said::NoPost(format!("it knows no post \"{}\"", post.slug)),
        None => Said::Trouble("its answer has no data".to_owned()),
    }
}

impl Wrong {
    fn words(&self) -> String {
        let parts = [&self.error, &self.error_description, &self.message];
        let words: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        words.join(": ")
    }
}

fn is_of_the_limit(words: &str) -> bool {
    let words = words.to_lowercase();
    ["rate_limit", "rate limit", "throttled"]
        .iter()
        .any(|limit| words.contains(limit))
}

/// `X-Rate-Limit-Limit`, `-Remaining` and `-Reset`, the last in seconds from now
/// (<https://api.producthunt.com/v2/docs/rate_limits/headers>). What is no number was not said.
fn quota(headers: &HeaderMap, now: Millis) -> Option<Quota> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let reset_ms = number("x-rate-limit-reset")?.clamp(0, AWAY_MOST_MS / 1_000) * 1_000;
    Some(Quota {
        limit: number("x-rate-limit-limit").and_then(|limit| u64::try_from(limit).ok()),
        remaining: number("x-rate-limit-remaining")?,
        reset_at: now.plus(reset_ms),
    })
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
