//! Events, their deliveries, and what routes one to the other.

use std::fmt;
use std::sync::Arc;

use super::ids::{DestinationName, EventType, IdempotencyKey, Source};
use super::time::Millis;
use super::trace::Trace;

/// The largest payload, in bytes of JSON.
pub const MAX_PAYLOAD: usize = 64 * 1024;

/// An event's id: a UUID of version 7 whose lowest 16 bits are zero, kept for its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub u128);

/// A delivery's id, the same on every attempt and every replay: its event's id, with the destination's number and one
/// more in the lowest 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub u128);

/// The bits of an event's id that tell its deliveries apart.
const DELIVERY_BITS: u128 = 0xffff;

impl EventId {
    /// The id of an event that arrived at `now`; 58 of the random bits enter it (RFC 9562 §5.7).
    #[must_use]
    pub fn new(now: Millis, random: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = random;
        let at = u64::try_from(now.0).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(at, &[a, b, c, d, e, f, g, h, 0, 0]);
        Self(id.into_uuid().as_u128())
    }

    /// Reads a UUID in its usual form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(|id| Self(id.as_u128()))
    }

    /// The id of this event's delivery to the destination of this number, which is at most 65,534.
    #[must_use]
    pub const fn delivery(self, destination_number: u16) -> DeliveryId {
        debug_assert!(destination_number < u16::MAX, "numbers end at 65,534");
        DeliveryId((self.0 & !DELIVERY_BITS) | (destination_number.saturating_add(1) as u128))
    }
}

impl DeliveryId {
    /// Reads a UUID in its usual form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(|id| Self(id.as_u128()))
    }

    /// Whose delivery it is.
    #[must_use]
    pub const fn event(self) -> EventId {
        EventId(self.0 & !DELIVERY_BITS)
    }

    /// The number of its destination; `None` where the id is an event's.
    #[must_use]
    pub fn destination(self) -> Option<u16> {
        u16::try_from(self.0 & DELIVERY_BITS).ok()?.checked_sub(1)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_u128(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_u128(self.0).hyphenated().fmt(f)
    }
}

/// SHA-256 over the canonical form (RFC 8785) of an event's type, source and payload. The whole of it is compared; its
/// first 16 hexadecimal digits are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How urgent, 0 to 9; higher goes first among what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// The highest.
    pub const MAX: u8 = 9;

    /// `None` above 9.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        if level <= Self::MAX {
            Some(Self(level))
        } else {
            None
        }
    }

    /// 0 to 9.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0
    }

    /// 9 for the lowest: how the queue sorts.
    #[must_use]
    pub const fn rank(self) -> u8 {
        Self::MAX - self.0
    }
}

impl Default for Priority {
    /// The middle, so that some can go before and some after: 5.
    fn default() -> Self {
        Self(5)
    }
}

/// An event as it arrives; already checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDraft {
    /// The id it gets if it is new.
    pub id: EventId,
    /// What happened.
    pub kind: EventType,
    /// Where.
    pub source: Source,
    /// What makes a repeat of it the same event.
    pub key: IdempotencyKey,
    /// JSON text, at most [`MAX_PAYLOAD`] bytes.
    pub payload: String,
    /// Over type, source and payload.
    pub fingerprint: Fingerprint,
    /// Not before this instant; `None`: at once.
    pub scheduled_at: Option<Millis>,
    /// Not at all from this instant on.
    pub expires_at: Option<Millis>,
    /// How urgent.
    pub priority: Priority,
    /// The trace it came with.
    pub trace: Option<Trace>,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// Waiting for its time.
    Pending,
    /// Some delivery is not settled.
    Processing,
    /// Every delivery arrived, or there was none.
    Completed,
    /// A delivery is a dead letter.
    Failed,
    /// Called off before its time.
    Cancelled,
    /// Its time ran out.
    Expired,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// Waiting for its first attempt.
    Pending,
    /// Being attempted.
    Leased,
    /// Waiting for another attempt.
    Retrying,
    /// The destination took it.
    Delivered,
    /// Given up: a dead letter.
    Dead,
    /// Called off.
    Cancelled,
}

macro_rules! named {
    ($type:ident { $($variant:ident $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in requests and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// Reads a name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

named!(EventStatus {
    Pending "PENDING",
    Processing "PROCESSING",
    Completed "COMPLETED",
    Failed "FAILED",
    Cancelled "CANCELLED",
    Expired "EXPIRED",
});
named!(DeliveryStatus {
    Pending "PENDING",
    Leased "LEASED",
    Retrying "RETRYING",
    Delivered "DELIVERED",
    Dead "DEAD",
    Cancelled "CANCELLED",
});

impl DeliveryStatus {
    /// Whether it is not settled yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Leased | Self::Retrying)
    }
}

/// What became of an event that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// New: recorded with its deliveries.
    Accepted {
        /// When its deliveries are due.
        scheduled_at: Millis,
        /// `PENDING`, or `COMPLETED` where no route takes it.
        status: EventStatus,
    },
    /// The same event was recorded before.
    Duplicate {
        /// The id it got then.
        id: EventId,
        /// When its deliveries were, or are, due.
        scheduled_at: Millis,
        /// Where it stands.
        status: EventStatus,
    },
    /// Another event has this key.
    Conflict {
        /// Its id.
        id: EventId,
    },
}

/// Which events; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of which types.
    pub kind: Option<Pattern>,
    /// From where.
    pub source: Option<Pattern>,
    /// Where they stand.
    pub status: Option<EventStatus>,
    /// What their type, source or key has in it.
    pub text: Option<Sought>,
    /// Recorded at or after this instant.
    pub from: Option<Millis>,
    /// Recorded before this instant.
    pub to: Option<Millis>,
}

impl EventFilter {
    /// Whether it takes an event, as far as its (type, source, key) say.
    #[must_use]
    pub fn takes(&self, (kind, source, key): (&str, &str, &str)) -> bool {
        self.kind.as_ref().is_none_or(|wanted| wanted.takes(kind))
            && self.source.as_ref().is_none_or(|wanted| wanted.takes(source))
            && self
                .text
                .as_ref()
                .is_none_or(|text| [kind, source, key].into_iter().any(|name| text.is_in(name)))
    }
}

/// A text that is looked for, in small and capital letters alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought(String);

impl Sought {
    /// Looks for `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Whether it stands in `name`.
    #[must_use]
    pub fn is_in(&self, name: &str) -> bool {
        // Most names are ASCII, and are looked through as they are.
        let (sought, bytes) = (self.0.as_bytes(), name.as_bytes());
        if sought.is_empty() {
            return true;
        }
        match name.is_ascii() {
            true => bytes
                .windows(sought.len())
                .any(|part| part.eq_ignore_ascii_case(sought)),
            false => name.to_lowercase().contains(&self.0),
        }
    }
}

/// A page of events, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage<T> {
    /// The events; a filtered page may be short.
    pub items: Vec<T>,
    /// Where the next page begins: before this position. `None` ends the list.
    pub next: Option<u64>,
    /// How far back the page has looked, where it is short and not the last.
    pub reached: Option<Millis>,
}

/// What a filter looks at of an event.
#[derive(Clone, Copy, Debug)]
pub struct EventHead<'e> {
    /// Its id.
    pub id: EventId,
    /// Its type.
    pub kind: &'e str,
    /// Its source.
    pub source: &'e str,
    /// How urgent.
    pub priority: Priority,
    /// When it was recorded.
    pub created_at: Millis,
    /// Not at all from this instant on.
    pub expires_at: Option<Millis>,
}

/// Which values a route takes: one, those that begin alike, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// `*`
    Any,
    /// `CAMPAIGN_*`
    Prefix(String),
    /// `LEAD_CAPTURE`
    Exact(String),
}

impl Pattern {
    /// Reads a pattern: a star stands only at the end. `None` for anything else, the empty text included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('*') {
            _ if text.is_empty() => None,
            Some("") => Some(Self::Any),
            Some(prefix) if prefix.contains('*') => None,
            Some(prefix) => Some(Self::Prefix(prefix.to_owned())),
            None if text.contains('*') => None,
            None => Some(Self::Exact(text.to_owned())),
        }
    }

    /// Whether it takes `value`.
    #[must_use]
    pub fn takes(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Prefix(prefix) => value.starts_with(prefix),
            Self::Exact(exact) => value == exact,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Exact(exact) => f.write_str(exact),
        }
    }
}

/// Sends the events it takes to some destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Of which types.
    pub kind: Pattern,
    /// From which sources.
    pub source: Pattern,
    /// To whom.
    pub to: Vec<DestinationName>,
}

/// An event whose routes are not those of the configuration.
#[derive(Clone, Debug)]
pub struct Routed {
    /// The event.
    pub draft: EventDraft,
    /// Whom it goes to; the store knows them.
    pub routes: Arc<Vec<Route>>,
}

/// How the types of events begin that the appliance has to say itself: whom they go to is said where they are made.
pub const OWN_TYPES: &str = "GANTRY_";

/// The destinations of an event: each once, in the order the routes name them. A route of every type takes none of
/// [`OWN_TYPES`]: who replays a day's events does not mean its alerts.
#[must_use]
pub fn destinations<'r>(routes: &'r [Route], kind: &EventType, source: &Source) -> Vec<&'r DestinationName> {
    let mut to: Vec<&DestinationName> = Vec::new();
    let is_own = kind.as_str().starts_with(OWN_TYPES);
    let takes = |pattern: &Pattern| pattern.takes(kind.as_str()) && !(is_own && *pattern == Pattern::Any);
    for route in routes
        .iter()
        .filter(|route| takes(&route.kind) && route.source.takes(source.as_str()))
    {
        for name in &route.to {
            if !to.contains(&name) {
                to.push(name);
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DestinationName {
        DestinationName::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_takes_one_value_a_prefix_or_all() {
        let takes = |pattern: &str, value: &str| Pattern::parse(pattern).unwrap().takes(value);
        assert!(takes("*", "ANYTHING"));
        assert!(takes("CAMPAIGN_*", "CAMPAIGN_TRIGGER"));
        assert!(!takes("CAMPAIGN_*", "LEAD_CAPTURE"));
        assert!(takes("LEAD_CAPTURE", "LEAD_CAPTURE"));
        assert!(!takes("LEAD_CAPTURE", "LEAD_CAPTURED"));
        for text in ["*", "CAMPAIGN_*", "LEAD_CAPTURE"] {
            assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", "*A", "A*B", "**"] {
            assert_eq!(Pattern::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_event_goes_to_each_destination_once() {
        let route = |kind: &str, to: &[&str]| Route {
            kind: Pattern::parse(kind).unwrap(),
            source: Pattern::Any,
            to: to.iter().map(|n| name(n)).collect(),
        };
        let routes = [
            route("LEAD_*", &["crm", "slack"]),
            route("*", &["slack", "log"]),
            route("X", &["x"]),
        ];
        let to = destinations(
            &routes,
            &EventType::parse("LEAD_CAPTURE").unwrap(),
            &Source::parse("web").unwrap(),
        );
        assert_eq!(to, [&name("crm"), &name("slack"), &name("log")]);
    }

    #[test]
    fn what_the_appliance_says_itself_goes_only_where_its_type_is_named() {
        let to = |kind: &str| {
            let route = Route {
                kind: Pattern::parse(kind).unwrap(),
                source: Pattern::Any,
                to: vec![name("crm")],
            };
            let (kind, source) = (EventType::parse("GANTRY_ALERT"), Source::parse("gantry"));
            destinations(&[route], &kind.unwrap(), &source.unwrap()).len()
        };
        assert_eq!(to("*"), 0);
        assert_eq!((to("GANTRY_*"), to("GANTRY_ALERT")), (1, 1));
    }

    #[test]
    fn an_events_id_tells_its_instant_and_leaves_room_for_its_deliveries() {
        let at = Millis(1_796_112_060_000);
        let id = EventId::new(at, [0xff; 8]);
        assert_eq!(id.to_string(), "01a2309f-0e60-7fff-bfff-ffffffff0000");
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        assert_ne!(EventId::new(at, [1; 8]), EventId::new(at, [2; 8]));
        assert!(EventId::new(at, [0xff; 8]) < EventId::new(at.plus(1), [0; 8]));
        assert_eq!(EventId::new(Millis(-1), [0; 8]), EventId::new(Millis(0), [0; 8]));
    }

    #[test]
    fn a_delivery_has_the_same_id_each_time_and_another_for_each_destination() {
        let id = EventId::new(Millis(1_796_112_060_000), [7; 8]);
        assert_eq!(id.delivery(0), id.delivery(0));
        assert_ne!(id.delivery(0), id.delivery(1));
        for number in [0, 1, 255, u16::MAX - 1] {
            let delivery = id.delivery(number);
            assert_eq!(delivery.event(), id);
            assert_eq!(delivery.destination(), Some(number));
            assert_eq!(DeliveryId::parse(&delivery.to_string()), Some(delivery));
        }
        assert_eq!(DeliveryId(id.0).destination(), None);
    }

    #[test]
    fn statuses_are_read_by_the_names_they_are_written_with() {
        for status in EventStatus::ALL {
            assert_eq!(EventStatus::parse(status.as_str()), Some(*status));
        }
        for status in DeliveryStatus::ALL {
            assert_eq!(DeliveryStatus::parse(status.as_str()), Some(*status));
        }
    }
}
