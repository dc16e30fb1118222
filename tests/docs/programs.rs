//! The programs of the pages, run as they are by Python and Node.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::book::{self, Fate};
use crate::front::Front;
use crate::ground::{Ground, said, text};
use crate::support::{Appliance, with};

/// Each program that is tried, in what it is written.
const PROGRAMS: [&str; 4] = ["funnel.py", "gantry.py", "voter-token.mjs", "voter_token.py"];

/// A line of Node that imports a page's module.
fn import(ground: &Ground, fate: Fate, name: &str) -> Command {
    write(ground, fate, name);
    let mut node = ground.command("node");
    node.args(["--input-type=module", "--eval"]);
    node
}

/// Puts a page's file where it says that it belongs.
pub(crate) fn write(ground: &Ground, fate: Fate, name: &str) {
    let to = ground.at.path().join(name);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(to, book::file(fate, name).text).unwrap();
}

/// An appliance, and a network before it that loses the first answer and refuses the second request.
async fn beyond_a_bad_network() -> (Appliance, Front, String) {
    let appliance = Appliance::start().await;
    let front = Front::before(appliance.public.address().to_string());
    let made = serde_json::json!({ "name": "sender", "scope": "ingest" });
    let key = appliance.admin.post("/api/keys", &made).await.json();
    (appliance, front, key["key"].as_str().unwrap().to_owned())
}

/// The one event that there is.
async fn only_event(appliance: &Appliance) -> Value {
    let list = appliance.admin.get("/api/events").await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    items[0].clone()
}

#[test]
fn every_program_is_tried() {
    let mut names: Vec<String> = book::blocks(Fate::Program)
        .iter()
        .map(|block| block.file().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, PROGRAMS);
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sends_an_event_once_though_its_answer_is_lost() {
    let (appliance, front, key) = beyond_a_bad_network().await;
    let ground = Ground::new();
    write(&ground, Fate::Program, "gantry.py");
    let python = |args: &[&str]| {
        let mut python = ground.command("python3");
        python
            .env("GANTRY_URL", format!("http://{}", front.at))
            .env("GANTRY_KEY", &key);
        python.args(args).output().unwrap()
    };
    let told = said(&python(&["gantry.py"]));
    let event = only_event(&appliance).await;
    assert_eq!(
        told.trim(),
        format!("{} DUPLICATE", event["id"].as_str().unwrap())
    );
    assert_eq!(front.asked(), 4, "lost, refused, taken; and the batch");

    let refused = python(&["-c", "import gantry; gantry.send({'type': 'LEAD_CAPTURE'})"]);
    assert!(
        text(&refused.stderr).contains("ValueError: 400"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(front.asked(), 5, "what is refused for good is sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_sends_an_event_once_though_its_answer_is_lost() {
    let (appliance, front, key) = beyond_a_bad_network().await;
    let ground = Ground::new();
    let mut node = import(&ground, Fate::Next, "lib/gantry.mjs");
    node.env("GANTRY_URL", format!("http://{}", front.at))
        .env("GANTRY_KEY", key);
    let sends = r#"
        import { send } from "./lib/gantry.mjs";
        const lead = { type: "LEAD_CAPTURE", source: "node", idempotencyKey: "lead-19", payload: {} };
        console.log(await send(lead));
        await send({ ...lead, payload: { other: true } }).catch(({ refused }) => console.log(refused));
    "#;
    let told = said(&node.arg(sends).output().unwrap());
    let event = only_event(&appliance).await;
    assert_eq!(told, format!("{}\n422\n", event["id"].as_str().unwrap()));
    assert_eq!(
        front.asked(),
        4,
        "lost, refused, taken; and what is refused for good, once"
    );
}

#[tokio::test]
async fn a_server_vouches_for_its_voters_in_node_as_in_python() {
    let appliance = Appliance::build().config("[polls]\nvoter_secret = \"env:VOTER_SECRET\"");
    let appliance = appliance
        .variable("VOTER_SECRET", "a secret of tests")
        .start()
        .await;
    let signed = with(
        crate::support::draft("members"),
        serde_json::json!({ "voter": "signed" }),
    );
    appliance.create_poll(signed).await;
    let ground = Ground::new();
    let mut node = import(&ground, Fate::Program, "voter-token.mjs");
    node.arg(r#"import { voterToken } from "./voter-token.mjs"; console.log(voterToken("members", "u-17"))"#);
    write(&ground, Fate::Program, "voter_token.py");
    let mut python = ground.command("python3");
    python.args([
        "-c",
        "import voter_token; print(voter_token.voter_token('members', 'u-18'))",
    ]);
    for (mut program, user) in [(node, "u-17"), (python, "u-18")] {
        let token = said(&program.output().unwrap());
        let ballot = crate::support::ballot("members", "a", (user, "k-1"));
        appliance.public.post("/api/vote", &ballot).await.problem(401);
        let vouched = with(ballot, serde_json::json!({ "voterToken": token.trim() }));
        let answer = appliance.public.post("/api/vote", &vouched).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
}
