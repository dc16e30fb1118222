//! The launch's events: what happens where, to whom it goes, and how much of it comes when. Pure.

use std::ops::Range;
use std::time::Duration;

use super::{Crowd, crowd};
use crate::model::time::Millis;

/// Leads follow the votes: one to so many of them, and so many a second while a newsletter goes out.
const VOTES_A_LEAD: f64 = 60.0;
const LEADS_IN_A_SPIKE: f64 = 150.0;
/// How many contacts the import has.
pub(in crate::demo) const CONTACTS: usize = 2_000;
/// Where some campaigns are planned by the clock on the wall: it is never set forward or back there.
const ZONE: &str = "Asia/Tokyo";
const ZONE_AHEAD_MS: i64 = 9 * 3_600_000;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::demo) enum Kind {
    /// Somebody leaves an address on the landing page.
    Lead,
    /// Somebody plans a mailing for a moment from now.
    Campaign,
    /// One contact of a list that is imported.
    Contact,
}

/// Whom events go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::demo) enum To {
    /// Takes so many in a second and limits the rest.
    Crm,
    /// Fails now and then, and is down once.
    Mailer,
}

/// An event's place: its kind and its number among them.
pub(in crate::demo) type Place = (Kind, usize);

/// When an event is to be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum When {
    /// At once.
    Now,
    /// At an instant.
    At(Millis),
    /// At an instant that is written as local time.
    Local(Millis),
}

impl Kind {
    pub(in crate::demo) const ALL: [Self; 3] = [Self::Lead, Self::Campaign, Self::Contact];

    /// Its type on the wire.
    pub(in crate::demo) const fn name(self) -> &'static str {
        match self {
            Self::Lead => "LEAD_CAPTURE",
            Self::Campaign => "CAMPAIGN_TRIGGER",
            Self::Contact => "CONTACT_IMPORT",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::Lead => "landing-page",
            Self::Campaign => "campaigns",
            Self::Contact => "import",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Campaign => "campaign",
            Self::Contact => "contact",
        }
    }

    /// Mailings first, an import last.
    const fn priority(self) -> u8 {
        match self {
            Self::Lead => 5,
            Self::Campaign => 9,
            Self::Contact => 2,
        }
    }

    /// Where its route leads.
    pub(in crate::demo) const fn to(self) -> &'static [To] {
        match self {
            Self::Lead => &[To::Crm, To::Mailer],
            Self::Campaign => &[To::Mailer],
            Self::Contact => &[To::Crm],
        }
    }
}

impl To {
    pub(in crate::demo) const ALL: [Self; 2] = [Self::Crm, Self::Mailer];

    pub(in crate::demo) const fn name(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Mailer => "mailer",
        }
    }
}

/// The key of the event at a place.
pub(in crate::demo) fn key((kind, number): Place) -> String {
    format!("{}:{number}", kind.key())
}

/// The place of the event with this key; `None` for somebody else's.
pub(in crate::demo) fn place(key: &str) -> Option<Place> {
    let (name, number) = key.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.key() == name)?;
    Some((kind, number.parse().ok()?))
}

/// The address in the payload of the event at a place, by which its receivers know it.
pub(in crate::demo) fn email((kind, number): Place) -> String {
    format!("{}-{number}@example.com", kind.key())
}

/// The event at a place, as it is sent.
pub(in crate::demo) fn draft(place: Place, when: When) -> String {
    written(place, &email(place), when)
}

/// Another event under the same key.
pub(in crate::demo) fn other(place: Place) -> String {
    written(place, "somebody-else@example.com", When::Now)
}

fn written(place: Place, email: &str, when: When) -> String {
    let (kind, key) = (place.0, key(place));
    let scheduled = match when {
        When::Now => String::new(),
        When::At(at) => format!(r#","scheduledAt":"{at}""#),
        When::Local(at) => {
            let local = at.plus(ZONE_AHEAD_MS).to_string();
            let local = local.trim_end_matches('Z');
            format!(r#","scheduledAt":"{local}","timezone":"{ZONE}""#)
        }
    };
    format!(
        r#"{{"type":"{}","source":"{}","idempotencyKey":"{key}","payload":{{"email":"{email}"}},"priority":{}{scheduled}}}"#,
        kind.name(),
        kind.source(),
        kind.priority(),
    )
}

/// How many leads come in a second when `elapsed` has passed.
pub(in crate::demo) fn leads(elapsed: Duration) -> f64 {
    match crowd(elapsed) {
        Crowd::Wave(votes) => votes / VOTES_A_LEAD,
        Crowd::Spike => LEADS_IN_A_SPIKE,
    }
}

/// When the contacts are imported, in a launch of so many seconds.
pub(in crate::demo) fn import_at(seconds: Option<u64>) -> Duration {
    Duration::from_secs(4).min(share_of(seconds, 0.2))
}

/// When the mailer is down.
pub(in crate::demo) fn outage(seconds: Option<u64>) -> Range<Duration> {
    let from = Duration::from_secs(12).min(share_of(seconds, 0.4));
    from..from + Duration::from_secs(3).min(share_of(seconds, 0.2))
}

fn share_of(seconds: Option<u64>, share: f64) -> Duration {
    seconds.map_or(Duration::MAX, |seconds| {
        Duration::from_secs(seconds.min(3_600)).mul_f64(share)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_which_event_it_is() {
        for kind in Kind::ALL {
            assert_eq!(place(&key((kind, 345))), Some((kind, 345)));
        }
        assert_eq!(place("9d0c1f7e"), None);
        assert_eq!(place("order:1"), None);
    }

    #[test]
    fn an_event_is_json_and_says_its_time_in_either_way() {
        let at = Millis::parse_rfc3339("2026-12-01T08:01:00.250Z").unwrap();
        let read =
            |when| -> serde_json::Value { serde_json::from_str(&draft((Kind::Campaign, 7), when)).unwrap() };
        assert_eq!(read(When::Now)["payload"]["email"], "campaign-7@example.com");
        assert_eq!(read(When::At(at))["scheduledAt"], "2026-12-01T08:01:00.250Z");
        assert_eq!(read(When::Local(at))["scheduledAt"], "2026-12-01T17:01:00.250");
        assert_ne!(draft((Kind::Lead, 1), When::Now), other((Kind::Lead, 1)));
    }

    #[test]
    fn what_happens_once_happens_within_the_launch() {
        for seconds in [1, 3, 20, 600] {
            let end = Duration::from_secs(seconds);
            assert!(import_at(Some(seconds)) < end);
            let outage = outage(Some(seconds));
            assert!(outage.start < outage.end && outage.end < end, "{outage:?}");
        }
        assert_eq!(outage(None), Duration::from_secs(12)..Duration::from_secs(15));
    }
}
