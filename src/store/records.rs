//! Records: the shapes on disk, version by version, and how the model's types come out of them and go in.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::{
    alerts, audit, certificates, checkpoint, event_blocks, event_bodies, event_records, export_records,
    funnel_records, lane_records, launch, launch_steps, people_records, repeats, replay_records,
    schedule_records, spend_records, tokens, vote_minutes,
};
use crate::model::address::AddressToken;
use crate::model::ids::{IdempotencyKey, OptionId, PollId, UserId};
use crate::model::key::{ApiKey, KeyHash, Scope};
use crate::model::person::ERASED;
use crate::model::poll::{CountedVote, Poll, PollDraft, PollNumber, PollOption, VoterMode};
use crate::model::tally::Tally;
use crate::model::time::Millis;

/// Facts of the journal have kinds from 1, records of tables from 128.
pub(super) const VOTED: Tag = Tag { kind: 1, version: 1 };
/// Version 2 is of a vote whose voter was erased: it has what stands for them, and no name.
const VOTE_ERASED: Tag = Tag { kind: 1, version: 2 };
pub(super) const POLL_CREATED: Tag = Tag { kind: 2, version: 1 };
pub(super) const POLL_CLOSED: Tag = Tag { kind: 3, version: 1 };
pub(super) const POLL_DELETED: Tag = Tag { kind: 4, version: 1 };
pub(super) const VOIDED: Tag = Tag { kind: 5, version: 1 };
pub(super) const POLL_CHANGED: Tag = Tag {
    kind: 202,
    version: 1,
};
const POLL: Tag = Tag {
    kind: 128,
    version: 1,
};
const TALLY: Tag = Tag {
    kind: 129,
    version: 1,
};
const KEY: Tag = Tag {
    kind: 130,
    version: 1,
};

/// A vote was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Voted<'a> {
    pub(super) poll: u32,
    pub(super) option: u16,
    pub(super) at: i64,
    pub(super) user: &'a str,
    pub(super) key: &'a str,
    pub(super) client_time: Option<i64>,
    pub(super) address: Option<u64>,
    /// What stands for the voter in the index, where they were erased. Then `user` and `key` are empty.
    #[serde(skip)]
    pub(super) erased: Option<u128>,
}

#[derive(Serialize, Deserialize)]
struct VoteErased {
    poll: u32,
    option: u16,
    at: i64,
    voter: u128,
    address: Option<u64>,
}

impl<'a> Voted<'a> {
    /// Whether this is the tag of either version.
    pub(super) fn is(tag: Tag) -> bool {
        tag == VOTED || tag == VOTE_ERASED
    }

    /// Reads either version.
    pub(super) fn read(tag: Tag, body: &'a [u8]) -> Result<Self, Fault> {
        if tag != VOTE_ERASED {
            return codec::body(body);
        }
        let VoteErased {
            poll,
            option,
            at,
            voter,
            address,
        } = codec::body(body)?;
        Ok(Self {
            poll,
            option,
            at,
            user: "",
            key: "",
            client_time: None,
            address,
            erased: Some(voter),
        })
    }

    /// Reads the row of a vote.
    pub(super) fn from_row(bytes: &'a [u8]) -> Result<Self, Fault> {
        match codec::split(bytes)? {
            (tag, body) if Self::is(tag) => Self::read(tag, body),
            (tag, _) => Err(Fault::file(format!("a record is of kind {tag:?}, not a vote"))),
        }
    }

    /// What stands for its voter in the index.
    pub(super) fn voter(&self) -> Result<u128, Fault> {
        match self.erased {
            Some(voter) => Ok(voter),
            None => Ok(UserId::parse(self.user).map_err(Fault::file)?.digest()),
        }
    }

    /// The row of the same vote without whose it is; its address stays where the poll counts by it.
    pub(super) fn erased_row(&self, capped: bool) -> Result<Vec<u8>, Fault> {
        let erased = VoteErased {
            poll: self.poll,
            option: self.option,
            at: self.at,
            voter: self.voter()?,
            address: self.address.filter(|_| capped),
        };
        codec::encode(VOTE_ERASED, &erased)
    }
}

impl Voted<'_> {
    /// The vote at `position`, as listed.
    pub(super) fn counted(&self, position: u64, voided_at: Option<Millis>) -> Result<CountedVote, Fault> {
        Ok(CountedVote {
            position,
            user: UserId::parse(self.unless_erased(self.user)).map_err(Fault::file)?,
            option: self.option,
            key: IdempotencyKey::parse(self.unless_erased(self.key)).map_err(Fault::file)?,
            at: Millis(self.at),
            client_time: self.client_time.map(Millis),
            address: self.address.map(AddressToken),
            voided_at,
        })
    }

    fn unless_erased<'t>(&self, text: &'t str) -> &'t str {
        match self.erased {
            Some(_) => ERASED,
            None => text,
        }
    }
}

/// A poll, in the fact of its creation and in its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PollRecord {
    number: u32,
    id: String,
    question: String,
    options: Vec<(String, String)>,
    opens_at: Option<i64>,
    closes_at: Option<i64>,
    signed: bool,
    per_address: Option<u32>,
    created_at: i64,
    closed_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
}

impl PollRecord {
    pub(super) fn of(poll: &Poll, deleted_at: Option<Millis>) -> Self {
        let draft = &poll.draft;
        Self {
            number: poll.number.0,
            id: draft.id.as_str().to_owned(),
            question: draft.question.clone(),
            options: draft
                .options
                .iter()
                .map(|o| (o.id.as_str().to_owned(), o.label.clone()))
                .collect(),
            opens_at: draft.opens_at.map(|t| t.0),
            closes_at: draft.closes_at.map(|t| t.0),
            signed: draft.voter == VoterMode::Signed,
            per_address: draft.per_address.map(NonZeroU32::get),
            created_at: poll.created_at.0,
            closed_at: poll.closed_at.map(|t| t.0),
            deleted_at: deleted_at.map(|t| t.0),
        }
    }

    pub(super) fn poll(self) -> Result<Poll, Fault> {
        let option = |(id, label): (String, String)| {
            OptionId::parse(&id)
                .map(|id| PollOption { id, label })
                .map_err(Fault::file)
        };
        Ok(Poll {
            number: PollNumber(self.number),
            draft: PollDraft {
                id: PollId::parse(&self.id).map_err(Fault::file)?,
                question: self.question,
                options: self.options.into_iter().map(option).collect::<Result<_, _>>()?,
                opens_at: self.opens_at.map(Millis),
                closes_at: self.closes_at.map(Millis),
                voter: if self.signed {
                    VoterMode::Signed
                } else {
                    VoterMode::Open
                },
                per_address: self.per_address.and_then(NonZeroU32::new),
            },
            created_at: Millis(self.created_at),
            closed_at: self.closed_at.map(Millis),
        })
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    pub(super) const fn options(&self) -> usize {
        self.options.len()
    }

    pub(super) const fn created_at(&self) -> i64 {
        self.created_at
    }

    pub(super) fn to_row(&self) -> Result<Vec<u8>, Fault> {
        codec::encode(POLL, self)
    }

    pub(super) fn from_row(bytes: &[u8]) -> Result<Self, Fault> {
        codec::decode(POLL, bytes)
    }
}

/// A poll was closed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PollEnded {
    pub(super) poll: u32,
    pub(super) at: i64,
}

/// A poll was edited, or opened again: as it is since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PollChanged {
    pub(super) at: i64,
    pub(super) poll: PollRecord,
}

/// Votes of a poll were voided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Voided {
    pub(super) poll: u32,
    pub(super) at: i64,
    pub(super) positions: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct TallyRecord {
    counts: Vec<u64>,
    version: u64,
    updated_at: i64,
}

pub(super) fn tally_to_row(tally: &Tally) -> Result<Vec<u8>, Fault> {
    let Tally {
        counts,
        version,
        updated_at,
    } = tally;
    codec::encode(
        TALLY,
        &TallyRecord {
            counts: counts.clone(),
            version: *version,
            updated_at: updated_at.0,
        },
    )
}

pub(super) fn tally_from_row(bytes: &[u8]) -> Result<Tally, Fault> {
    let TallyRecord {
        counts,
        version,
        updated_at,
    } = codec::decode(TALLY, bytes)?;
    Ok(Tally {
        counts,
        version,
        updated_at: Millis(updated_at),
    })
}

#[derive(Serialize, Deserialize)]
struct KeyRecord {
    name: String,
    scope: String,
    created_at: i64,
}

pub(super) fn key_to_row(key: &ApiKey) -> Result<Vec<u8>, Fault> {
    let scope = key.scope.as_str().to_owned();
    codec::encode(
        KEY,
        &KeyRecord {
            name: key.name.clone(),
            scope,
            created_at: key.created_at.0,
        },
    )
}

pub(super) fn key_from_row(hash: [u8; 32], bytes: &[u8]) -> Result<ApiKey, Fault> {
    let KeyRecord {
        name,
        scope,
        created_at,
    } = codec::decode(KEY, bytes)?;
    let scope = Scope::parse(&scope).ok_or_else(|| Fault::file(format!("a key has scope {scope:?}")))?;
    Ok(ApiKey {
        name,
        scope,
        hash: KeyHash(hash),
        created_at: Millis(created_at),
    })
}

/// Reads any bytes as whatever their tag says they are.
pub(super) fn read_any(bytes: &[u8]) -> Result<(), Fault> {
    let (tag, body) = codec::split(bytes)?;
    match tag {
        tag if Voted::is(tag) => Voted::read(tag, body)?.counted(0, None).map(drop),
        POLL_CREATED | POLL => codec::body::<PollRecord>(body)?.poll().map(drop),
        POLL_CLOSED | POLL_DELETED => codec::body::<PollEnded>(body).map(drop),
        POLL_CHANGED => codec::body::<PollChanged>(body)?.poll.poll().map(drop),
        VOIDED => codec::body::<Voided>(body).map(drop),
        TALLY => tally_from_row(bytes).map(drop),
        KEY => key_from_row([0; 32], bytes).map(drop),
        tag => event_records::read(bytes)
            .or_else(|| event_bodies::read(bytes))
            .or_else(|| checkpoint::read(bytes))
            .or_else(|| lane_records::read(bytes))
            .or_else(|| replay_records::read(bytes))
            .or_else(|| schedule_records::read(bytes))
            .or_else(|| tokens::read(bytes))
            .or_else(|| funnel_records::read(bytes))
            .or_else(|| spend_records::read(bytes))
            .or_else(|| people_records::read(bytes))
            .or_else(|| event_blocks::read(bytes))
            .or_else(|| vote_minutes::read(bytes))
            .or_else(|| launch::read(bytes))
            .or_else(|| launch_steps::read(bytes))
            .or_else(|| alerts::read(bytes))
            .or_else(|| audit::read(bytes))
            .or_else(|| repeats::read(bytes))
            .or_else(|| export_records::read(bytes))
            .or_else(|| certificates::read(bytes))
            .unwrap_or_else(|| Err(Fault::file(format!("nothing is of kind {tag:?}")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::hex;

    fn poll() -> Poll {
        let option = |id: &str| PollOption {
            id: OptionId::parse(id).unwrap(),
            label: id.to_uppercase(),
        };
        Poll {
            number: PollNumber(7),
            draft: PollDraft {
                id: PollId::parse("best").unwrap(),
                question: "Which?".into(),
                options: vec![option("a"), option("b")],
                opens_at: Some(Millis(100)),
                closes_at: None,
                voter: VoterMode::Signed,
                per_address: NonZeroU32::new(3),
            },
            created_at: Millis(1_000),
            closed_at: None,
        }
    }

    #[test]
    fn every_record_keeps_the_bytes_it_had_in_version_1() {
        let voted = Voted {
            poll: 7,
            option: 1,
            at: 1_796_112_060_000,
            user: "u-1",
            key: "k-1",
            client_time: Some(-1),
            address: Some(0xfeed),
            erased: None,
        };
        let ended = PollEnded { poll: 7, at: 300 };
        let voided = Voided {
            poll: 7,
            at: 300,
            positions: vec![1, 300],
        };
        let changed = PollChanged {
            at: 300,
            poll: PollRecord::of(&poll(), None),
        };
        let tally = Tally {
            counts: vec![3, 70_000],
            version: 9,
            updated_at: Millis(5),
        };
        let key = ApiKey {
            name: "ci".into(),
            scope: Scope::Read,
            hash: KeyHash([0; 32]),
            created_at: Millis(5),
        };
        let golden = [
            (codec::encode(VOTED, &voted).unwrap(), VOTED_V1),
            (
                codec::encode(POLL_CREATED, &PollRecord::of(&poll(), None)).unwrap(),
                POLL_CREATED_V1,
            ),
            (codec::encode(POLL_CLOSED, &ended).unwrap(), POLL_CLOSED_V1),
            (codec::encode(POLL_DELETED, &ended).unwrap(), POLL_DELETED_V1),
            (codec::encode(VOIDED, &voided).unwrap(), VOIDED_V1),
            (codec::encode(POLL_CHANGED, &changed).unwrap(), POLL_CHANGED_V1),
            (
                PollRecord::of(&poll(), Some(Millis(9))).to_row().unwrap(),
                POLL_V1,
            ),
            (tally_to_row(&tally).unwrap(), TALLY_V1),
            (key_to_row(&key).unwrap(), KEY_V1),
        ];
        for (bytes, expected) in golden {
            assert_eq!(hex(&bytes), expected);
        }
        assert_eq!(PollRecord::of(&poll(), None).poll().unwrap(), poll());
        assert_eq!(tally_from_row(&tally_to_row(&tally).unwrap()).unwrap(), tally);
        assert_eq!(key_from_row([0; 32], &key_to_row(&key).unwrap()).unwrap(), key);
    }

    #[test]
    fn a_vote_without_its_voter_is_known_by_the_same_digest() {
        let voted = Voted {
            poll: 7,
            option: 1,
            at: 300,
            user: "abc",
            key: "k-1",
            client_time: Some(-1),
            address: Some(9),
            erased: None,
        };
        let row = voted.erased_row(false).unwrap();
        assert_eq!(hex(&row), VOTE_ERASED_V2);
        let read = Voted::from_row(&row).unwrap();
        assert_eq!(read.voter().unwrap(), voted.voter().unwrap());
        assert_eq!(read.counted(3, None).unwrap().user.as_str(), ERASED);
        assert_eq!(
            read.erased_row(true).unwrap(),
            row,
            "there is nothing left to erase"
        );
        let capped = Voted::from_row(&voted.erased_row(true).unwrap()).unwrap().address;
        assert_eq!(capped, Some(9));
    }

    const VOTE_ERASED_V2: &str = "01020701fb5802fe2322ae5dde404141eacf018fbf1678ba00";
    const VOTED_V1: &str = "01010701fdc01c3e614403000003752d31036b2d31010101fbedfe";
    const POLL_CREATED_V1: &str = "02010704626573740657686963683f02016101410162014201c800010103fbd0070000";
    const POLL_CLOSED_V1: &str = "030107fb5802";
    const POLL_DELETED_V1: &str = "040107fb5802";
    const VOIDED_V1: &str = "050107fb58020201fb2c01";
    const POLL_CHANGED_V1: &str =
        "ca01fb58020704626573740657686963683f02016101410162014201c800010103fbd0070000";
    const POLL_V1: &str = "80010704626573740657686963683f02016101410162014201c800010103fbd007000112";
    const TALLY_V1: &str = "81010203fc70110100090a";
    const KEY_V1: &str = "820102636904726561640a";
}
