//! HTTPS: the names that are served by it, whose certificates are shown, and where plain HTTP is led over.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use url::Url;

use super::address::is_host;
use super::fault::{Fault, Invalid, Place, shown};
use super::schema::{self, Draft};
use super::secret::{Secret, SecretRef};
use super::sources::Sources;
use super::written::{Refusal, Written};
use super::{Server, load};

/// The most names: each has a certificate of its own, and an authority makes so many a week for one owner.
const DOMAINS_MOST: usize = 20;
/// The authority that is asked when none is written.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// The longest address of mail, in bytes (RFC 5321 §4.5.3.1.3).
const EMAIL_BYTES: usize = 254;
/// The longest name, in bytes (RFC 1035 §2.3.4).
const DOMAIN_BYTES: usize = 253;
/// The port that browsers ask for HTTPS, and the one they ask for plain HTTP.
const HTTPS_PORT: u16 = 443;
const HTTP_PORT: u16 = 80;

/// Where plain HTTP is answered with the way to HTTPS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// On port 80, if the public address is on port 443.
    #[default]
    Usual,
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

/// A certificate and its key, in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, then those between it and its authority.
    pub certificate: PemFile,
    /// Its private key.
    pub key: PemFile,
}

/// Who signs certificates for us, where they do not come from files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// Its directory (RFC 8555 §7.1.1); by HTTPS.
    pub directory: Url,
    /// Whom it may write to.
    pub email: Option<String>,
    /// Who vouches for it, in the place of the public authorities and the system's.
    pub ca: Option<PemFile>,
}

impl Default for Acme {
    fn default() -> Self {
        // The text is a constant, and a test reads it.
        #[expect(clippy::expect_used, reason = "the text is a constant, which a test reads")]
        let directory = LETS_ENCRYPT.parse().expect("a URL");
        Self {
            directory,
            email: None,
            ca: None,
        }
    }
}

/// A file that holds PEM (RFC 7468), as it was when the configuration was read. Its text does not print.
#[derive(Clone, Debug)]
pub struct PemFile {
    path: PathBuf,
    text: Secret,
    place: Place,
    key: &'static str,
}

/// The same file is the same, whatever it holds meanwhile: that is followed apart.
impl PartialEq for PemFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for PemFile {}

impl PemFile {
    /// Where it is.
    #[must_use]
    pub const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// What it held. Do not log it: it may be a key.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// A fault of what it holds.
    #[must_use]
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        load::fault(self.place.clone(), self.key, Invalid(message.into()))
    }
}

impl Server {
    /// Every name that is served by HTTPS: of the site, then of the dashboard.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = self.domains.iter().chain(&self.admin_domain);
        all.map(String::as_str)
    }

    /// Whether there is HTTPS to lead plain HTTP over to, and that is wanted.
    #[must_use]
    pub fn leads_over(&self) -> bool {
        self.names().next().is_some() && self.http != PlainHttp::Off
    }

    /// Where plain HTTP is led over to HTTPS, if anywhere.
    #[must_use]
    pub fn plain_http(&self) -> Option<SocketAddr> {
        match self.http {
            _ if !self.leads_over() => None,
            PlainHttp::At(at) => Some(at),
            PlainHttp::Usual if self.public.port() == HTTPS_PORT => {
                Some(SocketAddr::new(self.public.ip(), HTTP_PORT))
            }
            PlainHttp::Usual | PlainHttp::Off => None,
        }
    }
}

/// What is written of certificates, until their files are read.
#[derive(Debug, Default)]
pub(super) struct HttpsDraft {
    pub(super) certificate: Option<(Place, SecretRef)>,
    pub(super) key: Option<(Place, SecretRef)>,
    pub(super) acme_ca: Option<(Place, SecretRef)>,
    pub(super) domains_at: Option<Place>,
    pub(super) admin_at: Option<Place>,
    pub(super) http_at: Option<Place>,
}

/// Reads `domains`.
pub(super) fn domains(written: &Written) -> Result<Vec<String>, Vec<Refusal>> {
    let names = written.each(domain)?;
    let refuse = |why: String| Err(vec![(written.place.clone(), Invalid(why))]);
    if names.len() > DOMAINS_MOST {
        return refuse(format!("there are more than {DOMAINS_MOST} names"));
    }
    let twice = names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().take(*at).any(|earlier| earlier == *name));
    match twice {
        Some((_, name)) => refuse(format!("{} stands there twice", shown(name))),
        None => Ok(names),
    }
}

/// Reads `admin_domain`; an empty one is none.
pub(super) fn admin_domain(text: &str) -> Result<Option<String>, Invalid> {
    (!text.is_empty()).then(|| domain(text)).transpose()
}

/// A name as browsers ask for it.
fn domain(text: &str) -> Result<String, Invalid> {
    let refuse = |why: &str| {
        Err(Invalid(format!(
            r#"{} {why}; write for example "shop.example", in lower case (punycode), without scheme, port or star"#,
            shown(text)
        )))
    };
    // What ends with a number is read as an address by browsers.
    let ends_with_number = text
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if text.parse::<Ipv4Addr>().is_ok() || text.starts_with('[') || ends_with_number {
        return refuse("is an address, for which no certificate is shown");
    }
    match is_host(text) && text.len() <= DOMAIN_BYTES {
        true => Ok(text.to_owned()),
        false => refuse("is not the name of a host"),
    }
}

/// Reads `http`: `""` is the usual, `"off"` nowhere.
pub(super) fn plain_http(text: &str) -> Result<PlainHttp, Invalid> {
    match text {
        "" => Ok(PlainHttp::Usual),
        "off" => Ok(PlainHttp::Off),
        text => schema::socket(text)
            .map(PlainHttp::At)
            .map_err(|Invalid(why)| Invalid(format!(r#"{why}, "off", or "" for port 80 beside 443"#))),
    }
}

/// Reads `acme_directory`.
pub(super) fn directory(text: &str) -> Result<Url, Invalid> {
    let refuse = |why: &str| {
        Err(Invalid(format!(
            r#"{} {why}; write for example "{LETS_ENCRYPT}""#,
            shown(text)
        )))
    };
    match Url::parse(text) {
        Ok(url) if url.scheme() != "https" => refuse("does not begin with https://"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() => {
            refuse("has more in it than an address")
        }
        Ok(url) => Ok(url),
        Err(_) => refuse("is not a URL"),
    }
}

/// Reads `acme_email`; an empty one is none.
pub(super) fn email(text: &str) -> Result<Option<String>, Invalid> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?&,;<>\"\\".contains(&byte);
    let is_address = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && is_host(&host.to_ascii_lowercase()));
    match text {
        "" => Ok(None),
        _ if text.len() <= EMAIL_BYTES && text.bytes().all(plain) && is_address => Ok(Some(text.to_owned())),
        _ => Err(Invalid(format!(
            r#"{} is not an address; write for example "you@shop.example""#,
            shown(text)
        ))),
    }
}

/// Reads `tls_cert`, `tls_key` or `acme_ca`; an empty one is none.
pub(super) fn pem_file(written: &Written) -> Result<Option<(Place, SecretRef)>, Vec<Refusal>> {
    let read = written.one(|text| {
        let reference = match SecretRef::is_written_as_one(text) {
            _ if text.is_empty() => None,
            true => Some(text.parse::<SecretRef>()?),
            false => Some(SecretRef::File(schema::path(text)?)),
        };
        Ok(reference)
    })?;
    Ok(read.map(|reference| (written.place.clone(), reference)))
}

/// Puts together what was written of HTTPS, once all of it is known; faults come back.
pub(super) fn finish(draft: &mut Draft, sources: &Sources) -> Vec<Fault> {
    let https = std::mem::take(&mut draft.https);
    let mut faults = Vec::new();
    faults.extend(check_names(&draft.config.server, &https));
    let pair = [
        (https.certificate, "server.tls_cert", "server.tls_key"),
        (https.key, "server.tls_key", "server.tls_cert"),
    ];
    if let [(Some((place, _)), key, other), (None, ..)] | [(None, ..), (Some((place, _)), key, other)] = &pair
    {
        faults.push(refusal(place, key, format!("needs {other} beside it")));
    }
    let read = pair.map(|(written, key, _)| {
        let (place, reference) = written?;
        if draft.config.server.names().next().is_none() {
            let why = "is for HTTPS, by which no name is served; write domains or admin_domain";
            faults.push(refusal(&place, key, why.to_owned()));
        }
        match open(&reference, sources) {
            Ok((path, text)) => Some(PemFile {
                path,
                text,
                place,
                key,
            }),
            Err(Invalid(why)) => {
                faults.push(refusal(&place, key, why));
                None
            }
        }
    });
    if let [Some(certificate), Some(key)] = read {
        draft.config.server.files = Some(CertificateFiles { certificate, key });
    }
    let key = "server.acme_ca";
    if let Some((place, reference)) = https.acme_ca {
        match open(&reference, sources) {
            Ok((path, text)) => {
                draft.config.server.acme.ca = Some(PemFile {
                    path,
                    text,
                    place,
                    key,
                });
            }
            Err(Invalid(why)) => faults.push(refusal(&place, key, why)),
        }
    }
    faults
}

fn open(reference: &SecretRef, sources: &Sources) -> Result<(PathBuf, Secret), Invalid> {
    let path = reference.path(sources)?;
    let text = SecretRef::File(path.clone()).resolve(sources)?;
    Ok((path, text))
}

/// That a name leads to one place, and an address too.
fn check_names(server: &Server, https: &HttpsDraft) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let (Some(name), Some(place)) = (&server.admin_domain, &https.admin_at)
        && server.domains.contains(name)
    {
        let why = "is one of server.domains: the dashboard needs a name of its own";
        faults.push(refusal(place, "server.admin_domain", why.to_owned()));
    }
    let Some(place) = &https.http_at else {
        return faults;
    };
    let taken = [("public", server.public), ("admin", server.admin)];
    for (other, _) in taken
        .iter()
        .filter(|(_, at)| server.plain_http() == Some(*at) && at.port() != 0)
    {
        let why = format!("is server.{other}, which leads plain HTTP over by itself; use another port");
        faults.push(refusal(place, "server.http", why));
    }
    let is_served = https.domains_at.is_some() || https.admin_at.is_some();
    if server.names().next().is_none() && matches!(server.http, PlainHttp::At(_)) && !is_served {
        let why = "leads to HTTPS, by which no name is served; write domains or admin_domain";
        faults.push(refusal(place, "server.http", why.to_owned()));
    }
    faults
}

fn refusal(place: &Place, key: &'static str, message: String) -> Fault {
    load::fault(place.clone(), key, Invalid(message))
}

#[cfg(test)]
mod tests;
