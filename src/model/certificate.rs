//! Certificates that an authority signs for us: what is kept of each name, and when the next is asked for.

use super::time::Millis;

/// After a failed order, how long until the next for the same name, in milliseconds: it doubles with each further failure.
/// Let's Encrypt, for one, takes five failed validations of a name in an hour and no more.
const AGAIN_FIRST_MS: i64 = 15 * 60 * 1_000;
/// The longest wait, in milliseconds: a name that is mended is served a day later at most.
const AGAIN_MOST_MS: i64 = 24 * 60 * 60 * 1_000;

/// What is known of one name's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateState {
    /// The name.
    pub name: String,
    /// The authority that is asked, by the address of its directory.
    pub authority: String,
    /// The newest certificate that was signed, by it or by the one that was asked before it.
    pub held: Option<HeldCertificate>,
    /// Since when orders have failed, if the last one did.
    pub failing: Option<Failing>,
}

/// A certificate with its private key, both as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldCertificate {
    /// Who signed it, by the address of its directory.
    pub authority: String,
    /// The certificate, then those between it and its authority.
    pub chain: String,
    /// Its private key.
    pub key: String,
    /// When it was obtained.
    pub obtained_at: Millis,
}

/// It does not print its key.
impl std::fmt::Debug for HeldCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HeldCertificate({} bytes)", self.chain.len())
    }
}

/// Orders that failed, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// How many; at least one. One that is under way counts, so that nothing is forgotten of one that is broken off.
    pub orders: u32,
    /// Before when no other is begun.
    pub again_at: Millis,
    /// What the last one died of.
    pub error: String,
}

impl CertificateState {
    /// A name of which nothing is known.
    #[must_use]
    pub fn new(name: &str, authority: &str) -> Self {
        Self {
            name: name.to_owned(),
            authority: authority.to_owned(),
            held: None,
            failing: None,
        }
    }

    /// The same with another authority, of which nothing is known: what is held stays in use until it has signed.
    #[must_use]
    pub fn at(self, authority: &str) -> Self {
        match self.authority == authority {
            true => self,
            false => Self {
                authority: authority.to_owned(),
                failing: None,
                ..self
            },
        }
    }

    /// When the next order is due, where the certificate that is held is for `validity`. It is renewed when a third of its
    /// time is left; never sooner than failures, and the last order, allow. One of another authority is due at once.
    #[must_use]
    pub fn due(&self, validity: Option<(Millis, Millis)>) -> Millis {
        let own = self.held.as_ref().filter(|held| held.authority == self.authority);
        let third_left = validity.filter(|_| own.is_some()).map(|(from, until)| {
            let length = until.0.saturating_sub(from.0).max(0);
            Millis(until.0.saturating_sub(length / 3))
        });
        let after_last = own.map(|held| held.obtained_at.plus(AGAIN_FIRST_MS));
        let renewal = match (third_left, after_last) {
            (Some(due), Some(after_last)) => due.max(after_last),
            (Some(due), None) => due,
            (None, _) => Millis(i64::MIN),
        };
        let again = self
            .failing
            .as_ref()
            .map_or(Millis(i64::MIN), |failing| failing.again_at);
        renewal.max(again)
    }

    /// An order begins: until it succeeds, it has failed.
    #[must_use]
    pub fn begun(self, now: Millis) -> Self {
        let orders = self.failing.as_ref().map_or(0, |failing| failing.orders);
        let orders = orders.saturating_add(1);
        Self {
            failing: Some(Failing {
                orders,
                again_at: now.plus(wait_after(orders)),
                error: "the last order was broken off".to_owned(),
            }),
            ..self
        }
    }

    /// The order that began has failed. `not_before` is when the authority wants to hear of us again, if it said so.
    #[must_use]
    pub fn failed(mut self, error: &str, not_before: Option<Millis>) -> Self {
        if let Some(failing) = &mut self.failing {
            error.clone_into(&mut failing.error);
            failing.again_at = failing.again_at.max(not_before.unwrap_or(failing.again_at));
        }
        self
    }

    /// It has succeeded.
    #[must_use]
    pub fn obtained(self, held: HeldCertificate) -> Self {
        Self {
            held: Some(held),
            failing: None,
            ..self
        }
    }
}

/// How long until the next order after so many failures, in milliseconds.
fn wait_after(orders: u32) -> i64 {
    let doublings = orders.saturating_sub(1).min(16);
    (AGAIN_FIRST_MS << doublings).min(AGAIN_MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn held(at: i64) -> HeldCertificate {
        HeldCertificate {
            authority: "https://ca.example/".into(),
            chain: "chain".into(),
            key: "key".into(),
            obtained_at: Millis(at),
        }
    }

    #[test]
    fn a_new_name_is_due_at_once_and_a_certificate_when_a_third_of_its_time_is_left() {
        let new = CertificateState::new("a.example", "https://ca.example/");
        assert_eq!(new.due(None), Millis(i64::MIN));
        let state = new.begun(Millis(0)).obtained(held(5));
        let validity = Some((Millis(0), Millis(90 * DAY)));
        assert_eq!(state.due(validity), Millis(60 * DAY));
        // Whatever an authority signs, it is not asked again and again.
        assert_eq!(state.due(Some((Millis(0), Millis(6)))), Millis(5 + 15 * MINUTE));
        // What is held and cannot be read is no reason to wait.
        assert_eq!(state.due(None), Millis(i64::MIN));
        let elsewhere = state.at("https://other.example/");
        assert_eq!(
            (elsewhere.due(validity), elsewhere.held),
            (Millis(i64::MIN), Some(held(5)))
        );
    }

    #[test]
    fn failures_are_waited_for_a_quarter_of_an_hour_then_twice_as_long_up_to_a_day() {
        let mut state = CertificateState::new("a.example", "https://ca.example/");
        let mut waits = Vec::new();
        let mut now = Millis(1_000);
        for _ in 0..10 {
            state = state.begun(now).failed("no", None);
            waits.push((state.due(None).0 - now.0) / MINUTE);
            now = state.due(None);
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
        assert_eq!(state.failing.as_ref().map(|failing| failing.orders), Some(10));
        let mended = state.begun(now).obtained(held(now.0));
        assert_eq!(mended.failing, None);
        let again = mended.begun(now).failed("no", None);
        assert_eq!(again.due(None).0 - now.0, 15 * MINUTE);
    }

    #[test]
    fn an_authority_may_ask_for_more_patience_and_not_for_less() {
        let begun = CertificateState::new("a.example", "https://ca.example/").begun(Millis(0));
        let later = begun.clone().failed("busy", Some(Millis(DAY)));
        assert_eq!(later.due(None), Millis(DAY));
        assert_eq!(
            begun.failed("busy", Some(Millis(1))).due(None),
            Millis(15 * MINUTE)
        );
    }

    #[test]
    fn an_order_that_is_broken_off_has_failed() {
        let begun = CertificateState::new("a.example", "https://ca.example/").begun(Millis(0));
        assert_eq!(begun.due(None), Millis(15 * MINUTE));
        assert_eq!(begun.failing.unwrap().error, "the last order was broken off");
    }
}
