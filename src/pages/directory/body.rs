//! Bodies: what is in memory at once, and the rest as it is read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::open::{Content, Opened};

/// How much of a large file is read at a time, in bytes, and held for one visitor.
const CHUNK_BYTES: usize = 256 << 10;

/// The body of so many bytes from `from` on, which the file has.
pub(super) fn of(opened: Opened, from: u64, bytes: u64) -> Body {
    match opened.content {
        Content::Whole(whole) => {
            let end = from.saturating_add(bytes);
            let range = usize::try_from(from).ok().zip(usize::try_from(end).ok());
            let part = range.filter(|(from, end)| from <= end && *end <= whole.len());
            Body::from(part.map_or_else(Bytes::new, |(from, end)| whole.slice(from..end)))
        }
        Content::Open(file) => read(Arc::new(file), from, bytes),
    }
}

/// A file that is cut short while it is read breaks the body off: what came is not taken for the whole.
fn read(file: Arc<File>, from: u64, bytes: u64) -> Body {
    let end = from.saturating_add(bytes);
    Body::from_stream(stream::try_unfold(from, move |at| {
        let file = Arc::clone(&file);
        async move {
            let left = usize::try_from(end.saturating_sub(at)).unwrap_or(CHUNK_BYTES);
            if left == 0 {
                return Ok(None);
            }
            let read = tokio::task::spawn_blocking(move || {
                let mut chunk = vec![0; left.min(CHUNK_BYTES)];
                file.read_exact_at(&mut chunk, at)?;
                Ok::<_, io::Error>(Bytes::from(chunk))
            });
            let chunk = read.await.map_err(io::Error::other)??;
            let next = at.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            Ok::<_, io::Error>(Some((chunk, next)))
        }
    }))
}
