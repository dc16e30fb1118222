use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::Frame;
use http_body_util::Full;

use super::*;

const SOON: Duration = Duration::from_millis(50);

/// A body in pieces that then ends, or never does.
struct Pieces {
    left: Vec<&'static str>,
    hangs: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.left.pop() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))),
            None if self.hangs => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

fn pieces(of: &[&'static str]) -> Pieces {
    let left = of.iter().rev().copied().collect();
    Pieces { left, hangs: false }
}

fn status<T>(result: Result<T, ApiError>) -> u16 {
    result.err().map_or(200, |e| e.status().as_u16())
}

#[tokio::test]
async fn a_body_in_one_piece_is_not_copied() {
    let sent = Bytes::from_static(b"whole");
    let got = read(Full::new(sent.clone()), 5, SOON).await.expect("a body");
    assert_eq!(got.as_ptr(), sent.as_ptr());
}

#[tokio::test]
async fn pieces_are_joined_up_to_the_limit() {
    assert_eq!(
        read(pieces(&["ab", "cd", "e"]), 5, SOON).await.expect("a body"),
        "abcde"
    );
    assert_eq!(read(pieces(&["only"]), 5, SOON).await.expect("a body"), "only");
    assert_eq!(read(pieces(&[]), 5, SOON).await.expect("a body"), "");
    assert_eq!(status(read(pieces(&["ab", "cd", "ef"]), 5, SOON).await), 413);
}

#[tokio::test]
async fn an_announced_size_over_the_limit_is_refused_unread() {
    assert_eq!(
        status(read(Full::new(Bytes::from_static(b"123456")), 5, SOON).await),
        413
    );
}

#[tokio::test]
async fn a_body_that_does_not_end_is_given_up() {
    let slow = Pieces {
        left: vec!["a"],
        hangs: true,
    };
    assert_eq!(status(read(slow, 5, SOON).await), 408);
}

#[derive(serde::Deserialize, Debug)]
#[expect(dead_code, reason = "only whether it parses is asked")]
struct Ballot {
    poll: String,
    option: u32,
}

#[test]
fn what_is_not_json_is_400_and_what_has_another_form_422() {
    let parse = |text: &str| json::<Ballot>(text.as_bytes());
    assert_eq!(status(parse(r#"{"poll":"p","option":1}"#)), 200);
    for bad in [
        "",
        "{",
        "poll=p",
        r#"{"poll":1,"option":}"#,
        "{\"poll\":\"\u{1}\"}",
        "{} x",
    ] {
        assert_eq!(status(parse(bad)), 400, "{bad:?}");
    }
    for wrong in [
        r#"{"poll":1,"option":1}"#,
        r#"{"poll":"p"}"#,
        "[]",
        "null",
        r#"["p","o"]"#,
    ] {
        assert_eq!(status(parse(wrong)), 422, "{wrong:?}");
    }
    let error = parse("{\n]").expect_err("not JSON");
    assert_eq!(error.detail(), "not JSON: line 2, column 1");
}

#[test]
fn nesting_is_read_to_32_and_no_deeper() {
    let nested = |n: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(n - 1), "]".repeat(n - 1));
    assert_eq!(status(json::<serde_json::Value>(nested(32).as_bytes())), 200);
    assert_eq!(status(json::<serde_json::Value>(nested(33).as_bytes())), 400);
    let quoted = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(100));
    assert_eq!(status(json::<serde_json::Value>(quoted.as_bytes())), 200);
}
