//! Exchanges: one request on one connection, and its answer, whole or as it comes.

use std::io;
use std::ops::ControlFlow;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::route::Stream;
use super::{Answer, Unanswered};

/// The largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 64 << 20;
/// The longest line of a stream, in bytes.
const LINE_BYTES: usize = 1 << 20;

/// Sends the request and hands the answer to `read`, while the connection is driven beside both.
pub(super) async fn exchange<T>(
    stream: Box<dyn Stream>,
    request: Request<Full<Bytes>>,
    read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, Unanswered>,
) -> Result<T, Unanswered> {
    let broken = |e: hyper::Error| Unanswered::Broken(format!("the connection to the server broke: {e}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let exchange = async move { read(sender.send_request(request).await.map_err(broken)?).await };
    tokio::pin!(exchange, connection);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // A connection that has ended has delivered what there is, or made the exchange fail.
        _ = &mut connection => exchange.await,
    }
}

/// Reads the whole answer.
pub(super) async fn whole(response: Response<Incoming>) -> Result<Answer, Unanswered> {
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
    let body = body.map_err(|e| Unanswered::Broken(format!("the answer broke off: {e}")))?;
    Ok(Answer {
        status,
        body: body.to_bytes(),
    })
}

/// Hands on every piece of a file that is as long as the answer says.
pub(super) async fn pieces(
    response: Response<Incoming>,
    on_piece: &mut impl FnMut(Option<u64>, &[u8]) -> io::Result<()>,
) -> Result<(), Unanswered> {
    let mut body = response.into_body();
    let whole = body.size_hint().exact();
    while let Some(frame) = body.frame().await {
        // A body that ends before its length is an error too.
        let frame = frame.map_err(|e| Unanswered::Broken(format!("the file broke off: {e}")))?;
        if let Ok(piece) = frame.into_data() {
            on_piece(whole, &piece).map_err(|e| Unanswered::Broken(format!("cannot write the file: {e}")))?;
        }
    }
    Ok(())
}

/// Hands on the data of every event of a stream, until it ends or nobody wants more.
pub(super) async fn events(
    response: Response<Incoming>,
    mut on_event: impl FnMut(&str) -> ControlFlow<()>,
) -> Result<(), Unanswered> {
    let mut body = response.into_body();
    let mut lines = Lines::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| Unanswered::Broken(format!("the stream broke off: {e}")))?;
        let Ok(chunk) = frame.into_data() else { continue };
        for data in lines.data(&chunk)? {
            if on_event(&data).is_break() {
                return Ok(());
            }
        }
    }
    Err(Unanswered::Broken("the server ended the stream".to_owned()))
}

/// What has come of a line that has not ended.
#[derive(Debug, Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The `data:` lines that `chunk` completes. Our streams put each event's data in one line.
    fn data(&mut self, chunk: &[u8]) -> Result<Vec<String>, Unanswered> {
        self.begun.extend_from_slice(chunk);
        let mut found = Vec::new();
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let data = line.trim_end_matches(['\r', '\n']).strip_prefix("data:");
            found.extend(data.map(|data| data.trim_start_matches(' ').to_owned()));
        }
        if self.begun.len() > LINE_BYTES {
            return Err(Unanswered::Broken("the stream has a line without end".to_owned()));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_however_the_stream_is_cut() {
        let stream = b": hello\n\nevent: results\nid: 7\ndata: {\"a\":1}\n\ndata:{}\r\n";
        for cut in 0..stream.len() {
            let (head, tail) = stream.split_at(cut);
            let mut lines = Lines::default();
            let mut found = lines.data(head).unwrap();
            found.extend(lines.data(tail).unwrap());
            assert_eq!(found, ["{\"a\":1}", "{}"], "cut at {cut}");
        }
    }
}
