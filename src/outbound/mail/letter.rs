//! Letters: written once, and then no more than bytes and addresses.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::model::time::Millis;

/// The most receivers of one letter: what every server takes (RFC 5321 §4.5.3.1.8).
const RECEIVERS_MAX: usize = 100;

/// What a letter is written of.
#[derive(Clone, Copy, Debug)]
pub struct LetterParts<'p> {
    /// What is before the `@` of its `Message-ID`: letters, digits and hyphens.
    pub id: &'p str,
    /// Its date.
    pub at: Millis,
    /// One address, with or without a name: `Ann <ann@example.com>`.
    pub from: &'p str,
    /// One address each.
    pub to: &'p [String],
    /// One line.
    pub subject: &'p str,
    /// The body for who reads plain text.
    pub text: &'p str,
    /// The body for the others.
    pub html: Option<&'p str>,
}

/// A letter as it is sent. The same parts make the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub(super) from: Address,
    pub(super) to: Vec<Address>,
    pub(super) bytes: Vec<u8>,
}

/// Why there is no letter. It repeats no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// `from` or `to` is not one address that every server takes.
    #[error("`{0}` is not one address such as \"Ann <ann@example.com>\", in ASCII")]
    Address(&'static str),
    /// Nobody is written to, or more than a hundred.
    #[error("a letter goes to 1 to {RECEIVERS_MAX} receivers")]
    Receivers,
    /// The parts make no message.
    #[error("the parts make no message")]
    Message,
}

impl Letter {
    /// Writes a letter.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn write(parts: &LetterParts<'_>) -> Result<Self, LetterError> {
        if !(1..=RECEIVERS_MAX).contains(&parts.to.len()) {
            return Err(LetterError::Receivers);
        }
        let from = mailbox("from", parts.from)?;
        let to: Vec<Mailbox> = parts
            .to
            .iter()
            .map(|text| mailbox("to", text))
            .collect::<Result<_, _>>()?;
        let at = Duration::from_millis(parts.at.0.max(0).unsigned_abs());
        let mut message = Message::builder()
            .date(UNIX_EPOCH + at)
            .message_id(Some(format!("<{}@{}>", parts.id, from.email.domain())))
            .from(from.clone())
            .subject(parts.subject);
        for receiver in &to {
            message = message.to(receiver.clone());
        }
        let message = match parts.html {
            None => message.singlepart(SinglePart::plain(parts.text.to_owned())),
            Some(html) => message.multipart(alternatives(parts, html)),
        };
        Ok(Self {
            from: from.email,
            to: to.into_iter().map(|receiver| receiver.email).collect(),
            bytes: message.map_err(|_| LetterError::Message)?.formatted(),
        })
    }

    /// The letter with its headers, encoded as it is sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The best last (RFC 2046 §5.1.4). The boundary is no chance's: an attempt is the one before to the byte.
fn alternatives(parts: &LetterParts<'_>, html: &str) -> MultiPart {
    let plain = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(parts.text.to_owned());
    let html = SinglePart::builder()
        .header(ContentType::TEXT_HTML)
        .body(html.to_owned());
    MultiPart::alternative()
        .boundary(format!("gantry-{}", parts.id))
        .singlepart(plain)
        .singlepart(html)
}

/// One address and no more: whoever wrote an event adds no receiver to it. Beyond ASCII it would need an extension that few
/// servers have (RFC 6531).
fn mailbox(whose: &'static str, text: &str) -> Result<Mailbox, LetterError> {
    let mailbox: Mailbox = text.trim().parse().map_err(|_| LetterError::Address(whose))?;
    let email: &str = mailbox.email.as_ref();
    match email.is_ascii() && !text.contains(char::is_control) {
        true => Ok(mailbox),
        false => Err(LetterError::Address(whose)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(from: &str, to: &[&str], subject: &str) -> Result<Letter, LetterError> {
        let to: Vec<String> = to.iter().map(|to| (*to).to_owned()).collect();
        Letter::write(&LetterParts {
            id: "01a2309f-0e60-7fff-bfff-ffffffff0001",
            at: Millis(1_796_112_000_000),
            from,
            to: &to,
            subject,
            text: "Hello\n.\nZoë",
            html: Some("<p>Hello</p>"),
        })
    }

    fn text(letter: &Letter) -> String {
        String::from_utf8(letter.bytes.clone()).unwrap()
    }

    #[test]
    fn a_letter_is_the_same_each_time_it_is_written() {
        let written = letter("Launch <hello@x.example>", &["Zoë <zoe@y.example>"], "Wëlcome").unwrap();
        assert_eq!(
            letter("Launch <hello@x.example>", &["Zoë <zoe@y.example>"], "Wëlcome"),
            Ok(written.clone())
        );
        let text = text(&written);
        for line in [
            "Message-ID: <01a2309f-0e60-7fff-bfff-ffffffff0001@x.example>\r\n",
            "Date: Tue, 01 Dec 2026 08:00:00 +0000\r\n",
            "From: Launch <hello@x.example>\r\n",
            "MIME-Version: 1.0\r\n",
            "boundary=\"gantry-01a2309f-0e60-7fff-bfff-ffffffff0001\"",
        ] {
            assert!(text.contains(line), "{line}\nin\n{text}");
        }
        assert!(text.is_ascii(), "{text}");
        assert_eq!(
            (written.from.to_string().as_str(), written.to.len()),
            ("hello@x.example", 1)
        );
    }

    #[test]
    fn nothing_adds_a_header_or_a_receiver() {
        let ok = "a@x.example";
        for (from, to) in [
            ("", ok),
            (ok, ""),
            (ok, "a@x.example, b@x.example"),
            (ok, "a@x.example\r\nBcc: b@x.example"),
            ("a@x.example\r\nBcc: b@x.example", ok),
            (ok, "A <a@x.example>, B <b@x.example>"),
            (ok, "a@x.example>\r\nRCPT TO:<b@x.example"),
            (ok, "zoë@x.example"),
            (ok, "nobody"),
        ] {
            assert!(
                matches!(letter(from, &[to], "Hi"), Err(LetterError::Address(_))),
                "{from} {to}"
            );
        }
        assert_eq!(letter(ok, &[], "Hi"), Err(LetterError::Receivers));
        assert_eq!(letter(ok, &[ok; 101], "Hi"), Err(LetterError::Receivers));
        let nasty = letter(ok, &[ok], "Hi\r\nBcc: b@x.example\r\n\r\nbody").unwrap();
        let head = text(&nasty).split("\r\n\r\n").next().unwrap().to_owned();
        assert!(head.lines().all(|line| !line.starts_with("Bcc")), "{head}");
    }
}
