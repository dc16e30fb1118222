//! The receiver's notes: each delivery that came, by its id.

use std::collections::HashMap;

use super::behaviour::Act;
use crate::demo::launch::events::{Place, To};
use crate::model::event::DeliveryId;
use crate::model::time::Millis;

/// One call.
pub(super) struct Visit<'a> {
    pub(super) id: DeliveryId,
    pub(super) to: To,
    pub(super) place: Option<Place>,
    pub(super) at: Millis,
    pub(super) act: &'a Act,
}

/// What is known of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) struct Arrival {
    /// To whom it came.
    pub(in crate::demo) to: To,
    /// The event it is about; `None` for somebody else's.
    pub(in crate::demo) place: Option<Place>,
    /// When it first came.
    pub(in crate::demo) first_at: Millis,
    /// How often it was taken.
    pub(in crate::demo) taken: u32,
    /// How often of these the answer was kept back.
    pub(in crate::demo) cut: u32,
    /// How often it was asked to wait, and how often it came before the wait was over.
    pub(in crate::demo) asked: u32,
    pub(in crate::demo) early: u32,
    /// The end of the wait it was last asked for.
    pub(in crate::demo) not_before: Option<Millis>,
}

/// What one call was.
pub(super) struct Noted {
    /// The delivery was taken and had not been before.
    pub(super) taken_first: bool,
    /// It had come before.
    pub(super) came_before: bool,
}

/// The notes.
#[derive(Debug, Default)]
pub(in crate::demo) struct Log {
    /// What came, by its id.
    pub(in crate::demo) arrivals: HashMap<DeliveryId, Arrival>,
    /// Calls that were not to be understood, or were about another event than the one before under their id.
    pub(in crate::demo) garbled: u64,
}

impl Log {
    pub(super) fn note(&mut self, visit: &Visit<'_>) -> Noted {
        let came_before = self.arrivals.contains_key(&visit.id);
        let arrival = self.arrivals.entry(visit.id).or_insert(Arrival {
            to: visit.to,
            place: visit.place,
            first_at: visit.at,
            taken: 0,
            cut: 0,
            asked: 0,
            early: 0,
            not_before: None,
        });
        self.garbled += u64::from((arrival.to, arrival.place) != (visit.to, visit.place));
        arrival.early += u32::from(arrival.not_before.is_some_and(|asked| visit.at < asked));
        let taken_before = arrival.taken > 0;
        match visit.act {
            Act::Take => arrival.taken += 1,
            Act::TakeSlowly | Act::TakeAndHangUp => {
                arrival.taken += 1;
                arrival.cut += 1;
            }
            Act::Refuse {
                retry_after: Some((_, Some(not_before))),
                ..
            } => {
                arrival.asked += 1;
                arrival.not_before = Some(*not_before);
            }
            Act::Refuse { .. } | Act::HangUp => {}
        }
        Noted {
            taken_first: arrival.taken > 0 && !taken_before,
            came_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::launch::events::Kind;

    #[test]
    fn a_delivery_that_comes_before_its_wait_is_over_is_noticed() {
        let mut log = Log::default();
        let mut visit = |at, act: &Act| {
            let noted = log.note(&Visit {
                id: DeliveryId(7),
                to: To::Crm,
                place: Some((Kind::Lead, 1)),
                at: Millis(at),
                act,
            });
            (noted.taken_first, noted.came_before)
        };
        let wait = Act::Refuse {
            status: 429,
            retry_after: Some(("1".to_owned(), Some(Millis(1_000)))),
        };
        assert_eq!(visit(0, &wait), (false, false));
        assert_eq!(visit(999, &Act::TakeAndHangUp), (true, true));
        assert_eq!(visit(1_000, &Act::Take), (false, true));
        let arrival = log.arrivals[&DeliveryId(7)];
        assert_eq!((arrival.asked, arrival.early), (1, 1));
        assert_eq!((arrival.taken, arrival.cut), (2, 1));
        assert_eq!(log.garbled, 0);
    }
}
