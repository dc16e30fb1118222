//! How every page looks: on a phone, a tablet and a desk, by day and by night, with much to show and with nothing.

use crate::desk::{Desk, Screen};
use crate::pages::Page;
use crate::screenshots::keep;
use crate::stage::Stage;

const WIDTHS: [u32; 3] = [390, 820, 1_440];
const SCHEMES: [&str; 2] = ["light", "dark"];
pub(crate) const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/dashboard/node_modules/axe-core/axe.min.js"
);

#[tokio::test]
async fn every_page_of_a_launch_under_way_is_whole_legible_and_accessible() {
    let stage = Stage::full().await;
    look_at_all(&stage, "full").await;
}

#[tokio::test]
async fn every_page_is_so_with_nothing_to_show_and_says_what_to_do_next() {
    let stage = Stage::empty().await;
    let desk = look_at_all(&stage, "empty").await;
    for page in stage.pages().await {
        desk.open(&page.path).await;
        let ways = "return document.querySelectorAll('main :is(a[href], button, input)').length";
        let ways = desk.run(ways, vec![]).await;
        assert!(ways.as_u64() > Some(0), "{}: there is a next step", page.path);
    }
}

/// Looks at every page on every screen; fails with everything that is wrong with any.
async fn look_at_all(stage: &Stage, name: &str) -> Desk {
    let desk = Desk::of(&stage.appliance).await;
    let axe = std::fs::read_to_string(AXE).expect("axe-core, which tests/run fetches");
    let mut faults = Vec::new();
    for page in stage.pages().await {
        desk.look(Screen {
            width: WIDTHS[2],
            scheme: SCHEMES[0],
        });
        desk.open(&page.path).await;
        desk.run(&axe, vec![]).await;
        for width in WIDTHS {
            for scheme in SCHEMES {
                let screen = Screen { width, scheme };
                let found = look(&desk, screen).await;
                let shown = format!("{} ({name}), {width} pixels, {scheme}", page.path);
                faults.extend(found.into_iter().map(|fault| format!("{shown}: {fault}")));
                keep(&desk, screen, &format!("{name}-{}", page.name)).await;
            }
        }
        faults.extend(noise(&desk, &page));
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    desk
}

/// What is wrong with the page that is open, on this screen.
pub(crate) async fn look(desk: &Desk, screen: Screen) -> Vec<String> {
    desk.look(screen);
    desk.ready().await;
    let mut faults = sentences(
        desk.run(include_str!("faults.js"), vec![screen.device().into()])
            .await,
    );
    // What is wider than a tablet has the roles and colours of one.
    if screen.width != WIDTHS[1] {
        faults.extend(sentences(desk.ask(include_str!("axe.js"), vec![]).await));
    }
    faults
}

/// What the console complained of; only what we ask for ourselves, of what does not exist, may be missing.
fn noise(desk: &Desk, page: &Page) -> Vec<String> {
    let errors = desk.chromium.console_errors();
    let missing = |error: &String| error.contains("404") && page.path.matches('/').count() == 2;
    let errors = errors.into_iter().filter(|error| !missing(error));
    let foreign = desk.foreign().into_iter();
    errors
        .map(|error| format!("{}: the console: {error}", page.path))
        .chain(foreign.map(|address| format!("{}: asks {address}", page.path)))
        .collect()
}

pub(crate) fn sentences(list: serde_json::Value) -> Vec<String> {
    serde_json::from_value(list).expect("a list of sentences")
}
