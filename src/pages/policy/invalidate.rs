//! Invalidation: what a request that changes something makes invalid (RFC 9111 §4.4).

use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderMap, Method, StatusCode, Uri};

/// Whether a request may have changed what its target is (RFC 9110 §9.2.1).
pub(in crate::pages) fn is_unsafe(method: &Method) -> bool {
    !(method.is_safe() || *method == Method::CONNECT)
}

/// The targets (path and query) on the same host that an answer to an unsafe request makes invalid: its own, and those its
/// `Location` and `Content-Location` name. None where it failed.
pub(in crate::pages) fn targets(
    (authority, target): (&str, &str),
    status: StatusCode,
    answered: &HeaderMap,
) -> Vec<String> {
    if status.is_client_error() || status.is_server_error() {
        return Vec::new();
    }
    let mut targets = vec![target.to_owned()];
    let named = [LOCATION, CONTENT_LOCATION];
    let named = named.iter().filter_map(|name| answered.get(name)?.to_str().ok());
    for text in named {
        let Ok(uri) = text.parse::<Uri>() else { continue };
        let is_ours = uri
            .authority()
            .is_none_or(|own| own.as_str().eq_ignore_ascii_case(authority));
        if let Some(named) = uri.path_and_query().filter(|_| is_ours && text.contains('/')) {
            targets.push(named.as_str().to_owned());
        }
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_and_what_it_names_on_the_same_host_are_made_invalid() {
        let mut answered = HeaderMap::new();
        answered.insert(LOCATION, "http://a.example/made".parse().unwrap());
        answered.insert(CONTENT_LOCATION, "/list?page=1".parse().unwrap());
        let of = |status| targets(("a.example", "/post"), status, &answered);
        assert_eq!(of(StatusCode::CREATED), ["/list?page=1", "/made", "/post"]);
        assert_eq!(of(StatusCode::SEE_OTHER).len(), 3);
        assert!(of(StatusCode::BAD_REQUEST).is_empty() && of(StatusCode::BAD_GATEWAY).is_empty());
        answered.insert(LOCATION, "http://b.example/made".parse().unwrap());
        assert!(!targets(("a.example", "/post"), StatusCode::OK, &answered).contains(&"/made".to_owned()));
    }

    #[test]
    fn only_what_changes_something_is_unsafe() {
        assert!(is_unsafe(&Method::POST) && is_unsafe(&Method::DELETE));
        assert!(is_unsafe(&Method::from_bytes(b"FROB").unwrap()));
        assert!(!is_unsafe(&Method::GET) && !is_unsafe(&Method::OPTIONS));
    }
}
