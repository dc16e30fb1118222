//! Mail: what a letter is written of, where a destination is a mail server.

use super::fault::{Invalid, Place};
use super::fields::Fields;
use super::text::TemplateText;
use super::written::{Refusal, Value, Written};

/// The keys of `mail`.
const KEYS: [&str; 5] = ["from", "to", "subject", "text", "html"];
/// The most receivers of a letter.
const RECEIVERS_MOST: usize = 100;
/// What faults call it.
const KEY: &str = "destination.mail";

/// To whom, what it is about and what it says, where nothing is written.
const TO: &str = "{{ payload.to | default(payload.email) }}";
const SUBJECT: &str = "{{ payload.subject | default(type) }}";
const TEXT: &str = "{{ payload.text | default(payload | tojson) }}";

/// The templates of a letter's parts.
#[derive(Clone, Debug, PartialEq)]
pub struct MailTemplates {
    /// One address.
    pub from: TemplateText,
    /// One address each, 1 to 100.
    pub to: Vec<TemplateText>,
    /// One line.
    pub subject: TemplateText,
    /// For who reads plain text.
    pub text: TemplateText,
    /// For the others, if it is to be more than text.
    pub html: Option<TemplateText>,
}

/// Reads `mail`, of which `from` alone has no default: nobody's address is made up.
pub(super) fn read(written: &Written) -> Result<MailTemplates, Vec<Refusal>> {
    let mut fields = Fields::open(KEY, &KEYS, (&written.place, written.table()?));
    let text = |written: &Written| TemplateText::read(KEY, written);
    let from = fields.required("from", text);
    let to = fields.optional("to", receivers);
    let subject = fields.optional("subject", text);
    let plain = fields.optional("text", text);
    let html = fields.optional("html", text);
    fields.into_refusals()?;
    let default = |text: &str| TemplateText::new(KEY, text, Place::Default);
    from.map(|from| MailTemplates {
        from,
        to: to.unwrap_or_else(|| vec![default(TO)]),
        subject: subject.unwrap_or_else(|| default(SUBJECT)),
        text: plain.unwrap_or_else(|| default(TEXT)),
        html,
    })
    .ok_or_else(|| vec![(written.place.clone(), Invalid("is incomplete".to_owned()))])
}

/// One receiver, or a list of them.
fn receivers(written: &Written) -> Result<Vec<TemplateText>, Vec<Refusal>> {
    let texts = match &written.value {
        Value::List(items) => items
            .iter()
            .map(|item| TemplateText::read(KEY, item))
            .collect::<Result<Vec<_>, _>>()?,
        _ => vec![TemplateText::read(KEY, written)?],
    };
    match texts.len() {
        1..=RECEIVERS_MOST => Ok(texts),
        _ => {
            let why = format!("names 1 to {RECEIVERS_MOST} receivers");
            Err(vec![(written.place.clone(), Invalid(why))])
        }
    }
}
