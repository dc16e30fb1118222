//! Refreshing: the request for an access token (RFC 6749 §6), and what its answer gives.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use url::form_urlencoded;

use super::secret;
use crate::config::{ClientAuth, OAuth2, Secret};
use crate::delivery::retry_after;
use crate::model::time::Millis;
use crate::outbound::{Answer, Request, SendError};

/// The time for one refresh: less than what is under way is given when the process stops, so that no answer that
/// replaces the refresh token is dropped.
pub(super) const TIMEOUT: Duration = Duration::from_secs(7);

/// Why a refresh is refused, as §5.2 names it. Other words are not repeated: they may be anything, a token among them.
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// The longest token, in bytes: it is one header's value.
const TOKEN_MAX: usize = 8 * 1024;

/// What came of a refresh.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// A token.
    Granted(Granted),
    /// It is refused, and will be until somebody changes something: why.
    Refused(String),
    /// There was none, and there may be one later: why, and not before when, if that was said.
    Failed(String, Option<Millis>),
}

/// What was given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) access: Secret,
    /// How long it holds from now on, if that was said.
    pub(super) lifetime: Option<Duration>,
    /// The refresh token from now on, where it is another.
    pub(super) refresh: Option<Secret>,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Number>,
    refresh_token: Option<String>,
}

/// Some servers write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Asks for an access token.
pub(super) fn request(settings: &OAuth2, refresh_token: &Secret) -> Request {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", refresh_token.expose());
    if let Some(scope) = &settings.scope {
        form.append_pair("scope", scope);
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let media = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, media);
    let (id, password) = (settings.client_id.expose(), settings.client_secret.expose());
    match settings.client_auth {
        ClientAuth::Basic => drop(headers.insert(AUTHORIZATION, basic(id, password))),
        ClientAuth::Form => drop(
            form.append_pair("client_id", id)
                .append_pair("client_secret", password),
        ),
    }
    Request {
        method: Method::POST,
        url: settings.token_url.clone(),
        headers,
        body: form.finish().into(),
        timeout: TIMEOUT,
    }
}

/// Both are encoded as in a form first (§2.3.1).
fn basic(id: &str, password: &str) -> HeaderValue {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(password));
    secret(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

/// Reads an answer that came at `now` (§5.1, §5.2).
pub(super) fn read(sent: &Result<Answer, SendError>, now: Millis) -> Refreshed {
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return Refreshed::Failed(error.to_string(), None),
    };
    let status = answer.status;
    match status {
        200..=299 => match granted(&answer.body) {
            Ok(granted) => Refreshed::Granted(granted),
            Err(why) => Refreshed::Failed(format!("it answered {status} {why}"), None),
        },
        408 | 425 | 429 | ..200 | 500.. => {
            let not_before = retry_after::not_before(&answer.headers, now);
            Refreshed::Failed(format!("it answered {status}"), not_before)
        }
        _ => Refreshed::Refused(match refusal(&answer.body) {
            Some(error) => format!("it answered {status} {error}"),
            None => format!("it answered {status}"),
        }),
    }
}

fn granted(body: &[u8]) -> Result<Granted, &'static str> {
    let given: Given = serde_json::from_slice(body).map_err(|_| "without a token")?;
    // Where it is left out nothing else is known to be meant.
    let bearer = given
        .token_type
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !bearer {
        return Err("with a token that is not borne");
    }
    let token = |text: String| {
        let plain =
            !text.is_empty() && text.len() <= TOKEN_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then(|| Secret::new(text))
    };
    let refresh = match given.refresh_token {
        Some(text) if !text.is_empty() => Some(token(text).ok_or("with a token that is none")?),
        _ => None,
    };
    Ok(Granted {
        access: token(given.access_token).ok_or("with a token that is none")?,
        lifetime: given.expires_in.and_then(Number::duration),
        refresh,
    })
}

impl Number {
    fn duration(self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(seconds) => seconds,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }
}

fn refusal(body: &[u8]) -> Option<&'static str> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    ERRORS.into_iter().find(|known| *known == refusal.error)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::outbound::BodyEnd;

    const NOW: Millis = Millis(1_796_112_000_000);

    fn settings(client_auth: ClientAuth, scope: Option<&str>) -> OAuth2 {
        OAuth2 {
            token_url: "https://id.example/token".parse().unwrap(),
            client_id: Secret::new("s6BhdRkqt3"),
            client_secret: Secret::new("7Fjfp0ZBr1:KtDRbnfVdmIw"),
            refresh_token: Secret::new("tGzv3JOkF0XG5Qx2TlKWIA"),
            scope: scope.map(str::to_owned),
            client_auth,
        }
    }

    fn answer(status: u16, body: &str) -> Refreshed {
        let answer = Answer {
            status,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
            end: BodyEnd::Whole,
            excerpt: String::new(),
            took: Duration::ZERO,
        };
        read(&Ok(answer), NOW)
    }

    #[test]
    fn a_refresh_is_asked_for_as_the_standard_shows() {
        let basic = settings(ClientAuth::Basic, None);
        let request = request(&basic, &basic.refresh_token);
        assert_eq!(
            request.body,
            "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA"
        );
        let header = &request.headers[AUTHORIZATION];
        assert!(header.is_sensitive());
        let pair = BASE64_STANDARD.encode("s6BhdRkqt3:7Fjfp0ZBr1%3AKtDRbnfVdmIw");
        assert_eq!(header, &format!("Basic {pair}"));
        let form = settings(ClientAuth::Form, Some("contacts events"));
        let request = super::request(&form, &Secret::new("other"));
        assert!(!request.headers.contains_key(AUTHORIZATION));
        assert_eq!(
            request.body,
            "grant_type=refresh_token&refresh_token=other&scope=contacts+events&client_id=s6BhdRkqt3\
             &client_secret=7Fjfp0ZBr1%3AKtDRbnfVdmIw"
        );
    }

    #[test]
    fn what_is_given_is_read() {
        let given = |body: &str| match answer(200, body) {
            Refreshed::Granted(granted) => granted,
            other => panic!("{body}: {other:?}"),
        };
        let all = given(
            r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","x":1}"#,
        );
        assert_eq!(all.access.expose(), "a");
        assert_eq!(all.lifetime, Some(Duration::from_secs(3_600)));
        assert_eq!(all.refresh.unwrap().expose(), "r");
        for body in [
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","expires_in":-1,"refresh_token":null}"#,
            r#"{"access_token":"a","expires_in":"soon","refresh_token":""}"#,
        ] {
            let bare = given(body);
            assert_eq!((bare.lifetime, bare.refresh), (None, None), "{body}");
        }
        let text = given(r#"{"access_token":"a","token_type":"bearer","expires_in":"60"}"#);
        assert_eq!(text.lifetime, Some(Duration::from_secs(60)));
    }

    #[test]
    fn nonsense_and_outages_are_no_refusals() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\nb"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a","refresh_token":"\u00e9"}"#,
        ] {
            let read = answer(200, body);
            assert!(matches!(read, Refreshed::Failed(_, None)), "{body}: {read:?}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(
                answer(status, r#"{"error":"invalid_grant"}"#),
                Refreshed::Failed(format!("it answered {status}"), None)
            );
        }
        let error = read(&Err(SendError::Timeout(TIMEOUT)), NOW);
        assert_eq!(
            error,
            Refreshed::Failed("no answer within 7000 ms".to_owned(), None)
        );
    }

    #[test]
    fn a_refusal_says_why_in_the_words_of_the_standard_and_in_no_others() {
        let why = |status, body| match answer(status, body) {
            Refreshed::Refused(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            why(400, r#"{"error":"invalid_grant","x":1}"#),
            "it answered 400 invalid_grant"
        );
        assert_eq!(
            why(401, r#"{"error":"invalid_client"}"#),
            "it answered 401 invalid_client"
        );
        assert_eq!(
            why(400, r#"{"error":"tGzv3JOkF0XG5Qx2TlKWIA"}"#),
            "it answered 400"
        );
        assert_eq!(why(404, "no such page"), "it answered 404");
        assert_eq!(why(302, ""), "it answered 302");
    }
}
