//! A certificate of ours with its key, and what it says of itself (RFC 5280).

use std::fmt;
use std::sync::Arc;

use rustls::sign::CertifiedKey;

use super::der::{Der, tag};
use super::pem::{self, Identity, IdentityError, PemError};
use super::provider;
use crate::model::time::Millis;

/// `id-at-commonName`, `id-at-organizationName` and `id-ce-subjectAltName`, as their octets.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];
const SUBJECT_NAMES: &[u8] = &[0x55, 29, 17];

/// The longest name of an issuer that is shown, in characters.
const ISSUER_CHARS: usize = 120;
/// The most names that are read of a certificate: what authorities sign at most.
const NAMES_MOST: usize = 100;

/// A certificate with those between it and its authority, its private key, and what it says of itself.
#[derive(Clone)]
pub struct Certificate {
    own: Arc<CertifiedKey>,
    particulars: Particulars,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Particulars {
    /// The names it is for, in lower case; one may begin with `*.`.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// From when on it holds.
    pub not_before: Millis,
    /// Until when.
    pub not_after: Millis,
}

impl Certificate {
    /// Reads PEM of the certificates, our own first, and of the private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    /// [`IdentityError`], also where the key is not that of the first certificate.
    pub fn parse(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let own = Identity::parse(certificate, key)?.certified();
        let read = own.cert.first().and_then(|own| Particulars::of(own));
        let particulars = read.ok_or_else(|| {
            let why = "it does not say for which names and until when it holds";
            IdentityError::Certificate(PemError::Unusable(why.to_owned()))
        })?;
        Ok(Self { own, particulars })
    }

    /// What it says of itself.
    #[must_use]
    pub const fn particulars(&self) -> &Particulars {
        &self.particulars
    }

    /// As TLS shows it.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.own)
    }
}

/// A certificate that says nothing to whom it is shown but that we are asked for a proof (RFC 8737 §3). What is in it, no client
/// need understand.
#[derive(Clone)]
pub struct Proof(Arc<CertifiedKey>);

impl Proof {
    /// Reads PEM of the certificate and of its private key.
    ///
    /// # Errors
    /// [`IdentityError`]; whether the two belong together is not looked at.
    pub fn parse(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let chain = pem::certificates(certificate).map_err(IdentityError::Certificate)?;
        let key = pem::private_key(key).map_err(IdentityError::Key)?;
        let key = provider().key_provider.load_private_key(key);
        let key = key.map_err(|error| IdentityError::Key(pem::unusable(error)))?;
        Ok(Self(Arc::new(CertifiedKey::new(chain, key))))
    }

    /// The certificate's bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.cert.first().map_or(&[], |own| own.as_ref())
    }

    /// As TLS shows it.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.particulars).finish()
    }
}

impl Particulars {
    /// Whether it is for `name`, by itself or by a star in the place of its first label (RFC 9525 §6.3).
    #[must_use]
    pub fn is_for(&self, name: &str) -> bool {
        let by_star = |own: &str| {
            let rest = own.strip_prefix("*.");
            rest.is_some_and(|rest| name.split_once('.').is_some_and(|(_, parent)| parent == rest))
        };
        self.names.iter().any(|own| own == name || by_star(own))
    }

    /// Reads a certificate; `None` where it is none, or one without names.
    fn of(der: &[u8]) -> Option<Self> {
        let mut body = Der::new(der).within(tag::SEQUENCE)?.within(tag::SEQUENCE)?;
        let _version = body.of(tag::FIELD_0);
        let (_serial, _algorithm) = (body.any()?, body.any()?);
        let issuer = issuer(body.within(tag::SEQUENCE)?);
        let mut validity = body.within(tag::SEQUENCE)?;
        let (not_before, not_after) = (instant(&mut validity)?, instant(&mut validity)?);
        while body.peek()? != tag::FIELD_3 {
            body.any()?;
        }
        let mut extensions = body.within(tag::FIELD_3)?.within(tag::SEQUENCE)?;
        let names = names(&mut extensions).filter(|names| !names.is_empty())?;
        Some(Self {
            names,
            issuer,
            not_before,
            not_after,
        })
    }
}

/// The names of DNS among the extensions.
fn names(extensions: &mut Der<'_>) -> Option<Vec<String>> {
    loop {
        let mut extension = extensions.within(tag::SEQUENCE)?;
        if extension.of(tag::OBJECT)? != SUBJECT_NAMES {
            continue;
        }
        let _critical = extension.of(tag::BOOLEAN);
        let mut listed = extension.within(tag::OCTETS)?.within(tag::SEQUENCE)?;
        let mut names = Vec::new();
        while let Some((kind, name)) = listed.any() {
            if kind == tag::DNS_NAME && names.len() < NAMES_MOST {
                names.push(std::str::from_utf8(name).ok()?.to_ascii_lowercase());
            }
        }
        return Some(names);
    }
}

/// An issuer as people name it: its organisation and its own name.
fn issuer(mut name: Der<'_>) -> String {
    let (mut organisation, mut common) = (None, None);
    while let Some(mut set) = name.within(tag::SET) {
        let Some(mut attribute) = set.within(tag::SEQUENCE) else {
            continue;
        };
        match attribute.of(tag::OBJECT) {
            Some(COMMON_NAME) => common = text(&mut attribute),
            Some(ORGANISATION) => organisation = text(&mut attribute),
            _ => {}
        }
    }
    let both = organisation.into_iter().chain(common);
    let whole = both.collect::<Vec<_>>().join(" ");
    whole.chars().take(ISSUER_CHARS).collect()
}

fn text(value: &mut Der<'_>) -> Option<String> {
    let (kind, content) = value.any()?;
    let known = [
        tag::UTF8_TEXT,
        tag::PRINTABLE_TEXT,
        tag::TELETEX_TEXT,
        tag::ASCII_TEXT,
    ];
    let text = std::str::from_utf8(content)
        .ok()
        .filter(|_| known.contains(&kind))?;
    Some(text.chars().filter(|c| !c.is_control()).collect())
}

/// A time in UTC (RFC 5280 §4.1.2.5): of a century that two digits leave open, it is one from 1950 to 2049.
fn instant(value: &mut Der<'_>) -> Option<Millis> {
    let (kind, content) = value.any()?;
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let whole = match kind {
        tag::SHORT_TIME => {
            let century = if digits.get(..2)? < "50" { "20" } else { "19" };
            format!("{century}{digits}")
        }
        tag::LONG_TIME => digits.to_owned(),
        _ => return None,
    };
    if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range| whole.get(range).unwrap_or_default();
    let (date, time) = (
        [part(0..4), part(4..6), part(6..8)].join("-"),
        [part(8..10), part(10..12), part(12..14)].join(":"),
    );
    Millis::parse_rfc3339(&format!("{date}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn made(names: &[&str]) -> (String, String) {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2026, 11, 26);
        params.not_after = date_time_ymd(2051, 2, 28);
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Let's Encrypt");
        params.distinguished_name.push(DnType::CommonName, "R11\u{7}");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_says_its_names_its_issuer_and_its_time() {
        let (certificate, key) = made(&["Shop.example", "*.shop.example"]);
        let read = Certificate::parse(&certificate, &key).unwrap();
        let expected = Particulars {
            names: vec!["shop.example".into(), "*.shop.example".into()],
            issuer: "Let's Encrypt R11".into(),
            not_before: Millis::parse_rfc3339("2026-11-26T00:00:00Z").unwrap(),
            not_after: Millis::parse_rfc3339("2051-02-28T00:00:00Z").unwrap(),
        };
        assert_eq!(read.particulars(), &expected);
    }

    #[test]
    fn a_star_stands_for_one_label_and_no_more() {
        let (certificate, key) = made(&["shop.example", "*.shop.example"]);
        let read = Certificate::parse(&certificate, &key).unwrap();
        for (name, is_for) in [
            ("shop.example", true),
            ("www.shop.example", true),
            ("a.b.shop.example", false),
            ("example", false),
            ("shop.example.evil.test", false),
            ("*.shop.example", true),
        ] {
            assert_eq!(read.particulars().is_for(name), is_for, "{name}");
        }
    }

    #[test]
    fn a_certificate_without_names_is_refused_and_whatever_is_cut_off_is_none() {
        let (certificate, key) = made(&[]);
        let refused = Certificate::parse(&certificate, &key).unwrap_err().to_string();
        assert!(refused.contains("for which names"), "{refused}");
        let (certificate, key) = made(&["shop.example"]);
        let whole = Certificate::parse(&certificate, &key).unwrap();
        let der = whole.own.cert[0].to_vec();
        for length in 0..der.len() {
            assert_eq!(Particulars::of(&der[..length]), None, "{length}");
        }
        // Whatever is flipped, it is read or refused, and nothing panics.
        for at in 0..der.len() {
            let mut flipped = der.clone();
            flipped[at] ^= 0x81;
            let _ = Particulars::of(&flipped);
        }
    }
}
