//! The report as people open it: on a phone and on a desk, by day and by night, full and empty.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Client;
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::launch_day;
use crate::support::{ADMIN_TOKEN, Appliance};

const CONFIG: &str = "
[funnel]
currency = \"USD\"
cost_per_visit = \"0.10\"
ltv = \"48.00\"
baseline_rate = 0.042
[[destination]]
name = \"crm\"
url = \"http://127.0.0.1:9/hooks\"
[[destination]]
name = \"a-destination-with-a-name-that-is-rather-long\"
url = \"http://127.0.0.1:9/hooks\"
";

/// A phone and a desk.
const WIDTHS: [u32; 2] = [390, 1_280];

#[tokio::test]
async fn the_report_is_read_on_a_phone_and_on_a_desk_by_day_and_by_night() {
    let full = Appliance::build().config(CONFIG).start().await;
    launch_day::fill(&full).await;
    let empty = Appliance::start().await;
    let chromium = Chromium::start().await;
    let bearer = json!({ "headers": { "Authorization": format!("Bearer {ADMIN_TOKEN}") } });
    chromium.devtools("Network.enable", &json!({}));
    chromium.devtools("Network.setExtraHTTPHeaders", &bearer);
    for (name, appliance) in [("full", &full), ("empty", &empty)] {
        for width in WIDTHS {
            for scheme in ["light", "dark"] {
                let shown = format!("{name}, {width} pixels, {scheme}");
                look(&chromium, &appliance.admin_url(), (width, scheme)).await;
                keep(&chromium, &format!("report-{name}-{width}-{scheme}.png")).await;
                assert_eq!(chromium.console_errors(), [""; 0], "{shown}");
                let wide = script(chromium.client(), "return document.documentElement.scrollWidth").await;
                assert_eq!(wide, json!(width), "{shown}: nothing is scrolled sideways");
                let beyond = script(chromium.client(), BEYOND).await;
                assert_eq!(beyond, json!([]), "{shown}: within the page's own margins");
                let faint = script(chromium.client(), FAINT).await;
                assert_eq!(faint, json!([]), "{shown}: contrast below 4.5 to 1");
            }
        }
    }
    let svg = script(
        chromium.client(),
        "return document.querySelectorAll('svg').length",
    )
    .await;
    assert_eq!(svg, json!(0), "nothing is drawn of nothing");
}

/// Opens the report at this width and in this scheme.
async fn look(chromium: &Chromium, admin: &str, (width, scheme): (u32, &str)) {
    let metrics = |height: u64| {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        chromium.devtools("Emulation.setDeviceMetricsOverride", &screen);
    };
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    chromium.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    metrics(800);
    let browser = chromium.client();
    browser
        .goto(&format!("{admin}/api/report"))
        .await
        .expect("the report");
    let height = script(browser, "return document.documentElement.scrollHeight").await;
    metrics(height.as_u64().expect("a height"));
}

/// Keeps what is shown, for people to look at.
async fn keep(chromium: &Chromium, name: &str) {
    let shot = chromium.devtools("Page.captureScreenshot", &json!({}));
    let png = STANDARD
        .decode(shot["data"].as_str().expect("a picture"))
        .expect("base64");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path, png).expect("a screenshot");
}

/// Everything that reaches beyond the margins of the page.
const BEYOND: &str = r#"
    const main = document.querySelector("main");
    const margin = parseFloat(getComputedStyle(main).paddingRight);
    const edge = main.getBoundingClientRect().right - margin + 0.5;
    const all = [...main.querySelectorAll("h1, h2, h3, p, dl, div, dd, table, td, th, span, svg, li")];
    return all.filter((element) => !element.closest("thead") && element.getBoundingClientRect().right > edge)
        .map((element) => element.textContent);
"#;

/// Every text whose contrast with what is behind it is below 4.5 to 1 (WCAG 2.2, 1.4.3).
const FAINT: &str = r#"
    const parsed = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const bright = (colour) => parsed(colour).slice(0, 3).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (parsed(colour)[3] !== 0) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const said = [...document.querySelectorAll("body *")].filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && element.closest("title, desc") === null);
    return said.filter((element) => {
        const style = getComputedStyle(element);
        const [one, other] = [bright(element.closest("svg") ? style.fill : style.color), bright(behind(element))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) < 4.5;
    }).map((element) => element.textContent);
"#;

async fn script(browser: &Client, script: &str) -> Value {
    browser
        .execute(script, Vec::new())
        .await
        .expect("the page answers")
}
