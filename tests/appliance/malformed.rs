//! Bodies that are no votes: each is refused with a problem, and nothing is counted.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::support::http::Line;
use crate::support::{Appliance, ballot, with};

/// Not JSON: 400.
const NOT_JSON: &[&[u8]] = &[
    b"",
    b" ",
    b"\x00",
    b"{",
    b"}",
    b"[",
    b"\"",
    b"nul",
    b"nan",
    b"NaN",
    b"'a'",
    b"{}{}",
    b"{} x",
    b"{,}",
    b"{\"a\":1,}",
    b"{\"a\" 1}",
    b"{a:1}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}\x00",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",}",
    b"\xef\xbb\xbf{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"\\ud800\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"\\udc00\\ud800\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"\\ud83d\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\\x\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\\u12\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\n\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"\xff\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"\xed\xa0\x80\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"\xc0\x80\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"x\":\"\xff\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"x\":01}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"timestamp\":1e999}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"timestamp\":-}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"timestamp\":Infinity}",
    b"pollId=best&optionId=a&userId=u&idempotencyKey=k",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
];

/// JSON, but not of a vote: 422.
const NO_VOTE: &[&[u8]] = &[
    b"null",
    b"true",
    b"0",
    b"1e308",
    b"\"best\"",
    b"[]",
    b"{}",
    b"[\"best\",\"a\",\"u\",\"k\"]",
    b"[\"best\",\"a\",\"u\",\"k\",null,null]",
    b"[{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}]",
    b"{\"pollId\":\"best\",\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"optionId\":\"b\",\"userId\":\"u\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"userId\":\"v\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"idempotencyKey\":\"l\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"\\u0075serId\":\"v\",\"idempotencyKey\":\"k\"}",
    b"{\"poll_id\":\"best\",\"option_id\":\"a\",\"user_id\":\"u\",\"idempotency_key\":\"k\"}",
    b"{\"PollId\":\"best\",\"OptionId\":\"a\",\"UserId\":\"u\",\"IdempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"\\u0000\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\\u0000\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\\u0007\",\"idempotencyKey\":\"k\"}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"timestamp\":1e300}",
    b"{\"pollId\":\"best\",\"optionId\":\"a\",\"userId\":\"u\",\"idempotencyKey\":\"k\",\"timestamp\":\
      999999999999999999999999999999999999999999}",
];

/// Not nameable: what no id may hold, by member.
fn wrong_members() -> Vec<(&'static str, Value)> {
    let wrong = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!([]),
        json!(["a"]),
        json!({}),
        json!({ "a": "b" }),
        json!(""),
        json!("x".repeat(65)),
        json!("\u{1F5F3}".repeat(65)),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!("a\u{7f}"),
        json!("a\u{9b}"),
    ];
    let members = ["userId", "idempotencyKey"].into_iter();
    members
        .flat_map(|member| wrong.iter().map(move |value| (member, value.clone())))
        .collect()
}

async fn post(line: &mut Line, body: &[u8]) -> crate::support::http::Answer {
    line.send(Method::POST, "/api/vote", Bytes::copy_from_slice(body))
        .await
}

#[tokio::test]
async fn what_is_no_vote_is_refused_and_counts_nothing() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let mut line = appliance.public.connect().await;
    for (bodies, status) in [(NOT_JSON, 400), (NO_VOTE, 422)] {
        for body in bodies {
            let answer = post(&mut line, body).await;
            assert_eq!(
                answer.status,
                status,
                "{:?}: {}",
                String::from_utf8_lossy(body),
                answer.text()
            );
            answer.problem(status);
        }
    }
    for (member, value) in wrong_members() {
        let body = with(ballot("best", "a", ("u", "k")), json!({ member: value }));
        let answer = line.post("/api/vote", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(answer.problem(422)["field"], member, "{body}");
    }
    assert_eq!(appliance.total("best").await, 0);
    // The ids of all those bodies are still to be had.
    assert_eq!(appliance.vote("best", "a", ("u", "k")).await.status, 202);
}

#[tokio::test]
async fn an_id_of_the_wrong_type_is_422_and_an_unknown_one_404() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    for member in ["pollId", "optionId"] {
        for (value, status) in [
            (json!(1), 422),
            (json!([]), 422),
            (json!({ "a": 1 }), 422),
            (Value::Null, 422),
            (json!(""), 404),
            (json!("a\u{0}"), 404),
            (json!("x".repeat(2000)), 404),
            (json!("../best"), 404),
        ] {
            let body = with(ballot("best", "a", ("u", "k")), json!({ member: value }));
            appliance.public.post("/api/vote", &body).await.problem(status);
        }
    }
    assert_eq!(appliance.total("best").await, 0);
}

#[tokio::test]
async fn nesting_is_read_to_a_depth_of_32() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let nested = |user: &str, depth: usize| {
        // The vote itself is the first level.
        let inner = "[".repeat(depth - 1) + &"]".repeat(depth - 1);
        let body = ballot("best", "a", (user, "k")).to_string();
        format!("{},\"more\":{inner}}}", body.trim_end_matches('}')).into_bytes()
    };
    let mut line = appliance.public.connect().await;
    assert_eq!(post(&mut line, &nested("u-1", 32)).await.status, 202);
    post(&mut line, &nested("u-2", 33)).await.problem(400);
    post(&mut line, &nested("u-2", 1_500)).await.problem(400);
    post(&mut line, "[".repeat(4096).as_bytes()).await.problem(400);
    assert_eq!(appliance.total("best").await, 1);
}

#[tokio::test]
async fn unusual_but_sound_votes_count() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let sound = [
        r#" {"idempotencyKey":"k","userId":"u-1","optionId":"a","pollId":"best"} "#.to_owned(),
        r#"{"pollId":"\u0062est","optionId":"a","userId":"\ud83d\uddf3","idempotencyKey":"k"}"#.to_owned(),
        ballot("best", "a", (&"\u{1F5F3}".repeat(64), &"k".repeat(64))).to_string(),
        with(
            ballot("best", "a", ("u-4", "k")),
            json!({ "extra": { "a": [1, 2.5, null] } }),
        )
        .to_string(),
        with(
            ballot("best", "a", ("<b>u-5</b> \"'\\", "k")),
            json!({ "timestamp": -1 }),
        )
        .to_string(),
        format!(
            "{}{}",
            " ".repeat(4_000),
            r#"{"pollId":"best","optionId":"a","userId":"u-6","idempotencyKey":"k"}"#
        ),
    ];
    for body in &sound {
        let answer = appliance
            .public
            .send(Method::POST, "/api/vote", body.clone().into())
            .await;
        assert_eq!(answer.status, 202, "{body}: {}", answer.text());
    }
    assert_eq!(appliance.total("best").await, sound.len() as u64);
    appliance.assert_clean().await;
}
