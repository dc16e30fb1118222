//! A form's values, however they were sent.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use url::form_urlencoded;

use crate::funnel::sent::Sent;
use crate::web::ApiError;
use crate::web::json::Json;

/// The most values of a form.
const VALUES_MOST: usize = 100;

/// Values by the names of their fields; of a field that stands twice the first counts.
pub(super) type Values = BTreeMap<String, String>;

/// Reads a body of a form: urlencoded, multipart or JSON.
///
/// # Errors
/// 415 for anything else, 400 where it is not what it says, 413 where it has too many values.
pub(super) async fn values(headers: &HeaderMap, body: Bytes) -> Result<Values, ApiError> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let values = match essence.as_str() {
        "application/x-www-form-urlencoded" => urlencoded(&body),
        "multipart/form-data" => multipart(kind, body).await?,
        "application/json" => of_json(&body)?,
        _ => {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "a form is sent as application/x-www-form-urlencoded, multipart/form-data or application/json",
            ));
        }
    };
    match values.len() > VALUES_MOST {
        true => Err(ApiError::unprocessable(
            "",
            format!("more than {VALUES_MOST} fields"),
        )),
        false => Ok(values),
    }
}

fn urlencoded(body: &[u8]) -> Values {
    let mut values = Values::new();
    for (name, value) in form_urlencoded::parse(body) {
        values
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    values
}

async fn multipart(kind: &str, body: Bytes) -> Result<Values, ApiError> {
    let broken = |error: multer::Error| ApiError::bad_request(format!("not a form: {error}"));
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let whole = stream::once(async { Ok::<_, Infallible>(body) });
    let mut form = multer::Multipart::new(whole, boundary);
    let mut values = Values::new();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let Some(name) = field.name().map(str::to_owned) else {
            continue;
        };
        let bytes = field.bytes().await.map_err(broken)?;
        let text =
            String::from_utf8(bytes.into()).map_err(|_| ApiError::bad_request("a field is not UTF-8"))?;
        values.entry(name).or_insert(text);
    }
    Ok(values)
}

/// Texts, numbers and truths; `null` is nothing, and so is anything that a form could not have.
fn of_json(body: &[u8]) -> Result<Values, ApiError> {
    let sent = Sent::read(body)?;
    let mut values = Values::new();
    for (name, value) in sent.members() {
        let text = match value {
            Json::Text(text) => text.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Bool(truth) => truth.to_string(),
            Json::Null => continue,
            Json::List(_) | Json::Object(_) => {
                let name = name.to_owned();
                return Err(ApiError::unprocessable(
                    name,
                    "a field is a text, a number or true or false",
                ));
            }
        };
        values.insert(name.to_owned(), text);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    async fn read(kind: &'static str, body: &'static str) -> Result<Values, StatusCode> {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind))]
            .into_iter()
            .collect();
        let read = values(&headers, Bytes::from_static(body.as_bytes())).await;
        read.map_err(|refusal| refusal.status())
    }

    #[tokio::test]
    async fn a_form_is_the_same_however_it_is_sent() {
        let expected: Values = [("email", "a@b.example"), ("name", "Ann B")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let sent = [
            (
                "application/x-www-form-urlencoded",
                "email=a%40b.example&name=Ann+B&name=other",
            ),
            (
                "application/json",
                r#"{"email":"a@b.example","name":"Ann B","no":null}"#,
            ),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.example\r\n--x\r\n\
                 Content-Disposition: form-data; name=\"name\"\r\n\r\nAnn B\r\n--x--\r\n",
            ),
        ];
        for (kind, body) in sent {
            assert_eq!(read(kind, body).await, Ok(expected.clone()), "{kind}");
        }
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        let cases = [
            ("text/plain", "email=a", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("application/json", "{", StatusCode::BAD_REQUEST),
            ("application/json", "[]", StatusCode::UNPROCESSABLE_ENTITY),
            (
                "application/json",
                r#"{"a":{}}"#,
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            ("multipart/form-data", "--x", StatusCode::BAD_REQUEST),
            (
                "multipart/form-data; boundary=x",
                "nonsense",
                StatusCode::BAD_REQUEST,
            ),
        ];
        for (kind, body, status) in cases {
            assert_eq!(read(kind, body).await, Err(status), "{kind} {body}");
        }
    }
}
