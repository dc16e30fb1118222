//! The audit log: what was done to the appliance, by whom and from where; and what was tried and refused.

use std::fmt;
use std::net::IpAddr;

use super::time::Millis;

/// By which way somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// With a key.
    Key,
    /// Signed in on the dashboard.
    Session,
    /// Over the unix socket.
    Socket,
}

impl Via {
    /// Every way there is.
    pub const ALL: [Self; 3] = [Self::Key, Self::Session, Self::Socket];

    /// The word for it in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Session => "session",
            Self::Socket => "socket",
        }
    }
}

/// Somebody who was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// By which way they came.
    pub via: Via,
    /// The name of the key, their own or their session's; over the socket `uid N`.
    pub name: String,
}

/// Something that was done, or tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// `None`: nobody who was recognised.
    pub who: Option<Actor>,
    /// Method and route, such as `POST /api/polls/{poll}/close`.
    pub action: String,
    /// The path it was asked of, with its ids; `None` of what was refused, whose paths anybody may make up.
    pub target: Option<String>,
    /// The status of the answer; `None`: whoever asked had gone before there was one.
    pub outcome: Option<u16>,
    /// The client's address; `None` over the socket, and where several are told of together.
    pub from: Option<IpAddr>,
    /// How many times; more than one only of what was refused.
    pub times: u32,
}

impl Act {
    /// To which series it belongs.
    #[must_use]
    pub const fn series(&self) -> Series {
        match self.outcome {
            Some(401 | 403 | 429) => Series::Refused,
            _ => Series::Done,
        }
    }
}

/// What is kept apart, so that nobody who is refused can push out what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// Attempts of somebody who may not.
    Refused,
    /// What somebody did who may.
    Done,
}

/// What names an entry; the order of entries, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    /// When it was kept.
    pub at: Millis,
    /// Of which series it is.
    pub series: Series,
    /// Its number there, without a gap.
    pub number: u64,
}

impl EntryId {
    /// Reads what [`EntryId`] is written as.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, place) = text.split_once('.')?;
        let (series, number) = match place.strip_prefix('r') {
            Some(number) => (Series::Refused, number),
            None => (Series::Done, place),
        };
        let id = Self {
            at: Millis(at.parse().ok()?),
            series,
            number: number.parse().ok()?,
        };
        // One way to write each.
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let series = match self.series {
            Series::Done => "",
            Series::Refused => "r",
        };
        write!(f, "{}.{series}{}", self.at.0, self.number)
    }
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What names it.
    pub id: EntryId,
    /// What was done.
    pub act: Act,
}

/// Which entries are looked for.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// From this instant on.
    pub from: Option<Millis>,
    /// Before this instant.
    pub to: Option<Millis>,
    /// Of whoever has this name.
    pub who: Option<String>,
}

impl EntryFilter {
    /// Whether `act` is looked for, whenever it was.
    #[must_use]
    pub fn matches(&self, act: &Act) -> bool {
        let name = act.who.as_ref().map(|who| who.name.as_str());
        self.who.as_deref().is_none_or(|wanted| name == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_in_one_way() {
        for text in ["5.17", "5.r17", "-3.1"] {
            assert_eq!(
                EntryId::parse(text).map(|id| id.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in ["", "5", "5.", "5.x1", "5.017", "5.+1", "+5.1", "5.rr1", "5.1 "] {
            assert_eq!(EntryId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_refused_is_kept_apart() {
        let act = |outcome| Act {
            who: None,
            action: "POST /api/polls".to_owned(),
            target: None,
            outcome,
            from: None,
            times: 1,
        };
        for refused in [401, 403, 429] {
            assert_eq!(act(Some(refused)).series(), Series::Refused);
        }
        for done in [Some(201), Some(404), Some(503), None] {
            assert_eq!(act(done).series(), Series::Done);
        }
    }
}
