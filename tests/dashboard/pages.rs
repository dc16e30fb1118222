//! Every page of the dashboard.

/// A page: what its pictures are called, and where it is.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) path: String,
}

/// Every page, with the poll, the event and the destination that it is about. What does not exist has a page too.
pub(crate) fn every(poll: &str, event: &str, destination: &str) -> Vec<Page> {
    let page = |name, path: &str| Page {
        name,
        path: path.to_owned(),
    };
    vec![
        page("now", "/"),
        page("launch", "/launch"),
        page("polls", "/polls"),
        page("poll", &format!("/polls/{poll}")),
        page("events", "/events"),
        page("event", &format!("/events/{event}")),
        page("dead-letters", "/dead-letters"),
        page("destinations", "/destinations"),
        page("destination", &format!("/destinations/{destination}")),
        page("site", "/site"),
        page("funnel", "/funnel"),
        page("funnel-days", "/funnel?from=2024-02-28&to=2024-03-01"),
        page("system", "/system"),
        page("sign-in", "/sign-in"),
    ]
}
