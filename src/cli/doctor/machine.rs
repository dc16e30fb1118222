//! The machine: what the process may open, what memory there is, whether the clock is kept, how old the zone data is.

use std::fs;

use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::cli::show::bytes;
use crate::clock::is_kept;
use crate::config::Config;
use crate::model::time::{Millis, zone};

/// Descriptors that a launch may need: each visitor's connection and each stream is one.
const DESCRIPTORS: u64 = 4_096;
/// What the process takes beside its caches, in bytes: connections, queues, the mirror of votes.
const BESIDE_CACHES: u64 = 192 << 20;
/// Zone data of the year before last lacks laws that hold by now.
const ZONE_YEARS: i64 = 1;

/// Looks at the machine, for a server of this configuration, or of the default one.
pub(super) fn look(config: Option<&Config>, now: Millis) -> Vec<Finding> {
    let (default, this_year) = (Config::default(), year(&now.to_string()));
    let mut findings = vec![descriptors(getrlimit(Resource::Nofile).current)];
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    findings.extend(memory(&meminfo, config.unwrap_or(&default)));
    findings.push(clock(is_kept()));
    findings.extend(zone_data(zone::data_version(), this_year));
    findings
}

fn descriptors(limit: Option<u64>) -> Finding {
    const SUBJECT: &str = "descriptors";
    match limit {
        Some(limit) if limit < DESCRIPTORS => Finding::notice(
            SUBJECT,
            format!("this shell may have {limit} open; each visitor's connection is one"),
            "the packaged service allows 65536; elsewhere run `ulimit -n 65536` before `gantry serve`",
        ),
        Some(limit) => Finding::good(SUBJECT, format!("{limit} may be open")),
        None => Finding::good(SUBJECT, "any number may be open"),
    }
}

fn memory(meminfo: &str, config: &Config) -> Option<Finding> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    let available = kib << 10;
    let caches = (u64::from(config.store.cache_mib.get()) << 20) + config.pages.capacity_bytes();
    let needed = caches + BESIDE_CACHES;
    let found = format!("{} are free, up to {} are used", bytes(available), bytes(needed));
    Some(match available < needed {
        true => Finding::bad(
            "memory",
            found,
            "lower store.cache_mib and pages.capacity_mib, or add memory",
        ),
        false => Finding::good("memory", found),
    })
}

fn clock(is_kept: Option<bool>) -> Finding {
    const SUBJECT: &str = "clock";
    const KEEP: &str = "let NTP keep it: `timedatectl set-ntp true`, or chrony";
    match is_kept {
        Some(true) => Finding::good(SUBJECT, "NTP keeps it"),
        Some(false) => Finding::bad(
            SUBJECT,
            "nobody keeps it: signatures, schedules and the launch go by it",
            KEEP,
        ),
        None => Finding::notice(SUBJECT, "this system does not tell whether NTP keeps it", KEEP),
    }
}

fn zone_data(release: &str, this_year: Option<i64>) -> Option<Finding> {
    let made = year(release)?;
    let found = format!("release {release}");
    Some(match this_year? - made > ZONE_YEARS {
        true => Finding::notice(
            "zone data",
            found,
            "install a newer Gantry: local times may be an hour off where laws have changed",
        ),
        false => Finding::good("zone data", found),
    })
}

/// The year that a text begins with.
fn year(text: &str) -> Option<i64> {
    text.get(..4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn what_is_enough_is_good_and_what_is_not_says_what_to_do() {
        assert_eq!(descriptors(Some(1_024)).verdict, Verdict::Notice);
        assert_eq!(descriptors(Some(65_536)).verdict, Verdict::Good);
        assert_eq!(descriptors(None).verdict, Verdict::Good);

        let config = Config::default();
        let of = |text: &str| memory(text, &config);
        assert_eq!(of(""), None);
        assert_eq!(of("MemAvailable:     100000 kB\n").unwrap().verdict, Verdict::Bad);
        assert_eq!(
            of("MemAvailable:   24000000 kB\n").unwrap().verdict,
            Verdict::Good
        );

        let kept = [Some(true), Some(false), None].map(|kept| clock(kept).verdict);
        assert_eq!(kept, [Verdict::Good, Verdict::Bad, Verdict::Notice]);

        let of = |year| zone_data("2026c", Some(year)).unwrap().verdict;
        assert_eq!(
            (of(2_026), of(2_027), of(2_028)),
            (Verdict::Good, Verdict::Good, Verdict::Notice)
        );
        for finding in look(None, Millis(1_796_112_060_000)) {
            assert_eq!(
                finding.remedy.is_none(),
                finding.verdict == Verdict::Good,
                "{finding:?}"
            );
        }
    }
}
