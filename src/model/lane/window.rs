//! Sliding windows: never more than so many calls in any span of a length.
//!
//! A call takes a slot when it is claimed, and the slot comes free one length after the call ended. The receiver counts it
//! somewhere between the two, so that no span of its own holds more either.

use std::collections::VecDeque;
use std::num::NonZeroU32;

use super::{Allowance, Hold, Why};
use crate::model::delivery::DestinationNumber;
use crate::model::time::Millis;

/// At most `count` calls in any span of `per_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many.
    pub count: NonZeroU32,
    /// How long, in milliseconds.
    pub per_ms: i64,
}

impl Window {
    /// The first instant at which what ended at `ended_at` is in no span any more. Stamps are cut to the millisecond.
    const fn leaves(&self, ended_at: Millis) -> Millis {
        ended_at.plus(self.per_ms.saturating_add(1))
    }

    fn most(&self) -> usize {
        usize::try_from(self.count.get()).unwrap_or(usize::MAX)
    }
}

/// A call that takes up room: which, and when it ended, or will have ended at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// When it ended.
    pub ended_at: Millis,
    /// The event's position.
    pub event: u64,
    /// To whom.
    pub destination: DestinationNumber,
}

/// The slots that are taken, by when they ended.
#[derive(Clone, Debug, Default)]
pub struct Slots(VecDeque<Slot>);

impl Slots {
    /// Takes a slot.
    pub fn insert(&mut self, slot: Slot) {
        let at = self.0.partition_point(|other| *other < slot);
        self.0.insert(at, slot);
    }

    /// Frees a slot; false where it was not taken.
    pub fn remove(&mut self, slot: Slot) -> bool {
        let found = self.0.binary_search(&slot);
        found.is_ok_and(|at| self.0.remove(at).is_some())
    }

    /// Whether this slot is taken.
    #[must_use]
    pub fn contains(&self, slot: Slot) -> bool {
        self.0.binary_search(&slot).is_ok()
    }

    /// Frees the slots of calls that have ended and that none of `windows` holds at `now`, and gives them back.
    pub fn forget(&mut self, windows: &[Window], now: Millis) -> Vec<Slot> {
        let gone = |slot: &Slot| {
            slot.ended_at <= now && windows.iter().all(|window| window.leaves(slot.ended_at) <= now)
        };
        let count = self.0.partition_point(gone);
        self.0.drain(..count).collect()
    }

    /// How many calls have not ended, or may not have.
    #[must_use]
    pub fn under_way(&self, now: Millis) -> usize {
        self.0.len() - self.0.partition_point(|slot| slot.ended_at <= now)
    }

    /// When the next of them will have ended at the latest.
    #[must_use]
    pub fn next_end(&self, now: Millis) -> Option<Millis> {
        let ended = self.0.partition_point(|slot| slot.ended_at <= now);
        self.0.get(ended).map(|slot| slot.ended_at)
    }

    /// How many calls `window` holds at `now`.
    #[must_use]
    pub fn used(&self, window: &Window, now: Millis) -> usize {
        let gone = |slot: &Slot| window.leaves(slot.ended_at) <= now;
        self.0.len() - self.0.partition_point(gone)
    }

    /// How many calls may begin at `now`.
    #[must_use]
    pub fn allow(&self, windows: &[Window], now: Millis) -> Allowance {
        let each = windows.iter().map(|window| self.allow_one(window, now));
        each.fold(Allowance::ALL, Allowance::and)
    }

    fn allow_one(&self, window: &Window, now: Millis) -> Allowance {
        let free = window.most().saturating_sub(self.used(window, now));
        if free > 0 {
            return Allowance::Some(free);
        }
        // There is room when no more than `most` less one are left.
        let last = self.0.len().checked_sub(window.most());
        let leaves = last.and_then(|at| self.0.get(at));
        Allowance::None(Hold {
            why: Why::Window,
            until: leaves.map(|slot| window.leaves(slot.ended_at)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(count: u32, per_ms: i64) -> Window {
        Window {
            count: NonZeroU32::new(count).unwrap(),
            per_ms,
        }
    }

    fn slot(ended_at: i64, event: u64) -> Slot {
        Slot {
            ended_at: Millis(ended_at),
            event,
            destination: DestinationNumber(0),
        }
    }

    #[test]
    fn a_slot_comes_free_one_length_after_the_call_ended() {
        let (windows, mut slots) = ([window(2, 1_000)], Slots::default());
        slots.insert(slot(500, 1));
        assert_eq!(slots.allow(&windows, Millis(500)), Allowance::Some(1));
        slots.insert(slot(400, 2));
        let full = Allowance::None(Hold {
            why: Why::Window,
            until: Some(Millis(1_401)),
        });
        assert_eq!(slots.allow(&windows, Millis(600)), full);
        assert_eq!(slots.allow(&windows, Millis(1_400)), full);
        assert_eq!(slots.allow(&windows, Millis(1_401)), Allowance::Some(1));
        assert_eq!(slots.forget(&windows, Millis(1_401)), [slot(400, 2)]);
        assert!(slots.remove(slot(500, 1)) && !slots.remove(slot(500, 1)));
        assert_eq!(slots.allow(&windows, Millis(600)), Allowance::Some(2));
    }

    #[test]
    fn the_narrowest_of_several_windows_decides() {
        let (windows, mut slots) = ([window(2, 100), window(3, 10_000)], Slots::default());
        for at in [0, 200, 400] {
            slots.insert(slot(at, 1));
        }
        let full = Allowance::None(Hold {
            why: Why::Window,
            until: Some(Millis(10_001)),
        });
        assert_eq!(slots.allow(&windows, Millis(600)), full);
        assert_eq!(slots.forget(&windows, Millis(600)), []);
        assert_eq!(slots.used(&windows[0], Millis(450)), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        #[test]
        fn no_span_ever_holds_more(
            (count, per_ms) in (1_u32..=40, 1_i64..=5_000),
            calls in prop::collection::vec((0_i64..=400, 1_i64..=300, 1_usize..=9), 1..200),
        ) {
            let (windows, mut slots) = ([window(count, per_ms)], Slots::default());
            let (mut now, mut begun, mut ends) = (Millis(0), Vec::new(), Vec::new());
            for (event, (gap, took, wanted)) in (0_u64..).zip(calls) {
                now = now.plus(gap);
                slots.forget(&windows, now);
                // While a call is under way, its slot stands at the latest end it can have.
                ends.retain(|(end, slot): &(Millis, Slot)| {
                    if *end <= now {
                        slots.remove(*slot);
                        slots.insert(Slot { ended_at: *end, ..*slot });
                    }
                    *end > now
                });
                let Allowance::Some(free) = slots.allow(&windows, now) else { continue };
                for _ in 0..free.min(wanted) {
                    let taken = slot(now.0 + 1_000, event);
                    slots.insert(taken);
                    ends.push((now.plus(took), taken));
                    begun.push(now);
                }
            }
            for (at, first) in begun.iter().enumerate() {
                let beyond = begun.get(at + count as usize);
                prop_assert!(beyond.is_none_or(|beyond| beyond.0 - first.0 > per_ms));
            }
        }
    }
}
