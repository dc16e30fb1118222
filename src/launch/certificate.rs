//! Whether a certificate holds for long enough: over the launch, and for a while after it.

use super::Certificate;
use super::scene::span;
use crate::model::time::Millis;

/// How long after the launch a certificate has to hold, in milliseconds: nobody is to think of it in the days after.
const AFTER_LAUNCH_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// What is well with a certificate, or what is not. One that ends sooner is well where the next is asked for before it does, and
/// nothing has failed.
pub(super) fn holds(
    certificate: &Certificate,
    (launch, now): (Option<Millis>, Millis),
) -> Result<String, String> {
    let failed = certificate.last_error.as_ref();
    let failed = failed.map_or_else(String::new, |error| {
        format!("; the last attempt at another failed: {error}")
    });
    let Some(until) = certificate.expires_at else {
        return Err(format!("there is none{failed}"));
    };
    if until <= now {
        return Err(format!("it expired {} ago{failed}", span(now.0 - until.0)));
    }
    let said = format!("it holds for {}{failed}", span(until.0 - now.0));
    let needed = launch.unwrap_or(now).plus(AFTER_LAUNCH_MS).max(now);
    let is_renewed = failed.is_empty() && certificate.next_try_at.is_some_and(|next| next < until);
    match (until >= needed, is_renewed) {
        (true, _) => Ok(said),
        (false, true) => Ok(format!("{said}, and is renewed before")),
        (false, false) => Err(format!(
            "{said}; it has to for {}",
            span(needed.0.saturating_sub(now.0))
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1_000;
    const NOW: Millis = Millis(1_796_112_060_000);

    fn certificate(days: Option<i64>, next: Option<i64>, error: Option<&str>) -> Certificate {
        let at = |days: i64| NOW.plus(days * DAY);
        Certificate {
            name: "shop.example".into(),
            expires_at: days.map(at),
            next_try_at: next.map(at),
            last_error: error.map(str::to_owned),
        }
    }

    fn said(certificate: &Certificate, launch_in_days: i64) -> Result<String, String> {
        holds(certificate, (Some(NOW.plus(launch_in_days * DAY)), NOW))
    }

    #[test]
    fn a_certificate_has_to_hold_for_a_fortnight_after_the_launch_or_to_be_renewed_before() {
        // Of files, which nobody renews by itself.
        let files = certificate(Some(17), None, None);
        assert_eq!(said(&files, 3), Ok("it holds for 17 d".into()));
        let short = Err("it holds for 17 d; it has to for 18 d".to_owned());
        assert_eq!(said(&files, 4), short);
        // After the launch the fortnight runs on; without one it begins now.
        assert_eq!(
            said(&certificate(Some(1), None, None), -13),
            Ok("it holds for 1 d".into())
        );
        assert_eq!(
            said(&certificate(Some(1), None, None), -60),
            Ok("it holds for 1 d".into())
        );
        assert!(holds(&certificate(Some(13), None, None), (None, NOW)).is_err());
        assert!(holds(&certificate(Some(14), None, None), (None, NOW)).is_ok());

        let due = certificate(Some(6), Some(4), None);
        assert_eq!(
            said(&due, 1),
            Ok("it holds for 6 d, and is renewed before".into())
        );
    }

    #[test]
    fn what_fails_is_named_and_is_no_go_only_where_time_runs_out() {
        let failing = |days| certificate(days, Some(0), Some("no such host"));
        assert_eq!(
            said(&failing(Some(29)), 3),
            Ok("it holds for 29 d; the last attempt at another failed: no such host".into())
        );
        let late = said(&failing(Some(9)), 3).expect_err("it is late");
        assert!(late.ends_with("no such host; it has to for 17 d"), "{late}");
        let none = Err("there is none; the last attempt at another failed: no such host".to_owned());
        assert_eq!(said(&failing(None), 3), none);
        assert_eq!(
            said(&certificate(Some(-2), None, None), 3),
            Err("it expired 2 d ago".into())
        );
    }
}
