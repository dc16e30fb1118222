//! Spend and what it came to: entries by HTTP and from files, the figures of a launch to the cent, the report.

use gantry::clock::Clock;
use gantry::model::funnel::{Dimension, Goals, Label, Window};
use gantry::store::Store;
use http::Method;
use serde_json::{Value, json};

use crate::conversions::signup;
use crate::support::Appliance;
use crate::support::http::Door;

const TERMS: &str =
    "[funnel]\ncurrency = \"USD\"\ncost_per_visit = \"0.10\"\nltv = \"48.00\"\nbaseline_rate = 0.042\n";

fn entry(day: &str, amount: &str) -> Value {
    json!({ "day": day, "source": "Google", "campaign": "launch", "amount": amount })
}

/// Today in UTC, which is the launch's zone where nothing else is configured.
fn today() -> String {
    Clock::System.now().to_string()[..10].to_owned()
}

/// Counts so many visits and conversions from a source, within the campaign `launch`.
async fn count(store: &Store, source: &str, (visits, conversions): (u64, u32)) {
    let label = |text: &str| Label::named(text).expect("a label");
    let labels = Dimension::OF_VISITS.map(|dimension| {
        let name = match dimension {
            Dimension::Source => source,
            Dimension::Campaign => "launch",
            _ => Label::NONE,
        };
        vec![(label(name), visits)]
    });
    let at = store.now();
    let window = Window {
        at,
        visits,
        labels,
        ..Window::default()
    };
    store.record_window(Some(window)).await.expect("recorded");
    for _ in 0..conversions {
        store
            .convert(signup((source, "launch"), at))
            .await
            .expect("counted");
    }
    while store.record_window(None).await.expect("folded").more {}
}

#[tokio::test]
async fn an_entry_is_recorded_once_listed_by_day_and_never_changed() {
    let appliance = Appliance::start().await;
    let admin = &appliance.admin;
    let keyed = admin.with("idempotency-key", "ad-1");
    let answer = keyed.post("/api/spend", &entry("2026-12-01", "12.50")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "id": "ad-1", "status": "RECORDED" }));
    let again = keyed.post("/api/spend", &entry("2026-12-01", "12.5000")).await;
    assert_eq!(
        (again.status, again.json()["status"].clone()),
        (200, json!("DUPLICATE"))
    );
    assert_eq!(
        keyed.post("/api/spend", &entry("2026-12-01", "13")).await.status,
        409
    );

    let list = json!([
        { "day": "2026-11-30", "amount": "-0.0001", "idempotencyKey": "ad-2", "note": "put right" },
        { "day": "2026-12-01", "source": "google", "campaign": "launch", "amount": "12.5", "idempotencyKey": "ad-1" },
    ]);
    let outcomes = admin.post("/api/spend", &list).await.json();
    assert_eq!(outcomes["recorded"], 1, "{outcomes}");
    assert_eq!(outcomes["duplicates"], 1, "{outcomes}");

    let first = admin.get("/api/spend?limit=1").await.json();
    assert_eq!(first["items"][0]["amount"], "-0.0001");
    assert_eq!(first["items"][0]["source"], "none");
    let next = first["next"].as_str().expect("a cursor");
    let rest = admin.get(&format!("/api/spend?cursor={next}")).await.json();
    assert_eq!(rest["items"][0]["id"], "ad-1");
    assert_eq!(rest["items"][0]["source"], "google");
    assert_eq!(rest["next"], Value::Null);
    let day = admin.get("/api/spend?from=2026-11-30&to=2026-11-30").await.json();
    assert_eq!(day["items"].as_array().map(Vec::len), Some(1), "{day}");

    for (wrong, field) in [
        (json!({ "day": "2026-12-32", "amount": "1" }), "day"),
        (json!({ "day": "2026-12-01", "amount": "0" }), "amount"),
        (json!({ "day": "2026-12-01", "amount": "1e3" }), "amount"),
        (
            json!({ "day": "2026-12-01", "amount": "1", "source": "a\u{0}" }),
            "source",
        ),
    ] {
        let refused = admin.post("/api/spend", &wrong).await;
        assert_eq!(
            (refused.status, refused.json()["field"].clone()),
            (422, json!(field)),
            "{wrong}"
        );
    }
    assert_eq!(
        admin
            .post("/api/spend", &json!([{ "day": "x", "amount": "1" }]))
            .await
            .status,
        422
    );
    assert_eq!(appliance.stranger.get("/api/spend").await.status, 401);
    assert_eq!(
        appliance.public.get("/api/spend").await.status,
        404,
        "the admin address alone"
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_file_imported_again_adds_nothing_and_a_wrong_one_is_told_by_line_and_column() {
    let appliance = Appliance::start().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("spend.csv");
    let path = file.to_str().expect("a path").to_owned();
    let run = |args: &[&str]| {
        let output = appliance.gantry(args);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let rows =
        "date,source,campaign,amount\n2026-12-01,google,launch,700.00\n2026-12-01,google,launch,516.00\n";
    std::fs::write(&file, rows).expect("written");
    let (code, out, _) = run(&["spend", "import", &path, "--dry-run"]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "2 rows, 1216.00 in all; nothing was recorded\n")
    );
    assert_eq!(run(&["spend", "list"]).1, "No spend is recorded.\n");
    assert_eq!(
        run(&["spend", "import", &path]).1,
        "2 recorded, 0 were there already\n"
    );
    assert_eq!(
        run(&["spend", "import", &path]).1,
        "0 recorded, 2 were there already\n"
    );
    let (code, _, _) = run(&[
        "spend",
        "add",
        "-16.00",
        "--day",
        "2026-12-01",
        "--source",
        "google",
        "--key",
        "fix",
    ]);
    assert_eq!(code, Some(0));
    let (_, listed, _) = run(&["--json", "spend", "list"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let amounts: Vec<_> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["amount"].clone())
        .collect();
    assert_eq!(amounts, ["700.00", "516.00", "-16.00"]);

    std::fs::write(&file, "date,amount\n2026-12-01,1\n2026-12-01,1,1\nx,y\n").expect("written");
    let (code, out, faults) = run(&["spend", "import", &path]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    for fault in [
        "spend.csv:3: has 3 columns, the first row 2",
        "spend.csv:4: column date: \"x\" is not a day",
        "spend.csv:4: column amount: \"y\" is not a decimal number",
        "3 faults in ",
    ] {
        assert!(faults.contains(fault), "{fault}\n{faults}");
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_launch_of_12_400_visits_is_reckoned_to_the_cent() {
    let appliance = Appliance::build().config(TERMS).start().await;
    appliance.store.know_goals(Goals::default()).await.expect("known");
    count(&appliance.store, "google", (4_000, 400)).await;
    count(&appliance.store, "producthunt", (8_400, 1_224)).await;

    let estimated = appliance.admin.get("/api/roi").await.json();
    assert_eq!(estimated["total"]["cost"], "1240.00", "{estimated}");
    assert_eq!(estimated["total"]["estimated"], true);
    assert_eq!(estimated["total"]["spend"], Value::Null);

    let spent = json!([
        { "day": today(), "source": "google", "campaign": "launch", "amount": "1300.00" },
        { "day": today(), "source": "google", "campaign": "launch", "amount": "-84.00" },
    ]);
    assert_eq!(
        appliance.admin.post("/api/spend", &spent).await.json()["recorded"],
        2
    );
    let roi = appliance
        .admin
        .get(&format!("/api/roi?from={0}&to={0}", today()))
        .await
        .json();
    let expected = json!({
        "visits": 12_400, "conversions": 1_624, "rate": 0.130_968, "value": "31668.00", "spend": "1216.00",
        "cost": "1216.00", "estimated": false, "cac": "0.7488", "ltvCac": 64.105_263,
        "payback": { "conversions": 26, "day": today() }, "lift": "52953.60", "netRoi": 42.547_368,
    });
    assert_eq!(roi["total"], expected);
    assert_eq!(
        (&roi["currency"], &roi["timezone"]),
        (&json!("USD"), &json!("UTC"))
    );
    let of = |key: &str| {
        let rows = roi["bySource"].as_array().expect("rows").iter();
        rows.clone()
            .find(|row| row["key"] == key)
            .cloned()
            .unwrap_or_else(|| panic!("{key} in {roi}"))
    };
    assert_eq!(
        (of("google")["cac"].clone(), of("google")["spend"].clone()),
        (json!("3.04"), json!("1216.00"))
    );
    assert_eq!(
        (
            of("producthunt")["cac"].clone(),
            of("producthunt")["netRoi"].clone()
        ),
        (json!("0.00"), Value::Null)
    );
    assert_eq!(roi["bySource"][0]["key"], "producthunt", "most conversions first");
    assert_eq!(roi["byCampaign"][0]["spend"], "1216.00");
    let before = appliance
        .admin
        .get("/api/roi?from=2001-01-01&to=2001-01-02")
        .await
        .json();
    assert_eq!(
        (&before["total"]["visits"], &before["total"]["spend"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(appliance.admin.get("/api/roi?from=x").await.status, 422);
    assert_eq!(
        appliance
            .admin
            .get("/api/roi?from=2026-12-02&to=2026-12-01")
            .await
            .status,
        422
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_deleted_entry_is_gone_from_every_sum_at_once() {
    let appliance = Appliance::build().config(TERMS).start().await;
    let admin = &appliance.admin;
    for (key, amount) in [("ad:1/a", "10.00"), ("ad-2", "2.50"), ("ad-3", "1.00")] {
        let answer = admin
            .with("idempotency-key", key)
            .post("/api/spend", &entry(&today(), amount))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let delete = async |door: &Door, id: &str| {
        let path = format!("/api/spend/{id}");
        door.send(Method::DELETE, &path, Vec::new().into()).await
    };
    delete(&appliance.stranger, "ad-2").await.problem(401);
    assert_eq!(delete(admin, "ad%3A1%2Fa").await.status, 204);
    delete(admin, "ad%3A1%2Fa").await.problem(404);
    delete(admin, "nothing").await.problem(404);
    assert_eq!(admin.get("/api/roi").await.json()["total"]["spend"], "3.50");
    let said = appliance.gantry(&["spend", "delete", "ad-3"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "ad-3: deleted\n");
    assert_eq!(
        appliance.gantry(&["spend", "delete", "ad-3"]).status.code(),
        Some(1)
    );
    let left = admin.get("/api/spend").await.json();
    assert_eq!(
        (left["items"].as_array().map(Vec::len), &left["items"][0]["id"]),
        (Some(1), &json!("ad-2"))
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn the_report_is_one_page_under_its_own_policy_and_a_terminals_lines() {
    let appliance = Appliance::build().config(TERMS).start().await;
    appliance.store.know_goals(Goals::default()).await.expect("known");
    count(&appliance.store, "<b>bold</b>", (100, 10)).await;
    appliance.open_poll("best").await;
    let page = appliance.admin.get("/api/report").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    let text = page.text();
    assert!(
        text.contains("&lt;b&gt;bold") && !text.contains("<b>bold"),
        "{text}"
    );
    assert_eq!(appliance.stranger.get("/api/report").await.status, 401);
    assert_eq!(appliance.admin.get("/api/report?format=pdf").await.status, 422);

    let shown = appliance.gantry(&["report"]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    for said in [
        "visits",
        "10.0 %",
        "<b>bold</b>",
        "estimated",
        "No destination is configured.",
        "Which?",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("report.html");
    let written = appliance.gantry(&["report", "--html", file.to_str().expect("a path")]);
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    let written = std::fs::read_to_string(&file).expect("a page");
    assert!(written.starts_with("<!doctype html>") && written.contains("Content-Security-Policy"));
    let json = appliance.gantry(&["--json", "report"]);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["total"]["conversions"], 10);
    assert_eq!(json["polls"][0]["question"], "Which?");
}
