//! A rehearsal: a sample of each source is signed by its own secret and checked as if it had come. Nothing is recorded.

use http::HeaderMap;

use super::plan::Plan;
use super::scheme::{self, Message, Signed, Verified};
use super::{Webhooks, read, sample};
use crate::model::time::Millis;

/// What a sample is known by; it is recorded nowhere.
const ID: &str = "rehearsal";

impl Webhooks {
    /// Each source by name, with why a sample of its own was not taken.
    #[must_use]
    pub fn rehearse(&self) -> Vec<(String, Result<(), String>)> {
        let now = self.parts.clock.now();
        let each = self.all().into_iter();
        let mut rehearsed: Vec<_> = each
            .map(|inlet| (inlet.plan.source.to_string(), rehearse(&inlet.plan, now)))
            .collect();
        rehearsed.sort();
        rehearsed
    }
}

fn rehearse(plan: &Plan, now: Millis) -> Result<(), String> {
    let text = sample::body(plan.preset, ID, now).to_string();
    let (headers, body, verified) = match scheme::sign(&plan.scheme, (ID, now), text.as_bytes()) {
        Some(Signed { headers, body }) => {
            let message = Message {
                headers: &headers,
                body: &body,
                now,
            };
            let verified = scheme::verify(&plan.scheme, &message);
            let verified = verified.map_err(|refusal| format!("its own signature is refused: {refusal}"))?;
            (headers, body, verified)
        }
        // Whoever signs with a private key alone can sign: its body is read all the same.
        None => {
            let verified = Verified::by_owner(text.as_bytes());
            (HeaderMap::new(), text.into_bytes(), verified)
        }
    };
    let read = read::read(plan, &verified, (&headers, &body));
    read.map(drop).map_err(|refusal| refusal.detail().to_owned())
}
