//! The trace that a request belongs to: what its headers say, and where in it the request is taken.

use http::{Extensions, HeaderMap, HeaderName};

use crate::model::trace::{Parent, State, Trace};
use crate::traces::Spot;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace that what is made of a request belongs to: it goes on from where the request is taken, and from whoever sent it
/// where nobody is told of traces.
#[must_use]
pub fn of(extensions: &Extensions, headers: &HeaderMap) -> Option<Trace> {
    match spot(extensions) {
        Some(spot) => Some(spot.trace()),
        None => came(headers),
    }
}

/// Where in a trace a request is taken, if traces are told of.
#[must_use]
pub fn spot(extensions: &Extensions) -> Option<&Spot> {
    extensions.get()
}

/// The trace of the headers `traceparent` and `tracestate` (W3C Trace Context). A parent that is malformed, or stands twice, is
/// as good as none, and so is a state without a parent (§3.3); a state in which something is wrong is left out.
#[must_use]
pub fn came(headers: &HeaderMap) -> Option<Trace> {
    let mut parents = headers.get_all(TRACEPARENT).iter();
    let only = parents.next().filter(|_| parents.next().is_none())?;
    let parent = Parent::parse(only.to_str().ok()?.trim_matches([' ', '\t']))?;
    let states = headers.get_all(TRACESTATE).iter().map(|value| value.to_str());
    let states: Option<Vec<&str>> = states.map(Result::ok).collect();
    Some(Trace {
        parent,
        state: states.and_then(State::parse),
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(fields: &[(HeaderName, &[u8])]) -> Option<(String, Option<String>)> {
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).expect("a value");
        let mut headers = HeaderMap::new();
        for (name, bytes) in fields {
            headers.append(name.clone(), value(bytes));
        }
        let trace = came(&headers)?;
        Some((
            trace.parent.to_string(),
            trace.state.map(|state| state.as_str().to_owned()),
        ))
    }

    #[test]
    fn a_trace_is_its_one_parent_and_what_its_states_hold() {
        let parent = |text: &'static str| (TRACEPARENT, text.as_bytes());
        let state = |text: &'static str| (TRACESTATE, text.as_bytes());
        let found = |state: Option<&str>| Some((PARENT.to_owned(), state.map(str::to_owned)));
        assert_eq!(read(&[parent(PARENT)]), found(None));
        assert_eq!(
            read(&[parent(
                "\t00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 "
            )]),
            found(None)
        );
        assert_eq!(
            read(&[state("a=1"), parent(PARENT), state("b=2")]),
            found(Some("a=1,b=2"))
        );
        assert_eq!(read(&[parent(PARENT), state("a=1"), state("a=2")]), found(None));
        assert_eq!(
            read(&[parent(PARENT), state("a=1"), (TRACESTATE, b"b=\xff")]),
            found(None)
        );
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[state("a=1")]), None);
        assert_eq!(
            read(&[parent(PARENT), parent(PARENT)]),
            None,
            "one that stands twice is none"
        );
        assert_eq!(
            read(&[parent("00-4bf92f3577b34da6a3ce929d0e0e4736"), state("a=1")]),
            None
        );
        assert_eq!(read(&[(TRACEPARENT, b"\xff")]), None);
    }
}
