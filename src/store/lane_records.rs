//! Records of lanes: breakers that are not closed, and what was learned of quotas.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::event::DeliveryId;
use crate::model::lane::breaker::{BreakerState, Open};
use crate::model::lane::quota::{Known, Quota};
use crate::model::time::Millis;

const BREAKER: Tag = Tag {
    kind: 141,
    version: 1,
};
const GROUP: Tag = Tag {
    kind: 142,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct BreakerRecord {
    since: i64,
    probe_at: i64,
    reason: String,
    /// The delivery and the attempt that is the probe.
    probe: Option<(u128, u32)>,
}

/// The row of a breaker; a closed one has none.
pub(super) fn breaker_to_row(state: &BreakerState) -> Result<Option<Vec<u8>>, Fault> {
    let (open, probe) = match state {
        BreakerState::Closed => return Ok(None),
        BreakerState::Open(open) => (open, None),
        BreakerState::HalfOpen { open, probe } => (open, Some((probe.0.0, probe.1))),
    };
    let record = BreakerRecord {
        since: open.since.0,
        probe_at: open.probe_at.0,
        reason: open.reason.clone(),
        probe,
    };
    codec::encode(BREAKER, &record).map(Some)
}

pub(super) fn breaker_from_row(bytes: &[u8]) -> Result<BreakerState, Fault> {
    let record: BreakerRecord = codec::decode(BREAKER, bytes)?;
    let open = Open {
        since: Millis(record.since),
        probe_at: Millis(record.probe_at),
        reason: record.reason,
    };
    Ok(match record.probe {
        None => BreakerState::Open(open),
        Some((delivery, attempt)) => BreakerState::HalfOpen {
            open,
            probe: (DeliveryId(delivery), attempt),
        },
    })
}

/// What a group has learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learned {
    /// Nothing is to be sent before.
    pub(super) held_until: Option<Millis>,
    /// The quotas, in the order in which the receiver speaks of them.
    pub(super) quotas: Vec<Quota>,
}

#[derive(Serialize, Deserialize)]
struct GroupRecord {
    held_until: Option<i64>,
    /// What is not known is asked for again after a start.
    quotas: Vec<Option<KnownRecord>>,
}

#[derive(Serialize, Deserialize)]
struct KnownRecord {
    limit: Option<u64>,
    remaining: i64,
    reset: (i64, i64),
    most: i64,
    answers: u32,
    cost: u64,
}

pub(super) fn learned_to_row(learned: &Learned) -> Result<Vec<u8>, Fault> {
    let known = |quota: &Quota| match quota {
        Quota::Unknown | Quota::Silent => None,
        Quota::Known(known) => Some(KnownRecord {
            limit: known.limit,
            remaining: known.remaining,
            reset: (known.reset.0.0, known.reset.1.0),
            most: known.most,
            answers: known.answers,
            cost: known.cost,
        }),
    };
    let record = GroupRecord {
        held_until: learned.held_until.map(|at| at.0),
        quotas: learned.quotas.iter().map(known).collect(),
    };
    codec::encode(GROUP, &record)
}

pub(super) fn learned_from_row(bytes: &[u8]) -> Result<Learned, Fault> {
    let record: GroupRecord = codec::decode(GROUP, bytes)?;
    let quota = |known: Option<KnownRecord>| match known {
        None => Quota::Unknown,
        Some(known) => Quota::Known(Known {
            limit: known.limit,
            remaining: known.remaining,
            reset: (Millis(known.reset.0), Millis(known.reset.1)),
            most: known.most,
            answers: known.answers,
            cost: known.cost,
        }),
    };
    Ok(Learned {
        held_until: record.held_until.map(Millis),
        quotas: record.quotas.into_iter().map(quota).collect(),
    })
}

/// Reads a record of lanes; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    Some(match tag {
        BREAKER => breaker_from_row(bytes).map(drop),
        GROUP => learned_from_row(bytes).map(drop),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::hex;

    #[test]
    fn every_record_of_lanes_keeps_the_bytes_it_had_when_its_version_came() {
        let open = Open {
            since: Millis(5),
            probe_at: Millis(6),
            reason: "503".to_owned(),
        };
        let half_open = BreakerState::HalfOpen {
            open: open.clone(),
            probe: (DeliveryId(7), 2),
        };
        let learned = Learned {
            held_until: Some(Millis(5)),
            quotas: vec![
                Quota::Unknown,
                Quota::Known(Known {
                    limit: Some(300),
                    remaining: -1,
                    reset: (Millis(6), Millis(7)),
                    most: 299,
                    answers: 3,
                    cost: 1,
                }),
            ],
        };
        let rows = [
            breaker_to_row(&BreakerState::Open(open)).unwrap().unwrap(),
            breaker_to_row(&half_open).unwrap().unwrap(),
            learned_to_row(&learned).unwrap(),
        ];
        assert_eq!(
            rows.each_ref().map(|row| hex(row)),
            [OPEN_V1, HALF_OPEN_V1, GROUP_V1]
        );
        assert_eq!(breaker_to_row(&BreakerState::Closed).unwrap(), None);
        assert_eq!(breaker_from_row(&rows[1]).unwrap(), half_open);
        assert_eq!(learned_from_row(&rows[2]).unwrap(), learned);
    }

    const OPEN_V1: &str = "8d010a0c0335303300";
    const HALF_OPEN_V1: &str = "8d010a0c03353033010702";
    const GROUP_V1: &str = "8e01010a02000101fb2c01010c0efb56020301";
}
