//! `[[pages.rule]]`: what is said of some pages beside what their origin says.

use std::time::Duration;

use super::super::duration::{self, Bounds};
use super::super::fault::{Fault, Invalid, Place, shown};
use super::super::fields::Fields;
use super::super::written::{Refusal, Value, Written};
use super::name;
use super::path::{self, PathPattern};

/// What the tables are called.
pub(in super::super) const KIND: &str = "pages.rule";

/// The keys of `[[pages.rule]]`, in the order of the packaged file.
pub(in super::super) const KEYS: [&str; 8] = [
    "path",
    "ttl",
    "stale_while_revalidate",
    "stale_if_error",
    "downstream_ttl",
    "query",
    "variants",
    "warm",
];
/// The keys of one of `variants`.
const VARIANT_KEYS: [&str; 2] = ["cookie", "values"];

/// How long a page may be shown while another is fetched, when nothing is written.
const DEFAULT_STALE_WHILE_REVALIDATE: Duration = Duration::from_secs(30);
/// How long a page may be shown while the origin does not answer, when nothing is written.
const DEFAULT_STALE_IF_ERROR: Duration = Duration::from_secs(600);

/// The most parameters that make another page.
const QUERY_MOST: usize = 32;
/// The longest name of a parameter or of a cookie, in bytes.
const NAME_BYTES: usize = 64;
/// The longest value of a cookie that makes another page, in bytes: it is reported by.
const VALUE_BYTES: usize = 32;
/// The most pages that cookies may make of one: each takes its own memory and its own request to the origin.
const VARIANTS_MOST: usize = 32;
/// The most pages of one rule that are kept warm.
const WARM_MOST: usize = 1_000;

/// What is there to count where people came from, and so makes no other page, ever.
const OF_CAMPAIGNS: [&str; 7] = [
    "gclid",
    "dclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
];

const TTL: Bounds = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_secs(366 * 86_400),
    words: "from 1ms to 366d",
};
const OR_NONE: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(366 * 86_400),
    words: "from 0s to 366d",
};

/// What is said of some pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRule {
    /// Which pages.
    pub path: PathPattern,
    /// How long a page is fresh.
    pub ttl: Duration,
    /// How long after that it is shown while another is fetched (RFC 5861 §3).
    pub stale_while_revalidate: Duration,
    /// How long after that it is shown while the origin does not answer, or with a fault (RFC 5861 §4).
    pub stale_if_error: Duration,
    /// How long browsers and CDNs are told that it is fresh; zero: they ask each time, so that visits are seen.
    pub downstream_ttl: Duration,
    /// The parameters that make another page, sorted, each once. All others leave the key and the origin's request.
    pub query: Vec<String>,
    /// The cookies whose value makes another page.
    pub variants: Vec<PageVariant>,
    /// Paths, some with a query, that are kept warm; the rule takes each of them.
    pub warm: Vec<String>,
}

/// A cookie whose value makes another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageVariant {
    /// The cookie.
    pub cookie: String,
    /// Its values, sorted, each once; any other is as if there were no cookie.
    pub values: Vec<String>,
}

/// Reads one `[[pages.rule]]`.
pub(in super::super) fn read(table: (&Place, &[(String, Written)])) -> (Option<PageRule>, Vec<Fault>) {
    let mut fields = Fields::open(KIND, &KEYS, table);
    let path = fields.required("path", |written| written.one(str::parse::<PathPattern>));
    let ttl = fields.required("ttl", |written| written.one(|text| duration::parse(text, TTL)));
    let mut lasting = |name, default| {
        let read = fields.optional(name, |written| written.one(|text| duration::parse(text, OR_NONE)));
        read.unwrap_or(default)
    };
    let stale_while_revalidate = lasting("stale_while_revalidate", DEFAULT_STALE_WHILE_REVALIDATE);
    let stale_if_error = lasting("stale_if_error", DEFAULT_STALE_IF_ERROR);
    let downstream_ttl = lasting("downstream_ttl", Duration::ZERO);
    let query = fields.optional("query", read_query).unwrap_or_default();
    let variants = fields.optional("variants", read_variants).unwrap_or_default();
    // Without a path, nothing can be said of what lies below it.
    let warm = fields.optional("warm", |written| match &path {
        Some(path) => read_warm(written, (path, &query)),
        None => Ok(Vec::new()),
    });
    let rule = path.zip(ttl).map(|(path, ttl)| PageRule {
        path,
        ttl,
        stale_while_revalidate,
        stale_if_error,
        downstream_ttl,
        query,
        variants,
        warm: warm.unwrap_or_default(),
    });
    (rule, fields.faults())
}

fn read_query(written: &Written) -> Result<Vec<String>, Vec<Refusal>> {
    let mut names = written.each(|text| {
        let small = text.to_ascii_lowercase();
        if small.starts_with("utm_") || OF_CAMPAIGNS.contains(&small.as_str()) {
            return Err(Invalid(format!(
                "{} says where a visitor came from: it is counted, and never makes another page",
                shown(text)
            )));
        }
        name(text, "a parameter", NAME_BYTES)
    })?;
    at_most(written, names.len(), (QUERY_MOST, "parameters"))?;
    names.sort();
    names.dedup();
    Ok(names)
}

fn read_variants(written: &Written) -> Result<Vec<PageVariant>, Vec<Refusal>> {
    let Value::List(items) = &written.value else {
        let why = r#"is not a list; write for example [{ cookie = "ab", values = ["a", "b"] }]"#;
        return refuse(written, why.to_owned());
    };
    let mut variants: Vec<PageVariant> = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        match read_variant(item) {
            Ok(variant) if variants.iter().any(|known| known.cookie == variant.cookie) => {
                let why = Invalid(format!("cookie: {} is written twice", shown(&variant.cookie)));
                refused.push((item.place.clone(), why));
            }
            Ok(variant) => variants.push(variant),
            Err(why) => refused.extend(why),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    // One more for each: whoever has none of the values.
    let pages = variants.iter().fold(1_usize, |pages, variant| {
        pages.saturating_mul(variant.values.len().saturating_add(1))
    });
    at_most(written, pages, (VARIANTS_MOST, "variants of one page"))?;
    Ok(variants)
}

fn read_variant(written: &Written) -> Result<PageVariant, Vec<Refusal>> {
    let mut fields = Fields::open(
        "pages.rule.variants",
        &VARIANT_KEYS,
        (&written.place, written.table()?),
    );
    let cookie = fields.required("cookie", |written| {
        written.one(|text| name(text, "a cookie", NAME_BYTES))
    });
    let values = fields.required("values", |written| {
        let mut values = written.each(value)?;
        values.sort();
        values.dedup();
        match values.len() {
            0 => refuse(written, r#"names none; write for example ["a", "b"]"#.to_owned()),
            _ => Ok(values),
        }
    });
    let variant = cookie.zip(values);
    fields.into_refusals()?;
    variant
        .map(|(cookie, values)| PageVariant { cookie, values })
        .ok_or_else(Vec::new)
}

/// A value of a cookie stands in reports.
fn value(text: &str) -> Result<String, Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || text.len() > VALUE_BYTES || !text.chars().all(plain) {
        return Err(Invalid(format!(
            "{} is not a value that makes a page (letters, digits, '-', '_' and '.', {VALUE_BYTES} at most)",
            shown(text)
        )));
    }
    Ok(text.to_owned())
}

fn read_warm(
    written: &Written,
    (pattern, query): (&PathPattern, &[String]),
) -> Result<Vec<String>, Vec<Refusal>> {
    let warm = written.each(|text| {
        let (path, asked) = match text.split_once('?') {
            Some((path, asked)) => (path, Some(asked)),
            None => (text, None),
        };
        path::check(path)?;
        if asked.is_some_and(|asked| asked.contains(|c: char| !c.is_ascii_graphic() || c == '#')) {
            return Err(Invalid(format!(
                "{} has a query that browsers write in another way",
                shown(text)
            )));
        }
        if !pattern.takes(path) {
            return Err(Invalid(format!("{} is not among {pattern}", shown(text))));
        }
        let names = asked.iter().flat_map(|asked| asked.split('&'));
        let names = names.map(|pair| pair.split('=').next().unwrap_or_default());
        for name in names {
            if !query.iter().any(|known| known == name) {
                return Err(Invalid(format!(
                    "{} has a parameter that is not in query, and makes no other page",
                    shown(text)
                )));
            }
        }
        Ok(text.to_owned())
    })?;
    at_most(written, warm.len(), (WARM_MOST, "paths"))?;
    Ok(warm)
}

fn at_most(written: &Written, number: usize, (most, what): (usize, &str)) -> Result<(), Vec<Refusal>> {
    match number <= most {
        true => Ok(()),
        false => refuse(written, format!("there are more than {most} {what}")),
    }
}

fn refuse<T>(written: &Written, why: String) -> Result<T, Vec<Refusal>> {
    Err(vec![(written.place.clone(), Invalid(why))])
}
