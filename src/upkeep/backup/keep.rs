//! Which backups are kept: the newest of each of the last days and weeks that have one.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::model::time::Millis;

const DAY_MS: i64 = 86_400_000;

/// The name of the backup made at `at`: `gantry-2026-11-23T033000Z.redb`.
pub(super) fn name(at: Millis) -> String {
    let text = at.to_string().replace(':', "");
    let seconds = text.split('.').next().unwrap_or_default();
    format!("gantry-{seconds}Z.redb")
}

/// When the backup of this name was made; `None` where it is no name of ours.
pub(super) fn made_at(name: &str) -> Option<Millis> {
    let text = name.strip_prefix("gantry-")?.strip_suffix("Z.redb")?;
    let (date, time) = text.split_once('T')?;
    let (hours, minutes, seconds) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    let at = Millis::parse_rfc3339(&format!("{date}T{hours}:{minutes}:{seconds}Z"))?;
    (self::name(at) == name).then_some(at)
}

/// The backups in a directory, newest first.
pub(super) fn found(directory: &Path) -> Vec<(Millis, String)> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut found: Vec<_> = names.filter_map(|name| Some((made_at(&name)?, name))).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// Those of `made`, newest first, that may go.
pub(super) fn superfluous(made: &[Millis], (days, weeks): (u16, u16)) -> Vec<Millis> {
    let (mut by_day, mut by_week) = (HashSet::new(), HashSet::new());
    let mut gone = Vec::new();
    for (n, at) in made.iter().enumerate() {
        let day = at.0.div_euclid(DAY_MS);
        // Weeks begin on Monday; the epoch was a Thursday.
        let week = (day + 3).div_euclid(7);
        let of_day = by_day.len() < usize::from(days) && by_day.insert(day);
        let of_week = by_week.len() < usize::from(weeks) && by_week.insert(week);
        if n > 0 && !of_day && !of_week {
            gone.push(*at);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64, hour: i64) -> Millis {
        Millis(1_796_083_200_000 + n * DAY_MS + hour * 3_600_000)
    }

    #[test]
    fn names_tell_when_they_were_made_and_others_are_not_ours() {
        let at = Millis::parse_rfc3339("2026-11-23T03:30:00Z").unwrap();
        assert_eq!(name(at), "gantry-2026-11-23T033000Z.redb");
        assert_eq!(made_at(&name(at)), Some(at));
        for other in [
            "gantry.redb",
            "gantry-2026-11-23.redb",
            "gantry-2026-11-23T033000Z.redb.new",
            "gantry-2026-13-23T033000Z.redb",
            "gantry-2026-11-23T03300Z.redb",
            "my-2026-11-23T033000Z.redb",
        ] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    #[test]
    fn seven_days_and_four_weeks_are_kept() {
        let nightly: Vec<Millis> = (0..60).rev().map(|n| day(n, 3)).collect();
        let gone = superfluous(&nightly, (7, 4));
        let kept: Vec<Millis> = nightly.iter().copied().filter(|at| !gone.contains(at)).collect();
        // Seven days; the week of the seventh is among them, or the one after.
        assert!((9..=11).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept[..7], nightly[..7]);
        // Of one day the newest.
        let twice = [day(1, 12), day(1, 3), day(0, 3)];
        assert_eq!(superfluous(&twice, (7, 0)), [day(1, 3)]);
        assert_eq!(
            superfluous(&twice, (0, 0)),
            [day(1, 3), day(0, 3)],
            "the newest stays"
        );
    }

    proptest! {
        #[test]
        fn what_was_kept_once_goes_only_for_a_newer_one(hours in proptest::collection::btree_set(0_i64..3_000, 1..80)) {
            let made: Vec<Millis> = hours.iter().rev().map(|hour| day(0, *hour)).collect();
            let gone = superfluous(&made, (7, 4));
            prop_assert!(!gone.contains(&made[0]));
            let kept: Vec<Millis> = made.iter().copied().filter(|at| !gone.contains(at)).collect();
            prop_assert!(kept.len() <= 11);
            prop_assert_eq!(superfluous(&kept, (7, 4)), Vec::<Millis>::new());
        }
    }
}
