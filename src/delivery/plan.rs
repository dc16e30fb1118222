//! Plans: a destination as its lane needs it, the template compiled.

use std::sync::Arc;

use http::Method;
use http::header::CONTENT_TYPE;
use url::Position;

use super::letter::Stationery;
use super::quota;
use super::render::{BATCH_NAMES, Blueprint, Content, NAMES};
use crate::config::{self, Destination, Fault, Faults, Preset, QuotaProfile, Rate, SigningKey, TemplateText};
use crate::model::ids::DestinationName;
use crate::model::lane::batch::{BATCH_BYTES_MAX, Batching};
use crate::model::lane::{GroupName, Rules};
use crate::model::retry::RetryPolicy;
use crate::outbound::{Login, Sender};
use crate::template::{Format, Limits, Template, TemplateError};

/// How long a lease outlives the longest call under it: for the wait before, and for writing down what came of it.
const LEASE_BEYOND_MS: i64 = 15_000;

/// What a lane does its work by.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) blueprint: Blueprint,
    /// What is written instead of a request, where it is a mail server.
    pub(super) stationery: Option<Box<Stationery>>,
    /// By whose ways its answers are judged.
    pub(super) preset: Preset,
    pub(super) rate: Rate,
    pub(super) pace_jitter: f64,
    /// Calls under way at once, 1 to 256.
    pub(super) concurrency: usize,
    pub(super) retry: RetryPolicy,
    /// What holds it back besides its rate.
    pub(super) rules: Rules,
    /// How several deliveries share a call, if they do; the blueprint's templates are then of several.
    pub(super) batch: Option<Batching>,
    /// How its answers speak of a quota.
    pub(super) quota: Option<QuotaProfile>,
    /// What its calls are signed with.
    pub(super) signing_keys: Vec<SigningKey>,
    pub(super) sender: Sender,
}

impl Plan {
    fn new(destination: &Destination, sender: Sender) -> Result<Self, Vec<Fault>> {
        let (blueprint, stationery) = (blueprint(destination)?, stationery(destination)?);
        Ok(Self {
            blueprint,
            stationery: stationery.map(Box::new),
            preset: destination.preset,
            rate: destination.rate,
            pace_jitter: destination.pace_jitter,
            concurrency: destination.concurrency.get().into(),
            retry: destination.retry,
            rules: rules_of(destination),
            batch: destination.batch,
            quota: destination.quota.clone(),
            signing_keys: destination.signing_keys.clone(),
            sender,
        })
    }

    /// How long a delivery that is taken is the lane's, in milliseconds.
    pub(super) fn lease_ms(&self) -> i64 {
        let timeout = i64::try_from(self.blueprint.timeout.as_millis()).unwrap_or(i64::MAX);
        timeout.saturating_add(LEASE_BEYOND_MS)
    }

    /// Scheme, host and port, and no more: a path may be a secret.
    pub(super) fn origin(&self) -> &str {
        &self.blueprint.url[..Position::BeforePath]
    }
}

/// What is wrong with a destination's templates.
#[must_use]
pub fn check(destination: &Destination) -> Vec<Fault> {
    let faults = blueprint(destination).err().into_iter();
    faults.chain(stationery(destination).err()).flatten().collect()
}

/// The plans of destinations, each with its name, all of which send through `sender`.
///
/// # Errors
/// Every fault of every template.
pub fn plans(
    destinations: &[Destination],
    sender: &Sender,
) -> Result<Vec<(DestinationName, Arc<Plan>)>, Faults> {
    let (mut plans, mut faults) = (Vec::new(), Vec::new());
    for destination in destinations {
        match Plan::new(destination, sender.clone()) {
            Ok(plan) => plans.push((destination.name.clone(), Arc::new(plan))),
            Err(wrong) => faults.extend(wrong),
        }
    }
    Faults::none_or(faults).map(|()| plans)
}

fn rules_of(destination: &Destination) -> Rules {
    let alone = || GroupName::alone(destination.name.as_str());
    let shared = destination.quota_group.as_deref();
    Rules {
        group: shared.map_or_else(alone, GroupName::shared),
        windows: destination.windows.clone(),
        quota: destination.quota.as_ref().map(quota::cost),
        breaker: destination.breaker,
    }
}

/// What holds each destination back, by its name.
#[must_use]
pub fn rules(destinations: &[Destination]) -> Vec<(DestinationName, Rules)> {
    let each = destinations.iter();
    each.map(|destination| (destination.name.clone(), rules_of(destination)))
        .collect()
}

fn blueprint(destination: &Destination) -> Result<Blueprint, Vec<Fault>> {
    let mut faults = Vec::new();
    let rules = match destination.batch {
        None => (&NAMES[..], Limits::ONE),
        Some(_) => (&BATCH_NAMES[..], Limits::of_several(BATCH_BYTES_MAX)),
    };
    let mut compiled = |text: &TemplateText, format| compiled(text, format, (rules, &mut faults));
    let target = destination.target.as_ref();
    let target = target.and_then(|text| compiled(text, Format::Target));
    let headers = destination.header_templates.iter();
    let header_templates = headers
        .filter_map(|(name, text)| Some((name.clone(), compiled(text, Format::Line)?)))
        .collect();
    let body = match (&destination.body, destination.preset) {
        (Some(text), _) => compiled(text, format(destination)).map(|made| Content::Template(Box::new(made))),
        (None, Preset::StandardWebhooks) => Some(Content::Webhook),
        (None, _) => Some(Content::Event),
    };
    match (body, faults.is_empty()) {
        (Some(body), true) => Ok(Blueprint {
            method: match destination.method {
                config::Method::Post => Method::POST,
                config::Method::Put => Method::PUT,
                config::Method::Patch => Method::PATCH,
            },
            url: destination.url.clone(),
            target,
            headers: destination.headers.clone(),
            header_templates,
            body,
            timeout: destination.timeout,
        }),
        _ => Err(faults),
    }
}

fn stationery(destination: &Destination) -> Result<Option<Stationery>, Vec<Fault>> {
    let Some(mail) = &destination.mail else {
        return Ok(None);
    };
    let mut faults = Vec::new();
    let rules = (&NAMES[..], Limits::ONE);
    let mut compiled = |text: &TemplateText, format| compiled(text, format, (rules, &mut faults));
    let to = mail.to.iter().filter_map(|text| compiled(text, Format::Line));
    let to: Vec<Template> = to.collect();
    let html = mail.html.as_ref().and_then(|text| compiled(text, Format::Html));
    let lines = [&mail.from, &mail.subject].map(|text| compiled(text, Format::Line));
    match (lines, compiled(&mail.text, Format::Text), faults.is_empty()) {
        ([Some(from), Some(subject)], Some(text), true) => Ok(Some(Stationery {
            server: destination.url.clone(),
            login: destination.login.as_ref().map(|login| Login {
                user: login.user.expose().to_owned(),
                password: login.password.expose().to_owned(),
            }),
            from,
            to,
            subject,
            text,
            html,
            timeout: destination.timeout,
        })),
        _ => Err(faults),
    }
}

/// Reads a template that may name what there is, within limits; a fault is added to the others.
fn compiled(
    text: &TemplateText,
    format: Format,
    (rules, faults): ((&[&str], Limits), &mut Vec<Fault>),
) -> Option<Template> {
    let read = Template::compile_within(&text.text, format, rules);
    read.map_err(|TemplateError { line, message }| faults.push(text.fault(line, message)))
        .ok()
}

/// What the body is, by its type.
fn format(destination: &Destination) -> Format {
    match destination.headers.get(CONTENT_TYPE) {
        None => Format::Json,
        Some(written) => Format::of(written.to_str().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
