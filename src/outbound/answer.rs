//! What a receiver answered, as much of it as is kept.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use super::client::Request;
use super::secrets::Secrets;
use crate::model::delivery::MAX_EXCERPT;

/// The most of a body that is read, in bytes; the connection is closed on what is longer.
pub const BODY_MAX: usize = 64 * 1024;

/// The most header lines kept, and the most bytes of their names and values together.
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// A status, and what came with it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200 to 999.
    pub status: u16,
    /// The first 64 lines or 16 KiB.
    pub headers: HeaderMap,
    /// The first [`BODY_MAX`] bytes, as they came: still encoded where the receiver ignored that no encoding was asked.
    pub body: Bytes,
    /// How the body ended.
    pub end: BodyEnd,
    /// The beginning of the body for people to read: UTF-8, in one line, at most [`MAX_EXCERPT`] bytes.
    pub excerpt: String,
    /// From the beginning of the call to the end of what was read.
    pub took: Duration,
}

/// How a body ended. The status stands in each case (RFC 9112 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// It was read to its end.
    Whole,
    /// It was longer than [`BODY_MAX`].
    Cut,
    /// The connection broke.
    Broken,
    /// The request's time was up.
    Late,
}

/// Makes excerpts of parts of an answer, without the secrets of the request it answers.
pub struct Excerpts(Secrets);

impl Excerpts {
    /// For answers to `request`.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self(Secrets::of(&request.headers, &request.url))
    }

    /// The beginning of `part`, as that of a whole body.
    #[must_use]
    pub fn excerpt(&self, part: &[u8]) -> String {
        excerpt(self.0.out_of_body(part).as_bytes())
    }
}

/// Reads what may be read of `response` before `deadline`; its excerpt repeats none of `secrets`.
pub(super) async fn read(
    mut response: reqwest::Response,
    secrets: &Secrets,
    begun: Instant,
    deadline: Instant,
) -> Answer {
    let mut body = BytesMut::new();
    let end = loop {
        let chunk = match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break BodyEnd::Whole,
            Ok(Err(_)) => break BodyEnd::Broken,
            Err(_) => break BodyEnd::Late,
        };
        let room = BODY_MAX.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            break BodyEnd::Cut;
        }
    };
    Answer {
        status: response.status().as_u16(),
        headers: bounded(response.headers()),
        excerpt: excerpt(secrets.out_of_body(&body).as_bytes()),
        body: body.freeze(),
        end,
        took: begun.elapsed(),
    }
}

fn bounded(headers: &HeaderMap) -> HeaderMap {
    let mut bytes = 0_usize;
    let fits = |(name, value): &(&http::HeaderName, &http::HeaderValue)| {
        bytes = bytes
            .saturating_add(name.as_str().len())
            .saturating_add(value.len());
        bytes <= HEADER_BYTES_MAX
    };
    let kept = headers.iter().take(HEADERS_MAX).take_while(fits);
    let mut copy = HeaderMap::new();
    for (name, value) in kept {
        copy.append(name, value.clone());
    }
    copy
}

/// The head of `body` as one line: what is no UTF-8, controls a terminal or turns the direction of writing is replaced.
pub(super) fn excerpt(body: &[u8]) -> String {
    let head = body.get(..MAX_EXCERPT).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    // The cut may have gone through a character, of which at most three bytes are left, shown as one mark.
    let text = match body.len() > MAX_EXCERPT {
        true => text.strip_suffix(char::REPLACEMENT_CHARACTER).unwrap_or(&text),
        false => &text,
    };
    let line = text.chars().map(|character| match character {
        '\n' | '\r' | '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    });
    let mut line: String = line.collect();
    // A byte that is no text has become three.
    line.truncate(line.floor_char_boundary(MAX_EXCERPT));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_of_at_most_a_kibibyte() {
        assert_eq!(excerpt(b"no such\r\n\tcontact"), "no such   contact");
        assert_eq!(excerpt(b"\x1b[31mred\0\xff"), "\u{fffd}[31mred\u{fffd}\u{fffd}");
        assert_eq!(excerpt("\u{202e}gnp".as_bytes()), "\u{fffd}gnp");
        assert_eq!(excerpt(&[b'x'; 5000]).len(), MAX_EXCERPT);
        let cut = format!("{}é", "x".repeat(MAX_EXCERPT - 1));
        assert_eq!(excerpt(cut.as_bytes()), "x".repeat(MAX_EXCERPT - 1));
        for no_text in [&[0xff; 400][..], &[0xff; 5000], &[b'\x1b'; 1024]] {
            assert_eq!(
                excerpt(no_text),
                "\u{fffd}".repeat(no_text.len().min(MAX_EXCERPT / 3))
            );
        }
    }

    #[test]
    fn headers_are_kept_up_to_a_bound() {
        let many: HeaderMap = (0..200)
            .map(|n| (format!("x-{n}").parse().unwrap(), "1".parse().unwrap()))
            .collect();
        assert_eq!(bounded(&many).len(), HEADERS_MAX);
        let long: HeaderMap = (0..20)
            .map(|n| {
                (
                    format!("x-{n}").parse().unwrap(),
                    "y".repeat(1000).parse().unwrap(),
                )
            })
            .collect();
        assert_eq!(bounded(&long).len(), 16);
    }
}
