//! What a request says of its event beside the body and its key: the trace it belongs to.

use http::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header `traceparent` (W3C Trace Context, version 00). One that is malformed, or stands twice, is as good as none
/// (§4.3 of it).
#[must_use]
pub fn traceparent(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    let text = only.to_str().ok().map(|text| text.trim_matches([' ', '\t']))?;
    is_traceparent(text).then(|| text.to_owned())
}

fn is_traceparent(text: &str) -> bool {
    let hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let set = |part: &str| part.bytes().any(|b| b != b'0');
    let parts: Vec<&str> = text.splitn(5, '-').collect();
    match parts.as_slice() {
        ["00", trace, parent, flags] => {
            hex(trace, 32) && set(trace) && hex(parent, 16) && set(parent) && hex(flags, 2)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, values: &[&[u8]]) -> HeaderMap {
        let value = |bytes: &&[u8]| HeaderValue::from_bytes(bytes).expect("a value");
        values.iter().map(|bytes| (name.clone(), value(bytes))).collect()
    }

    #[test]
    fn a_trace_is_kept_only_if_it_is_well_formed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = |values: &[&[u8]]| traceparent(&headers(TRACEPARENT, values));
        assert_eq!(read(&[good.as_bytes()]).as_deref(), Some(good));
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[good.as_bytes(), good.as_bytes()]), None);
        for bad in [
            "",
            "00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        ] {
            assert_eq!(read(&[bad.as_bytes()]), None, "{bad}");
        }
    }
}
