//! The sources' own record of the events they sent and what they were told: what the audit holds against lists,
//! receivers and counts.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::launch::events::{Kind, Place};
use crate::model::event::EventId;
use crate::model::time::Millis;

/// What a source was told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Its id.
    pub(super) id: EventId,
    /// Before when it is not delivered.
    pub(super) scheduled_at: Millis,
}

/// What a source knows of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Sent, and no answer came: it may be recorded or not.
    Unknown,
    /// The answer said that it is.
    Acknowledged(Told),
    /// The answer said that it is not.
    Refused,
}

/// Every event of each kind, in the order they were sent.
pub(super) type Pages = [Vec<Fate>; Kind::ALL.len()];

/// The record.
#[derive(Default)]
pub(super) struct Book {
    pages: [Mutex<Vec<Fate>>; Kind::ALL.len()],
    acknowledged: AtomicU64,
    deliveries: AtomicU64,
}

impl Book {
    /// Notes `count` events before they are sent; their numbers.
    pub(super) fn sent(&self, kind: Kind, count: usize) -> Range<usize> {
        let mut page = self.page(kind);
        let first = page.len();
        page.resize(first + count, Fate::Unknown);
        first..page.len()
    }

    /// Notes what an event came to.
    pub(super) fn answered(&self, (kind, number): Place, fate: Fate) {
        if let Fate::Acknowledged(_) = fate {
            let to = u64::try_from(kind.to().len()).unwrap_or(0);
            self.acknowledged.fetch_add(1, Relaxed);
            self.deliveries.fetch_add(to, Relaxed);
        }
        if let Some(entry) = self.page(kind).get_mut(number) {
            *entry = fate;
        }
    }

    /// How many events were acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Relaxed)
    }

    /// How many deliveries that makes.
    pub(super) fn deliveries(&self) -> u64 {
        self.deliveries.load(Relaxed)
    }

    /// Every page, in the order of [`Kind::ALL`].
    pub(super) fn pages(&self) -> Pages {
        Kind::ALL.map(|kind| self.page(kind).clone())
    }

    fn page(&self, kind: Kind) -> MutexGuard<'_, Vec<Fate>> {
        let [leads, campaigns, contacts] = &self.pages;
        let page = match kind {
            Kind::Lead => leads,
            Kind::Campaign => campaigns,
            Kind::Contact => contacts,
        };
        page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every event that was acknowledged.
pub(super) fn acknowledged(pages: &Pages) -> impl Iterator<Item = (Place, Told)> {
    let all = Kind::ALL.into_iter().zip(pages);
    let all = all.flat_map(|(kind, page)| page.iter().enumerate().map(move |(n, fate)| ((kind, n), *fate)));
    all.filter_map(|(place, fate)| match fate {
        Fate::Acknowledged(told) => Some((place, told)),
        Fate::Unknown | Fate::Refused => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_unknown_until_it_is_answered() {
        let book = Book::default();
        assert_eq!(book.sent(Kind::Lead, 1), 0..1);
        assert_eq!(book.sent(Kind::Lead, 2), 1..3);
        let told = Told {
            id: EventId(1 << 16),
            scheduled_at: Millis(5),
        };
        book.answered((Kind::Lead, 1), Fate::Acknowledged(told));
        let [leads, campaigns, _] = book.pages();
        assert_eq!(leads, [Fate::Unknown, Fate::Acknowledged(told), Fate::Unknown]);
        assert!(campaigns.is_empty());
        assert_eq!((book.acknowledged(), book.deliveries()), (1, 2));
        let all: Vec<_> = acknowledged(&book.pages()).collect();
        assert_eq!(all, [((Kind::Lead, 1), told)]);
    }
}
