//! The roll: every event the appliance lists, held against what its source was told. Pure.

use super::events::Item;
use crate::demo::book::{Fate, Pages, Told};
use crate::demo::launch::events::{self, Kind};
use crate::model::event::EventId;
use crate::model::time::Millis;

/// The roll in the making: for each event what its source knows, and how often it is listed.
pub(super) struct Roll {
    pages: [Vec<(Fate, u32)>; Kind::ALL.len()],
    found: Found,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Events that were acknowledged.
    pub(super) acknowledged: u64,
    /// Of them, those that are not listed.
    pub(super) lost: u64,
    /// Events that are listed more than once.
    pub(super) twice: u64,
    /// Events listed otherwise than they were answered, although they were refused, or though nobody sent them.
    pub(super) altered: u64,
}

impl Roll {
    pub(super) fn new(pages: Pages) -> Self {
        Self {
            pages: pages.map(|page| page.into_iter().map(|fate| (fate, 0)).collect()),
            found: Found::default(),
        }
    }

    /// Ticks off one event of the list. Events of somebody else are passed over.
    pub(super) fn see(&mut self, item: &Item) {
        let Some((kind, number)) = events::place(&item.idempotency_key) else {
            return;
        };
        let page = Kind::ALL.iter().position(|other| *other == kind);
        let page = page.and_then(|page| self.pages.get_mut(page));
        let Some((fate, times)) = page.and_then(|page| page.get_mut(number)) else {
            self.found.altered += 1;
            return;
        };
        *times += 1;
        let listed = EventId::parse(&item.id).zip(Millis::parse_rfc3339(&item.scheduled_at));
        let listed = listed.map(|(id, scheduled_at)| Told { id, scheduled_at });
        let as_answered = match fate {
            Fate::Acknowledged(told) => listed == Some(*told),
            Fate::Unknown => true,
            Fate::Refused => false,
        };
        self.found.altered += u64::from(!as_answered);
    }

    /// What was found, once the whole list has been seen.
    pub(super) fn found(self) -> Found {
        let mut found = self.found;
        for (fate, times) in self.pages.into_iter().flatten() {
            found.twice += u64::from(times > 1);
            if let Fate::Acknowledged(_) = fate {
                found.acknowledged += 1;
                found.lost += u64::from(times == 0);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Told = Told {
        id: EventId(1 << 16),
        scheduled_at: Millis(0),
    };

    fn item(key: &str, id: EventId) -> Item {
        Item {
            id: id.to_string(),
            idempotency_key: key.to_owned(),
            scheduled_at: TOLD.scheduled_at.to_string(),
        }
    }

    /// What is found when these leads meet this list.
    fn found(leads: &[Fate], list: &[Item]) -> Found {
        let mut roll = Roll::new([leads.to_vec(), Vec::new(), Vec::new()]);
        list.iter().for_each(|item| roll.see(item));
        roll.found()
    }

    #[test]
    fn events_that_are_listed_as_they_were_answered_are_found() {
        let list = [
            item("lead:0", TOLD.id),
            item("lead:1", EventId(9 << 16)),
            item("order 12", EventId(8 << 16)),
        ];
        let fates = [Fate::Acknowledged(TOLD), Fate::Unknown, Fate::Unknown];
        let expected = Found {
            acknowledged: 1,
            ..Found::default()
        };
        assert_eq!(found(&fates, &list), expected);
    }

    #[test]
    fn what_is_lost_listed_twice_or_altered_is_noticed() {
        let acknowledged = [Fate::Acknowledged(TOLD)];
        assert_eq!(found(&acknowledged, &[]).lost, 1);
        let twice = [item("lead:0", TOLD.id), item("lead:0", TOLD.id)];
        assert_eq!(found(&acknowledged, &twice).twice, 1);
        assert_eq!(
            found(&acknowledged, &[item("lead:0", EventId(2 << 16))]).altered,
            1
        );
        assert_eq!(found(&[Fate::Refused], &[item("lead:0", TOLD.id)]).altered, 1);
        assert_eq!(found(&[], &[item("lead:0", TOLD.id)]).altered, 1);
    }
}
