//! Lanes: their rules put in force, and where they stand.

use super::Verb;
use crate::model::delivery::DestinationNumber;
use crate::model::event::DeliveryId;
use crate::model::ids::DestinationName;
use crate::model::lane::{Allowance, Hold, Lesson, Rules, Why};
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::lanes::{self, Call, LaneState};

/// Put rules in force in the place of those before. They are the configuration's, and are not kept.
pub(crate) struct RuleLanes {
    pub(crate) rules: Vec<(DestinationName, Rules)>,
}

impl Verb for RuleLanes {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let number = |name: &DestinationName| {
            let known = desk.memory.destinations.get(name);
            known.map(|known| known.number)
        };
        let rules: Vec<(DestinationNumber, Rules)> = self
            .rules
            .into_iter()
            .filter_map(|(name, rules)| Some((number(&name)?, rules)))
            .collect();
        lanes::rule(desk, rules)
    }
}

/// Say where every lane with rules stands.
pub(crate) struct ShowLanes;

impl Verb for ShowLanes {
    type Outcome = Vec<LaneState>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vec<LaneState>, Fault> {
        Ok(lanes::show(desk))
    }
}

/// Take a slot for a trial, which is no delivery, until its lease ends; or say why nothing is sent now. An open breaker
/// does not count: trials are how one finds out.
pub(crate) struct BeginTrial {
    pub(crate) to: DestinationNumber,
    pub(crate) id: DeliveryId,
    pub(crate) lease_ms: i64,
}

impl Verb for BeginTrial {
    /// When its lease ends.
    type Outcome = Result<Millis, Hold>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Result<Millis, Hold>, Fault> {
        lanes::forget(desk, self.to)?;
        match lanes::allow(desk, self.to) {
            Allowance::None(hold) if hold.why != Why::Breaker => return Ok(Err(hold)),
            Allowance::None(_) | Allowance::Some(_) => {}
        }
        let lease_ends = desk.stamp.plus(self.lease_ms);
        lanes::take_slots(desk, &[trial((self.to, self.id, lease_ends))])?;
        Ok(Ok(lease_ends))
    }
}

/// Take in what a trial taught.
pub(crate) struct EndTrial {
    pub(crate) trial: (DestinationNumber, DeliveryId, Millis),
    pub(crate) lesson: Lesson,
}

impl Verb for EndTrial {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        lanes::ended(desk, &[trial(self.trial)], &self.lesson)
    }
}

/// A trial as a call: in the place of an event's position, a number that none has.
fn trial((to, id, lease_ends): (DestinationNumber, DeliveryId, Millis)) -> Call {
    // The last two bytes are the destination's number.
    let [.., a, b, c, d, _, _] = id.0.to_be_bytes();
    Call {
        to,
        event: u64::MAX - u64::from(u32::from_be_bytes([a, b, c, d])),
        id,
        attempt: 1,
        lease_ends,
    }
}
