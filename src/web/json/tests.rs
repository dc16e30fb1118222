//! JSON as it is read, and its two forms; the canonical one against RFC 8785 and another implementation of it.

use proptest::prelude::*;

use super::*;

fn written(text: &str, form: Form) -> String {
    let mut to = String::new();
    parse(text.as_bytes()).expect(text).write(form, &mut to);
    to
}

fn canonical(text: &str) -> String {
    written(text, Form::Canonical)
}

#[test]
fn numbers_are_canonical_as_appendix_b_of_rfc_8785_has_them() {
    let vectors = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];
    for (bits, expected) in vectors {
        let number = Number::from_f64(f64::from_bits(bits)).expect("finite");
        let mut to = String::new();
        Json::Number(number).write(Form::Canonical, &mut to);
        assert_eq!(to, expected);
        // And read again from its text it is the same number.
        assert_eq!(canonical(expected), expected);
    }
}

#[test]
fn members_are_canonical_by_their_utf_16_code_units() {
    // RFC 8785 §3.2.3.
    let sent = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}"#;
    let values: Vec<_> = [
        "Carriage Return",
        "One",
        "Control",
        "Latin",
        "Euro Sign",
        "Emoji",
        "Hebrew",
    ]
    .into();
    let canonical = canonical(sent);
    let at: Vec<_> = values.iter().map(|value| canonical.find(value)).collect();
    assert!(at.is_sorted() && at.iter().all(Option::is_some), "{canonical}");
    // §3.2.2.
    assert_eq!(
        self::canonical(
            r#"{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"literals":[null,true,false]}"#
        ),
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
}

#[test]
fn what_was_sent_keeps_its_order_and_its_whole_numbers() {
    let sent = r#" { "b" : 1844674407370955161 , "a" : [ 1.0 , -7 , "é\u0041" , { } , [ ] ] } "#;
    assert_eq!(
        written(sent, Form::AsSent),
        r#"{"b":1844674407370955161,"a":[1.0,-7,"éA",{},[]]}"#
    );
}

#[test]
fn what_is_no_strict_json_is_told_why_and_where() {
    for (text, why) in [
        (r#"{"a":1,"b":2,"a":3}"#, r#"the key "a" stands twice"#),
        (r#"[{"a":{"b":1,"\u0062":2}}]"#, r#"the key "b" stands twice"#),
        (r#""\ud800""#, "line 1 column"),
        (r#"{"\udc00":1}"#, "line 1 column"),
        ("1e400", "number out of range"),
        ("-1e309", "number out of range"),
        ("[1,]", "trailing comma"),
        ("{}{}", "trailing characters"),
        ("\u{feff}{}", "line 1 column"),
        ("\"\0\"", "control character"),
        ("01", "line 1 column"),
        ("NaN", "line 1 column"),
        ("", "EOF"),
    ] {
        let refused = parse(text.as_bytes()).expect_err(text);
        assert_eq!(refused.status(), 400, "{text}: {refused}");
        assert!(
            refused.detail().starts_with("not JSON: ") && refused.detail().contains(why),
            "{text}: {refused}"
        );
    }
    assert_eq!(parse(b"\"\xff\"").expect_err("not UTF-8").status(), 400);
    let long = format!(r#"{{"{0}":1,"{0}":2}}"#, "x".repeat(60_000));
    assert!(parse(long.as_bytes()).expect_err("twice").detail().len() < 200);
}

#[test]
fn nul_is_found_wherever_it_hides() {
    for text in [r#""\u0000""#, r#"[1,["a\u0000"]]"#, r#"{"a":{"\u0000":1}}"#] {
        assert!(parse(text.as_bytes()).expect(text).has_nul(), "{text}");
    }
    assert!(
        !parse(br#"{"a":["\\u0000",null,true,1]}"#)
            .expect("JSON")
            .has_nul()
    );
}

#[test]
fn an_object_of_thousands_of_members_is_read_in_no_time() {
    let members: Vec<String> = (0..8_000).map(|n| format!(r#""{n}":1"#)).collect();
    let text = format!("{{{}}}", members.join(","));
    assert!(parse(text.as_bytes()).is_ok());
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_canonical_form_is_what_another_implementation_makes_of_it(value in any_json()) {
        let text = value.to_string();
        let theirs = serde_json_canonicalizer::to_string(&value).expect("canonical");
        prop_assert_eq!(canonical(&text), theirs.clone());
        prop_assert_eq!(canonical(&theirs), theirs, "canonical twice is canonical once");
    }

    #[test]
    fn what_was_sent_reads_back_as_itself(value in any_json()) {
        let sent = written(&value.to_string(), Form::AsSent);
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).expect("JSON"), value);
        prop_assert_eq!(written(&sent, Form::AsSent), sent);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, text: String) {
        for bytes in [bytes, text.into_bytes()] {
            if let Err(refused) = parse(&bytes) {
                prop_assert_eq!(refused.status(), 400);
            }
        }
    }
}
