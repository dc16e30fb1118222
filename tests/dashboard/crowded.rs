//! Many tabs of one browser, which has six connections to a server that speaks HTTP/1.1.

use serde_json::json;

use crate::desk::Desk;
use crate::stage::Stage;

/// More than there are connections.
const TABS: usize = 8;

#[tokio::test]
async fn more_tabs_than_connections_are_all_alive() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    let mut tabs = vec![desk.browser().window().await.expect("the first tab")];
    while tabs.len() < TABS {
        tabs.push(desk.tab().await);
    }
    for tab in &tabs {
        desk.turn_to(tab).await;
        desk.open("/polls").await;
    }
    let poll = json!({ "pollId": "crowd", "question": "Who sees me?",
        "options": [{ "id": "a", "label": "A" }, { "id": "b", "label": "B" }] });
    stage.appliance.create_poll(poll).await;
    for tab in &tabs {
        desk.turn_to(tab).await;
        desk.says("Who sees me\\?").await;
    }
    desk.assert_quiet("eight tabs");
}
