//! Lanes: their rules put in force, and where they stand.

use super::Verb;
use crate::model::delivery::DestinationNumber;
use crate::model::ids::DestinationName;
use crate::model::lane::Rules;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::lanes::{self, LaneState};

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
