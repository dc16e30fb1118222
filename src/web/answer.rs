//! Answers, and what of a request they turn on.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ApiError;
use super::body::{self, BODY_DEADLINE};
use crate::model::page::{MAX_LIMIT, PageRequest};
use crate::model::time::Millis;
use crate::model::time::zone::{LocalTime, Zone};

/// The items of a page when none are asked for.
const DEFAULT_LIMIT: usize = 50;

/// A JSON answer.
#[must_use]
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => axum::response::IntoResponse::into_response(ApiError::internal(error)),
    }
}

/// A JSON answer that is written already.
#[must_use]
pub fn json_bytes(status: StatusCode, bytes: impl Into<Body>) -> Response<Body> {
    let mut answer = Response::new(bytes.into());
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// A JSON answer to be revalidated at every use, or 304 where the client has this very version (RFC 9110 §13.1.2).
#[must_use]
pub fn tagged(request: &HeaderMap, tag: &str, bytes: impl FnOnce() -> Vec<u8>) -> Response<Body> {
    let mut answer = if is_known(request, tag) {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        json_bytes(StatusCode::OK, bytes())
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    answer
}

/// Whether the client has the version of this tag: a weak comparison, since a proxy that compresses weakens tags.
#[must_use]
pub fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let known = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.split(',')
            .map(|t| t.trim().trim_start_matches("W/"))
            .any(|t| t == tag || t == "*")
    };
    request.get_all(IF_NONE_MATCH).iter().any(known)
}

/// A list, as every list is answered.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page; `null` ends the list.
    pub next: Option<String>,
}

/// Reads a JSON body of at most `limit` bytes.
///
/// # Errors
/// 413, 408, 400 or 422, each saying why.
pub async fn read_json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, ApiError> {
    let bytes = body::read(request.into_body(), limit, BODY_DEADLINE).await?;
    body::json(&bytes)
}

/// The name in a path such as `/api/polls/{poll}`; one that is not UTF-8 is nobody's.
#[derive(Clone, Debug)]
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(name)| Self(name))
            .map_err(|_| ApiError::not_found("name"))
    }
}

/// The query's parameters, each at most once.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The parameter's value, if it is there and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// An instant: RFC 3339, or a time or a date of `zone`, which is its beginning.
    ///
    /// # Errors
    /// 422 naming the parameter.
    pub fn instant(&self, name: &'static str, zone: &Zone) -> Result<Option<Millis>, ApiError> {
        let local = |text: &str| LocalTime::parse(text).and_then(|time| zone.instant(time));
        let read = |text: &str| {
            Millis::parse_rfc3339(text)
                .or_else(|| local(text))
                .or_else(|| local(&format!("{text}T00:00:00")))
        };
        let wrong = || {
            let detail = format!("`{name}` must be RFC 3339, or a time or a date such as 2026-12-01");
            ApiError::unprocessable(name, detail)
        };
        self.get(name)
            .map(|text| read(text).ok_or_else(wrong))
            .transpose()
    }

    /// One of `all`, each called what `as_str` says; `None`: none was chosen.
    ///
    /// # Errors
    /// 422 naming the parameter and its choices.
    pub fn choice<T: Copy>(
        &self,
        name: &'static str,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) -> Result<Option<T>, ApiError> {
        let wrong = || {
            let names: Vec<&str> = all.iter().map(|choice| as_str(*choice)).collect();
            ApiError::unprocessable(name, format!("`{name}` is one of {}", names.join(", ")))
        };
        let find = |text| all.iter().copied().find(|choice| as_str(*choice) == text);
        self.get(name)
            .map(|text| find(text).ok_or_else(wrong))
            .transpose()
    }

    /// The page that is asked for of a list that is at hand as a whole, which is short: all of it, where no limit is asked for.
    /// The cursor is what `name` says of the last item of the page before.
    ///
    /// # Errors
    /// 422 naming the one that is wrong; a cursor also where what it names has gone.
    pub fn part<T>(&self, mut all: Vec<T>, name: impl Fn(&T) -> &str) -> Result<List<T>, ApiError> {
        let PageRequest { limit, after } = self.page(|cursor| Some(cursor.to_owned()))?;
        if let Some(cursor) = after {
            let place = all.iter().position(|item| name(item) == cursor);
            let gone = || {
                let detail = "what `cursor` names is not in this list; begin it anew";
                ApiError::unprocessable("cursor", detail)
            };
            all.drain(..=place.ok_or_else(gone)?);
        }
        let limit = self.get("limit").map_or(all.len(), |_| limit);
        let is_more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| is_more).map(|last| name(last).to_owned());
        Ok(List { items: all, next })
    }

    /// `?limit=&cursor=`, the cursor read by `parse`.
    ///
    /// # Errors
    /// 422 naming the one that is wrong.
    pub fn page<C>(&self, parse: impl Fn(&str) -> Option<C>) -> Result<PageRequest<C>, ApiError> {
        let limit = match self.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|n| (1..=MAX_LIMIT).contains(n))
                .ok_or_else(|| {
                    ApiError::unprocessable("limit", format!("`limit` is a number from 1 to {MAX_LIMIT}"))
                })?,
        };
        let after = match self.get("cursor") {
            None => None,
            Some(text) => {
                let cursor = parse(text);
                Some(cursor.ok_or_else(|| ApiError::unprocessable("cursor", "`cursor` is not one of ours"))?)
            }
        };
        Ok(PageRequest { limit, after })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        query
            .map(|axum::extract::Query(pairs)| Self(pairs))
            .map_err(|e| ApiError::bad_request(e.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(query: &str) -> Result<(Vec<&'static str>, Option<String>), u16> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = Query(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        );
        query
            .part(vec!["d", "b", "c", "a"], |name| name)
            .map(|list| (list.items, list.next))
            .map_err(|wrong| wrong.status().as_u16())
    }

    #[test]
    fn a_short_list_is_whole_unless_a_limit_is_asked_for() {
        assert_eq!(part(""), Ok((vec!["d", "b", "c", "a"], None)));
        assert_eq!(part("limit=2"), Ok((vec!["d", "b"], Some("b".to_owned()))));
        assert_eq!(part("limit=2&cursor=b"), Ok((vec!["c", "a"], None)));
        assert_eq!(part("cursor=c"), Ok((vec!["a"], None)));
        assert_eq!(part("cursor=a"), Ok((vec![], None)));
        for wrong in ["limit=0", "limit=1001", "limit=-1", "limit=x", "cursor=x"] {
            assert_eq!(part(wrong), Err(422), "{wrong}");
        }
    }
}
