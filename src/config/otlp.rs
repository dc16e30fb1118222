//! `[telemetry] otlp_…`: where spans go, and which; by OpenTelemetry's own variables as well.
//!
//! The variables are those of "OpenTelemetry Protocol Exporter" and of "General SDK Configuration"
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>, `…/configuration/sdk-environment-variables/`). Like every
//! variable they win over the file; ours, `GANTRY_TELEMETRY__OTLP_…`, win over them. An empty one is not set. Where no
//! endpoint is named, none of them is looked at.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::fault::{Fault, Invalid, Place, shown};
use super::sources::Sources;
use super::written::{Refusal, Value, Written};
use super::{header, url as addresses};
use crate::model::trace::{Callers, Sampler};

pub(super) const ENDPOINT: &str = "telemetry.otlp_endpoint";
const HEADERS: &str = "telemetry.otlp_headers";

/// What is appended to an endpoint for all signals ("Endpoint URLs for OTLP/HTTP").
const TRACES_PATH: &str = "/v1/traces";
/// How long a request may take unless a variable says otherwise ("Configuration Options").
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest a request may take, in milliseconds: what every request is held to.
const TIMEOUT_MS_MAX: u64 = 300_000;
/// Who we say we are, unless a variable says otherwise.
const SERVICE: &str = "gantry";
/// The most attributes of the resource, and headers.
const PAIRS_MOST: usize = 64;
/// What these name is not heeded: whom TLS trusts is for the system to say, and no collector is shown who we are by a certificate.
const NOT_HEEDED: [&str; 3] = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"];

/// Where spans go, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct Otlp {
    /// Where they are posted; nothing of it but scheme, host and port is for others to see.
    pub url: Url,
    /// Sent with them; the secret ones are marked sensitive.
    pub headers: HeaderMap,
    /// For one request.
    pub timeout: Duration,
    /// How they are sent.
    pub compression: Compression,
    /// Which traces are told of.
    pub sampler: Sampler,
    /// What is said of all of them: `service.name` at least.
    pub resource: Vec<(String, String)>,
}

/// How a request's body is made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// By gzip.
    Gzip,
}

/// What was written of it.
#[derive(Debug, Default)]
pub(super) struct OtlpDraft {
    /// `None` within: an empty text.
    endpoint: Option<(Place, Option<Url>)>,
    headers: Option<Written>,
    ratio: Option<(Place, f64)>,
}

impl OtlpDraft {
    pub(super) fn set_endpoint(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let url = written.one(|text| match text.trim() {
            "" => Ok(None),
            text => endpoint(text).map(Some),
        })?;
        self.endpoint = Some((written.place.clone(), url.map(for_traces)));
        Ok(())
    }

    pub(super) fn set_headers(&mut self, written: &Written) {
        self.headers = Some(written.clone());
    }

    pub(super) fn set_ratio(&mut self, written: &Written) -> Result<(), Vec<Refusal>> {
        let ratio = match &written.value {
            Value::Variable(text) => written.one(|_| ratio(text))?,
            _ => written.fraction()?,
        };
        self.ratio = Some((written.place.clone(), ratio));
        Ok(())
    }

    /// Reads what is left, with the environment. `None` where nothing is sent.
    ///
    /// # Errors
    /// Every fault of it.
    pub(super) fn finish(self, sources: &Sources) -> Result<Option<Otlp>, Vec<Fault>> {
        let variables = Variables(sources);
        let mut faults = Vec::new();
        let mut kept = |read: Result<Option<Url>, Fault>| read.map_err(|fault| faults.push(fault)).ok()?;
        let named = match self.endpoint {
            Some((Place::Variable(_), url)) => url,
            file => kept(variables.endpoint()).or_else(|| file.and_then(|(_, url)| url)),
        };
        // What no endpoint is named for is not looked at, wrong or not; what is wrong with a file's headers is said always.
        let headers = match &self.headers {
            Some(written) => written_headers(written, sources).unwrap_or_else(|wrong| {
                faults.extend(wrong);
                HeaderMap::new()
            }),
            None => HeaderMap::new(),
        };
        let otlp = named.filter(|_| variables.is_wanted()).map(|url| Otlp {
            url,
            headers,
            timeout: variables.read("TIMEOUT", timeout, &mut faults).unwrap_or(TIMEOUT),
            compression: variables
                .read("COMPRESSION", compression, &mut faults)
                .unwrap_or_default(),
            sampler: variables.sampler(self.ratio, &mut faults),
            resource: variables.resource(&mut faults),
        });
        let otlp = otlp.map(|mut otlp| {
            let sent = variables.read("HEADERS", variable_headers, &mut faults);
            otlp.headers.extend(sent.unwrap_or_default());
            let _ = variables.read("PROTOCOL", protocol, &mut faults);
            for name in NOT_HEEDED {
                let _ = variables.read::<()>(name, not_heeded, &mut faults);
            }
            otlp
        });
        match faults.is_empty() {
            true => Ok(otlp),
            false => Err(faults),
        }
    }
}

/// OpenTelemetry's variables.
struct Variables<'s>(&'s Sources);

impl Variables<'_> {
    /// One that is set.
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .variable(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// That of an exporter: the one of traces, or else the one of all signals.
    fn of_exporter(&self, name: &str) -> Option<(String, &str)> {
        let names = [
            format!("OTEL_EXPORTER_OTLP_TRACES_{name}"),
            format!("OTEL_EXPORTER_OTLP_{name}"),
        ];
        names.into_iter().find_map(|name| {
            let text = self.get(&name)?;
            Some((name, text))
        })
    }

    /// Reads that of an exporter; a wrong one is a fault and reads as nothing.
    fn read<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let (name, text) = self.of_exporter(name)?;
        self.kept(&name, parse(text), faults)
    }

    fn kept<T>(&self, name: &str, read: Result<T, Invalid>, faults: &mut Vec<Fault>) -> Option<T> {
        read.map_err(|why| faults.push(fault(Place::Variable(name.to_owned()), ENDPOINT, why)))
            .ok()
    }

    /// That of traces as it is, or that of all signals with the path of traces.
    fn endpoint(&self) -> Result<Option<Url>, Fault> {
        let Some((name, text)) = self.of_exporter("ENDPOINT") else {
            return Ok(None);
        };
        let of_traces = name.contains("_TRACES_");
        match endpoint(text) {
            Ok(url) if of_traces => Ok(Some(url)),
            Ok(url) => Ok(Some(for_traces(url))),
            Err(why) => Err(fault(Place::Variable(name), ENDPOINT, why)),
        }
    }

    /// `OTEL_SDK_DISABLED=true` and `OTEL_TRACES_EXPORTER=none` turn it off.
    fn is_wanted(&self) -> bool {
        let disabled = self
            .get("OTEL_SDK_DISABLED")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
        !disabled && self.get("OTEL_TRACES_EXPORTER") != Some("none")
    }

    fn sampler(&self, written: Option<(Place, f64)>, faults: &mut Vec<Fault>) -> Sampler {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
        let of_ours = Sampler {
            ratio: written.as_ref().map_or(1.0, |(_, ratio)| *ratio),
            ..Sampler::default()
        };
        let ours_wins = matches!(written, Some((Place::Variable(_), _)));
        let Some(name) = self.get(NAME).filter(|_| !ours_wins) else {
            return of_ours;
        };
        let argument = self
            .get(ARGUMENT)
            .and_then(|text| self.kept(ARGUMENT, ratio(text), faults));
        let sampler = sampler(name, argument.unwrap_or(1.0));
        self.kept(NAME, sampler, faults).unwrap_or(of_ours)
    }

    fn resource(&self, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
        const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
        const NAME: &str = "service.name";
        let attributes = self
            .get(ATTRIBUTES)
            .and_then(|text| self.kept(ATTRIBUTES, pairs(text), faults));
        let mut attributes = attributes.unwrap_or_default();
        let named = self.get("OTEL_SERVICE_NAME").map(str::to_owned);
        if let Some(named) = named {
            attributes.retain(|(name, _)| name != NAME);
            attributes.push((NAME.to_owned(), named));
        } else if attributes.iter().all(|(name, _)| name != NAME) {
            attributes.push((NAME.to_owned(), SERVICE.to_owned()));
        }
        attributes
    }
}

/// An endpoint. Those of gRPC are refused by name.
fn endpoint(text: &str) -> Result<Url, Invalid> {
    if text.starts_with("grpc") {
        return Err(no_grpc());
    }
    addresses::parse(text).map_err(|Invalid(why)| {
        let why = why.replace("https://crm.example/hooks", "http://127.0.0.1:4318");
        Invalid(why.replace("headers =", "otlp_headers ="))
    })
}

/// Where an endpoint of all signals takes traces.
fn for_traces(mut url: Url) -> Url {
    let path = format!("{}{TRACES_PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

fn protocol(text: &str) -> Result<(), Invalid> {
    match text {
        "http/protobuf" => Ok(()),
        "grpc" => Err(no_grpc()),
        _ => Err(Invalid(format!(
            r#"{} is not spoken; only "http/protobuf" is"#,
            shown(text)
        ))),
    }
}

fn no_grpc() -> Invalid {
    let why = r#"gRPC is not spoken; use "http/protobuf", which collectors take on port 4318: "http://127.0.0.1:4318""#;
    Invalid(why.to_owned())
}

fn not_heeded(_: &str) -> Result<(), Invalid> {
    let why = "is not heeded; a collector is trusted by the public authorities and those of the system";
    Err(Invalid(why.to_owned()))
}

fn timeout(text: &str) -> Result<Duration, Invalid> {
    let ms = text.parse().ok().filter(|ms| (1..=TIMEOUT_MS_MAX).contains(ms));
    ms.map(Duration::from_millis).ok_or_else(|| {
        Invalid(format!(
            "{} is not a whole number of milliseconds from 1 to {TIMEOUT_MS_MAX}",
            shown(text)
        ))
    })
}

fn compression(text: &str) -> Result<Compression, Invalid> {
    match text {
        "none" => Ok(Compression::None),
        "gzip" => Ok(Compression::Gzip),
        _ => Err(Invalid(format!(
            r#"{} is not a compression; write "gzip" or "none""#,
            shown(text)
        ))),
    }
}

fn ratio(text: &str) -> Result<f64, Invalid> {
    let ratio = text
        .trim()
        .parse()
        .ok()
        .filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| {
        Invalid(format!(
            "{} is not a number from 0 to 1; write for example 0.2",
            shown(text)
        ))
    })
}

fn sampler(name: &str, argument: f64) -> Result<Sampler, Invalid> {
    let (callers, name) = match name.strip_prefix("parentbased_") {
        Some(name) => (Callers::Decide, name),
        None => (Callers::AreIgnored, name),
    };
    let ratio = match name {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => argument,
        _ => {
            return Err(Invalid(format!(
                r#"{} is not a sampler; write "always_on", "always_off" or "traceidratio", each also as "parentbased_…""#,
                shown(name)
            )));
        }
    };
    Ok(Sampler { callers, ratio })
}

/// The table of the file.
fn written_headers(written: &Written, sources: &Sources) -> Result<HeaderMap, Vec<Fault>> {
    let refused = |refused: Vec<Refusal>| {
        let each = refused.into_iter();
        each.map(|(place, why)| fault(place, HEADERS, why))
            .collect::<Vec<_>>()
    };
    let (headers, templates) = header::read(written, sources).map_err(refused)?;
    match templates.first() {
        None => Ok(headers),
        Some((name, _)) => {
            let why = Invalid(format!(
                "{name}: there is no event that a template could be made of"
            ));
            Err(vec![fault(written.place.clone(), HEADERS, why)])
        }
    }
}

/// The list of a variable. All of it is taken for secret: that is what it is used for.
fn variable_headers(text: &str) -> Result<HeaderMap, Invalid> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(text)? {
        let wrong = |_| Invalid("names a header that is none, or has a value that is none".to_owned());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(()))?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| wrong(()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// `key=value,key2=value%202`: a list as of W3C Baggage, without properties. No message repeats it.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Invalid> {
    let wrong =
        || Invalid("is not a list such as key1=value1,key2=value2, its values percent-encoded".to_owned());
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (decoded(name.trim())?, decoded(value.trim())?);
        (!name.is_empty()).then_some((name, value))
    });
    let read: Option<Vec<_>> = read.collect();
    read.filter(|pairs| pairs.len() <= PAIRS_MOST).ok_or_else(wrong)
}

/// A text without its percent-encoding (RFC 3986 §2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

fn fault(place: Place, key: &str, Invalid(message): Invalid) -> Fault {
    Fault {
        place,
        key: Some(key.to_owned()),
        message,
    }
}

#[cfg(test)]
mod tests;
