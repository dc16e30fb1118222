//! Labels: closed sets, so that no request can make a new series.

use std::marker::PhantomData;

use crate::model::funnel::Apart;

/// A closed set of label values.
pub trait Label: Copy + 'static {
    /// Every value, in the order of their indexes.
    const ALL: &'static [Self];

    /// Its place in [`Label::ALL`].
    fn index(self) -> usize;

    /// As it stands in the exposition.
    fn name(self) -> &'static str;
}

/// An enum whose variants are label values.
macro_rules! label {
    ($(#[$doc:meta])* $label:ident { $($(#[$value_doc:meta])* $value:ident => $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $label {
            $($(#[$value_doc])* $value,)+
        }

        impl Label for $label {
            const ALL: &'static [Self] = &[$(Self::$value,)+];

            fn index(self) -> usize {
                self as usize
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }
    };
}

label! {
    /// How a request to vote ended.
    VoteOutcome {
        /// Counted: 202.
        Accepted => "accepted",
        /// The same vote again: 202, nothing counted.
        Replayed => "replayed",
        /// The user has voted otherwise: 409.
        Duplicate => "duplicate",
        /// The poll is not open: 403.
        Closed => "closed",
        /// The address has used up the poll's `perAddress`: 403 or 429, as polls decide.
        Capped => "capped",
        /// The rate limit of its address: 429.
        Limited => "limited",
        /// No such poll or option: 404.
        Unknown => "unknown",
        /// A signed poll and a wrong or missing token: 401.
        Unauthorized => "unauthorized",
        /// Not a vote: 400, 413, 422.
        Refused => "refused",
        /// The store could not take it: 5xx.
        Failed => "failed",
    }
}

label! {
    /// How an event that was sent ended. A batch that is refused as a whole counts once.
    EventOutcome {
        /// Recorded: 202.
        Accepted => "accepted",
        /// Recorded before: 200.
        Duplicate => "duplicate",
        /// Its key is another event's: 422.
        Conflict => "conflict",
        /// Not an event: 400, 413, 422.
        Refused => "refused",
        /// The rate limit of its address: 429.
        Limited => "limited",
        /// No key, a wrong one, or one of another scope: 401, 403.
        Unauthorized => "unauthorized",
        /// The store could not take it: 5xx.
        Failed => "failed",
    }
}

label! {
    /// How a webhook ended; where it holds several events, each that was recorded counts.
    WebhookOutcome {
        /// Recorded: 202.
        Accepted => "accepted",
        /// Recorded before: 200.
        Duplicate => "duplicate",
        /// The sender asked whether it may send here: 200, nothing to record.
        Challenged => "challenged",
        /// What has to vouch for it is missing or has another form: 401.
        Unsigned => "unsigned",
        /// Nobody's signature, or one that was used for another: 401.
        BadSignature => "bad_signature",
        /// Signed at another time: 401.
        Stale => "stale",
        /// Signed, but no event can be made of it, or its body cannot be taken: 400, 408, 413, 422.
        Refused => "refused",
        /// The rate limit of its address: 429.
        Limited => "limited",
        /// The store could not take it: 5xx.
        Failed => "failed",
    }
}

impl Label for Apart {
    const ALL: &'static [Self] = &Self::ALL;

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

label! {
    /// A kind of event stream.
    Stream {
        /// A poll's results.
        Poll => "poll",
        /// How things stand, for the dashboard.
        Dashboard => "dashboard",
    }
}

label! {
    /// What a call of the heartbeat came to.
    HeartbeatOutcome {
        /// Answered 2xx.
        Answered => "ok",
        /// Answered otherwise, or not at all.
        Failed => "failed",
        /// Not made: the data file takes no writes.
        Withheld => "withheld",
    }
}

label! {
    /// What a query of Product Hunt's API came to.
    HuntOutcome {
        /// The two numbers.
        Answered => "ok",
        /// There is no such post.
        Absent => "absent",
        /// One too many: the limit is used up.
        Limited => "limited",
        /// Anything else, no answer among it.
        Failed => "failed",
    }
}

label! {
    /// What became of a delivery after an attempt.
    DeliveryOutcome {
        /// It arrived.
        Delivered => "delivered",
        /// Given up: a dead letter.
        Dead => "dead",
        /// It waits for another attempt.
        Retried => "retried",
        /// It went back as if it had not been taken, or had gone back before the answer came.
        Returned => "returned",
    }
}

label! {
    /// What a call came to.
    AttemptResult {
        /// Taken.
        Success => "2xx",
        /// Sent elsewhere.
        Redirect => "3xx",
        /// Refused.
        Refused => "4xx",
        /// Too many.
        Limited => "429",
        /// Failed over there.
        ServerError => "5xx",
        /// No answer.
        Network => "network",
    }
}

label! {
    /// How a request for a page of the site was answered.
    PageStatus {
        /// From the cache.
        Hit => "hit",
        /// From the cache, although it is no longer fresh.
        Stale => "stale",
        /// By the origin, and the answer may be kept.
        Miss => "miss",
        /// By the origin, and for this request alone.
        Bypass => "bypass",
        /// By us, as the origin could not: 502, 503, 504.
        Failed => "failed",
        /// The rate limit of its address: 429.
        Limited => "limited",
        /// Not a request for a page: 400, 508.
        Refused => "refused",
    }
}

label! {
    /// What a request to the origin came to.
    OriginClass {
        /// Informational: protocols are switched.
        Informational => "1xx",
        /// Answered.
        Success => "2xx",
        /// Sent elsewhere, or told that nothing has changed.
        Redirect => "3xx",
        /// Refused.
        Refused => "4xx",
        /// Failed over there.
        ServerError => "5xx",
        /// No answer.
        Network => "network",
    }
}

label! {
    /// Where a delivery that is not settled stands.
    QueueState {
        /// Waiting for its first attempt.
        Pending => "pending",
        /// Being attempted.
        Leased => "leased",
        /// Waiting for another attempt.
        Retrying => "retrying",
    }
}

/// One value for each variant of a label.
#[derive(Debug)]
pub(super) struct PerLabel<L, T> {
    values: Box<[T]>,
    label: PhantomData<L>,
}

impl<L: Label, T: Default> Default for PerLabel<L, T> {
    fn default() -> Self {
        Self {
            values: L::ALL.iter().map(|_| T::default()).collect(),
            label: PhantomData,
        }
    }
}

impl<L: Label, T> PerLabel<L, T> {
    /// The value of one variant.
    #[expect(clippy::indexing_slicing, reason = "there is a value for each variant")]
    pub(super) fn of(&self, label: L) -> &T {
        &self.values[label.index()]
    }

    /// Variants by name, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        L::ALL.iter().map(|label| label.name()).zip(&self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_closed<L: Label>() {
        let per_label = PerLabel::<L, u8>::default();
        let mut names = Vec::new();
        for (index, label) in L::ALL.iter().enumerate() {
            assert_eq!(label.index(), index);
            assert_eq!(*per_label.of(*label), 0);
            names.push(label.name());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), L::ALL.len(), "names are distinct");
    }

    #[test]
    fn every_variant_has_its_own_place_and_name() {
        is_closed::<VoteOutcome>();
        is_closed::<EventOutcome>();
        is_closed::<WebhookOutcome>();
        is_closed::<Stream>();
        is_closed::<DeliveryOutcome>();
        is_closed::<AttemptResult>();
        is_closed::<QueueState>();
        is_closed::<PageStatus>();
        is_closed::<OriginClass>();
        is_closed::<HeartbeatOutcome>();
        is_closed::<crate::model::alert::Rule>();
    }
}
