//! Data out: events, leads, votes and the funnel as CSV and NDJSON, page after page, and no cell is a formula.

use serde_json::{Value, json};

use crate::support::{Appliance, ballot};

const FORM: &str = "[[form]]\nname = \"waitlist\"\nfields = { email = \"email required\", name = \"text 80\" }\n\
    event = \"LEAD_CAPTURE\"\nredirect = \"/thanks\"\n";

async fn exported(appliance: &Appliance, path: &str) -> String {
    let answer = appliance.admin.get(&format!("/api/export/{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn votes_come_whole_over_many_pages_and_no_cell_is_a_formula() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.open_poll("next").await;
    let mut line = appliance.public.connect().await;
    for n in 0..1_203 {
        let vote = ballot("best", "a", (&format!("u{n}"), "k"));
        assert_eq!(line.post("/api/vote", &vote).await.status, 202);
    }
    let formula = ballot("next", "b", ("=HYPERLINK(\"x\")", "k,1"));
    assert_eq!(appliance.public.post("/api/vote", &formula).await.status, 202);
    let csv = exported(&appliance, "votes").await;
    assert!(csv.starts_with("pollId,optionId,userId,idempotencyKey,at,voided\r\n"));
    assert_eq!(csv.lines().count(), 1 + 1_204);
    assert!(
        csv.contains("next,b,\"'=HYPERLINK(\"\"x\"\")\",\"k,1\","),
        "quoted"
    );
    let ndjson = exported(&appliance, "votes?format=ndjson&poll=best").await;
    let rows: Vec<Value> = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 1_203);
    assert_eq!(rows[7]["userId"], "u7");
    assert_eq!(
        exported(&appliance, "votes?to=2020-01-01").await.lines().count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_leads_and_the_funnel_come_in_columns_and_on_the_command_line() {
    let appliance = Appliance::build().config(FORM).start().await;
    let door = appliance.public.with("content-type", "application/json");
    for n in 0..3 {
        let form = json!({ "email": format!("ann{n}@b.example"), "name": "-Ann" });
        assert_eq!(door.post("/api/forms/waitlist", &form).await.status, 202);
    }
    let leads = exported(&appliance, "leads").await;
    assert!(
        leads.starts_with("id,createdAt,source,email,name,payload\r\n"),
        "{leads}"
    );
    assert!(leads.contains(",ann2@b.example,'-Ann,"), "{leads}");
    let events = exported(&appliance, "events?format=ndjson&type=LEAD_CAPTURE").await;
    let first: Value = serde_json::from_str(events.lines().next().expect("a row")).expect("JSON");
    assert_eq!(first["payload"]["email"], "ann2@b.example");
    let funnel = exported(&appliance, "funnel?every=1d&by=source").await;
    assert!(funnel.starts_with("start,key,visits,conversions,value\r\n"));

    let output = tokio::task::block_in_place(|| appliance.gantry(&["data", "leads", "--format", "ndjson"]));
    assert_eq!(
        String::from_utf8(output.stdout).expect("UTF-8").lines().count(),
        3
    );
    for wrong in [
        "votes?format=xml",
        "events?from=soon",
        "funnel?every=1w",
        "votes?poll=none",
        "people",
    ] {
        let status = appliance.admin.get(&format!("/api/export/{wrong}")).await.status;
        assert!([404, 422].contains(&status), "{wrong}: {status}");
    }
    assert_eq!(appliance.stranger.get("/api/export/leads").await.status, 401);
}
