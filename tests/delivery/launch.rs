//! The plan of a launch as it is told where alerts go: each step once, also over a restart, and what it leaves behind.

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, destination, outward, route, until};
use crate::support::{Appliance, Builder};

const HOUR_MS: i64 = 3_600_000;

/// A launch then, of which `ops` is told.
fn launch(at: &str, (crm, ops): (&Receiver, &Receiver)) -> Builder {
    Appliance::build().config(&outward(&[
        destination("crm", &crm.url(), QUICK),
        destination("ops", &ops.url(), QUICK),
        route(&["crm"]),
        "[alerts]\nto = [\"ops\"]\n[alerts.rules]\nretry_ratio = \"off\"\nrate_limited = \"off\"\n"
            .to_owned(),
        format!("[launch]\nat = \"{at}\"\ntimezone = \"America/Los_Angeles\"\n"),
    ]))
}

/// An instant that is so many hours away, negative where it was.
fn in_hours(hours: i64) -> String {
    let now = gantry::clock::Clock::System.now();
    now.plus(hours * HOUR_MS + 60_000).to_string()
}

/// The payloads of what came, in the order in which it did.
fn payloads(got: &[Got]) -> Vec<Value> {
    got.iter().map(|got| got.json()["payload"].clone()).collect()
}

async fn steps(appliance: &Appliance) -> Vec<(String, String)> {
    let launch = appliance.admin.get("/api/launch").await.json();
    let steps = launch["steps"].as_array().expect("steps").iter();
    let text = |step: &Value, member: &str| step[member].as_str().expect(member).to_owned();
    steps
        .map(|step| (text(step, "id"), text(step, "state")))
        .collect()
}

/// The steps once none is due.
async fn settled(appliance: &Appliance) -> Vec<String> {
    until(|| async {
        let steps = steps(appliance).await;
        let is_due = steps.iter().any(|(_, state)| state == "due");
        (!is_due).then(|| steps.into_iter().map(|(_, state)| state).collect())
    })
    .await
}

#[tokio::test]
async fn the_preflight_is_told_once_also_after_a_restart_and_anew_for_a_launch_that_is_put_off() {
    let (crm, ops) = (Receiver::glad().await, Receiver::glad().await);
    let at = in_hours(30);
    let appliance = launch(&at, (&crm, &ops)).start().await;
    let said = payloads(&ops.wait(1).await);
    assert_eq!(
        (&said[0]["step"], &said[0]["state"], &said[0]["go"]),
        (&json!("preflight-72h"), &json!("done"), &json!(false))
    );
    let text = said[0]["text"].as_str().expect("a text");
    assert!(
        text.contains("NO-GO") && text.contains("`gantry backup` makes one"),
        "{text}"
    );
    assert_eq!(
        settled(&appliance).await,
        ["done", "waiting", "waiting", "waiting", "waiting", "waiting"]
    );
    let directory = appliance.stop().await;

    let mut appliance = launch(&at, (&crm, &ops)).directory(directory).start().await;
    assert_eq!(settled(&appliance).await[0], "done");
    let shown = appliance.gantry(&["launch"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.contains("preflight-72h") && shown.contains("no-go"),
        "{shown}"
    );

    let later = in_hours(31);
    appliance.reload(|toml| toml.replace(&at, &later)).await;
    let said = payloads(&ops.wait(2).await);
    assert_eq!(said.len(), 2);
    assert_eq!(
        (&said[1]["step"], &said[1]["launchAt"]),
        (&json!("preflight-72h"), &json!(later))
    );
    appliance.assert_clean().await;
}

/// The step that warms pages, once it stands so.
async fn warming(appliance: &Appliance, is_so: impl Fn(&Value) -> bool) -> Value {
    until(|| async {
        let launch = appliance.admin.get("/api/launch").await.json();
        let steps = launch["steps"].as_array().expect("steps").clone();
        let warm = steps.into_iter().find(|step| step["id"] == "warm");
        warm.filter(&is_so)
    })
    .await
}

#[tokio::test]
async fn pages_are_warmed_once_it_is_known_for_which_host_and_a_step_of_the_owners_is_left_to_them() {
    let (crm, ops) = (Receiver::glad().await, Receiver::glad().await);
    let site = Receiver::start(|_, _| Act::said(200, "The launch")).await;
    let pages = format!(
        "[pages]\norigin = \"http://{}\"\n[[pages.rule]]\npath = \"/*\"\nttl = \"1h\"\nwarm = [\"/\", \"/pricing\"]\n",
        site.at
    );
    let at = in_hours(1);
    let mut appliance = launch(&at, (&crm, &ops)).config(&pages).start().await;
    // Nobody has asked for a page yet, and the configuration has no name: it is tried again.
    let step = warming(&appliance, |step| step["detail"].is_string()).await;
    assert_eq!((&step["state"], &step["tries"]), (&json!("due"), &json!(1)));
    let why = step["detail"].as_str().expect("why");
    assert!(why.contains("warm_hosts"), "{why}");

    // A launch that is put off has its steps anew.
    assert_eq!(appliance.public.get("/").await.status, 200);
    let later = in_hours(1);
    appliance.reload(|toml| toml.replace(&at, &later)).await;
    let step = warming(&appliance, |step| step["state"] == "done").await;
    assert_eq!(step["detail"], "2 of 2 pages are stored");
    let pricing = appliance.public.get("/pricing").await;
    assert_eq!((pricing.status, pricing.header("x-cache")), (200, "HIT"));

    // And now it is its owner who warms them.
    let last = in_hours(1);
    let (before, after) = (
        format!("at = \"{later}\""),
        format!("at = \"{last}\"\nby_hand = [\"warm\"]"),
    );
    appliance.reload(|toml| toml.replace(&before, &after)).await;
    let step = warming(&appliance, |step| step["state"] == "by-hand").await;
    assert_eq!((&step["byHand"], &step["tries"]), (&json!(true), &json!(0)));
    let said = until(|| async {
        let said = payloads(&ops.got());
        said.into_iter().find(|one| one["state"] == "by-hand")
    })
    .await;
    assert_eq!((&said["step"], &said["launchAt"]), (&json!("warm"), &json!(last)));
    let shown = |appliance: &Appliance| {
        let shown = appliance.gantry(&["launch"]).stdout;
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let line = shown.lines().find(|line| line.starts_with("warm"));
        line.unwrap_or_else(|| panic!("{shown}")).to_owned()
    };
    let line = shown(&appliance);
    assert!(line.contains("by-hand") && line.contains("by hand"), "{line}");
    assert_eq!(
        appliance.gantry(&["launch", "done", "warm"]).status.code(),
        Some(0)
    );
    let line = shown(&appliance);
    assert!(line.contains("by hand; done by"), "{line}");

    // Whether they are fresh hours before says nothing.
    let days = in_hours(20);
    appliance.reload(|toml| toml.replace(&last, &days)).await;
    let preflight = appliance.admin.get("/api/preflight").await.json();
    let checks = preflight["checks"].as_array().expect("checks");
    let warm = checks.iter().find(|check| check["id"] == "warm").expect("pages");
    assert_eq!(
        (&warm["verdict"], &warm["detail"]),
        (&json!("go"), &json!("2 are to be kept warm, beginning in 18 h"))
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn two_days_after_it_what_was_missed_is_one_message_the_report_another_and_the_archive_is_there() {
    let (crm, ops) = (
        Receiver::start(|_, _| Act::said(429, "slower")).await,
        Receiver::glad().await,
    );
    let appliance = launch(&in_hours(-49), (&crm, &ops)).start().await;
    let said = payloads(&ops.wait(3).await);
    let ended = ["missed", "missed", "missed", "missed", "done", "done"];
    assert_eq!(settled(&appliance).await, ended);
    let of = |step: &str, state: &str| {
        let found = said
            .iter()
            .find(|one| one["step"] == step && one["state"] == state);
        found.unwrap_or_else(|| panic!("{step} {state} in {said:?}"))
    };
    let missed = of("preflight-72h", "missed");
    assert_eq!(
        missed["missed"],
        json!(["preflight-72h", "preflight-24h", "warm", "dead-letters"])
    );
    let report = of("report", "done");
    assert_eq!(report["figures"]["visits"], "0");
    let archive = of("archive", "done");
    let file = archive["backup"].as_str().expect("a path");
    let verified = appliance.gantry(&["verify", file]);
    assert_eq!(verified.status.code(), Some(0), "{file}");
    let items = appliance.admin.get("/api/launch").await.json()["items"].clone();
    let compact = items
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["id"] == "compact");
    assert_eq!(
        compact.map(|item| (&item["state"], &item["by"])),
        Some((&json!("done"), &json!("the plan")))
    );
    // What was missed can be ticked, and what was done by itself cannot.
    let path = "/api/launch/steps/warm";
    let told = appliance.admin.post(path, &json!({ "state": "done" })).await;
    assert_eq!((told.status, &told.json()["state"]), (200, &json!("done")));
    let back = appliance.gantry(&["launch", "open", "warm"]);
    assert_eq!(back.status.code(), Some(0));
    let refused = appliance
        .admin
        .post("/api/launch/steps/report", &json!({ "state": "done" }))
        .await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        appliance
            .admin
            .post("/api/launch/steps/none", &json!({ "state": "done" }))
            .await
            .status,
        404
    );
    assert_eq!(settled(&appliance).await, ended);
    assert_eq!(ops.got().len(), 3, "nothing is told twice");
    appliance.assert_clean().await;
}
