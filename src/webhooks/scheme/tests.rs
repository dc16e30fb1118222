//! Every scheme by a sample whose signature somebody else made, and what is close to it.

use super::*;
use crate::config::{self, ConfigFile, Sources};

/// When the samples without a time of their own were signed, in seconds.
const AT: i64 = 1_614_265_330;

struct Sample {
    scheme: WebhookScheme,
    headers: HeaderMap,
    body: Vec<u8>,
    at_s: i64,
}

/// The scheme that these lines of a `[[webhook]]` ask for, by the secrets `NEW` and `OLD`.
fn scheme(lines: &str, new: &str, old: &str) -> WebhookScheme {
    let text =
        format!("[[webhook]]\nsource = \"s\"\ntype = \"T\"\nsecret = [\"env:NEW\", \"env:OLD\"]\n{lines}\n");
    let sources = Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: text.into_bytes(),
        }),
        environment: vec![("NEW".into(), new.into()), ("OLD".into(), old.into())],
        ..Sources::none()
    };
    let config = config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"));
    config.webhooks[0].scheme.clone()
}

fn sample(scheme: WebhookScheme, headers: &[(&'static str, &str)], body: &str, at_s: i64) -> Sample {
    let headers = headers.iter().map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )
    });
    Sample {
        scheme,
        headers: headers.collect(),
        body: body.as_bytes().to_vec(),
        at_s,
    }
}

/// The example of <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
fn github(new: &str, old: &str) -> Sample {
    let headers = [
        (
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    ];
    sample(
        scheme("preset = \"github\"", new, old),
        &headers,
        "Hello, World!",
        AT,
    )
}

/// The example of <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
fn slack(new: &str, old: &str) -> Sample {
    let headers = [
        (
            "x-slack-signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
        ("x-slack-request-timestamp", "1531420618"),
    ];
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    sample(
        scheme("preset = \"slack\"", new, old),
        &headers,
        body,
        1_531_420_618,
    )
}

/// By `openssl dgst -sha256 -hmac`; `v0` and the second `v1` are of other secrets.
fn stripe(new: &str, old: &str) -> Sample {
    let signature = "t=1614265330,v1=c068dc7cf0a22590172f5927a82c39e8fb72cb2dcf6df80bc55a8e267a916d79,\
                     v1=a77f58ed88dac6c2cb9d24f149d7424c41f234b3beb04e25d9492b330816350e,v0=00";
    let body = r#"{"id":"evt_1","type":"charge.succeeded"}"#;
    sample(
        scheme("preset = \"stripe\"", new, old),
        &[("stripe-signature", signature)],
        body,
        AT,
    )
}

/// By `openssl dgst -sha256 -hmac`.
fn mailgun(new: &str, old: &str) -> Sample {
    let body = r#"{"signature":{"timestamp":"1614265330","token":"e0b5477167110d68991efc6b9f89f0a11066af27834600e123",
        "signature":"1cad3d7855495e65d244b0ef5fd4a56483127bb43ec18039e72ba46b882fe3ca"},"event-data":{"id":"e-1"}}"#;
    sample(scheme("preset = \"mailgun\"", new, old), &[], body, AT)
}

/// The example of the tests of `@sendgrid/eventwebhook`.
fn sendgrid(new: &str, old: &str) -> Sample {
    let headers = [
        (
            "x-twilio-email-event-webhook-signature",
            "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
        ),
        ("x-twilio-email-event-webhook-timestamp", "1600112502"),
    ];
    let body = "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\
                \"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\
                \"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\
                \"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";
    sample(
        scheme("preset = \"sendgrid\"", new, old),
        &headers,
        body,
        1_600_112_502,
    )
}

/// The example of the libraries' own tests, and in the headers of Svix.
fn standard(names: [&'static str; 3], new: &str, old: &str) -> Sample {
    let [id, at, signature] = names;
    let signatures = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v1a,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let headers = [
        (id, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (at, "1614265330"),
        (signature, signatures),
    ];
    let body = r#"{"test": 2432232314}"#;
    sample(
        scheme("preset = \"standard-webhooks\"", new, old),
        &headers,
        body,
        AT,
    )
}

const STANDARD_NAMES: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];
const SVIX_NAMES: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

/// SHA-512 in base64 over an id, a time and the body, by `openssl dgst -sha512 -hmac`.
fn free(new: &str, old: &str) -> Sample {
    let lines = "preset = \"hmac\"\nheader = \"X-Sig\"\nalgorithm = \"sha512\"\nencoding = \"base64\"\nprefix = \"v9=\"\n\
                 signed = \"{id}|{timestamp}|{body}\"\ntimestamp_header = \"X-At\"\ntolerance = \"5m\"\nid_header = \"X-Id\"";
    let signature =
        "v9=QQH6pyDxMng6Phgaof0nIBNDnwItDmFSwfgD8nIJ1pblClOL5VSkeznYoSkqJr1xXib1fD/5cC0Dc/kbJ5aK0w==";
    let headers = [("x-sig", signature), ("x-at", "1614265330"), ("x-id", "m-1")];
    sample(scheme(lines, new, old), &headers, r#"{"a":1}"#, AT)
}

/// SHA-1 over nothing but the body.
fn old_fashioned(new: &str, old: &str) -> Sample {
    let lines = "preset = \"producthunt\"\nalgorithm = \"sha1\"";
    let headers = [(
        "x-producthunt-signature",
        "79999786a1bff10cd4d7dd0b0752574af76be0b5",
    )];
    sample(scheme(lines, new, old), &headers, r#"{"a":1}"#, AT)
}

const OTHER_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf5XLAa2i1G2gFKJ7b1fcCxwlp2Nqx3cF6Xi4pKzWBf2HqLQ0y3Vs1iKfq0f8zAOyrWcqjMLBbbl3oxXQyk7iYw==";
const OTHER_SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// How to make each sample by a new and an old secret, its right one, and another of its form.
type Made = (fn(&str, &str) -> Sample, &'static str, &'static str);

const SAMPLES: [Made; 9] = [
    (github, "It's a Secret to Everybody", "another"),
    (slack, "8f742231b10e8888abcd99yyyzzz85a5", "another"),
    (stripe, "whsec_test_secret", "whsec_another"),
    (mailgun, "key-mailgun-signing", "another"),
    (
        sendgrid,
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
        OTHER_KEY,
    ),
    (
        |new, old| standard(STANDARD_NAMES, new, old),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        OTHER_SIGNING,
    ),
    (
        |new, old| standard(SVIX_NAMES, new, old),
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        OTHER_SIGNING,
    ),
    (free, "s3cret", "another"),
    (old_fashioned, "s3cret", "another"),
];

impl Sample {
    fn seen_at(&self, seconds: i64) -> Result<Verified, Refusal> {
        self.seen(&self.headers, &self.body, seconds)
    }

    fn seen(&self, headers: &HeaderMap, body: &[u8], seconds: i64) -> Result<Verified, Refusal> {
        let message = Message {
            headers,
            body,
            now: Millis(seconds * 1_000 + 999),
        };
        verify(&self.scheme, &message)
    }

    fn has_time(&self) -> bool {
        self.seen_at(self.at_s + 1_000_000).is_err()
    }
}

#[test]
fn what_others_have_signed_is_known_by_either_secret() {
    for (make, right, other) in SAMPLES {
        for (new, old) in [(right, other), (other, right)] {
            let sample = make(new, old);
            assert!(sample.seen_at(sample.at_s).is_ok(), "{:?}", sample.headers);
        }
        let sample = make(other, other);
        assert_eq!(sample.seen_at(sample.at_s), Err(Refusal::Forged));
    }
}

#[test]
fn a_time_holds_for_300_seconds_either_way() {
    let timed = SAMPLES.iter().filter(|(make, right, other)| {
        let sample = make(right, other);
        for (off, taken) in [(300, true), (-300, true), (301, false), (-301, false)] {
            let seen = sample.seen_at(sample.at_s + off);
            match taken || !sample.has_time() {
                true => assert!(seen.is_ok(), "{off}: {:?}", sample.headers),
                false => assert_eq!(seen, Err(Refusal::Stale), "{off}: {:?}", sample.headers),
            }
        }
        sample.has_time()
    });
    assert_eq!(timed.count(), 7, "all but GitHub and an HMAC of the body alone");
}

/// Whether a sender signs this header, or what its value is made of. GitHub does not sign its id.
fn is_signed(name: &HeaderName) -> bool {
    name != "x-github-delivery"
}

#[test]
fn a_changed_bit_anywhere_is_another_message() {
    for (make, right, other) in SAMPLES {
        let sample = make(right, other);
        let covered = match sample.scheme {
            // Its signature ends before the event.
            WebhookScheme::Mailgun(_) => 0..0,
            _ => 0..sample.body.len(),
        };
        for (at, bit) in covered.flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut body = sample.body.clone();
            body[at] ^= 1 << bit;
            let seen = sample.seen(&sample.headers, &body, sample.at_s);
            assert_eq!(seen, Err(Refusal::Forged), "bit {bit} of byte {at}");
        }
        for (name, value) in sample.headers.iter().filter(|(name, _)| is_signed(name)) {
            // A list of signatures and what is in it of others': only what counts.
            let text = value.to_str().unwrap();
            let counts = |at: usize| match name.as_str() {
                "stripe-signature" => (0..12).contains(&at) || (80..148).contains(&at),
                "webhook-signature" | "svix-signature" => at > 56,
                _ => true,
            };
            for (at, bit) in (0..text.len())
                .filter(|at| counts(*at))
                .flat_map(|at| (0..7).map(move |bit| (at, bit)))
            {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                let Ok(changed) = HeaderValue::from_bytes(&bytes) else {
                    continue;
                };
                let mut headers = sample.headers.clone();
                headers.insert(name, changed);
                let seen = sample.seen(&headers, &sample.body, sample.at_s);
                assert!(seen.is_err(), "bit {bit} of byte {at} of {name}: {text}");
            }
        }
    }
}

#[test]
fn what_vouches_for_a_mailgun_event_is_its_signature_alone() {
    let sample = mailgun("key-mailgun-signing", "another");
    let text = String::from_utf8(sample.body.clone()).unwrap();
    let verified = sample.seen_at(AT).unwrap();
    assert_eq!(
        verified.token.as_deref(),
        Some("e0b5477167110d68991efc6b9f89f0a11066af27834600e123")
    );
    for (from, to) in [
        ("1614265330", "1614265331"),
        ("e0b54771", "e0b54772"),
        ("1cad3d78", "1cad3d79"),
        ("1cad3d78", "1CAD3D78"),
    ] {
        let changed = text.replace(from, to);
        assert_eq!(
            sample.seen(&sample.headers, changed.as_bytes(), AT),
            Err(Refusal::Forged)
        );
    }
    let as_number = text.replace("\"1614265330\"", "1614265330");
    assert!(sample.seen(&sample.headers, as_number.as_bytes(), AT).is_ok());
    for broken in [
        "",
        "{}",
        "[]",
        r#"{"signature":"x"}"#,
        r#"{"signature":{"timestamp":1.5,"token":"t","signature":"s"}}"#,
        r#"{"signature":{"timestamp":"","token":"t","signature":"s"}}"#,
        &text.replace("\"token\"", "\"tokens\""),
        &text.replacen('{', r#"{"signature":{},"#, 1),
    ] {
        let seen = sample.seen(&sample.headers, broken.as_bytes(), AT);
        assert_eq!(seen, Err(Refusal::Unsigned), "{broken}");
    }
}

#[test]
fn a_header_that_is_missing_twice_there_too_long_or_cut_is_no_signature() {
    for (make, right, other) in SAMPLES {
        let sample = make(right, other);
        for name in sample.headers.keys() {
            let value = sample.headers[name].clone();
            let mut headers = sample.headers.clone();
            headers.append(name, value.clone());
            assert_eq!(
                sample.seen(&headers, &sample.body, sample.at_s),
                Err(Refusal::Unsigned),
                "{name} twice"
            );
            headers.remove(name);
            assert_eq!(
                sample.seen(&headers, &sample.body, sample.at_s),
                Err(Refusal::Unsigned),
                "no {name}"
            );
            for text in ["", &"1".repeat(HEADER_BYTES + 1)] {
                headers.insert(name, HeaderValue::from_str(text).unwrap());
                let seen = sample.seen(&headers, &sample.body, sample.at_s);
                assert_eq!(seen, Err(Refusal::Unsigned), "{name} of {} bytes", text.len());
            }
            if !is_signed(name) {
                continue;
            }
            let text = value.to_str().unwrap();
            // Of Stripe's the last that counts is not the last.
            let end = text.find(",v0").unwrap_or(text.len()) - 1;
            headers.insert(name, HeaderValue::from_str(&text[..end]).unwrap());
            assert!(
                sample.seen(&headers, &sample.body, sample.at_s).is_err(),
                "{name} cut"
            );
        }
    }
}

#[test]
fn lists_of_signatures_are_bounded_and_one_time_is_enough() {
    let sample = stripe("whsec_test_secret", "other");
    let good = sample.headers["stripe-signature"].to_str().unwrap();
    let many = format!("{good}{}", ",v1=00".repeat(SIGNATURES_MOST));
    for wrong in [
        many.as_str(),
        "t=1614265330",
        "v1=00",
        "t",
        &format!("{good},t=1614265330"),
    ] {
        let headers = headers([(&HeaderName::from_static("stripe-signature"), wrong)]).unwrap();
        assert_eq!(
            sample.seen(&headers, &sample.body, AT),
            Err(Refusal::Unsigned),
            "{wrong}"
        );
    }
    let sample = standard(STANDARD_NAMES, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", OTHER_SIGNING);
    let mut headers = sample.headers.clone();
    let good = headers["webhook-signature"].to_str().unwrap();
    let many = format!("{good}{}", " v1,AAAA".repeat(SIGNATURES_MOST));
    headers.insert("webhook-signature", many.parse().unwrap());
    assert_eq!(sample.seen(&headers, &sample.body, AT), Err(Refusal::Unsigned));
}

#[test]
fn what_is_no_time_in_seconds_is_none() {
    let now = Millis(AT * 1_000);
    for wrong in [
        "",
        "x",
        "-1614265330",
        "+1614265330",
        "1614265330.0",
        "1614265330000",
    ] {
        assert_eq!(check_age(wrong, now, 300), Err(Refusal::Unsigned), "{wrong}");
    }
    assert_eq!(check_age("999999999999", now, 300), Err(Refusal::Stale));
    assert_eq!(check_age("0", now, 300), Err(Refusal::Stale));
}

#[test]
fn what_is_signed_for_a_trial_is_known_and_only_sendgrid_can_sign_for_sendgrid() {
    for (make, right, other) in SAMPLES {
        let sample = make(right, other);
        let now = Millis(AT * 1_000);
        let Some(signed) = sign(&sample.scheme, ("id-1", now), br#"{"a":1}"#) else {
            assert!(matches!(sample.scheme, WebhookScheme::Sendgrid(_)));
            continue;
        };
        let verified = sample.seen(&signed.headers, &signed.body, AT).unwrap();
        let named = sample.headers.keys().any(|name| name.as_str().ends_with("id"));
        assert!(!named || verified.id.as_deref() == Some("id-1"));
    }
    let sample = mailgun("key-mailgun-signing", "other");
    assert!(sign(&sample.scheme, ("id-1", Millis(0)), b"[]").is_none());
}
