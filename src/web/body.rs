//! Request bodies: read whole, within a size and a time, and parsed as JSON.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

use super::ApiError;

/// The time a client has to send a body.
pub const BODY_DEADLINE: Duration = Duration::from_secs(30);
/// The deepest nesting of arrays and objects that is read.
pub const JSON_DEPTH_MAX: usize = 32;

/// Reads the whole body. One that came in one piece is not copied.
///
/// # Errors
/// 413 when it is, or says it will be, over `limit_bytes`; 408 when it is not complete by the `deadline`; 400 when it
/// breaks off.
pub async fn read<B>(mut body: B, limit_bytes: usize, deadline: Duration) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |n| n > limit_bytes) {
        return Err(ApiError::too_large(limit_bytes));
    }
    tokio::time::timeout(deadline, gather(&mut body, limit_bytes))
        .await
        .unwrap_or_else(|_| Err(ApiError::timeout("the body did not come in time")))
}

async fn gather<B>(body: &mut B, limit_bytes: usize) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let Some(first) = next_piece(body).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit_bytes {
        return Err(ApiError::too_large(limit_bytes));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next_piece(body).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::from(first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if whole.len().saturating_add(bytes.len()) > limit_bytes {
            return Err(ApiError::too_large(limit_bytes));
        }
        whole.extend_from_slice(&bytes);
        piece = next_piece(body).await?;
    }
    Ok(whole.freeze())
}

/// The next piece of content; trailers are passed over.
async fn next_piece<B>(body: &mut B) -> Result<Option<Bytes>, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::bad_request("the body broke off"))?;
        if let Ok(bytes) = frame.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// The text of a JSON body, before it is parsed.
///
/// # Errors
/// 400 when it is not UTF-8 or nests deeper than [`JSON_DEPTH_MAX`].
pub fn text(bytes: &[u8]) -> Result<&str, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::bad_request("the body is not UTF-8"))?;
    if depth_exceeds(bytes, JSON_DEPTH_MAX) {
        let detail = format!("JSON nested deeper than {JSON_DEPTH_MAX}");
        return Err(ApiError::bad_request(detail));
    }
    Ok(text)
}

/// Parses a JSON object: every body of ours is one.
///
/// # Errors
/// 400 when it is not JSON in UTF-8, with line and column, or nests deeper than 32; 422 when it is JSON but not of this
/// form.
pub fn json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, ApiError> {
    // Asked of the whole: the parser looks only at texts that somebody wants.
    let text = text(bytes)?;
    let parsed = serde_json::from_str(text).map(|Object(value)| value);
    parsed.map_err(|error| match error.classify() {
        Category::Data => wrong_form(text, &error),
        Category::Syntax | Category::Eof | Category::Io => not_json(&error),
    })
}

/// A value that is written as a JSON object and nothing else: serde by itself also takes an array for a struct, its
/// items in the order of the fields.
#[derive(Clone, Debug, Default)]
pub struct Object<T>(pub T);

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

/// The parser reports a wrong field before it has seen the rest: whether all of it is JSON is asked apart.
fn wrong_form(json: &str, error: &serde_json::Error) -> ApiError {
    match serde_json::from_str::<IgnoredAny>(json) {
        Ok(IgnoredAny) => {
            let text = error.to_string();
            let field = text
                .strip_prefix("missing field `")
                .and_then(|t| t.split('`').next());
            ApiError::unprocessable(field.unwrap_or_default().to_owned(), text.clone())
        }
        Err(syntax) => not_json(&syntax),
    }
}

fn not_json(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    ApiError::bad_request(format!("not JSON: line {line}, column {column}"))
}

/// Whether arrays and objects nest deeper than `max`. Brackets within strings do not count; what is not JSON may give
/// either answer.
fn depth_exceeds(bytes: &[u8], max: usize) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
