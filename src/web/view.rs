//! The seam between those who serve pages and those who count them: what is told of each page view.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;

use crate::model::time::Millis;

/// A page that was asked for and answered: what counting needs to know.
///
/// It is told once for each `GET` that was answered 200 or 304 with an HTML page, from the cache or not, before the answer
/// leaves. Whether it is a visit is not for the teller to say: bots, prefetches and health checks are told too.
#[derive(Clone, Copy, Debug)]
pub struct PageView<'a> {
    /// When it was asked for, by people's clocks.
    pub at: Millis,
    /// Who asked, behind the proxies that are believed.
    pub client: IpAddr,
    /// The site's name, as the request had it; a port does not matter.
    pub host: &'a str,
    /// The path that was asked for, as it came.
    pub path: &'a str,
    /// Everything behind the question mark, as it came.
    pub query: Option<&'a str>,
    /// The request's headers, those that do not reach the origin among them.
    pub headers: &'a HeaderMap,
    /// Which page of several was served under the same path: the value of the rule's cookie.
    pub variant: Option<&'a str>,
}

/// Who is told of each page view: counting, behind the pages. It is called on the hottest path there is, so it takes
/// microseconds, does not wait and cannot fail.
pub type Audience = Arc<dyn Fn(&PageView<'_>) + Send + Sync>;
