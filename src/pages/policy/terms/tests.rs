use super::*;

const CAME: Millis = Millis(1_790_244_000_000);

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn of_status(status: u16, answered: &[(&'static str, &str)]) -> Result<Terms, NotStored> {
    let exchange = Exchange {
        method: &Method::GET,
        asked: &HeaderMap::new(),
        status: StatusCode::from_u16(status).unwrap(),
        answered: &headers(answered),
    };
    Terms::of(&exchange, (CAME, CAME))
}

fn of(answered: &[(&'static str, &str)]) -> Result<Terms, NotStored> {
    of_status(200, answered)
}

fn date(ms: i64) -> String {
    http_date::write(Millis(ms), http_date::Form::Fixdate)
}

fn fresh_for(answered: &[(&'static str, &str)]) -> Option<u64> {
    of(answered).ok().map(|terms| terms.lifetime.as_secs())
}

#[test]
fn the_lifetime_is_what_a_shared_cache_is_told() {
    let now = date(CAME.0);
    let in_an_hour = date(CAME.0 + 3_600_000);
    assert_eq!(fresh_for(&[("cache-control", "max-age=60")]), Some(60));
    assert_eq!(fresh_for(&[("cache-control", "max-age=60, s-maxage=9")]), Some(9));
    assert_eq!(
        fresh_for(&[("date", &now), ("expires", &in_an_hour)]),
        Some(3_600)
    );
    assert_eq!(
        fresh_for(&[
            ("date", &now),
            ("expires", &in_an_hour),
            ("cache-control", "max-age=1")
        ]),
        Some(1)
    );
    assert_eq!(fresh_for(&[("expires", "0")]), Some(0));
    assert_eq!(fresh_for(&[("cache-control", "max-age=x")]), Some(0));
    assert_eq!(fresh_for(&[]), None);
}

#[test]
fn where_nothing_is_said_a_tenth_of_its_age_is_guessed_within_bounds() {
    let now = date(CAME.0);
    let hours_ago = date(CAME.0 - 36_000_000);
    assert_eq!(
        fresh_for(&[("date", &now), ("last-modified", &hours_ago)]),
        Some(3_600)
    );
    let years_ago = date(CAME.0 - 1_000 * 86_400_000);
    assert_eq!(
        fresh_for(&[("date", &now), ("last-modified", &years_ago)]),
        Some(7 * 86_400)
    );
    assert_eq!(
        of_status(202, &[("last-modified", &hours_ago)]),
        Err(NotStored::NoLifetime)
    );
}

#[test]
fn what_must_not_be_stored_is_not() {
    assert_eq!(
        of(&[("cache-control", "no-store, max-age=60")]),
        Err(NotStored::NoStore)
    );
    assert_eq!(
        of(&[("cache-control", "private, max-age=60")]),
        Err(NotStored::Private)
    );
    assert_eq!(
        of_status(206, &[("cache-control", "max-age=60")]),
        Err(NotStored::Status)
    );
    assert!(of(&[("cache-control", "no-store, must-understand, max-age=60")]).is_ok());
    assert_eq!(
        of_status(599, &[("cache-control", "must-understand, max-age=60")]),
        Err(NotStored::Status)
    );
    assert!(of_status(599, &[("cache-control", "max-age=60")]).is_ok());
}

#[test]
fn what_was_proved_to_be_somebodys_is_stored_only_where_that_is_said() {
    for (line, stored) in [
        ("max-age=60", false),
        ("max-age=60, public", true),
        ("s-maxage=60", true),
        ("max-age=60, must-revalidate", true),
    ] {
        let exchange = Exchange {
            method: &Method::GET,
            asked: &headers(&[("authorization", "Basic eA==")]),
            status: StatusCode::OK,
            answered: &headers(&[("cache-control", line)]),
        };
        assert_eq!(Terms::of(&exchange, (CAME, CAME)).is_ok(), stored, "{line}");
    }
}

#[test]
fn an_answer_may_be_old_when_it_comes() {
    let age = |lines: &[(&'static str, &str)], took: i64| {
        let lines = [&[("cache-control", "max-age=60")], lines].concat();
        let exchange = Exchange {
            method: &Method::GET,
            asked: &HeaderMap::new(),
            status: StatusCode::OK,
            answered: &headers(&lines),
        };
        let terms = Terms::of(&exchange, (CAME.plus(-took), CAME)).unwrap();
        terms.initial_age.as_secs()
    };
    assert_eq!(age(&[], 0), 0);
    assert_eq!(age(&[("age", "30")], 2_000), 32);
    assert_eq!(age(&[("date", &date(CAME.0 - 40_000)), ("age", "30")], 0), 40);
    assert_eq!(age(&[("date", &date(CAME.0 + 40_000))], 0), 0);
}

#[test]
fn an_age_that_is_none_makes_stale() {
    for age in ["x", "-1", "1.0", "0, 0", "7;a=1", ""] {
        assert_eq!(
            fresh_for(&[("cache-control", "max-age=60"), ("age", age)]),
            Some(0),
            "{age}"
        );
    }
    assert_eq!(
        fresh_for(&[("cache-control", "max-age=60"), ("age", "0"), ("age", "0")]),
        Some(0)
    );
    assert_eq!(
        fresh_for(&[("cache-control", "max-age=60"), ("age", "99999999999999999999")]),
        Some(60)
    );
}

#[test]
fn what_is_never_to_be_shown_stale_is_not_and_s_maxage_alone_allows_what_stands_beside_it() {
    let allowed = |line: &str| {
        let terms = of(&[("cache-control", line)]).unwrap();
        let if_error = terms.stale_if_error.map(|time| time.as_secs());
        (
            terms.stale_while_revalidate.as_secs(),
            if_error,
            terms.must_revalidate,
        )
    };
    let rfc_5861 = "stale-while-revalidate=30, stale-if-error=60";
    for (line, expected) in [
        ("max-age=1", (30, Some(60), false)),
        ("s-maxage=1", (30, Some(60), true)),
        ("max-age=1, must-revalidate", (0, None, true)),
        ("s-maxage=1, proxy-revalidate", (0, None, true)),
    ] {
        assert_eq!(allowed(&format!("{line}, {rfc_5861}")), expected, "{line}");
    }
}
