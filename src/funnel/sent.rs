//! What visitors' pages send: JSON by whatever name, since `navigator.sendBeacon` sends plain text.

use std::borrow::Cow;

use axum::body::Body;
use bytes::Bytes;
use http::Request;

use crate::model::ids::BadName;
use crate::web::ApiError;
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::json::{self, Json};

/// The largest body of a conversion, a view or a form, in bytes.
pub(super) const BODY_MOST: usize = 4 * 1024;

/// Reads a body whole.
///
/// # Errors
/// 413, 408 or 400.
pub(super) async fn body(request: Request<Body>) -> Result<Bytes, ApiError> {
    body::read(request.into_body(), BODY_MOST, BODY_DEADLINE).await
}

/// The members of a JSON object, none of which is understood yet.
pub(super) struct Sent<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Sent<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 where it is no JSON, 422 where it is no object.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ApiError> {
        match json::parse(bytes)? {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(ApiError::unprocessable("", "the body must be a JSON object")),
        }
    }

    /// Every member.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// A member that was sent; `null` is none.
    pub(super) fn get(&self, field: &str) -> Option<&Json<'a>> {
        let found = self.0.iter().find(|(name, _)| name == field);
        found
            .map(|(_, value)| value)
            .filter(|value| **value != Json::Null)
    }

    /// A text that may be left out.
    ///
    /// # Errors
    /// 422 naming the field.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<&str>, ApiError> {
        let wrong = || ApiError::unprocessable(field, format!("`{field}` must be a string"));
        self.get(field)
            .map(|value| value.as_text().ok_or_else(wrong))
            .transpose()
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// 422 naming the field.
    pub(super) fn required(&self, field: &'static str) -> Result<&str, ApiError> {
        let missing = || ApiError::unprocessable(field, format!("`{field}` is missing"));
        self.text(field)?.ok_or_else(missing)
    }

    /// A name that may be left out.
    ///
    /// # Errors
    /// 422 naming the field.
    pub(super) fn name<T>(
        &self,
        field: &'static str,
        parse: fn(&str) -> Result<T, BadName>,
    ) -> Result<Option<T>, ApiError> {
        let parse =
            |text| parse(text).map_err(|bad| ApiError::unprocessable(field, format!("`{field}` {bad}")));
        self.text(field)?.map(parse).transpose()
    }
}
