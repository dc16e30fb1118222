//! What is a trace and what is none; the cases are those of W3C's own test suite, and more.

use proptest::prelude::*;

use super::*;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn a_parent_is_read_and_written_in_version_00() {
    let parent = Parent::parse(TRACE).unwrap();
    assert_eq!(parent.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    assert_eq!((parent.span, parent.sampled), (0x00f0_67aa_0ba9_02b7, true));
    assert_eq!(parent.to_string(), TRACE);
    let unsampled = TRACE.replace("-01", "-00");
    assert_eq!(Parent::parse(&unsampled).unwrap().to_string(), unsampled);
}

#[test]
fn flags_that_are_not_known_are_not_sent_on() {
    for (flags, written) in [("09", "01"), ("fe", "00"), ("ff", "01"), ("02", "00")] {
        let parent = Parent::parse(&TRACE.replace("-01", &format!("-{flags}"))).unwrap();
        assert!(
            parent.to_string().ends_with(&format!("-{written}")),
            "{flags}: {parent}"
        );
    }
}

#[test]
fn of_a_version_to_come_the_parts_of_this_one_count() {
    let known = &TRACE[2..];
    for later in ["01", "0a", "cc", "fe"] {
        for rest in ["", "-", "-what-the-future-will-be-like", "-é"] {
            let parent = Parent::parse(&format!("{later}{known}{rest}")).unwrap();
            assert_eq!(parent.to_string(), TRACE, "{later}, {rest}");
        }
        for wrong in [".what-the-future-will-be-like", "0", " ", "é-"] {
            assert_eq!(
                Parent::parse(&format!("{later}{known}{wrong}")),
                None,
                "{later}, {wrong}"
            );
        }
        assert_eq!(
            Parent::parse(&format!("{later}{}", &known[..known.len() - 1])),
            None
        );
    }
}

#[test]
fn what_is_malformed_is_no_parent() {
    for bad in [
        "",
        "00",
        "00-",
        "é",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "FE-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ".0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0.-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "+1-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "000-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "01-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-.bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b70-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-001",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert_eq!(Parent::parse(bad), None, "{bad}");
    }
}

fn state(values: &[&str]) -> Option<String> {
    State::parse(values.iter().copied()).map(|state| state.as_str().to_owned())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_state_is_its_entries_in_their_order_from_all_the_values() {
    assert_eq!(state(&["foo=1"]), some("foo=1"));
    assert_eq!(
        state(&["foo=1,bar=2", "rojo=1", "baz= 3"]),
        some("foo=1,bar=2,rojo=1,baz= 3")
    );
    assert_eq!(
        state(&["foo=1 \t , \t bar=2,", "", "\t", ",baz=3\t"]),
        some("foo=1,bar=2,baz=3")
    );
    assert_eq!(state(&[]), None);
    assert_eq!(state(&["", " ,,"]), None);
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|c| !",=".contains(*c)).collect();
    for key in [key.to_owned(), format!("0{key}@a-z0-9_-*/")] {
        let entry = format!("{key}={value}");
        assert_eq!(state(&[&entry]), Some(entry.clone()));
    }
}

#[test]
fn where_something_is_wrong_in_a_state_all_of_it_is_let_go() {
    for bad in [
        "foo",
        "=1",
        "foo=",
        "foo==1",
        "foo=1=2",
        "FOO=1",
        "foo =1",
        "foo.bar=1",
        "1foo=1",
        "foo@=1",
        "@foo=1",
        "foo@@bar=1",
        "foo@bar@baz=1",
        "foo@1bar=1",
        "foo=é",
        "foo=a\tb",
        "foo=a\u{7f}",
        "foo=1,foo=1",
    ] {
        assert_eq!(state(&["bar=2", bad]), None, "{bad}");
    }
    assert_eq!(state(&["foo=1", "foo=2"]), None);
    let long = |tenant: usize, vendor: usize| match vendor {
        0 => format!("{}=1", "z".repeat(tenant)),
        vendor => format!("{}@{}=1", "t".repeat(tenant), "v".repeat(vendor)),
    };
    for (tenant, vendor, held) in [
        (256, 0, true),
        (257, 0, false),
        (241, 14, true),
        (242, 1, false),
        (1, 15, false),
    ] {
        assert_eq!(
            state(&["foo=1", &long(tenant, vendor)]).is_some(),
            held,
            "{tenant}, {vendor}"
        );
    }
    let value = |length: usize| format!("foo={}", "x".repeat(length));
    assert!(state(&[&value(256)]).is_some() && state(&[&value(257)]).is_none());
    let entries = |count: usize| {
        (0..count)
            .map(|n| format!("k{n}=1"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert!(state(&[&entries(32)]).is_some() && state(&[&entries(33)]).is_none());
}

#[test]
fn a_state_that_is_too_long_loses_its_long_entries_and_then_its_last() {
    let entry = |key: &str, length: usize| format!("{key}={}", "x".repeat(length - key.len() - 1));
    let whole = [entry("a", 128), entry("b", 128), entry("c", 128), entry("d", 125)];
    let joined = whole.join(",");
    assert_eq!(joined.len(), STATE_MAX);
    assert_eq!(state(&[&joined]), Some(joined.clone()));
    assert_eq!(state(&[&joined, "e=1"]), Some(joined), "the last goes");
    let long = [entry("a", 250), entry("b", 100), entry("c", 129), entry("d", 100)];
    let kept = format!("{},{}", long[1], long[3]);
    assert_eq!(state(&[&long.join(",")]), Some(kept));
    assert_eq!(state(&[&entry("a", 257), &entry("b", 257)]), None);
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_so_that_it_reads_the_same(text in "\\PC{0,80}", entries in "[a-z@=, \\t0-9]{0,600}") {
        if let Some(parent) = Parent::parse(&text) {
            prop_assert_eq!(Parent::parse(&parent.to_string()), Some(parent));
        }
        if let Some(state) = State::parse([entries.as_str()]) {
            prop_assert!(state.as_str().len() <= STATE_MAX);
            prop_assert_eq!(State::parse([state.as_str()]), Some(state.clone()));
        }
    }

    #[test]
    fn every_parent_is_read_as_it_is_written(trace in 1_u128.., span in 1_u64.., sampled: bool) {
        let parent = Parent { trace, span, sampled };
        prop_assert_eq!(Parent::parse(&parent.to_string()), Some(parent));
    }
}

#[test]
fn who_calls_decides_and_of_the_rest_a_share_is_told_of_by_the_trace_alone() {
    let caller = |sampled| Parent {
        trace: 1,
        span: 1,
        sampled,
    };
    let tenth = Sampler {
        ratio: 0.1,
        ..Sampler::default()
    };
    assert!(tenth.samples(Some(&caller(true)), u128::MAX));
    assert!(!tenth.samples(Some(&caller(false)), 1));
    let deaf = Sampler {
        callers: Callers::AreIgnored,
        ..tenth
    };
    assert!(!deaf.samples(Some(&caller(true)), u128::MAX));
    assert!(deaf.samples(Some(&caller(false)), 1));
    // As far apart as 64 bits allow, so that every tenth is within the share.
    let spread = |n: u128| n * (u128::from(u64::MAX) / 1_000);
    let chosen = (0..1_000).filter(|n| tenth.samples(None, spread(*n) / 2)).count();
    assert!((98..=102).contains(&chosen), "{chosen}");
    for (ratio, expected) in [(0.0, false), (1.0, true)] {
        let sampler = Sampler { ratio, ..tenth };
        for trace in [1, u128::from(u64::MAX), u128::MAX, 1 << 100] {
            assert_eq!(sampler.samples(None, trace), expected, "{ratio} {trace}");
        }
    }
}
