//! Polls, ballots, and whether a ballot counts.

use std::num::NonZeroU32;

use super::address::AddressToken;
use super::ids::{IdempotencyKey, OptionId, PollId, UserId};
use super::time::Millis;

/// The most options a poll may have.
pub const MAX_OPTIONS: usize = 100;
/// The longest question or label, in characters.
pub const MAX_TEXT_CHARS: usize = 500;

/// A poll's number within its data file: what stands for it in keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PollNumber(pub u32);

/// Who may vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VoterMode {
    /// Whoever the page says they are.
    #[default]
    Open,
    /// Only voters whose `voterToken` the maker's server has signed.
    Signed,
}

/// One answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollOption {
    /// Its id, unique within the poll.
    pub id: OptionId,
    /// What voters read.
    pub label: String,
}

/// What a maker says when creating a poll; already checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollDraft {
    /// The poll's id.
    pub id: PollId,
    /// What is asked.
    pub question: String,
    /// 2 to [`MAX_OPTIONS`] answers, in the order to show them.
    pub options: Vec<PollOption>,
    /// Votes count from this instant; `None`: at once.
    pub opens_at: Option<Millis>,
    /// Votes count until before this instant; `None`: until closed.
    pub closes_at: Option<Millis>,
    /// Who may vote.
    pub voter: VoterMode,
    /// At most this many votes from one address (IPv6: one /64); `None`: no such cap.
    pub per_address: Option<NonZeroU32>,
}

/// Why a draft was refused; `Display` is the sentence for the maker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDraft {
    /// The question is missing, too long or has control characters.
    #[error("`question` must have 1 to {MAX_TEXT_CHARS} characters and no control characters")]
    Question,
    /// Too few or too many options.
    #[error("`options` must have 2 to {MAX_OPTIONS} entries")]
    OptionCount,
    /// A label is missing, too long or has control characters.
    #[error("the label of option `{0}` must have 1 to {MAX_TEXT_CHARS} characters and no control characters")]
    Label(OptionId),
    /// Two options with one id.
    #[error("option `{0}` is given twice")]
    OptionTwice(OptionId),
    /// The poll would close before it opens.
    #[error("`closesAt` must be after `opensAt`")]
    NeverOpen,
}

impl BadDraft {
    /// The field that is wrong, as makers write it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::OptionCount | Self::Label(_) | Self::OptionTwice(_) => "options",
            Self::NeverOpen => "closesAt",
        }
    }
}

impl PollDraft {
    /// Checks what the types of the fields cannot.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub fn checked(self) -> Result<Self, BadDraft> {
        if !is_text(&self.question) {
            return Err(BadDraft::Question);
        }
        if !(2..=MAX_OPTIONS).contains(&self.options.len()) {
            return Err(BadDraft::OptionCount);
        }
        for (i, option) in self.options.iter().enumerate() {
            if !is_text(&option.label) {
                return Err(BadDraft::Label(option.id.clone()));
            }
            if self.options.iter().take(i).any(|o| o.id == option.id) {
                return Err(BadDraft::OptionTwice(option.id.clone()));
            }
        }
        match (self.opens_at, self.closes_at) {
            (Some(opens), Some(closes)) if closes <= opens => Err(BadDraft::NeverOpen),
            _ => Ok(self),
        }
    }
}

/// What a maker changes of a poll that is there; what is `None`, or not named, stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollEdit {
    /// What is asked.
    pub question: Option<String>,
    /// What voters read, by option. Options neither come nor go: votes are for what they were.
    pub labels: Vec<(OptionId, String)>,
    /// From when votes count; `Some(None)`: at once.
    pub opens_at: Option<Option<Millis>>,
    /// Until when; `Some(None)`: until closed.
    pub closes_at: Option<Option<Millis>>,
}

/// Why an edit was refused; `Display` is the sentence for the maker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEdit {
    /// The poll has no such option.
    #[error("the poll has no option `{0}`")]
    NoOption(OptionId),
    /// It would be no poll.
    #[error(transparent)]
    Draft(#[from] BadDraft),
}

impl BadEdit {
    /// The field that is wrong, as makers write it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoOption(_) | Self::Draft(BadDraft::Label(_)) => "labels",
            Self::Draft(bad) => bad.field(),
        }
    }
}

impl PollDraft {
    /// The draft with `edit` in it.
    ///
    /// # Errors
    /// The first rule that would not hold.
    pub fn edited(&self, edit: &PollEdit) -> Result<Self, BadEdit> {
        let mut draft = self.clone();
        if let Some(question) = &edit.question {
            draft.question.clone_from(question);
        }
        for (id, label) in &edit.labels {
            let option = draft.options.iter_mut().find(|option| option.id == *id);
            let option = option.ok_or_else(|| BadEdit::NoOption(id.clone()))?;
            option.label.clone_from(label);
        }
        draft.opens_at = edit.opens_at.unwrap_or(draft.opens_at);
        draft.closes_at = edit.closes_at.unwrap_or(draft.closes_at);
        Ok(draft.checked()?)
    }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS && !text.chars().any(char::is_control)
}

/// A poll as it stands in the data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// Its number within the file.
    pub number: PollNumber,
    /// What the maker said.
    pub draft: PollDraft,
    /// When it was created.
    pub created_at: Millis,
    /// When it was closed by hand, if it was.
    pub closed_at: Option<Millis>,
}

/// Why a poll takes no votes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpen {
    /// It opens at this instant.
    NotYet(Millis),
    /// It closed at this instant.
    Over(Millis),
}

impl Poll {
    /// Whether votes count at `now`.
    ///
    /// # Errors
    /// [`NotOpen`] says since or until when they do not.
    pub fn admits(&self, now: Millis) -> Result<(), NotOpen> {
        match (self.draft.opens_at, self.ended_at(now)) {
            (_, Some(end)) => Err(NotOpen::Over(end)),
            (Some(opens), _) if now < opens => Err(NotOpen::NotYet(opens)),
            _ => Ok(()),
        }
    }

    /// When it ended, if that is past: by hand, or by its own time.
    #[must_use]
    pub fn ended_at(&self, now: Millis) -> Option<Millis> {
        let ends = [self.closed_at, self.draft.closes_at].into_iter().flatten().min();
        ends.filter(|end| now >= *end)
    }

    /// The poll, open at `now`: without what closed it, and without an opening to come.
    #[must_use]
    pub fn opened(&self, now: Millis) -> Self {
        let draft = PollDraft {
            opens_at: self.draft.opens_at.filter(|opens| *opens <= now),
            closes_at: self.draft.closes_at.filter(|closes| *closes > now),
            ..self.draft.clone()
        };
        Self {
            draft,
            closed_at: None,
            ..self.clone()
        }
    }

    /// The next instant after `now` at which [`Poll::admits`] changes its answer by itself.
    #[must_use]
    pub fn next_turn(&self, now: Millis) -> Option<Millis> {
        if self.closed_at.is_some() {
            return None;
        }
        [self.draft.opens_at, self.draft.closes_at]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
    }

    /// The number of the option called `id`.
    #[must_use]
    pub fn option_number(&self, id: &str) -> Option<u16> {
        self.draft
            .options
            .iter()
            .position(|o| o.id.as_str() == id)
            .and_then(|i| u16::try_from(i).ok())
    }
}

/// One vote as it arrives; already parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Which poll.
    pub poll: PollId,
    /// For which option.
    pub option: OptionId,
    /// By whom.
    pub user: UserId,
    /// What makes a repeat of this request the same vote.
    pub key: IdempotencyKey,
    /// When the client says it was cast; kept, never trusted.
    pub client_time: Option<Millis>,
    /// Where it came from, for the per-address cap and for voiding stuffed ballots.
    pub address: Option<AddressToken>,
}

/// What became of a ballot. Every case but `Accepted` leaves no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Counted now.
    Accepted {
        /// The poll's total with this vote.
        total: u64,
    },
    /// The same user, key and option were counted before; nothing was counted again.
    Replayed {
        /// The poll's total.
        total: u64,
    },
    /// The user has voted already, with another key or for another option.
    Duplicate,
    /// The poll takes no votes now.
    NotOpen(NotOpen),
    /// The address has cast as many votes as the poll allows one address.
    AddressFull,
    /// No such poll.
    NoPoll,
    /// The poll has no such option.
    NoOption,
}

/// A counted vote, as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedVote {
    /// Its position in the journal; also the order of the list.
    pub position: u64,
    /// By whom.
    pub user: UserId,
    /// For which option, by number.
    pub option: u16,
    /// With which key.
    pub key: IdempotencyKey,
    /// When it was counted.
    pub at: Millis,
    /// When the client said it was cast.
    pub client_time: Option<Millis>,
    /// Where it came from.
    pub address: Option<AddressToken>,
    /// When it was voided, if it was.
    pub voided_at: Option<Millis>,
}

/// Which votes to void. Every part that is given must match; at least one part is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoteFilter {
    /// Votes for this option, by number.
    pub option: Option<u16>,
    /// Votes by this user.
    pub user: Option<UserId>,
    /// Votes by users whose id begins with this.
    pub user_prefix: Option<String>,
    /// Votes from this address.
    pub address: Option<AddressToken>,
    /// Votes counted at or after this instant.
    pub from: Option<Millis>,
    /// Votes counted before this instant.
    pub to: Option<Millis>,
}

impl VoteFilter {
    /// Whether no part is given, which would void a whole poll.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `vote` matches every given part.
    #[must_use]
    pub fn matches(&self, vote: &CountedVote) -> bool {
        self.option.is_none_or(|option| vote.option == option)
            && self.user.as_ref().is_none_or(|user| vote.user == *user)
            && self
                .user_prefix
                .as_ref()
                .is_none_or(|prefix| vote.user.as_str().starts_with(prefix))
            && self.address.is_none_or(|address| vote.address == Some(address))
            && self.from.is_none_or(|from| vote.at >= from)
            && self.to.is_none_or(|to| vote.at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> PollDraft {
        let option = |id: &str| PollOption {
            id: OptionId::parse(id).unwrap(),
            label: id.to_uppercase(),
        };
        PollDraft {
            id: PollId::parse("best").unwrap(),
            question: "Which?".into(),
            options: vec![option("a"), option("b")],
            opens_at: Some(Millis(100)),
            closes_at: Some(Millis(200)),
            voter: VoterMode::Open,
            per_address: None,
        }
    }

    #[test]
    fn a_poll_is_open_from_its_opening_until_before_its_end() {
        let mut poll = Poll {
            number: PollNumber(1),
            draft: draft(),
            created_at: Millis(0),
            closed_at: None,
        };
        assert_eq!(poll.admits(Millis(99)), Err(NotOpen::NotYet(Millis(100))));
        assert_eq!(poll.admits(Millis(100)), Ok(()));
        assert_eq!(poll.admits(Millis(199)), Ok(()));
        assert_eq!(poll.admits(Millis(200)), Err(NotOpen::Over(Millis(200))));
        assert_eq!(poll.next_turn(Millis(0)), Some(Millis(100)));
        assert_eq!(poll.next_turn(Millis(100)), Some(Millis(200)));
        assert_eq!(poll.next_turn(Millis(200)), None);
        poll.closed_at = Some(Millis(150));
        assert_eq!(poll.admits(Millis(150)), Err(NotOpen::Over(Millis(150))));
    }

    #[test]
    fn a_poll_that_is_opened_is_open_whatever_had_closed_it() {
        let made = |closed_at| Poll {
            number: PollNumber(1),
            draft: draft(),
            created_at: Millis(0),
            closed_at,
        };
        for now in [Millis(50), Millis(150), Millis(250)] {
            for poll in [made(None), made(Some(Millis(40)))] {
                assert_eq!(poll.opened(now).admits(now), Ok(()), "{now:?}");
            }
        }
        assert_eq!(
            made(None).opened(Millis(150)),
            made(None),
            "nothing had closed it"
        );
    }

    #[test]
    fn an_edit_changes_what_it_names_and_keeps_to_the_rules_of_a_draft() {
        let id = |text: &str| OptionId::parse(text).unwrap();
        let edit = PollEdit {
            question: Some("Who?".into()),
            labels: vec![(id("b"), "Bee".into())],
            closes_at: Some(None),
            ..PollEdit::default()
        };
        let edited = draft().edited(&edit).unwrap();
        let mut expected = draft();
        expected.question = "Who?".into();
        expected.options[1].label = "Bee".into();
        expected.closes_at = None;
        assert_eq!(edited, expected);
        assert_eq!(draft().edited(&PollEdit::default()), Ok(draft()));
        let unknown = PollEdit {
            labels: vec![(id("x"), "X".into())],
            ..PollEdit::default()
        };
        assert_eq!(draft().edited(&unknown), Err(BadEdit::NoOption(id("x"))));
        let never = PollEdit {
            opens_at: Some(Some(Millis(200))),
            ..PollEdit::default()
        };
        assert_eq!(draft().edited(&never), Err(BadDraft::NeverOpen.into()));
    }

    #[test]
    fn a_draft_names_the_rule_it_breaks() {
        let one = |change: fn(&mut PollDraft)| {
            let mut d = draft();
            change(&mut d);
            d.checked().unwrap_err()
        };
        assert_eq!(one(|d| d.question = " ".into()), BadDraft::Question);
        assert_eq!(one(|d| d.options.truncate(1)), BadDraft::OptionCount);
        assert_eq!(one(|d| d.closes_at = d.opens_at), BadDraft::NeverOpen);
        assert!(matches!(
            one(|d| d.options[1].id = d.options[0].id.clone()),
            BadDraft::OptionTwice(_)
        ));
        assert!(matches!(
            one(|d| d.options[1].label = "\0".into()),
            BadDraft::Label(_)
        ));
    }
}
