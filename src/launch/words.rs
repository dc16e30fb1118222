//! What is said of the plan, for people and for machines. Names, numbers and our own words are all that is put in, and why an
//! authority signs no certificate: nothing that a visitor wrote.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::config;
use crate::model::launch::kept::Kept;
use crate::model::launch::plan::{EVENT_TYPE, Ending, Step};
use crate::model::time::Millis;
use crate::notice::Notice;

/// How many lines of one kind are told; of more it is said how many.
pub(super) const LINES_MOST: usize = 20;

/// What came of a step that was done.
pub(super) struct Came {
    /// In a sentence or less, for whoever looks at the plan.
    pub(super) detail: String,
    /// What is told of it; `None`: nothing that anybody waits for.
    pub(super) said: Option<Said>,
}

/// What is told.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) details: Map<String, Value>,
}

impl Said {
    /// A text, with members of `details` for machines.
    pub(super) fn new(text: String, details: Value) -> Self {
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        Self { text, details }
    }
}

/// The notice of how a step ended; of what was done it is no news any more once the next thing is to be done.
pub(super) fn notice((step, ending): (Step, Ending), launch: Millis, said: Said) -> Notice {
    let Said { text, mut details } = said;
    details.insert("step".to_owned(), step.as_str().into());
    details.insert("state".to_owned(), ending.as_str().into());
    details.insert("launchAt".to_owned(), launch.to_string().into());
    let passes = ending == Ending::Done && step < Step::Report;
    Notice {
        kind: EVENT_TYPE,
        key: step.message(launch, ending),
        text,
        details,
        about: None,
        expires_at: passes.then(|| step.ends(launch)),
    }
}

/// One message for all that was missed.
pub(super) fn missed(steps: &[Step], (launch, now): (Millis, Millis)) -> Said {
    let mut text = String::from(
        "Of the launch's plan was missed, because nothing ran then, or its time was over before the plan was known:",
    );
    lines(
        &mut text,
        steps
            .iter()
            .map(|step| format!("{} ({})", step.title(), step.as_str())),
    );
    text.push_str("\nIt is not made up for. What is of use still can be done by hand: gantry launch");
    let names: Vec<&str> = steps.iter().map(|step| step.as_str()).collect();
    let hours = now.0.saturating_sub(launch.0).div_euclid(3_600_000);
    Said::new(text, json!({ "missed": names, "hoursSinceLaunch": hours }))
}

/// What is said of a step that ended without having been done.
pub(super) fn ended(
    (step, ending): (Step, Ending),
    (config, launch): (&config::Launch, Millis),
    before: Option<&Kept>,
) -> Option<Said> {
    let (name, title) = (step.as_str(), step.title());
    let text = match ending {
        Ending::ByHand => {
            let until = config.timezone.reading(step.ends(launch));
            let zone = config.timezone.name();
            format!(
                "It is time, and yours to do: {title} ({name}), until {until} ({zone}).\nOnce it is done: gantry launch done {name}"
            )
        }
        Ending::Failed => {
            let (tries, why) = before.map_or((0, ""), |kept| (kept.tries, kept.detail.as_str()));
            let why = match why {
                "" => "it was cut off",
                why => why,
            };
            format!("{title} ({name}): tried {tries} times in vain, the last time because {why}.")
        }
        Ending::Done | Ending::Missed => return None,
    };
    Some(Said::new(text, json!({})))
}

/// Adds lines, as many as are told.
pub(super) fn lines(text: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(LINES_MOST);
    for line in lines.take(LINES_MOST) {
        text.push('\n');
        text.push_str(&line);
    }
    if more > 0 {
        let _ = write!(text, "\nand {more} more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = Millis(1_796_112_060_000);

    #[test]
    fn what_was_missed_is_told_in_one_message_and_of_what_failed_why() {
        let said = missed(&[Step::PreflightDay, Step::Warm], (AT, AT.plus(7 * 3_600_000)));
        assert!(said.text.contains("preflight-24h") && said.text.contains("(warm)"));
        assert_eq!(said.details["missed"], json!(["preflight-24h", "warm"]));

        let config = config::Launch::default();
        let tried = Kept::tried(None, AT).saying("3 of 4 pages could not be fetched");
        let failed = ended((Step::Warm, Ending::Failed), (&config, AT), Some(&tried)).unwrap();
        assert!(
            failed
                .text
                .ends_with("because 3 of 4 pages could not be fetched."),
            "{}",
            failed.text
        );
        let yours = ended((Step::Warm, Ending::ByHand), (&config, AT), None).unwrap();
        assert!(yours.text.contains("gantry launch done warm"), "{}", yours.text);
        assert!(ended((Step::Warm, Ending::Done), (&config, AT), None).is_none());
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let mut text = String::from("head");
        lines(&mut text, (0..LINES_MOST + 3).map(|n| n.to_string()));
        assert_eq!(text.lines().count(), LINES_MOST + 2);
        assert!(text.ends_with("and 3 more"));
    }

    #[test]
    fn the_report_stays_news_and_a_preflight_does_not() {
        let of = |step| notice((step, Ending::Done), AT, Said::new(String::new(), json!({})));
        assert_eq!(
            of(Step::PreflightDay).expires_at,
            Some(Step::PreflightDay.ends(AT))
        );
        assert_eq!(of(Step::Report).expires_at, None);
    }
}
