//! Reloading: which keys changed, and which of them a running process takes up.

use super::Config;
use super::schema::{Change, KEYS};
use super::tables::KINDS;

/// What differs between two configurations, by key (`limits.vote`), in the order of the packaged file; then tables by
/// their kind (`destination`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reload {
    /// Keys and tables that take effect at once.
    pub applied: Vec<&'static str>,
    /// Keys that take effect at the next start.
    pub needs_restart: Vec<&'static str>,
}

/// Compares the running configuration with one read anew. Limits, trusted proxies, CORS origins, the voters' secret,
/// destinations, routes, schedules, what a launch is reckoned with, egress, the log level, and where pages come from and by which rules can be taken up;
/// addresses, prefix, public URL, store, log format, and how much memory pages take and whether strictly by the standard cannot.
#[must_use]
pub fn reload_difference(old: &Config, new: &Config) -> Reload {
    let mut reload = Reload::default();
    for key in KEYS.iter().filter(|key| !(key.same)(old, new)) {
        match key.change {
            Change::Applies => reload.applied.push(key.name),
            Change::NeedsRestart => reload.needs_restart.push(key.name),
        }
    }
    let changed = KINDS.iter().filter(|kind| !(kind.same)(old, new));
    reload.applied.extend(changed.map(|kind| kind.name));
    reload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changed_is_nothing_to_do() {
        assert_eq!(
            reload_difference(&Config::default(), &Config::default()),
            Reload::default()
        );
    }

    #[test]
    fn limits_apply_at_once_and_addresses_at_the_next_start() {
        let old = Config::default();
        let mut new = Config::default();
        new.limits.vote = None;
        new.server.public.set_port(1);
        new.polls.voter_secret = Some(crate::config::Secret::new("rotated"));
        let reload = reload_difference(&old, &new);
        assert_eq!(reload.applied, ["limits.vote", "polls.voter_secret"]);
        assert_eq!(reload.needs_restart, ["server.public"]);
    }
}
