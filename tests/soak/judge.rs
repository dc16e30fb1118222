//! Whether memory grows, told from looks at a process.
//!
//! Anonymous memory is what counts: what a process has made. Pages of its own code and of files are the kernel's to take back and to
//! read again, and in a minute in which it needs memory they hide a leak of an hour.
//!
//! What is in use goes up and down by megabytes: an allocator gives back seconds later what was freed, and work comes in waves. What is kept for good lifts the lowest that it falls to. So the looks become floors, the lowest of each minute; and
//! the slope is Theil and Sen's, the median of the slopes between any two floors, which a few odd minutes (another tenant of the
//! machine, a backup) do not move, as they move least squares.

use std::time::Duration;

/// One look at a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Since the first.
    pub(crate) at: Duration,
    /// Memory in use, in bytes.
    pub(crate) resident: u64,
    /// What of it is no page of a file.
    pub(crate) anonymous: u64,
    /// Open descriptors.
    pub(crate) descriptors: usize,
    /// The data file's length, in bytes.
    pub(crate) file: u64,
}

/// A floor is the lowest of so long.
const FLOOR: Duration = Duration::from_secs(60);
const HOUR_S: f64 = 3_600.0;

/// By how many bytes an hour memory grows.
pub(crate) fn growth_an_hour(looks: &[Look]) -> f64 {
    slope(&floors(looks)) * HOUR_S
}

/// When each whole minute began, in seconds, and the least memory in it.
pub(crate) fn floors(looks: &[Look]) -> Vec<(f64, f64)> {
    let minute = |look: &Look| look.at.as_secs() / FLOOR.as_secs();
    let minutes = looks.chunk_by(|one, next| minute(one) == minute(next));
    let floor = |minute: &[Look]| {
        let least = minute.iter().map(|look| look.anonymous).min().unwrap_or(0);
        (minute[0].at.as_secs_f64(), least as f64)
    };
    minutes.map(floor).collect()
}

/// The median of the slopes between any two points (Theil 1950, Sen 1968).
fn slope(points: &[(f64, f64)]) -> f64 {
    let mut slopes: Vec<f64> = Vec::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let later = &points[at + 1..];
        slopes.extend(
            later
                .iter()
                .map(|(later_x, later_y)| (later_y - y) / (later_x - x)),
        );
    }
    assert!(!slopes.is_empty(), "no slope without two floors");
    slopes.sort_by(f64::total_cmp);
    slopes[slopes.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Chance;

    const MB: f64 = 1e6;

    /// An hour of looks, one a second: an allocator's waves of `waves` bytes, other tenants now and then, and a leak.
    fn hour(leak_an_hour: f64, waves: u64) -> Vec<Look> {
        let mut chance = Chance::new();
        let look = |second: u64| {
            let leaked = leak_an_hour * second as f64 / HOUR_S;
            let odd = if second % 700 < 90 { 20_000_000 } else { 0 };
            Look {
                at: Duration::from_secs(second),
                resident: 0,
                anonymous: 150_000_000 + chance.below(waves) + odd + leaked.round() as u64,
                descriptors: 100,
                file: 0,
            }
        };
        (0..3_600).map(look).collect()
    }

    #[test]
    fn waves_are_no_growth() {
        let growth = growth_an_hour(&hour(0.0, 8_000_000));
        assert!(growth.abs() < 0.25 * MB, "{growth}");
    }

    #[test]
    fn a_leak_of_half_a_byte_a_request_is_seen_under_waves_a_hundred_times_as_high() {
        let growth = growth_an_hour(&hour(1.5 * MB, 8_000_000));
        assert!((1.2 * MB..1.8 * MB).contains(&growth), "{growth}");
    }
}
