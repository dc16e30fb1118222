//! `GET /gantry.js`: the client for a maker's page.

use std::sync::OnceLock;

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;
use rust_embed::RustEmbed;

use crate::web::ApiError;
use crate::web::asset::Asset;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "gantry.js"]
struct Source;

/// Pages load it at every visit: a minute's rest spares the server, and a new version shows soon.
const CACHED: &str = "public, max-age=60, must-revalidate";

pub(super) async fn serve(headers: HeaderMap) -> Result<Response<Body>, ApiError> {
    static SCRIPT: OnceLock<Option<Asset>> = OnceLock::new();
    let script = SCRIPT.get_or_init(script).as_ref();
    let script = script.ok_or_else(|| ApiError::not_found("script"))?;
    Ok(script.answer(&headers, CACHED))
}

fn script() -> Option<Asset> {
    let source = Source::get("gantry.js")?;
    Some(Asset::new(lean(&source.data), "text/javascript; charset=utf-8"))
}

/// The script without what is there for readers of its source: indentation, and lines that are a comment.
fn lean(source: &[u8]) -> Vec<u8> {
    let lines = source.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with(b"//"));
    kept.flat_map(|line| line.iter().chain(b"\n")).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page waits for at most before anything of Gantry works on it, in bytes.
    const GZIPPED_MOST: usize = 4_000;

    #[test]
    fn the_script_is_below_four_kilobytes_as_it_travels() {
        let script = script().unwrap();
        let size = script.gzipped();
        assert!(size <= GZIPPED_MOST, "{size} bytes of gzip");
        assert!(script.plain().is_ascii(), "a page may be in any encoding");
    }

    #[test]
    fn what_is_there_for_readers_of_the_source_stays_at_home() {
        let source = b"// why\n  (() => {\n    // more\n\n    f('// no comment');\n  })();\n";
        assert_eq!(lean(source), b"(() => {\nf('// no comment');\n})();\n");
    }
}
