//! One delivery's whole story, and what is sent for it.

use serde_json::{Value, json};

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, deliveries, event, outward, post, settled, with_crm};
use crate::support::Appliance;

async fn told(appliance: &Appliance, id: &str) -> Value {
    let answer = appliance.admin.get(&format!("/api/deliveries/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("hidden"), "{}", answer.text());
    answer.json()
}

fn id(delivery: &Value) -> String {
    delivery["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_delivery_is_shown_with_its_attempts_and_with_the_request_that_its_receiver_got() {
    let receiver = Receiver::start(|nth, _| match nth {
        0 => Act::said(503, "busy"),
        _ => Act::said(404, "no such contact"),
    })
    .await;
    let lines = format!(
        "{QUICK}\nsigning_secret = \"env:SIGN\"\nheaders = {{ Authorization = \"env:CRM\" }}\n\
         body = '{{\"mail\": {{{{ payload.email | tojson }}}}}}'"
    );
    let url = format!("http://{}/hidden-path", receiver.at);
    let appliance = with_crm(&url, &lines)
        .variable("CRM", "Bearer hidden")
        .variable("SIGN", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .start()
        .await;
    let event = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &event, "DEAD").await;
    let story = told(&appliance, &id(&dead)).await;
    for (name, value) in dead.as_object().expect("an item") {
        assert_eq!(&story[name], value, "{name}");
    }
    let history = story["history"].as_array().expect("attempts");
    let said: Vec<_> = history
        .iter()
        .map(|attempt| (&attempt["number"], &attempt["status"], &attempt["excerpt"]))
        .collect();
    assert_eq!(
        said,
        [
            (&json!(1), &json!(503), &json!("busy")),
            (&json!(2), &json!(404), &json!("no such contact")),
        ]
    );
    let (request, got) = (&story["request"], &receiver.got()[1]);
    assert_eq!(story["requestError"], Value::Null);
    assert_eq!(
        (&request["method"], &request["url"], &request["body"]),
        (
            &json!("POST"),
            &json!(format!("http://{}", receiver.at)),
            &json!(r#"{"mail": "ann@example.com"}"#)
        )
    );
    for name in [
        "idempotency-key",
        "x-request-id",
        "webhook-id",
        "traceparent",
        "content-type",
    ] {
        assert_eq!(request["headers"][name], got.header(name), "{name}");
    }
    for name in ["authorization", "webhook-signature"] {
        assert_eq!(request["headers"][name], "[secret]", "{name}");
        assert!(!got.header(name).is_empty());
    }
    let shown = appliance.gantry(&["delivery", "show", &id(&dead)]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    for said in [
        "no such contact",
        "authorization: [secret]",
        r#"{"mail": "ann@example.com"}"#,
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    for missing in ["01a2309f-0e60-7fff-bfff-ffffffff0001", "7"] {
        let answer = appliance.admin.get(&format!("/api/deliveries/{missing}")).await;
        answer.problem(404);
    }
    let path = format!("/api/deliveries/{}", id(&dead));
    appliance.stranger.get(&path).await.problem(401);
}

#[tokio::test]
async fn where_no_request_can_be_made_the_story_says_why() {
    let receiver = Receiver::glad().await;
    let lines = format!("{QUICK}\nbody = '{{\"name\": {{{{ payload.name | tojson }}}}}}'");
    let mut appliance = with_crm(&receiver.url(), &lines).start().await;
    let event = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &event, "DEAD").await;
    let story = told(&appliance, &id(&dead)).await;
    assert_eq!(
        (&story["request"], &story["requestError"]),
        (&Value::Null, &story["lastError"])
    );
    appliance.reload(|_| outward(&[])).await;
    let story = told(&appliance, &id(&dead)).await;
    assert_eq!(
        (&story["request"], &story["requestError"]),
        (&Value::Null, &json!("its destination is not configured"))
    );
    assert_eq!(deliveries(&appliance, "status=DEAD").await.len(), 1);
}
