//! Intake: from a body to an event that can be recorded, or to a sentence about what is wrong with it.

use crate::model::event::{EventDraft, EventId, Priority};
use crate::model::ids::{BadName, EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::model::time::zone::{self, BadTime, Zone};
use crate::model::trace::Trace;
use crate::web::json::{self, Json};
use crate::web::{ApiError, payload};

/// The largest body of one event, and the longest line of a batch, in bytes.
pub const MAX_EVENT: usize = 64 * 1024;

/// Every field there is. Others are refused: a misspelt `scheduledAt` that went out at once could not be called back.
const FIELDS: [&str; 8] = [
    "type",
    "source",
    "idempotencyKey",
    "payload",
    "scheduledAt",
    "timezone",
    "priority",
    "expiresAt",
];
/// How alike two names must be, from 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.5;

/// What an event comes with beside its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The id it gets if it is new.
    pub id: EventId,
    /// The present.
    pub now: Millis,
    /// The key of the header, which stands for one in the body, or agrees with it.
    pub key: Option<IdempotencyKey>,
    /// The trace it belongs to.
    pub trace: Option<Trace>,
}

/// Reads one event. Its payload is kept as it was sent, without the spaces: members in their order, whole numbers of
/// 64 bits to the last digit.
///
/// # Errors
/// 413 over [`MAX_EVENT`]; 400 when it is no JSON (a key twice and a lone surrogate included), has no key, or has a
/// local time without a zone; 422 for everything else that is wrong with a field.
pub fn draft(body: &[u8], arrival: Arrival) -> Result<EventDraft, ApiError> {
    if body.len() > MAX_EVENT {
        return Err(ApiError::too_large(MAX_EVENT));
    }
    let sent = Sent::read(body)?;
    let key = sent.key(arrival.key)?;
    let kind = sent.name("type", EventType::parse)?;
    let source = sent.name("source", Source::parse)?;
    let content = sent
        .get("payload")
        .ok_or_else(|| ApiError::unprocessable("payload", "`payload` is missing"))?;
    let zone = sent.zone()?;
    let scheduled_at = sent.instant("scheduledAt", zone)?;
    let expires_at = sent.instant("expiresAt", zone)?;
    let begins = scheduled_at.map_or(arrival.now, |at| at.max(arrival.now));
    if expires_at.is_some_and(|at| at <= begins) {
        let detail = match scheduled_at {
            Some(at) if at >= arrival.now => "`expiresAt` is not after `scheduledAt`",
            _ => "`expiresAt` has passed",
        };
        return Err(ApiError::unprocessable("expiresAt", detail));
    }
    Ok(EventDraft {
        id: arrival.id,
        fingerprint: payload::fingerprint(&kind, &source, content),
        payload: payload::kept(content)?,
        kind,
        source,
        key,
        scheduled_at,
        expires_at,
        priority: sent.priority()?,
        trace: arrival.trace,
    })
}

/// The instant that `text` in `field` means, in the zone named `zone` where it has no offset of its own.
///
/// # Errors
/// 400 where a local time has no zone, 422 where it is no time.
pub(super) fn instant(field: &'static str, text: &str, zone: Option<&str>) -> Result<Millis, ApiError> {
    let at = zone::instant(text, zone)
        // A year that RFC 3339 could not write in the answer.
        .and_then(|at| Millis::from_number(at.0).ok_or(BadTime::Form));
    at.map_err(|bad| match bad {
        BadTime::NoZone => ApiError::bad_request(format!("`{field}` {bad}")),
        BadTime::Form | BadTime::UnknownZone => ApiError::unprocessable(field, format!("`{field}` {bad}")),
    })
}

/// The name of a zone, if there is one of that name.
///
/// # Errors
/// 422 naming `timezone`.
pub(super) fn checked_zone(name: &str) -> Result<&str, ApiError> {
    let detail = "`timezone` must be an IANA name such as America/Los_Angeles";
    let unknown = |_| ApiError::unprocessable("timezone", detail);
    Zone::parse(name).map(|_| name).map_err(unknown)
}

/// The fields as sent.
struct Sent<'a>(Vec<(std::borrow::Cow<'a, str>, Json<'a>)>);

impl<'a> Sent<'a> {
    fn read(body: &'a [u8]) -> Result<Self, ApiError> {
        let Json::Object(fields) = json::parse(body)? else {
            return Err(ApiError::unprocessable("", "the body must be a JSON object"));
        };
        match fields.iter().find(|(name, _)| !FIELDS.contains(&&**name)) {
            Some((name, _)) => Err(unknown(name)),
            None => Ok(Self(fields)),
        }
    }

    /// A field that was sent, null or not.
    fn get(&self, field: &str) -> Option<&Json<'a>> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value)
    }

    /// A text that may be left out; null is left out.
    fn text(&self, field: &'static str) -> Result<Option<&str>, ApiError> {
        match self.get(field) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::unprocessable(
                field,
                format!("`{field}` must be a string"),
            )),
        }
    }

    fn name<T>(&self, field: &'static str, parse: fn(&str) -> Result<T, BadName>) -> Result<T, ApiError> {
        let text = self
            .text(field)?
            .ok_or_else(|| ApiError::unprocessable(field, format!("`{field}` is missing")))?;
        parse(text).map_err(|bad| ApiError::unprocessable(field, format!("`{field}` {bad}")))
    }

    /// The key of body and header, of which one is enough.
    fn key(&self, header: Option<IdempotencyKey>) -> Result<IdempotencyKey, ApiError> {
        const FIELD: &str = "idempotencyKey";
        let Some(_) = self.text(FIELD)? else {
            let none = "there is no key: send `idempotencyKey`, or the header `Idempotency-Key`";
            return header.ok_or_else(|| ApiError::bad_request(none));
        };
        let key = self.name(FIELD, IdempotencyKey::parse)?;
        if header.is_some_and(|header| header != key) {
            let detail = "`idempotencyKey` and the header `Idempotency-Key` differ";
            return Err(ApiError::unprocessable(FIELD, detail));
        }
        Ok(key)
    }

    /// The zone of local times, which must exist even where it is not needed.
    fn zone(&self) -> Result<Option<&str>, ApiError> {
        let name = self.text("timezone")?;
        name.map(checked_zone).transpose()
    }

    fn instant(&self, field: &'static str, zone: Option<&str>) -> Result<Option<Millis>, ApiError> {
        let text = self.text(field)?;
        text.map(|text| instant(field, text, zone)).transpose()
    }

    fn priority(&self) -> Result<Priority, ApiError> {
        let level = match self.get("priority") {
            None | Some(Json::Null) => return Ok(Priority::default()),
            Some(Json::Number(number)) => number.as_u64().and_then(|n| u8::try_from(n).ok()),
            Some(_) => None,
        };
        level.and_then(Priority::new).ok_or_else(|| {
            ApiError::unprocessable("priority", "`priority` must be a whole number from 0 to 9")
        })
    }
}

fn unknown(name: &str) -> ApiError {
    let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(name, known);
    let nearest = FIELDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = match nearest.filter(|known| likeness(known) >= ALIKE) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("known are {}", FIELDS.join(", ")),
    };
    let detail = format!("unknown field {}; {hint}", json::shown(name));
    ApiError::unprocessable("", detail)
}

#[cfg(test)]
mod malformed;
#[cfg(test)]
mod tests;
