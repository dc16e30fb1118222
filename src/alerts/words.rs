//! What is said of an alert, for people and for machines. Names of the configuration and numbers are all that is put in: nobody
//! else's words.

use serde_json::{Map, Value, json};

use crate::model::alert::{AlertKey, EVENT_TYPE, Message, Rule, Side, Terms, Unit, Word, for_people};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::notice::Notice;

/// What a message is about.
pub(super) struct Of<'a> {
    pub(super) key: AlertKey,
    pub(super) destination: Option<&'a DestinationName>,
    /// The name whose certificate it is about.
    pub(super) certificate: Option<&'a str>,
    pub(super) terms: &'a Terms,
}

impl Of<'_> {
    /// The notice of a message; a reminder is of no use once the next is due.
    pub(super) fn notice(&self, message: &Message, (now, remind_ms): (Millis, Option<i64>)) -> Notice {
        let rule = self.key.rule;
        let is_reminder = matches!(message.word, Word::Reminder { .. });
        Notice {
            kind: EVENT_TYPE,
            key: self.key.message(message.since, message.word),
            text: self.text(message, now),
            details: self.details(message),
            about: self
                .destination
                .filter(|_| rule.is_of_each_destination())
                .cloned(),
            expires_at: remind_ms.filter(|_| is_reminder).map(|ms| now.plus(ms)),
        }
    }

    fn details(&self, message: &Message) -> Map<String, Value> {
        let rule = self.key.rule;
        let details = json!({
            "rule": rule.as_str(),
            "state": message.word.as_str(),
            "value": message.value,
            "threshold": self.terms.limit,
            "terms": self.terms.written(rule),
            "since": message.since.to_string(),
        });
        let Value::Object(mut details) = details else {
            return Map::new();
        };
        if let Some(name) = self.destination {
            details.insert("destination".to_owned(), name.as_str().into());
        }
        if let Some(name) = self.certificate {
            details.insert("certificate".to_owned(), name.into());
        }
        details
    }

    fn text(&self, message: &Message, now: Millis) -> String {
        let rule = self.key.rule;
        let lasted = for_people(now.0.saturating_sub(message.since.0));
        let of = self.destination.map(DestinationName::as_str).or(self.certificate);
        let of = of.map_or_else(String::new, |name| format!(" ({name})"));
        let head = format!("{}{of}", rule.as_str());
        let is = message.value.map(|value| rule.unit().shown(value));
        match message.word {
            Word::Firing => format!("Alert: {head}. {}", self.sentence(is.as_deref())),
            Word::Reminder { .. } => {
                format!(
                    "Still: {head}, for {lasted} now. {}",
                    self.sentence(is.as_deref())
                )
            }
            Word::Resolved => {
                let is = is.filter(|_| rule.unit() != Unit::Flag);
                let is = is.map_or_else(String::new, |is| format!(" It is {is} now."));
                format!("Resolved: {head}, after {lasted}.{is}")
            }
        }
    }

    /// What is measured, what it comes to, and what it may: `The share of … is 12.0 %, above 5.0 % for 5 min.`
    fn sentence(&self, is: Option<&str>) -> String {
        let rule = self.key.rule;
        let what = capitalised(rule.what());
        if rule.unit() == Unit::Flag {
            return self.destination.map_or_else(
                || format!("{what}."),
                |name| format!("{name} refuses our credentials or is gone for good, and is paused: nothing is sent to it."),
            );
        }
        let over = match rule.is_over_a_span() {
            true => format!(" within {}", for_people(self.terms.over_ms)),
            false => String::new(),
        };
        let beyond = match rule.side() {
            Side::Above => "above",
            Side::Below => "below",
        };
        let limit = rule.unit().shown(self.terms.limit);
        let lasting = match self.terms.for_ms {
            0 => String::new(),
            ms => format!(" for {}", for_people(ms)),
        };
        let is = is.unwrap_or("not known");
        match rule.unit() {
            Unit::Count => format!("{what}{over}: {is}, {beyond} {limit}{lasting}."),
            _ => format!("{what}{over} is {is}, {beyond} {limit}{lasting}."),
        }
    }
}

/// The notice of a test.
pub(super) fn test(now: Millis) -> (String, Map<String, Value>) {
    let text = format!("Test: alerts of Gantry arrive here (sent {now}).");
    let details = json!({ "rule": "test", "state": "test", "since": now.to_string() });
    match details {
        Value::Object(details) => (text, details),
        _ => (text, Map::new()),
    }
}

/// What a rule watches, as a sentence.
pub(super) fn what(rule: Rule) -> String {
    format!("{}.", capitalised(rule.what()))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), letters.as_str())
    })
}
