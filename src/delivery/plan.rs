//! Plans: a destination as its lane needs it, the template compiled.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::CONTENT_TYPE;
use url::Position;

use super::auth::{Accounts, Auth};
use super::letter::Stationery;
use super::quota;
use super::render::{BATCH_NAMES, Blueprint, Content, NAMES};
use super::transport;
use crate::config::{self, Destination, Fault, Faults, Preset, QuotaProfile, Rate, SigningKey, TemplateText};
use crate::model::ids::DestinationName;
use crate::model::lane::batch::{BATCH_BYTES_MAX, Batching};
use crate::model::lane::{GroupName, Rules};
use crate::model::retry::RetryPolicy;
use crate::outbound::{Egress, Login, SendError, Sender, Senders, SetupError};
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
    /// How its calls say who we are, beyond their headers.
    pub(super) auth: Option<Auth>,
    pub(super) sender: Sender,
}

/// How receivers are reached and told who we are, by all plans that are made with it; clones share connections and access
/// tokens.
#[derive(Clone)]
pub struct Ways {
    senders: Senders,
    accounts: Accounts,
}

impl Ways {
    /// To where `egress` allows.
    #[must_use]
    pub fn new(egress: Egress) -> Self {
        Self {
            senders: Senders::new(egress),
            accounts: Accounts::default(),
        }
    }

    /// With the same access tokens, to where `egress` allows, over connections of its own.
    #[must_use]
    pub fn within(&self, egress: Egress) -> Self {
        Self {
            senders: Senders::new(egress),
            accounts: self.accounts.clone(),
        }
    }
}

impl Plan {
    fn new(destination: &Destination, ways: &Ways) -> Result<Self, Wrong> {
        let transport = transport::of(&destination.transport)?;
        let sender = ways.senders.sender(&transport)?;
        // A mail server is told by the letter's own road.
        let auth = destination.auth.as_ref().filter(|_| destination.mail.is_none());
        let auth = auth.map(|written| ways.accounts.auth(written, &transport, &destination.name));
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
            auth,
            sender,
        })
    }

    /// How long a delivery that is taken is the lane's, in milliseconds.
    pub(super) fn lease_ms(&self) -> i64 {
        let timeout = i64::try_from(self.blueprint.timeout.as_millis()).unwrap_or(i64::MAX);
        let before = self.auth.as_ref().map_or(0, Auth::fetch_max_ms);
        timeout.saturating_add(before).saturating_add(LEASE_BEYOND_MS)
    }

    /// Connects to where the destination listens, and hangs up: nothing is sent, and nothing is remembered of it. How long
    /// that took, at most 5 s.
    ///
    /// # Errors
    /// [`SendError`] where no connection came about.
    pub async fn reach(&self) -> Result<Duration, SendError> {
        self.sender.reach(&self.blueprint.url).await
    }

    /// Scheme, host and port, and no more: a path may be a secret.
    pub(super) fn origin(&self) -> &str {
        &self.blueprint.url[..Position::BeforePath]
    }
}

/// Why there is no plan of a destination.
#[derive(Debug)]
enum Wrong {
    Faults(Vec<Fault>),
    Setup(SetupError),
}

impl From<Vec<Fault>> for Wrong {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}

impl From<SetupError> for Wrong {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

/// Why there are no plans.
#[derive(Debug, thiserror::Error)]
pub enum NoPlans {
    /// The configuration is wrong in what only those who use it can tell.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// Nothing can be sent.
    #[error(transparent)]
    Outbound(#[from] SetupError),
}

/// What is wrong with a destination's templates and with the files of its TLS.
#[must_use]
pub fn check(destination: &Destination) -> Vec<Fault> {
    let wrong = [
        blueprint(destination).err(),
        stationery(destination).err(),
        transport::of(&destination.transport).err(),
    ];
    wrong.into_iter().flatten().flatten().collect()
}

/// The plans of destinations, each with its name, whose calls go by `ways`.
///
/// # Errors
/// Every fault of every destination; or [`SetupError`].
pub fn plans(
    destinations: &[Destination],
    ways: &Ways,
) -> Result<Vec<(DestinationName, Arc<Plan>)>, NoPlans> {
    let (mut plans, mut faults) = (Vec::new(), Vec::new());
    for destination in destinations {
        match Plan::new(destination, ways) {
            Ok(plan) => plans.push((destination.name.clone(), Arc::new(plan))),
            Err(Wrong::Faults(wrong)) => faults.extend(wrong),
            Err(Wrong::Setup(error)) => return Err(error.into()),
        }
    }
    Faults::none_or(faults)?;
    Ok(plans)
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
            login: match &destination.auth {
                Some(config::Auth::Basic(basic)) => Some(Login {
                    user: basic.user.expose().to_owned(),
                    password: basic.password.expose().to_owned(),
                }),
                _ => None,
            },
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
