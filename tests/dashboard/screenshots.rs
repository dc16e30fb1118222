//! Pictures of what is shown, kept for people to look at: `target/tmp/dashboard`.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::desk::{Desk, Screen};

/// The highest picture, in pixels; what is longer is cut off.
const HIGHEST: u64 = 4_000;

/// Keeps the whole page that is open as `NAME-WIDTH-SCHEME.png`.
pub(crate) async fn keep(desk: &Desk, screen: Screen, name: &str) {
    let height = desk
        .run("return document.documentElement.scrollHeight", vec![])
        .await;
    desk.resize(screen.width, height.as_u64().unwrap_or(900).clamp(600, HIGHEST));
    let shot = desk.chromium.devtools("Page.captureScreenshot", &json!({}));
    desk.resize(screen.width, 900);
    let png = STANDARD
        .decode(shot["data"].as_str().expect("a picture"))
        .expect("base64");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard");
    std::fs::create_dir_all(&directory).expect("a directory");
    let name = format!("{name}-{}-{}.png", screen.width, screen.scheme);
    std::fs::write(directory.join(name), png).expect("a screenshot");
}
