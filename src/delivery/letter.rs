//! From an event to the letter that delivers it.

use std::time::Duration;

use url::Url;

use super::render::{RenderError, Subject, Values, values};
use crate::outbound::{Letter, LetterParts, Login, Mail};
use crate::template::Template;

/// How a mail server wants to be written to.
#[derive(Clone, Debug)]
pub struct Stationery {
    /// Which.
    pub server: Url,
    /// Who we are there.
    pub login: Option<Login>,
    /// One address.
    pub from: Template,
    /// One address each.
    pub to: Vec<Template>,
    /// One line.
    pub subject: Template,
    /// For who reads plain text.
    pub text: Template,
    /// For the others.
    pub html: Option<Template>,
    /// For the whole call.
    pub timeout: Duration,
}

/// Writes the letter of a delivery, the same on every attempt; its `Message-ID` is the delivery's.
///
/// # Errors
/// [`RenderError`].
pub(super) fn write(stationery: &Stationery, subject: &Subject<'_>) -> Result<Mail, RenderError> {
    let make = || values(subject);
    let values = Values::of(&make);
    let to = stationery.to.iter();
    let to: Vec<String> = to
        .map(|to| values.fill(to, "receiver's"))
        .collect::<Result<_, _>>()?;
    let html = stationery.html.as_ref();
    let html = html.map(|html| values.fill(html, "html's")).transpose()?;
    let letter = Letter::write(&LetterParts {
        id: &subject.delivery.to_string(),
        at: subject.scheduled_at,
        from: &values.fill(&stationery.from, "sender's")?,
        to: &to,
        subject: &values.fill(&stationery.subject, "subject's")?,
        text: &values.fill(&stationery.text, "text's")?,
        html: html.as_deref(),
    });
    Ok(Mail {
        server: stationery.server.clone(),
        login: stationery.login.clone(),
        letter: letter.map_err(RenderError::Letter)?,
        timeout: stationery.timeout,
    })
}
