//! The body of a vote, as far as it can be understood before anything is known of the poll.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::ids::BadName;
use crate::model::time::Millis;
use crate::web::{ApiError, body};

/// A vote as sent. Any JSON value is taken for any field here, so that what is wrong is said in the order promised:
/// an unknown poll before a missing key.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sent<'a> {
    #[serde(borrow, default)]
    pub(super) poll_id: Value<'a>,
    #[serde(borrow, default)]
    pub(super) option_id: Value<'a>,
    #[serde(borrow, default)]
    pub(super) user_id: Value<'a>,
    #[serde(borrow, default)]
    pub(super) idempotency_key: Value<'a>,
    #[serde(borrow, default)]
    pub(super) voter_token: Value<'a>,
    #[serde(borrow, default)]
    pub(super) timestamp: Value<'a>,
}

/// A JSON value, as far as a vote cares.
#[derive(Default)]
pub(super) enum Value<'a> {
    #[default]
    Missing,
    Text(Cow<'a, str>),
    Number(i64),
    Other,
}

impl<'a> Sent<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 or 422: it is no JSON object.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ApiError> {
        body::json(bytes)
    }
}

/// Whether `bytes` are a JSON object, as the body of a vote must be.
#[must_use]
pub fn understands(bytes: &[u8]) -> bool {
    Sent::parse(bytes).is_ok()
}

impl Value<'_> {
    pub(super) fn text(&self, field: &'static str) -> Result<&str, ApiError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Missing => Err(ApiError::unprocessable(field, format!("`{field}` is missing"))),
            Self::Number(_) | Self::Other => Err(ApiError::unprocessable(
                field,
                format!("`{field}` must be a string"),
            )),
        }
    }

    pub(super) fn name<T>(
        &self,
        field: &'static str,
        parse: fn(&str) -> Result<T, BadName>,
    ) -> Result<T, ApiError> {
        let text = self.text(field)?;
        parse(text).map_err(|bad| ApiError::unprocessable(field, format!("`{field}` {bad}")))
    }

    /// Milliseconds since the epoch, or RFC 3339.
    pub(super) fn instant(&self, field: &'static str) -> Result<Option<Millis>, ApiError> {
        let read = match self {
            Self::Missing => return Ok(None),
            Self::Number(ms) => Millis::from_number(*ms),
            Self::Text(text) => Millis::parse_rfc3339(text),
            Self::Other => None,
        };
        let wrong =
            || ApiError::unprocessable(field, format!("`{field}` must be epoch milliseconds or RFC 3339"));
        read.map(Some).ok_or_else(wrong)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Missing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
