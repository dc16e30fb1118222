//! `[pages]`: the site in front. Where its pages come from, how much memory they may take, and, in `[[pages.rule]]`, what is
//! said of them beside what their origin says.

mod path;
mod rule;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::address::{is_host, is_port, split_port};
use super::backup;
use super::fault::{Fault, Invalid, Place, shown};
use super::schema::Draft;
use super::secret::Secret;
use super::sources::Sources;
use super::url as address;
use super::written::{Refusal, Written};

pub use path::PathPattern;
pub(super) use rule::{KEYS as RULE_KEYS, KIND as RULE, read as read_rule};
pub use rule::{PageRule, PageVariant};

/// Memory for stored pages when nothing is written, in MiB.
pub(super) const DEFAULT_CAPACITY_MIB: NonZeroU16 = NonZeroU16::new(64).expect("not zero");
/// The most hosts for which pages are kept warm.
const WARM_HOSTS_MOST: usize = 32;
/// The most hosts that may have an origin of their own.
const HOSTS_MOST: usize = 1_000;
/// The largest error page, in bytes: it is kept in memory and sent whole to everybody while the origin is down.
const ERROR_PAGE_BYTES: usize = 256 << 10;
/// The longest origin secret, in bytes: it goes along with every request.
const ORIGIN_SECRET_BYTES: usize = 1_024;

/// The site in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Where its pages come from; `None`: no site is fronted.
    pub site: Option<Site>,
    /// Memory for stored pages, in MiB.
    pub capacity_mib: NonZeroU16,
    /// Sent to the origin as `X-Internal-Request`; the value of a header.
    pub origin_secret: Option<Secret>,
    /// RFC 9111 alone decides: no rule applies, and the whole query makes the page.
    pub strict: bool,
    /// What is shown in the place of our own page while an origin does not answer.
    pub error_page: Option<ErrorPage>,
    /// The hosts for which pages are kept warm, some with a port: a page is stored by the host it is asked of. None: those of
    /// [`Origins::hosts`], and where there are none either, those served by HTTPS, or else those that visitors ask for.
    pub warm_hosts: Vec<String>,
    /// What is said of which pages, no two of one path. The first that takes a path is the one that holds for it: exact
    /// paths come before patterns, and longer patterns before shorter ones, in whatever order they are written.
    pub rules: Vec<PageRule>,
}

/// Where the pages of a site come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// From servers that are asked.
    Origins(Origins),
    /// From a directory; a relative path begins at the working directory.
    Root(PathBuf),
}

/// Which server is asked for which host; at least one of the two is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// For every host that is not named: scheme, host and port, nothing more. `None`: such a request is for nobody here.
    pub any: Option<Url>,
    /// By the name of the host, in lower case and without a port.
    pub hosts: BTreeMap<String, Url>,
}

/// A page in HTML, as it was when the configuration was read. At most 256 KiB.
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorPage(String);

impl Pages {
    /// The memory for stored pages, in bytes.
    #[must_use]
    pub fn capacity_bytes(&self) -> u64 {
        u64::from(self.capacity_mib.get()) << 20
    }

    /// The rule that holds for a path (without its query), if one does; none does where `strict` is set.
    #[must_use]
    pub fn rule(&self, path: &str) -> Option<&PageRule> {
        let mut rules = self.rules.iter().filter(|_| !self.strict);
        rules.find(|rule| rule.path.takes(path))
    }

    fn origins(&self) -> Option<&Origins> {
        match &self.site {
            Some(Site::Origins(origins)) => Some(origins),
            Some(Site::Root(_)) | None => None,
        }
    }

    /// The value of `origin`.
    pub(super) fn origin(&self) -> Option<&Url> {
        self.origins()?.any.as_ref()
    }

    /// The value of `hosts`.
    pub(super) fn hosts(&self) -> Option<&BTreeMap<String, Url>> {
        Some(&self.origins()?.hosts).filter(|hosts| !hosts.is_empty())
    }

    /// The value of `root`.
    pub(super) fn root(&self) -> Option<&Path> {
        match &self.site {
            Some(Site::Root(root)) => Some(root),
            Some(Site::Origins(_)) | None => None,
        }
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            site: None,
            capacity_mib: DEFAULT_CAPACITY_MIB,
            origin_secret: None,
            strict: false,
            error_page: None,
            warm_hosts: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl Origins {
    /// The origin of a host, named in lower case and without a port.
    #[must_use]
    pub fn of(&self, host: &str) -> Option<&Url> {
        self.hosts.get(host).or(self.any.as_ref())
    }
}

impl ErrorPage {
    /// A page from text that is already at hand.
    #[must_use]
    pub fn new(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// The page.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ErrorPage({} bytes)", self.0.len())
    }
}

/// What is written of where pages come from, until it is known whether it agrees.
#[derive(Debug, Default)]
pub(super) struct SiteDraft {
    origin: Option<(Place, Url)>,
    hosts: Option<(Place, BTreeMap<String, Url>)>,
    root: Option<(Place, PathBuf)>,
    error_page: Option<(Place, PathBuf)>,
}

impl SiteDraft {
    /// Reads `origin`; an empty one is none.
    pub(super) fn set_origin(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let read = written.one(|text| none_or(text, address::of_a_site))?;
        self.origin = read.map(|url| (written.place.clone(), url));
        Ok(())
    }

    /// Reads `hosts`; an empty table is none.
    pub(super) fn set_hosts(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let hosts = read_hosts(written)?;
        self.hosts = (!hosts.is_empty()).then(|| (written.place.clone(), hosts));
        Ok(())
    }

    /// Reads `root`; an empty one is none.
    pub(super) fn set_root(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let read = written.one(|text| none_or(text, backup::directory))?;
        self.root = read.map(|path| (written.place.clone(), path));
        Ok(())
    }

    /// Reads `error_page`; an empty one is none.
    pub(super) fn set_error_page(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let read = written.one(|text| none_or(text, super::schema::path))?;
        self.error_page = read.map(|path| (written.place.clone(), path));
        Ok(())
    }
}

fn none_or<T>(text: &str, read: impl Fn(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
    (!text.is_empty()).then(|| read(text)).transpose()
}

/// Reads `warm_hosts`.
pub(super) fn warm_hosts(written: &Written) -> Result<Vec<String>, Vec<Refusal>> {
    let hosts = written.each(|text| {
        let (name, port) = split_port(text).unwrap_or((text, None));
        match is_host(name) && port.is_none_or(is_port) && !matches!(port, Some("80" | "443")) {
            true => Ok(text.to_owned()),
            false => Err(Invalid(format!(
                r#"{} is not a host as browsers ask for it; write for example "shop.example", in lower case"#,
                shown(text)
            ))),
        }
    })?;
    match hosts.len() <= WARM_HOSTS_MOST {
        true => Ok(hosts),
        false => {
            let why = Invalid(format!("there are more than {WARM_HOSTS_MOST} hosts"));
            Err(vec![(written.place.clone(), why)])
        }
    }
}

fn read_hosts(written: &Written) -> Result<BTreeMap<String, Url>, Vec<Refusal>> {
    let entries = written.table()?;
    if entries.len() > HOSTS_MOST {
        let why = Invalid(format!("has more than {HOSTS_MOST} hosts"));
        return Err(vec![(written.place.clone(), why)]);
    }
    let mut hosts = BTreeMap::new();
    let mut refused = Vec::new();
    for (name, origin) in entries {
        let at = |why: Invalid| (origin.place.clone(), Invalid(format!("{name}: {}", why.0)));
        match origin.one(address::of_a_site) {
            Ok(_) if !is_host(name) => refused.push(at(Invalid(
                r#"is not the name of a host; write for example "shop.example", in lower case and without a port"#
                    .to_owned(),
            ))),
            Ok(url) => drop(hosts.insert(name.clone(), url)),
            Err(why) => refused.extend(why.into_iter().map(|(_, why)| at(why))),
        }
    }
    match refused.is_empty() {
        true => Ok(hosts),
        false => Err(refused),
    }
}

/// Puts together what was written of the site, once all of it is known; faults come back. `first_rule` is where the first
/// rule stands.
pub(super) fn finish(draft: &mut Draft, sources: &Sources, first_rule: Option<&Place>) -> Vec<Fault> {
    let site = std::mem::take(&mut draft.site);
    let mut faults = Vec::new();
    if let Some((place, path)) = site.error_page {
        match read_error_page(&path, sources) {
            Ok(page) => draft.config.pages.error_page = Some(page),
            Err(why) => faults.push(fault(&place, "error_page", why.0)),
        }
    }
    let secret = draft.config.pages.origin_secret.as_ref();
    if secret.is_some_and(|secret| !is_sent_as_written(secret)) {
        let why = "the secret it names is not the value of a header (printable ASCII, 1 KiB at most)";
        faults.push(fault(&draft.origin_secret.0, "origin_secret", why.to_owned()));
    }
    let asked = site.origin.as_ref().map(|(place, _)| (place, "origin"));
    let asked = asked.or(site.hosts.as_ref().map(|(place, _)| (place, "hosts")));
    if let (Some((_, other)), Some((place, _))) = (asked, &site.root) {
        let why =
            format!("cannot be beside {other}: pages come from a directory or from a server; leave one out");
        faults.push(fault(place, "root", why));
    }
    let hosts = site.hosts.iter().flat_map(|(place, hosts)| {
        let named = move |(name, url)| (place, "hosts", format!("{name}: "), url);
        hosts.iter().map(named)
    });
    let origins = site
        .origin
        .iter()
        .map(|(place, url)| (place, "origin", String::new(), url));
    for (place, key, name, url) in origins.chain(hosts) {
        for (ours, address) in [
            ("public", draft.config.server.public),
            ("admin", draft.config.server.admin),
        ] {
            faults.extend(is_at(url, address).then(|| {
                let why = format!("{name}is our own {ours} address; write the site's own");
                fault(place, key, why)
            }));
        }
    }
    draft.config.pages.site = match (site.origin, site.hosts, site.root) {
        (None, None, None) => None,
        (None, None, Some((_, root))) => Some(Site::Root(root)),
        (any, hosts, _) => Some(Site::Origins(Origins {
            any: any.map(|(_, url)| url),
            hosts: hosts.map(|(_, hosts)| hosts).unwrap_or_default(),
        })),
    };
    if let (None, Some(place)) = (&draft.config.pages.site, first_rule) {
        let message = "there is no site it could hold for; write origin, hosts or root below [pages]";
        faults.push(Fault {
            place: place.clone(),
            key: Some(RULE.to_owned()),
            message: message.to_owned(),
        });
    }
    faults
}

fn read_error_page(path: &Path, sources: &Sources) -> Result<ErrorPage, Invalid> {
    let shown = path.display();
    let bytes = (sources.read_secret)(path).map_err(|e| Invalid(format!("cannot read {shown}: {e}")))?;
    if bytes.is_empty() || bytes.len() > ERROR_PAGE_BYTES {
        return Err(Invalid(format!("{shown} is empty, or larger than 256 KiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Invalid(format!("{shown} is not UTF-8 text")))?;
    Ok(ErrorPage(text))
}

fn is_sent_as_written(secret: &Secret) -> bool {
    let text = secret.expose();
    text.len() <= ORIGIN_SECRET_BYTES
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && text.trim() == text
}

/// Whether whoever asks `url` asks `address`: a page would be fetched from itself for ever.
fn is_at(url: &Url, address: SocketAddr) -> bool {
    let same_port = address.port() != 0 && url.port_or_known_default() == Some(address.port());
    let here = |ip: IpAddr| ip == address.ip() || (ip.is_loopback() && address.ip().is_unspecified());
    let same_host = match url.host() {
        Some(Host::Ipv4(ip)) => here(ip.into()),
        Some(Host::Ipv6(ip)) => here(ip.into()),
        Some(Host::Domain(name)) => {
            name == "localhost" && (address.ip().is_loopback() || address.ip().is_unspecified())
        }
        None => false,
    };
    same_port && same_host
}

fn fault(place: &Place, key: &str, message: String) -> Fault {
    Fault {
        place: place.clone(),
        key: Some(format!("pages.{key}")),
        message,
    }
}

/// Reads the name of a cookie or a parameter of a query: `what`, of at most `most` bytes.
fn name(text: &str, what: &str, most: usize) -> Result<String, Invalid> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"&=+#?;,\"\\%*/()<>@:{}".contains(&byte);
    if text.is_empty() || text.len() > most || !text.bytes().all(plain) {
        return Err(Invalid(format!(
            "{} is not the name of {what} (letters, digits and hyphens, {most} at most)",
            shown(text)
        )));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
