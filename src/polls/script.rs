//! `GET /gantry.js`: the client for a maker's page.

use std::io::Write;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::web::{ApiError, answer};

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "gantry.js"]
struct Source;

/// Pages load it at every visit: a minute's rest spares the server, and a new version shows soon.
const CACHED: &str = "public, max-age=60, must-revalidate";

/// The script as it is sent.
struct Script {
    plain: Bytes,
    gzip: Bytes,
    tag: String,
}

pub(super) async fn serve(headers: HeaderMap) -> Result<Response<Body>, ApiError> {
    static SCRIPT: OnceLock<Option<Script>> = OnceLock::new();
    let script = SCRIPT.get_or_init(Script::new).as_ref();
    let script = script.ok_or_else(|| ApiError::not_found("script"))?;
    let is_small = takes_gzip(&headers);
    let mut answer = match (answer::is_known(&headers, &script.tag), is_small) {
        (true, _) => answer::empty(StatusCode::NOT_MODIFIED),
        (false, true) => Response::new(Body::from(script.gzip.clone())),
        (false, false) => Response::new(Body::from(script.plain.clone())),
    };
    let is_whole = answer.status() == StatusCode::OK;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/javascript; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_whole && is_small {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Weak: one version, however it is encoded.
    if let Ok(tag) = HeaderValue::from_str(&format!("W/{}", script.tag)) {
        headers.insert(ETAG, tag);
    }
    Ok(answer)
}

impl Script {
    fn new() -> Option<Self> {
        let source = Source::get("gantry.js")?;
        let plain = lean(&source.data);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain).ok()?;
        let hash: String = Sha256::digest(&plain)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(Self {
            plain: plain.into(),
            gzip: encoder.finish().ok()?.into(),
            tag: format!("\"{hash}\""),
        })
    }
}

/// The script without what is there for readers of its source: indentation, and lines that are a comment.
fn lean(source: &[u8]) -> Vec<u8> {
    let lines = source.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with(b"//"));
    kept.flat_map(|line| line.iter().chain(b"\n")).copied().collect()
}

/// Whether the client says that it takes gzip (RFC 9110 §12.5.3), which browsers do by name.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let takes = |entry: &str| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("gzip") && weight.parse::<f32>().map_or(true, |weight| weight > 0.0)
    };
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(takes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page waits for at most before anything of Gantry works on it, in bytes.
    const GZIPPED_MOST: usize = 4_000;

    #[test]
    fn the_script_is_below_four_kilobytes_as_it_travels() {
        let script = Script::new().unwrap();
        let size = script.gzip.len();
        assert!(size <= GZIPPED_MOST, "{size} bytes of gzip");
        assert!(script.plain.is_ascii(), "a page may be in any encoding");
    }

    #[test]
    fn what_is_there_for_readers_of_the_source_stays_at_home() {
        let source = b"// why\n  (() => {\n    // more\n\n    f('// no comment');\n  })();\n";
        assert_eq!(lean(source), b"(() => {\nf('// no comment');\n})();\n");
    }

    #[test]
    fn gzip_is_for_those_who_name_it() {
        let takes = |value: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            takes_gzip(&headers)
        };
        assert!(takes("gzip, deflate, br") && takes("br;q=1.0, GZIP;q=0.5"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("gzip;q=0.0, br") && !takes("xgzip"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
