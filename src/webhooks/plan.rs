//! Plans: a source as its webhooks are read, the templates compiled.

use std::time::Duration;

use crate::config::{Fault, Faults, TemplateText, Webhook, WebhookPreset, WebhookScheme};
use crate::model::ids::{EventType, Source};
use crate::template::{Format, Template, TemplateError};

/// What templates may name: the body (one event of it, where it is a list of them), its headers by their names in small
/// letters, and the sender's id, which may be empty.
const NAMES: [&str; 3] = ["body", "headers", "id"];

/// How webhooks of a source become events.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) source: Source,
    pub(super) preset: WebhookPreset,
    pub(super) scheme: WebhookScheme,
    pub(super) kind: Kind,
    /// The type as it is written.
    pub(super) kind_text: String,
    pub(super) key: Option<Template>,
    pub(super) payload: Option<Template>,
    pub(super) dedupe_for: Duration,
}

/// The type of a source's events.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Always this.
    Fixed(EventType),
    /// What a template makes.
    Made(Box<Template>),
}

/// The plans of webhooks.
///
/// # Errors
/// Every fault of every template.
pub fn plans(webhooks: &[Webhook]) -> Result<Vec<Plan>, Faults> {
    let (mut plans, mut faults) = (Vec::new(), Vec::new());
    for webhook in webhooks {
        match plan(webhook) {
            Ok(plan) => plans.push(plan),
            Err(wrong) => faults.extend(wrong),
        }
    }
    Faults::none_or(faults).map(|()| plans)
}

/// What is wrong with a webhook's templates.
#[must_use]
pub fn check(webhook: &Webhook) -> Vec<Fault> {
    plan(webhook).err().unwrap_or_default()
}

fn plan(webhook: &Webhook) -> Result<Plan, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut compiled = |template: &Option<TemplateText>, format| {
        let template = template.as_ref()?;
        compile(template, format).map_err(|fault| faults.push(fault)).ok()
    };
    let key = compiled(&webhook.key, Format::Text);
    let payload = compiled(&webhook.payload, Format::Json);
    let kind = match EventType::parse(&webhook.kind.text) {
        Ok(kind) if !webhook.kind.is_template() => Some(Kind::Fixed(kind)),
        _ => compiled(&Some(webhook.kind.clone()), Format::Text).map(|made| Kind::Made(Box::new(made))),
    };
    let plan = kind.filter(|_| faults.is_empty()).map(|kind| Plan {
        source: webhook.source.clone(),
        preset: webhook.preset,
        scheme: webhook.scheme.clone(),
        kind,
        kind_text: webhook.kind.text.clone(),
        key,
        payload,
        dedupe_for: webhook.dedupe_for,
    });
    plan.ok_or(faults)
}

fn compile(template: &TemplateText, format: Format) -> Result<Template, Fault> {
    Template::compile(&template.text, format, &NAMES)
        .map_err(|TemplateError { line, message }| template.fault(line, message))
}
