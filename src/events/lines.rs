//! A batch: one event to a line (NDJSON), each by itself.

use http::StatusCode;

use crate::web::ApiError;

/// The largest batch, in bytes: as much as one request may hold in memory.
pub const MAX_BATCH: usize = 8 * 1024 * 1024;
/// The most events of a batch.
pub const LINES_MOST: usize = 10_000;

/// The lines of a batch in their order, without their ends (`\n` or `\r\n`). Those with nothing in them are passed over
/// and not counted.
///
/// # Errors
/// 413 when it is over [`MAX_BATCH`] or has more than [`LINES_MOST`] lines.
pub fn lines(body: &[u8]) -> Result<impl Iterator<Item = &[u8]>, ApiError> {
    if body.len() > MAX_BATCH {
        return Err(ApiError::too_large(MAX_BATCH));
    }
    if filled(body).nth(LINES_MOST).is_some() {
        let detail = format!("the batch has more than {LINES_MOST} lines");
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    Ok(filled(body))
}

fn filled(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &[u8]) -> Vec<&[u8]> {
        lines(body).map(Iterator::collect).expect("a batch")
    }

    #[test]
    fn lines_end_as_they_may_and_empty_ones_are_passed_over() {
        assert_eq!(split(b"{}\n[]\r\n\n \t\r\n1"), [&b"{}"[..], b"[]", b"1"]);
        assert_eq!(split(b""), [b""; 0]);
        assert_eq!(split(b"\n\r\n"), [b""; 0]);
        assert_eq!(split(b"a\rb\n"), [b"a\rb"]);
    }

    #[test]
    fn a_batch_ends_at_its_limits() {
        let most = "1\n".repeat(LINES_MOST);
        assert_eq!(split(most.as_bytes()).len(), LINES_MOST);
        assert_eq!(split((most.clone() + "\n\n").as_bytes()).len(), LINES_MOST);
        let more = most + "1";
        assert_eq!(
            lines(more.as_bytes()).err().map(|e| e.status().as_u16()),
            Some(413)
        );
        let large = vec![b' '; MAX_BATCH + 1];
        assert_eq!(lines(&large).err().map(|e| e.status().as_u16()), Some(413));
    }
}
