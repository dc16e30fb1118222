//! The report as one page of HTML: nothing in it comes from elsewhere, and nothing in it runs.
//!
//! A [`ReportData`] goes in and a document comes out; every word in it is escaped by `markup`, and the page's own policy
//! (CSP) lets it load nothing and use no style but its own.

mod chart;
mod markup;
mod scale;
mod sections;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::data::ReportData;
use markup::Markup;

/// The page's style sheet.
const SHEET: &str = include_str!("../../../assets/report.css");

/// The policy under which the page is shown: it loads nothing, and no style is used but its own.
#[must_use]
pub fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SHEET));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

/// The whole page.
#[must_use]
pub fn page(data: &ReportData) -> String {
    let mut page = Markup::default();
    page.element("html", &[("lang", "en")], |page| {
        page.element("head", &[], |page| head(page, data));
        page.element("body", &[], |page| {
            page.element("main", &[], |page| sections::all(page, data));
        });
    });
    page.into_document()
}

fn head(page: &mut Markup, data: &ReportData) {
    page.empty("meta", &[("charset", "utf-8")]);
    // A file has no headers, so the policy stands within it too.
    page.empty(
        "meta",
        &[("http-equiv", "Content-Security-Policy"), ("content", &policy())],
    );
    let fits = "width=device-width, initial-scale=1";
    page.empty("meta", &[("name", "viewport"), ("content", fits)]);
    page.empty("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    page.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    page.line("title", &[], &format!("Launch report, {}", data.range_words));
    page.style(SHEET);
}

#[cfg(test)]
pub(super) mod tests;
