//! Parameters: those that do not count, those that do, and those that hide in others (parameter cloaking).

use super::{Maker, Route};
use crate::client::browsing;

/// What newsletters, advertisers and frameworks put behind an address.
const UNCOUNTED: [&str; 24] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "_ga",
    "ref",
    "callback",
    "_method",
    "_rsc",
    "lang",
    "x",
];

/// Ways to hide a parameter, or to say one twice. `page` is in the key of the ruled route.
const CLOAKED: [&str; 30] = [
    "?page=1;x={}",
    "?page=1;page={}",
    "?page=1&page={}",
    "?page={}&page=1",
    "?utm_source=1;page={}",
    "?utm_content=a;utm_term={}",
    "?page=1&&x={}",
    "?&&&x={}",
    "?page=1&x={}&",
    "?%70age={}",
    "?pag%65=1&page={}",
    "?PAGE={}",
    "?Page=1&page={}",
    "?page[]={}",
    "?page%5B%5D={}",
    "?page%00={}",
    "?page=1%00{}",
    "?page=1%26x={}",
    "?page%3D1%26x={}",
    "?page=1%23{}",
    "?page+={}",
    "?%20page={}",
    "?page=1?x={}",
    "??page={}",
    "?={}",
    "?{}",
    "?x={}#fragment",
    "?page=%ff%fe{}",
    "?__proto__[x]={}",
    "?page=1\t&x={}",
];

pub(super) fn probes(maker: &mut Maker, route: Route) {
    for name in UNCOUNTED {
        for value in ["{}", "%3Cscript%3E{}", "%22%3E{}%0d%0aX-Injected:%201"] {
            asked(maker, route, &format!("?{name}={value}"));
        }
    }
    for query in CLOAKED {
        asked(maker, route, query);
    }
}

fn asked(maker: &mut Maker, route: Route, query: &str) {
    let target = maker.target(route);
    let request = browsing(
        &format!("{}{}", target.path, query.replace("{}", &target.canary)),
        "",
    );
    let clean = ["", "?page=1", "?utm_source=news"];
    maker.poison_all(format!("query {query}"), (&target, &clean), request);
}
