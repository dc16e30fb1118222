//! Arrivals: what the receiver noted, held against what sources were told. Pure.

use std::collections::HashMap;

use crate::demo::book::{self, Pages, Told};
use crate::demo::launch::events::{Kind, Place, To};
use crate::demo::receiver::{Arrival, Log};
use crate::model::event::DeliveryId;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arrivals {
    /// Deliveries that acknowledged events make.
    pub(super) expected: u64,
    /// Of them, those that were never taken.
    pub(super) missing: u64,
    /// Events that came to one receiver under more than one id.
    pub(super) second_id: u64,
    /// Calls that were garbled, or not of the event they should have been.
    pub(super) altered: u64,
    /// Events that were planned for later.
    pub(super) planned: u64,
    /// Deliveries that came before their event's time.
    pub(super) before_time: u64,
    /// Waits that were asked for.
    pub(super) asked: u64,
    /// Calls that came before such a wait was over.
    pub(super) early: u64,
    /// How often something was taken that had been taken before.
    pub(super) taken_again: u64,
    /// Deliveries that were taken more often than answers were kept back, and how often: only the appliance knows
    /// whether the answers came through.
    pub(super) unexplained: Vec<(DeliveryId, u32)>,
}

impl Arrivals {
    /// Holds `log` against `pages`.
    pub(super) fn new(log: &Log, pages: &Pages) -> Self {
        let mut found = Self {
            altered: log.garbled,
            ..Self::default()
        };
        let mut came: HashMap<(Place, To), Vec<(DeliveryId, Arrival)>> = HashMap::new();
        for (id, arrival) in &log.arrivals {
            found.see(*id, arrival);
            if let Some(place) = arrival.place {
                let key = (place, arrival.to);
                came.entry(key).or_default().push((*id, *arrival));
            }
        }
        for (place, told) in book::acknowledged(pages) {
            found.planned += u64::from(place.0 == Kind::Campaign);
            for to in place.0.to() {
                found.expect(told, came.get(&(place, *to)).map_or(&[], Vec::as_slice));
            }
        }
        found
    }

    fn see(&mut self, id: DeliveryId, arrival: &Arrival) {
        self.asked += u64::from(arrival.asked);
        self.early += u64::from(arrival.early);
        self.taken_again += u64::from(arrival.taken.saturating_sub(1));
        if arrival.taken > arrival.cut + 1 {
            self.unexplained.push((id, arrival.taken));
        }
        let has_route = |place: Place| place.0.to().contains(&arrival.to);
        self.altered += u64::from(arrival.place.is_some_and(|place| !has_route(place)));
    }

    fn expect(&mut self, told: Told, came: &[(DeliveryId, Arrival)]) {
        self.expected += 1;
        let taken = came.iter().any(|(_, arrival)| arrival.taken > 0);
        self.missing += u64::from(!taken);
        self.second_id += u64::from(came.len() > 1);
        for (id, arrival) in came {
            self.altered += u64::from(id.event() != told.id);
            self.before_time += u64::from(arrival.first_at < told.scheduled_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::book::Fate;
    use crate::model::event::EventId;
    use crate::model::time::Millis;

    const TOLD: Told = Told {
        id: EventId(1 << 16),
        scheduled_at: Millis(1_000),
    };
    const ARRIVED: Arrival = Arrival {
        to: To::Crm,
        place: Some((Kind::Contact, 0)),
        first_at: Millis(1_000),
        taken: 1,
        cut: 0,
        asked: 0,
        early: 0,
        not_before: None,
    };

    /// What is found when one acknowledged contact meets these deliveries.
    fn found(came: &[(DeliveryId, Arrival)]) -> Arrivals {
        let log = Log {
            arrivals: came.iter().copied().collect(),
            garbled: 0,
        };
        Arrivals::new(&log, &[vec![], vec![], vec![Fate::Acknowledged(TOLD)]])
    }

    #[test]
    fn what_came_once_in_time_under_its_id_is_in_order() {
        let expected = Arrivals {
            expected: 1,
            ..Arrivals::default()
        };
        assert_eq!(found(&[(TOLD.id.delivery(0), ARRIVED)]), expected);
    }

    #[test]
    fn what_never_came_came_early_or_under_another_id_is_noticed() {
        let id = TOLD.id.delivery(0);
        assert_eq!(found(&[]).missing, 1);
        let refused = Arrival { taken: 0, ..ARRIVED };
        assert_eq!(found(&[(id, refused)]).missing, 1);
        let early = Arrival {
            first_at: Millis(999),
            ..ARRIVED
        };
        assert_eq!(found(&[(id, early)]).before_time, 1);
        let second = (TOLD.id.delivery(1), ARRIVED);
        assert_eq!(found(&[(id, ARRIVED), second]).second_id, 1);
        assert_eq!(found(&[(EventId(2 << 16).delivery(0), ARRIVED)]).altered, 1);
        let elsewhere = Arrival {
            to: To::Mailer,
            ..ARRIVED
        };
        assert_eq!(found(&[(id, elsewhere)]).altered, 1);
    }

    #[test]
    fn what_was_taken_twice_although_it_was_answered_is_noticed() {
        let id = TOLD.id.delivery(0);
        let cut = Arrival {
            taken: 2,
            cut: 1,
            ..ARRIVED
        };
        let answered = Arrival { cut: 0, ..cut };
        assert_eq!(
            (found(&[(id, cut)]).taken_again, found(&[(id, cut)]).unexplained),
            (1, vec![])
        );
        assert_eq!(found(&[(id, answered)]).unexplained, [(id, 2)]);
    }
}
