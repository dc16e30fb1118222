use super::*;
use crate::store::codec::hex;

fn touch(at: i64, source: &str) -> Touch {
    let none = Label::none();
    Touch {
        at: Millis(at),
        origin: Origin {
            source: Label::named(source).unwrap(),
            campaign: none.clone(),
            referrer: none.clone(),
            path: Label::exact("/a").unwrap(),
            variant: none,
        },
    }
}

#[test]
fn every_record_of_the_funnel_keeps_the_bytes_it_had_when_its_version_came() {
    let count = Count {
        label: "x".into(),
        visits: 3,
        conversions: 2,
        value: -5,
    };
    let window = WindowFact {
        at: 5,
        folded: 300,
        slices: vec![Slice {
            spans: [(0, 5), (0, 60), (0, 3_600), (-8, 86)],
            rows: vec![(1, vec![count.clone()])],
        }],
    };
    let converted = ConvertedFact {
        at: 5,
        goal: "signup".into(),
        value: Some(480_000),
        key: Some(7),
    };
    let rollup = Rollup {
        ends: 5_000,
        counts: vec![count],
    };
    let touches = Touches::of(touch(1, "google")).with(touch(2, "x"));
    let conversion = Conversion {
        goal: GoalName::parse("signup").unwrap(),
        at: Millis(5),
        value: None,
        touches: Some(touches.clone()),
    };
    let anna = Visitor {
        day: Millis(5),
        hash: 7,
    };
    let sums = FunnelSums {
        visits: 1,
        apart: 2,
        folded: 3,
        folded_value: 4,
        conversions: 5,
        latest: [6, 7, 8, 9],
    };
    let written = [
        codec::encode(WINDOW, &window).unwrap(),
        codec::encode(CONVERTED, &converted).unwrap(),
        rollup.to_row().unwrap(),
        conversion_to_row(&conversion, Some(anna)).unwrap(),
        touches_to_row(&touches).unwrap(),
        codec::encode(FUNNEL_SUMS, &sums).unwrap(),
    ];
    assert!(written.iter().all(|bytes| matches!(read(bytes), Some(Ok(())))));
    assert_eq!(written.map(|bytes| hex(&bytes)), GOLDEN);
    let row = conversion_to_row(&conversion, Some(anna)).unwrap();
    assert_eq!(conversion_from_row(&row).unwrap(), (conversion, Some(anna)));
    let once = Touches::of(touch(1, "google"));
    assert_eq!(touches_from_row(&touches_to_row(&once).unwrap()).unwrap(), once);
}

/// In the order in which the test writes them; all in version 1.
const GOLDEN: [&str; 6] = [
    "0c010afb2c0101000a007800fb201c0fac0101010178030209",
    "0d010a067369676e757001fc00a60e000107",
    "a001fb1027010178030209",
    "a101067369676e75700a00010206676f6f676c65046e6f6e65046e6f6e65022f61046e6f6e6501040178046e6f6e65046e6f6e65022f61046e6f6e65010a07",
    "a2010206676f6f676c65046e6f6e65046e6f6e65022f61046e6f6e6501040178046e6f6e65046e6f6e65022f61046e6f6e65",
    "a30101020308050c0e1012",
];
