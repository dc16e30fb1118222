//! A destination is tried with a sample before anything depends on it.

use http::Method;
use serde_json::{Value, json};

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, crm, shown, with_crm};

#[tokio::test]
async fn a_sample_is_sent_as_a_delivery_would_be_and_nothing_is_recorded() {
    let receiver = Receiver::start(|_, _| Act::said(202, "taken")).await;
    let lines = format!(
        "{QUICK}\nwindow = \"2/h\"\nsigning_secret = \"env:SIGN\"\nheaders = {{ Authorization = \"env:CRM\" }}\n\
         body = '{{\"mail\": {{{{ payload.email | tojson }}}}}}'"
    );
    let appliance = with_crm(&receiver.url(), &lines)
        .variable("CRM", "Bearer hidden")
        .variable("SIGN", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .start()
        .await;
    let path = "/api/destinations/crm/test";
    let sample = json!({ "type": "LEAD_CAPTURE", "payload": { "email": "grace@example.com" } });
    let answer = appliance.admin.post(path, &sample).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("hidden"), "{}", answer.text());
    let trial = answer.json();
    assert_eq!(
        (
            &trial["answer"]["status"],
            &trial["answer"]["excerpt"],
            &trial["verdict"]
        ),
        (&json!(202), &json!("taken"), &json!("delivered"))
    );
    let request = &trial["request"];
    assert_eq!(request["body"], r#"{"mail": "grace@example.com"}"#);
    assert_eq!(request["headers"]["authorization"], "[secret]");
    let [got] = &receiver.got()[..] else {
        panic!("one call")
    };
    assert_eq!(got.header("authorization"), "Bearer hidden");
    assert_eq!(got.header("gantry-test"), "true");
    assert_eq!(
        request["headers"]["webhook-signature"],
        got.header("webhook-signature")
    );
    assert_eq!(
        appliance.admin.get("/api/events").await.json()["items"],
        json!([])
    );
    assert_eq!(shown(&appliance, "crm").await["windows"][0]["used"], 1);

    // Without a sample there is one; and what is full is full.
    let answer = appliance.admin.send(Method::POST, path, Vec::new().into()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let full = appliance.admin.post(path, &json!({})).await;
    let detail = full.problem(409)["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.starts_with("nothing is sent to it now (window until "),
        "{detail}"
    );
    assert_eq!(receiver.got().len(), 2);
    appliance
        .admin
        .post("/api/destinations/nobody/test", &json!({}))
        .await
        .problem(404);
    appliance
        .admin
        .post(path, &json!({"type": "x".repeat(33)}))
        .await
        .problem(422);
    appliance.stranger.post(path, &json!({})).await.problem(401);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_would_become_of_a_delivery_is_told() {
    let receiver = Receiver::start(|nth, _| match nth {
        0 => Act::said(422, "no such list"),
        1 => Act::status(503),
        2 => Act::status(401),
        _ => Act::Close,
    })
    .await;
    let lines = format!("{QUICK}\nbody = '{{\"mail\": {{{{ payload.email | tojson }}}}}}'");
    let appliance = crm(&receiver.url(), &lines).await;
    let mut verdicts = Vec::new();
    for _ in 0..4 {
        let answer = appliance
            .admin
            .post("/api/destinations/crm/test", &json!({}))
            .await;
        verdicts.push(answer.json()["verdict"].as_str().unwrap().to_owned());
    }
    let expected = [
        "a dead letter",
        "tried again",
        "given back, and the destination paused",
        "tried again",
    ];
    assert_eq!(verdicts, expected);
    assert_eq!(
        shown(&appliance, "crm").await["paused"],
        Value::Null,
        "it was only a trial"
    );
    let lacking = json!({ "payload": {} });
    let trial = appliance
        .admin
        .post("/api/destinations/crm/test", &lacking)
        .await
        .json();
    assert_eq!(
        (&trial["request"], &trial["answer"]),
        (&Value::Null, &Value::Null)
    );
    assert!(trial["error"].as_str().unwrap().contains("line 1"), "{trial}");
    assert_eq!(receiver.got().len(), 4);
}
