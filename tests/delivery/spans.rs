//! Spans: one trace from whoever sent something to whoever receives it, told to a collector.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use opentelemetry_proto::tonic::collector::trace::v1 as official;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::collector::{Collector, Span};
use crate::receiver::{Act, Receiver};
use crate::stage::{
    QUICK, SOURCES, crm, done, event, metric, post, post_all, settled, story, until, with_crm,
};
use crate::support::http::{Answer, Door};
use crate::support::{Appliance, Builder, ballot};

const CALLER: &str = "00f067aa0ba902b7";
const WHOLE: [&str; 5] = ["POST", "deliver", "journal commit", "queue wait", ""];

/// The id of the trace of this number.
fn trace(number: u8) -> String {
    format!("4bf92f3577b34da6a3ce929d0e0e47{number:02x}")
}

/// A door through which everything belongs to this trace.
fn within(door: &Door, number: u8, flags: &str) -> Door {
    door.with("traceparent", &format!("00-{}-{CALLER}-{flags}", trace(number)))
        .with("tracestate", "rojo=1")
}

async fn webhook(door: &Door) -> Answer {
    let body = br#"{"id":"o-1"}"#;
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    let tag: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    let door = door.with("x-sig", &tag);
    door.send(Method::POST, "/api/webhooks/shop", body.to_vec().into())
        .await
}

fn all_sources(receiver: &Receiver, collector: &Collector) -> Builder {
    with_crm(&receiver.url(), QUICK)
        .config(SOURCES)
        .config(&collector.config(""))
        .variable("SHOP", "s3cret")
}

fn names(spans: &[Span]) -> BTreeSet<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

fn only<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    let first = named.next().unwrap_or_else(|| panic!("{name} in {spans:#?}"));
    assert!(named.next().is_none(), "one {name} in {spans:#?}");
    first
}

/// The trace that a receiver was told of in this call, and where in it.
fn told(traceparent: &str) -> (&str, &str) {
    let parts: Vec<&str> = traceparent.split('-').collect();
    (parts[1], parts[2])
}

#[tokio::test]
async fn one_trace_is_on_every_span_and_at_the_receiver_also_across_a_restart() {
    let (receiver, collector) = (Receiver::glad().await, Collector::glad().await);
    let appliance = all_sources(&receiver, &collector).start().await;
    appliance.open_poll("best").await;
    done(&appliance, "/api/destinations/crm/pause").await;
    let Appliance { admin, public, .. } = &appliance;
    let script = public.with("content-type", "application/json");
    let vote = ballot("best", "a", ("u-1", "k-1"));
    let converted = json!({ "goal": "signup", "idempotencyKey": "c-1" });
    let form = json!({ "email": "ann@example.com" });
    let sent = [
        (
            "POST /api/events",
            within(admin, 1, "01").post("/api/events", &event("k-1")).await,
        ),
        (
            "POST /api/webhooks/{source}",
            webhook(&within(public, 2, "01")).await,
        ),
        (
            "POST /api/forms/{name}",
            within(&script, 3, "01").post("/api/forms/waitlist", &form).await,
        ),
        (
            "POST /api/vote",
            within(public, 4, "01").post("/api/vote", &vote).await,
        ),
        (
            "POST /api/convert",
            within(public, 5, "01").post("/api/convert", &converted).await,
        ),
    ];
    for (name, answer) in &sent {
        assert_eq!(answer.status, 202, "{name}: {}", answer.text());
    }
    let directory = appliance.stop().await;
    let before: Vec<Span> = collector.spans();
    assert!(!names(&before).contains("deliver"));

    let appliance = all_sources(&receiver, &collector)
        .directory(directory)
        .start()
        .await;
    done(&appliance, "/api/destinations/crm/resume").await;
    let calls = receiver.wait(3).await;
    for (number, (name, _)) in (1_u8..).zip(&sent) {
        let trace = trace(number);
        let is_delivered = number <= 3;
        let many = if is_delivered { 5 } else { 2 };
        let spans = collector.of_trace(&trace, |spans| spans.len() >= many).await;
        let server = only(&spans, name);
        assert_eq!((server.parent.as_str(), server.kind), (CALLER, SpanKind::Server));
        assert_eq!(server.says("http.response.status_code"), "202");
        assert_eq!(only(&spans, "journal commit").parent, server.id);
        assert!(
            spans
                .iter()
                .all(|span| span.state == "rojo=1" && span.error.is_none())
        );
        assert!(spans.iter().all(|span| span.resource["service.name"] == "gantry"));
        if !is_delivered {
            assert_eq!(spans.len(), 2, "{spans:#?}");
            continue;
        }
        let mut whole = WHOLE;
        whole[4] = name;
        assert_eq!((names(&spans), spans.len()), (whole.into(), 5));
        let (waited, delivery, call) = (
            only(&spans, "queue wait"),
            only(&spans, "deliver"),
            only(&spans, "POST"),
        );
        assert_eq!((&waited.parent, &delivery.parent), (&server.id, &server.id));
        assert_eq!((&call.parent, call.kind), (&delivery.id, SpanKind::Client));
        assert_eq!(delivery.kind, SpanKind::Consumer);
        assert_eq!(
            (delivery.says("gantry.outcome"), delivery.says("gantry.attempt")),
            ("delivered", "1")
        );
        let got: Vec<_> = calls
            .iter()
            .map(|got| told(got.header("traceparent")))
            .filter(|(of, _)| *of == trace)
            .collect();
        assert_eq!(
            got,
            [(trace.as_str(), call.id.as_str())],
            "the receiver stands below the call"
        );
        // When it is due is known to the millisecond.
        let server_ms = server.lasted.0 - server.lasted.0 % 1_000_000;
        assert!(waited.lasted.0 >= server_ms, "{spans:#?}");
        assert_eq!(waited.lasted.1, delivery.lasted.0);
        assert!(delivery.lasted.0 <= call.lasted.0 && call.lasted.1 <= delivery.lasted.1);
    }
    let ids: Vec<String> = collector.spans().into_iter().map(|span| span.id).collect();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "no span is told of twice");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_trace_begins_here_where_none_came_and_goes_on_through_every_attempt() {
    let receiver = Receiver::start(|nth, _| Act::status([503, 404][nth.min(1)])).await;
    let collector = Collector::glad().await;
    let appliance = with_crm(&receiver.url(), QUICK)
        .config(&collector.config(""))
        .start()
        .await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DEAD").await;
    let kept = story(&appliance, &id).await["traceparent"].clone();
    let (trace, root) = told(kept.as_str().expect("it is kept"));
    let spans = collector.of_trace(trace, |spans| spans.len() >= 8).await;
    assert_eq!(spans.len(), 8, "{spans:#?}");
    let server = only(&spans, "POST /api/events");
    assert_eq!((server.id.as_str(), server.parent.as_str()), (root, ""));
    let mut attempts: Vec<&Span> = spans.iter().filter(|span| span.name == "deliver").collect();
    attempts.sort_by_key(|span| span.lasted.0);
    for (span, (number, outcome, class, status)) in attempts
        .iter()
        .zip([("1", "retried", "5xx", "503"), ("2", "dead", "4xx", "404")])
    {
        assert_eq!(
            (span.says("gantry.attempt"), span.says("gantry.outcome")),
            (number, outcome)
        );
        assert_eq!(span.error.as_deref(), Some(class));
        assert_eq!(
            (span.says("gantry.event.id"), span.says("gantry.destination")),
            (id.as_str(), "crm")
        );
        assert_eq!(span.says("gantry.event.type"), "LEAD_CAPTURE");
        let call = spans
            .iter()
            .find(|call| call.parent == span.id)
            .expect("its call");
        assert_eq!(call.says("http.response.status_code"), status);
        assert_eq!(
            (call.says("error.type"), call.error.as_deref()),
            (status, Some(class))
        );
        assert_eq!(
            call.says("http.request.resend_count"),
            if number == "1" { "" } else { "1" }
        );
        assert_eq!(call.says("server.port"), receiver.at.port().to_string());
    }
    for got in receiver.got() {
        assert_eq!(told(got.header("traceparent")).0, trace);
    }
}

#[tokio::test]
async fn whoever_calls_decides_whether_a_trace_is_told_of_and_else_the_ratio_does() {
    let (receiver, collector) = (Receiver::glad().await, Collector::glad().await);
    let appliance = with_crm(&receiver.url(), QUICK)
        .config(&collector.config("otlp_ratio = 0.0"))
        .start()
        .await;
    for (key, door) in [
        ("k-0", within(&appliance.admin, 1, "00")),
        ("k-1", appliance.admin.clone()),
        ("k-2", within(&appliance.admin, 2, "01")),
    ] {
        let answer = door.post("/api/events", &event(key)).await;
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        settled(&appliance, &id, "DELIVERED").await;
    }
    let spans = collector.of_trace(&trace(2), |spans| spans.len() >= 5).await;
    assert_eq!(collector.spans().len(), spans.len(), "and no other");
    let flags: Vec<String> = receiver
        .got()
        .iter()
        .map(|got| got.header("traceparent").chars().rev().take(2).collect())
        .collect();
    assert_eq!(
        flags,
        ["00", "00", "10"],
        "receivers are told the same, from right to left"
    );
}

#[tokio::test]
async fn a_call_of_several_events_is_a_trace_of_its_own_that_speaks_of_theirs() {
    let (receiver, collector) = (Receiver::glad().await, Collector::glad().await);
    let lines = format!("{QUICK}\nbatch = {{ max = 3, wait = \"10s\" }}");
    let appliance = with_crm(&receiver.url(), &lines)
        .config(&collector.config(""))
        .start()
        .await;
    let events: Vec<Value> = (0..3).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    let got = receiver.wait(1).await;
    let (trace, id) = told(got[0].header("traceparent"));
    let calls = collector.of_trace(trace, |spans| !spans.is_empty()).await;
    let call = only(&calls, "POST");
    assert_eq!((call.id.as_str(), call.parent.as_str()), (id, ""));
    let delivered = until(|| async {
        let spans = collector
            .spans()
            .into_iter()
            .filter(|span| span.name == "deliver");
        let spans: Vec<Span> = spans.collect();
        (spans.len() == 3).then_some(spans)
    })
    .await;
    let of_theirs: BTreeSet<&String> = delivered.iter().map(|span| &span.id).collect();
    assert_eq!(call.links.iter().collect::<BTreeSet<_>>(), of_theirs);
    for span in &delivered {
        assert_eq!(span.links, std::slice::from_ref(&call.id));
        assert_eq!(span.trace, delivered[0].trace, "they came together");
        assert_ne!(span.trace, call.trace);
    }
}

/// What nobody is to find in a span; each begins with a letter of its own.
const CANARIES: [&str; 9] = [
    "qanary-of-a-header",
    "T0canary0path",
    "vanary-of-the-query",
    "wanary-of-the-payload",
    "xanary-of-the-key",
    "yanary-of-the-agent",
    "203.0.113.77",
    "zanary-of-the-request",
    "ganary-of-the-answer",
];

#[tokio::test]
async fn no_span_holds_a_secret_an_address_of_a_visitor_or_what_was_sent_or_answered() {
    let receiver = Receiver::start(|_, _| Act::said(400, "ganary-of-the-answer")).await;
    let collector = Collector::glad().await;
    let hook = format!("http://{}/T0canary0path?token=vanary-of-the-query", receiver.at);
    let lines = format!("{QUICK}\nheaders = {{ Authorization = \"env:TOKEN\" }}");
    let appliance = with_crm("env:HOOK", &lines)
        .config("[server]\ntrusted_proxies = [\"loopback\"]")
        .config(&collector.config("otlp_headers = { Authorization = \"env:COLLECTOR\" }"))
        .variable("HOOK", &hook)
        .variable("TOKEN", "Bearer qanary-of-a-header")
        .variable("COLLECTOR", "Bearer for-the-collector")
        .variable("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        .start()
        .await;
    appliance.open_poll("best").await;
    let visitor = appliance
        .public
        .with("x-forwarded-for", "203.0.113.77")
        .with("user-agent", "yanary-of-the-agent");
    let vote = ballot("best", "a", ("wanary-of-the-payload", "xanary-of-the-key"));
    let voted = visitor.post("/api/vote?zanary-of-the-request=1", &vote).await;
    assert_eq!(voted.status, 202, "{}", voted.text());
    let mut sent = event("xanary-of-the-key");
    sent["payload"] = json!({ "text": "wanary-of-the-payload" });
    let id = post(&appliance, &sent).await;
    settled(&appliance, &id, "DEAD").await;
    until(|| async { names(&collector.spans()).contains("deliver").then_some(()) }).await;
    drop(appliance);
    let all: BTreeSet<String> = collector.spans().into_iter().map(|span| span.name).collect();
    for name in [
        "POST /api/vote",
        "POST /api/events",
        "POST",
        "deliver",
        "queue wait",
    ] {
        assert!(all.contains(name), "{name} in {all:?}");
    }
    for got in collector.0.got() {
        assert_eq!(got.header("authorization"), "Bearer for-the-collector");
        let body = String::from_utf8_lossy(&got.body).into_owned();
        for canary in CANARIES {
            assert!(!body.contains(canary), "{canary} in {body}");
        }
    }
}

#[tokio::test]
async fn spans_that_a_collector_cannot_take_now_are_sent_again_and_none_is_lost() {
    let collector = Collector::start(|nth, _| match nth {
        0 => Act::status(503),
        1 => Act::Close,
        2 => Act::retry_after(429, "0"),
        _ => Act::status(200),
    })
    .await;
    let receiver = Receiver::glad().await;
    let appliance = with_crm(&receiver.url(), QUICK)
        .config(&collector.config(""))
        .variable("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .start()
        .await;
    let answer = within(&appliance.admin, 1, "01")
        .post("/api/events", &event("k-1"))
        .await;
    assert_eq!(answer.status, 202);
    until(|| async { (appliance.metrics.spans_exported().get() >= 5).then_some(()) }).await;
    let got = collector.0.got();
    assert!(got.len() >= 4 && got[0].header("content-encoding") == "gzip");
    let taken: Vec<Span> = got[3..].iter().flat_map(crate::collector::read).collect();
    let of_trace = taken.iter().filter(|span| span.trace == trace(1));
    assert_eq!(of_trace.count(), 5);
    assert_eq!(metric(&appliance, "gantry_spans_dropped_total").await, 0.0);
    let errors = metric(&appliance, "gantry_worker_errors_total{worker=\"spans\"}").await;
    assert_eq!(errors, 3.0);
}

#[tokio::test]
async fn what_a_collector_does_not_want_is_dropped_and_counted() {
    let partly = official::ExportTraceServiceResponse {
        partial_success: Some(official::ExportTracePartialSuccess {
            rejected_spans: 1,
            error_message: "too old".to_owned(),
        }),
    };
    let partly = partly.encode_to_vec();
    let collector = Collector::start(move |nth, _| match nth {
        0 => Act::said(400, "not like this"),
        _ => Act::Answer(200, Vec::new(), partly.clone()),
    })
    .await;
    let appliance = Appliance::build().config(&collector.config("")).start().await;
    let vote = async |number: u8| {
        let user = format!("u-{number}");
        let vote = ballot("best", "a", (&user, "k"));
        let door = within(&appliance.public, number, "01");
        assert_eq!(door.post("/api/vote", &vote).await.status, 404);
    };
    vote(1).await;
    until(|| async { (appliance.metrics.spans_dropped().get() == 1).then_some(()) }).await;
    vote(2).await;
    vote(3).await;
    until(|| async {
        let counted = (
            appliance.metrics.spans_dropped().get(),
            appliance.metrics.spans_exported().get(),
        );
        (counted.0 + counted.1 >= 3).then_some(counted)
    })
    .await;
    let sent: usize = collector.spans().len();
    assert_eq!(sent, 3, "nothing is sent again");
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_is_silent_or_gone_and_neither_does_the_end() {
    let silent = Collector::start(|_, _| Act::Silence).await;
    let gone = Collector::glad().await;
    let nobody = gone.config("");
    gone.0.close().await;
    for config in [silent.config(""), nobody] {
        let appliance = Appliance::build().config(&config).start().await;
        appliance.open_poll("best").await;
        for n in 0..20 {
            let user = format!("u-{n}");
            let begun = Instant::now();
            assert_eq!(appliance.vote("best", "a", (&user, "k")).await.status, 202);
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
        let metrics = appliance.metrics.clone();
        if config == silent.config("") {
            silent.0.wait(1).await;
        }
        let begun = Instant::now();
        drop(appliance.stop().await);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let (dropped, exported) = (metrics.spans_dropped().get(), metrics.spans_exported().get());
        assert_eq!(
            (dropped, exported),
            (41, 0),
            "twenty votes, their commits, and the poll"
        );
    }
}

#[tokio::test]
async fn without_a_collector_traces_are_what_they_were() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(story(&appliance, &id).await["traceparent"], Value::Null);
    let got = receiver.wait(1).await;
    assert_eq!(told(got[0].header("traceparent")).0, id.replace('-', ""));
    let page = appliance.stranger.get("/metrics").await.text();
    assert!(!page.contains("worker=\"spans\""), "no worker waits for nothing");
}
