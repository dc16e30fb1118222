//! Traces: what an event came with goes on to every receiver, by W3C's rules, and else another begins.

use serde_json::{Value, json};

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, crm, event, settled, story};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_trace_goes_on_with_its_state_on_every_attempt_and_another_begins_where_there_is_none() {
    let receiver = Receiver::start(|nth, _| Act::status(if nth == 0 { 503 } else { 200 })).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let whole = |version: &str, rest: &str| format!("{version}-{TRACE}-{SPAN}-{rest}");
    // What is sent, whether it is heeded, and with which flag and state.
    let cases = [
        (vec![whole("00", "01")], Some("01"), "rojo=1,congo=2"),
        (vec![whole("00", "fe")], Some("00"), "rojo=1,congo=2"),
        (
            vec![whole("cc", "01-what-the-future-will-be-like")],
            Some("01"),
            "rojo=1,congo=2",
        ),
        (vec![whole("cc", "01.what")], None, ""),
        (vec![whole("ff", "01")], None, ""),
        (vec![whole("00", "01-more")], None, ""),
        (vec![whole("00", "01").to_uppercase()], None, ""),
        (vec![format!("00-{}-{SPAN}-01", "0".repeat(32))], None, ""),
        (vec![format!("00-{TRACE}-{}-01", "0".repeat(16))], None, ""),
        (vec![whole("00", "01"), whole("00", "01")], None, ""),
        (Vec::new(), None, ""),
    ];
    for (number, (parents, flag, state)) in cases.iter().enumerate() {
        let mut sender = appliance
            .admin
            .with("tracestate", "rojo=1 , ")
            .with("tracestate", "congo=2");
        for parent in parents {
            sender = sender.with("traceparent", parent);
        }
        let answer = sender.post("/api/events", &event(&format!("k-{number}"))).await;
        assert_eq!(answer.status, 202, "{parents:?}");
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        settled(&appliance, &id, "DELIVERED").await;
        let shown = story(&appliance, &id).await;
        let calls: Vec<_> = receiver
            .got()
            .into_iter()
            .filter(|got| got.json()["id"] == id)
            .collect();
        assert_eq!(calls.len(), if number == 0 { 2 } else { 1 });
        let begun = id.replace('-', "");
        for call in &calls {
            let parts: Vec<&str> = call.header("traceparent").split('-').collect();
            let [version, trace, span, flags] = parts[..] else {
                panic!("{parts:?}");
            };
            assert_eq!(version, "00", "{parents:?}");
            assert_eq!(trace, if flag.is_some() { TRACE } else { &begun }, "{parents:?}");
            assert!(span != SPAN && span.len() == 16, "{parents:?}");
            assert_eq!(flags, flag.unwrap_or("01"), "{parents:?}");
            assert_eq!(call.header("tracestate"), *state, "{parents:?}");
        }
        let kept = flag.map(|flag| format!("00-{TRACE}-{SPAN}-{flag}"));
        assert_eq!(shown["traceparent"], json!(kept), "{parents:?}");
        let state = if state.is_empty() {
            Value::Null
        } else {
            json!(state)
        };
        assert_eq!(shown["tracestate"], state, "{parents:?}");
    }
    let spans = receiver.got();
    assert_ne!(
        spans[0].header("traceparent"),
        spans[1].header("traceparent"),
        "a span for each attempt"
    );
    appliance.assert_clean().await;
}
