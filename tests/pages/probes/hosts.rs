//! Hosts that are written so that one reads another than the other, and targets in absolute form (RFC 9112, §3.2.2).

use super::{Maker, Route};
use crate::client::browsing;

const HOST: &str = "Host: shop.example\r\n";

/// Instead of the line of the host.
const INSTEAD: [&str; 26] = [
    "Host: {}.evil.example\r\n",
    "Host: shop.example:{}\r\n",
    "Host: shop.example:80{}\r\n",
    "Host: shop.example.{}\r\n",
    "Host: {}@shop.example\r\n",
    "Host: shop.example@{}.evil.example\r\n",
    "Host: {}:x@shop.example\r\n",
    "Host: shop.example/{}\r\n",
    "Host: shop.example/?{}\r\n",
    "Host: shop.example?{}\r\n",
    "Host: shop.example#{}\r\n",
    "Host: shop.example#@{}.evil.example\r\n",
    "Host: shop.example,{}.evil.example\r\n",
    "Host: shop.example {}\r\n",
    "Host: shop.example\t{}\r\n",
    "Host: shop.example%00{}\r\n",
    "Host: shop.example\\{}\r\n",
    "Host: \"shop.example\" {}\r\n",
    "Host: shop.example\r\nHost: {}.evil.example\r\n",
    "Host: {}.evil.example\r\nHost: shop.example\r\n",
    "Host: shop.example\r\n {}.evil.example\r\n",
    " Host: {}.evil.example\r\nHost: shop.example\r\n",
    "Host : {}.evil.example\r\nHost: shop.example\r\n",
    "Host: shop.example\r\nHOST: {}.evil.example\r\n",
    "Host:\r\nX-Forwarded-Host: {}.evil.example\r\n",
    "X-Forwarded-Host: {}.evil.example\r\n",
];

/// The same host, written otherwise, with something to be seen beside it.
const THE_SAME: [&str; 7] = [
    "SHOP.EXAMPLE",
    "Shop.Example",
    "shop.example.",
    "shop.example:80",
    "shop.example:080",
    "shop.example:31337",
    "shop.example:",
];

/// In absolute form.
const ABSOLUTE: [&str; 8] = [
    "http://{}.evil.example{path}",
    "http://shop.example:{}{path}",
    "http://{}@shop.example{path}",
    "https://{}.evil.example{path}",
    "ftp://{}.evil.example{path}",
    "http://shop.example{path}?{}",
    "//{}.evil.example{path}",
    "http:{path}?{}",
];

pub(super) fn probes(maker: &mut Maker, route: Route) {
    for host in INSTEAD {
        let target = maker.target(route);
        let host = host.replace("{}", &target.canary);
        let request = browsing(&target.path, "").replacen(HOST, &host, 1);
        maker.poison(format!("host {host:?}"), &target, request);
    }
    for host in THE_SAME {
        let target = maker.target(route);
        let more = format!("X-Forwarded-Host: {}.evil.example\r\n", target.canary);
        let request = browsing(&target.path, &more).replacen(HOST, &format!("Host: {host}\r\n"), 1);
        maker.poison(format!("host {host} beside another"), &target, request);
    }
    for form in ABSOLUTE {
        let target = maker.target(route);
        let written = form.replace("{path}", &target.path).replace("{}", &target.canary);
        maker.poison(format!("host in {form}"), &target, browsing(&written, ""));
        let target = maker.target(route);
        let written = form.replace("{path}", &target.path).replace("{}", &target.canary);
        let request = browsing(&written, "").replacen(HOST, "Host: other.example\r\n", 1);
        maker.poison(format!("host in {form}, with another"), &target, request);
    }
}
