//! Loading: the layers one over the other, then the checks that need all of them.

use super::fault::{Fault, Faults, Invalid, Place};
use super::schema::{self, Draft, Key};
use super::secret::{Secret, SecretRef};
use super::sources::{Overrides, Sources};
use super::written::{Value, Written};
use super::{
    Config, Destination, Postgres, Server, Webhook, alerts, file, https, named, nearest, pages, tables,
};

/// What those who know more of a table have to say of it, such as what compiles its templates.
#[derive(Clone, Copy)]
pub struct Checks {
    /// Of a destination.
    pub destination: fn(&Destination) -> Vec<Fault>,
    /// Of a webhook.
    pub webhook: fn(&Webhook) -> Vec<Fault>,
    /// Of the database that is written to.
    pub postgres: fn(&Postgres) -> Vec<Fault>,
    /// Of where we listen, and the certificates that are shown there.
    pub server: fn(&Server) -> Vec<Fault>,
}

/// Makes a configuration of its sources. Touches nothing but the files of secrets.
///
/// # Errors
/// Every fault of file and environment at once, each with its place and key.
pub fn load(sources: &Sources) -> Result<Config, Faults> {
    let nothing = Checks {
        destination: |_| Vec::new(),
        webhook: |_| Vec::new(),
        postgres: |_| Vec::new(),
        server: |_| Vec::new(),
    };
    load_checked(sources, &nothing)
}

/// Makes a configuration as [`load`] does, and has every table that could be read looked at by `checks`: their faults are
/// named among the others.
///
/// # Errors
/// Every fault of file, environment and `checks` at once, each with its place and key.
pub fn load_checked(sources: &Sources, checks: &Checks) -> Result<Config, Faults> {
    let mut draft = Draft::new();
    let mut faults = Vec::new();
    let mut values = Vec::new();
    let mut blocks = Vec::new();
    if let Some(written) = &sources.file {
        let content = file::read(written);
        values.extend(content.values);
        blocks = content.blocks;
        faults.extend(content.faults);
    }
    for (name, value) in &sources.environment {
        match variable(name, value) {
            Some(Ok(known)) => values.push(known),
            Some(Err(fault)) => faults.push(fault),
            None => {}
        }
    }
    draft.config.secrets = named::secrets(values.iter().map(|(_, written)| written), &blocks);
    for (key, written) in &values {
        if let Err(refused) = (key.set)(&mut draft, written) {
            faults.extend(
                refused
                    .into_iter()
                    .map(|(place, why)| fault(place, key.name, why)),
            );
        }
    }
    faults.extend(tables::read(&mut draft.config, &blocks, sources, checks));
    faults.extend(alerts::finish(&mut draft, sources, &blocks));
    apply_flags(&mut draft, &sources.flags);
    match fetch("polls.voter_secret", &draft.voter_secret, sources) {
        Ok(secret) => draft.config.polls.voter_secret = secret,
        Err(wrong) => faults.push(wrong),
    }
    match fetch("pages.origin_secret", &draft.origin_secret, sources) {
        Ok(secret) => draft.config.pages.origin_secret = secret,
        Err(wrong) => faults.push(wrong),
    }
    let rule = blocks.iter().find(|block| block.kind == pages::RULE);
    faults.extend(pages::finish(&mut draft, sources, rule.map(|block| &block.place)));
    match std::mem::take(&mut draft.otlp).finish(sources) {
        Ok(otlp) => draft.config.telemetry.otlp = otlp,
        Err(wrong) => faults.extend(wrong),
    }
    let (post, wrong) = std::mem::take(&mut draft.post).finish(sources);
    faults.extend(wrong);
    draft.config.producthunt.post = post;
    let (postgres, wrong) = draft.postgres.finish(sources);
    faults.extend(wrong);
    faults.extend(postgres.iter().flat_map(checks.postgres));
    draft.config.export.postgres = postgres;
    faults.extend(https::finish(&mut draft, sources));
    faults.extend((checks.server)(&draft.config.server));
    faults.extend(settle_launch(&mut draft).err());
    faults.extend(check_addresses(&draft).err());
    Faults::none_or(faults)?;
    Ok(draft.config)
}

/// A variable of the environment: `None` where it is none of ours. `GANTRY_TOKEN` and its like, without a double
/// underscore, are not configuration.
fn variable(name: &str, value: &str) -> Option<Result<(&'static Key, Written), Fault>> {
    let path = name.strip_prefix("GANTRY_").filter(|path| path.contains("__"))?;
    let place = Place::Variable(name.to_owned());
    let key = path.to_ascii_lowercase().replace("__", ".");
    let known = schema::find(&key).filter(|key| schema::variable_of(key.name) == name);
    let Some(known) = known else {
        let names: Vec<String> = schema::keys().map(schema::variable_of).collect();
        let why = Invalid(format!("unknown key; {}", nearest::hint(name, &names)));
        return Some(Err(fault(place, &key, why)));
    };
    let value = Value::Variable(value.to_owned());
    let text_place = place.clone();
    let written = Written {
        place,
        text_place,
        value,
    };
    Some(Ok((known, written)))
}

fn apply_flags(draft: &mut Draft, flags: &Overrides) {
    if let Some(public) = flags.public {
        draft.config.server.public = public;
        draft.public_at = Place::Flag("--public");
    }
    if let Some(admin) = flags.admin {
        draft.config.server.admin = admin;
        draft.admin_at = Place::Flag("--admin");
    }
    if let Some(data) = &flags.data {
        draft.config.store.path.clone_from(data);
    }
}

/// A secret that was written must be there; the default's may be missing.
fn fetch(
    key: &str,
    (place, reference): &(Place, SecretRef),
    sources: &Sources,
) -> Result<Option<Secret>, Fault> {
    match reference.resolve(sources) {
        Ok(secret) => Ok(Some(secret)),
        Err(_) if *place == Place::Default => Ok(None),
        Err(why) => Err(fault(place.clone(), key, why)),
    }
}

/// A local time is one of the launch's zone, wherever that is written.
fn settle_launch(draft: &mut Draft) -> Result<(), Fault> {
    let written = draft.launch_zone.take();
    let Some((place, time)) = &draft.launch_at else {
        draft.config.launch.timezone = written.unwrap_or_default();
        return Ok(());
    };
    draft.config.launch.timezone = written.unwrap_or_else(|| time.zone());
    let at = time.instant(&draft.config.launch.timezone);
    let beyond = || {
        fault(
            place.clone(),
            "launch.at",
            Invalid("is beyond all years".to_owned()),
        )
    };
    draft.config.launch.at = Some(at.ok_or_else(beyond)?);
    Ok(())
}

/// The dashboard must not be reachable where visitors are.
fn check_addresses(draft: &Draft) -> Result<(), Fault> {
    let server = &draft.config.server;
    if server.public != server.admin || server.public.port() == 0 {
        return Ok(());
    }
    let (place, key, other) = match draft.admin_at {
        Place::Default => (&draft.public_at, "server.public", "server.admin"),
        _ => (&draft.admin_at, "server.admin", "server.public"),
    };
    let why = Invalid(format!("{} is taken by {other}; use another port", server.public));
    Err(fault(place.clone(), key, why))
}

pub(super) fn fault(place: Place, key: &str, Invalid(message): Invalid) -> Fault {
    Fault {
        place,
        key: Some(key.to_owned()),
        message,
    }
}
