//! JSON, read strictly and written in two forms: as it was sent, and canonically (RFC 8785).
//!
//! Strictly: no key twice in one object, no lone surrogate, no number beyond what a 64-bit float can hold. Whole
//! numbers of 64 bits are kept as sent; in the canonical form every number is a 64-bit float, as RFC 8785 has it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{ApiError, body};

/// The most characters of a key that a message repeats.
const SHOWN_CHARS: usize = 64;

/// A value; texts without escapes lie in the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits, or a 64-bit float.
    Number(Number),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// Members in the order sent, no two of one name.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Members in the order sent, without spaces.
    AsSent,
    /// RFC 8785: members by their UTF-16 code units, numbers as ECMAScript writes them.
    Canonical,
}

/// Reads one value.
///
/// # Errors
/// 400 where it is no JSON in UTF-8, nests too deeply, has a key twice, or a text or number nothing can hold.
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, ApiError> {
    let text = body::text(bytes)?;
    // The parser says what is wrong and where, and repeats no more of the body than a key.
    serde_json::from_str(text).map_err(|error| ApiError::bad_request(format!("not JSON: {error}")))
}

/// A text of a body as messages repeat it: quoted, escaped, cut when long.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("{:?}", format!("{}…", text.get(..at).unwrap_or_default())),
        None => format!("{text:?}"),
    }
}

impl Json<'_> {
    /// Appends the value.
    pub fn write(&self, form: Form, to: &mut String) {
        match self {
            Self::Null => to.push_str("null"),
            Self::Bool(true) => to.push_str("true"),
            Self::Bool(false) => to.push_str("false"),
            Self::Number(number) => write_number(number, form, to),
            Self::Text(text) => write_text(text, to),
            Self::List(items) => {
                to.push('[');
                for (n, item) in items.iter().enumerate() {
                    separate(n, to);
                    item.write(form, to);
                }
                to.push(']');
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                if form == Form::Canonical {
                    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                }
                to.push('{');
                for (n, (name, value)) in members.into_iter().enumerate() {
                    separate(n, to);
                    write_text(name, to);
                    to.push(':');
                    value.write(form, to);
                }
                to.push('}');
            }
        }
    }

    /// The member of this name, where this is an object that has one.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        let found = members.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// The text, where this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether any text in it, a key included, contains NUL: PostgreSQL, among others, cannot keep one.
    pub fn has_nul(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.contains('\0'),
            Self::List(items) => items.iter().any(Json::has_nul),
            Self::Object(members) => members
                .iter()
                .any(|(name, value)| name.contains('\0') || value.has_nul()),
        }
    }
}

fn separate(index: usize, to: &mut String) {
    if index > 0 {
        to.push(',');
    }
}

fn write_number(number: &Number, form: Form, to: &mut String) {
    match number
        .as_f64()
        .filter(|n| form == Form::Canonical && n.is_finite())
    {
        Some(number) => to.push_str(ryu_js::Buffer::new().format_finite(number)),
        None => to.push_str(&number.to_string()),
    }
}

/// Escapes what RFC 8785 §3.2.2.2 does, and no more.
pub fn write_text(text: &str, to: &mut String) {
    to.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, special) = rest.split_at(at);
        to.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('"') => to.push_str("\\\""),
            Some('\\') => to.push_str("\\\\"),
            Some('\u{8}') => to.push_str("\\b"),
            Some('\t') => to.push_str("\\t"),
            Some('\n') => to.push_str("\\n"),
            Some('\u{c}') => to.push_str("\\f"),
            Some('\r') => to.push_str("\\r"),
            Some(control) => to.push_str(&format!("\\u{:04x}", u32::from(control))),
            None => {}
        }
        rest = chars.as_str();
    }
    to.push_str(rest);
    to.push('"');
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

/// Reads a key, which lies in the bytes too where it can.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.deserialize_str(AnyValue)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a key is a text")),
        }
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some((Key(name), value)) = entries.next_entry()? {
            members.push((name, value));
        }
        match twice(&members) {
            Some(name) => {
                let message = format!("the key {} stands twice in one object", shown(name));
                Err(A::Error::custom(message))
            }
            None => Ok(Json::Object(members)),
        }
    }
}

/// A name that two members have. Sorted, so that an object of thousands costs no more than its sorting.
fn twice<'m>(members: &'m [(Cow<'_, str>, Json<'_>)]) -> Option<&'m str> {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
