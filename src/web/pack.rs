//! Compression: of bodies that are sent again and again, each once.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};

/// Bodies below this are sent as they are: nothing is won, in bytes.
const LEAST: usize = 1_024;
/// Quality of brotli, 0 to 11: half a page's worth of time for nearly all of the gain.
const BROTLI_QUALITY: i32 = 6;
/// log₂ of brotli's window: 256 KiB, more than a page.
const BROTLI_WINDOW: i32 = 18;

/// The body in other codings, each where it is smaller.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    /// By brotli (RFC 7932).
    pub brotli: Option<Bytes>,
    /// By gzip (RFC 1952).
    pub gzip: Option<Bytes>,
}

/// The coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// `gzip`
    Gzip,
    /// `br`
    Brotli,
}

impl Packed {
    /// Compresses `body`: some 2 ms for 30 KB, so not where connections are served.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let smaller = |packed: Vec<u8>| (packed.len() < body.len()).then(|| Bytes::from(packed));
        Self {
            brotli: brotli(body).and_then(smaller),
            gzip: gzip(body).and_then(smaller),
        }
    }

    /// The bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let sizes = [&self.brotli, &self.gzip].map(|packed| packed.as_ref().map_or(0, Bytes::len));
        sizes.iter().sum()
    }
}

fn brotli(body: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: body.len(),
        ..Default::default()
    };
    let mut reader = body;
    brotli::BrotliCompress(&mut reader, &mut packed, &params).ok()?;
    Some(packed)
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// Whether a body is worth compressing: text of some length.
#[must_use]
pub fn is_worth_it(headers: &HeaderMap, bytes: usize) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    bytes >= LEAST && kind.is_some_and(is_text)
}

fn is_text(kind: &str) -> bool {
    let name = kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase();
    const TEXTS: [&str; 8] = [
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
        "image/svg+xml",
    ];
    name.starts_with("text/") && name != "text/event-stream" || TEXTS.contains(&name.as_str())
}

/// The coding a client likes best of those there are (RFC 9110 §12.5.3).
#[must_use]
pub fn best(headers: &HeaderMap, packed: &Packed) -> Coding {
    let Some(line) = headers.get(ACCEPT_ENCODING).and_then(|line| line.to_str().ok()) else {
        return Coding::Identity;
    };
    if packed.brotli.is_some() && accepts(line, "br") {
        return Coding::Brotli;
    }
    if packed.gzip.is_some() && (accepts(line, "gzip") || accepts(line, "x-gzip")) {
        return Coding::Gzip;
    }
    Coding::Identity
}

fn accepts(line: &str, coding: &str) -> bool {
    line.split(',').any(|member| {
        let mut parts = member.split(';');
        let is_it = parts
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case(coding));
        is_it && !parts.any(is_refusal)
    })
}

/// `q=0`, `q=0.000`: not this one.
fn is_refusal(parameter: &str) -> bool {
    let quality = parameter
        .trim()
        .strip_prefix("q=")
        .or(parameter.trim().strip_prefix("Q="));
    quality.is_some_and(|text| text.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::io::Read as _;

    fn text() -> Vec<u8> {
        b"<p>We launch today, and then again tomorrow.</p>\n".repeat(600)
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let packed = Packed::of(&text());
        let (brotli, gzip) = (packed.brotli.unwrap(), packed.gzip.unwrap());
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut brotli.as_ref(), &mut unpacked).unwrap();
        assert_eq!(unpacked, text());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_ref())
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text());
    }

    #[test]
    fn what_does_not_get_smaller_is_left() {
        let mut noise = vec![0_u8; 4_096];
        getrandom::fill(&mut noise).unwrap();
        let packed = Packed::of(&noise);
        assert!(packed.brotli.is_none() && packed.gzip.is_none());
        assert_eq!(packed.weight(), 0);
    }

    #[test]
    fn the_client_says_which_coding() {
        let packed = Packed::of(&text());
        let of = |line: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(line))]);
            best(&headers, &packed)
        };
        assert_eq!(of("gzip, deflate, br, zstd"), Coding::Brotli);
        assert_eq!(of("gzip;q=1.0, br;q=0"), Coding::Gzip);
        assert_eq!(of("GZIP"), Coding::Gzip);
        assert_eq!(of("gzip;q=0.000"), Coding::Identity);
        assert_eq!(of("brotli"), Coding::Identity);
        assert_eq!(best(&HeaderMap::new(), &packed), Coding::Identity);
    }

    #[test]
    fn text_of_some_length_is_worth_it() {
        let of = |kind: &'static str, bytes| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            is_worth_it(&headers, bytes)
        };
        assert!(of("text/html; charset=utf-8", 2_000));
        assert!(of("image/svg+xml", 2_000));
        assert!(!of("text/html", 200));
        assert!(!of("image/png", 2_000_000));
        assert!(!of("text/event-stream", 2_000));
    }
}
