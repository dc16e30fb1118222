//! Webhooks as their user meets them: what is read, what is refused, and in which words.

use std::time::Duration;

use super::*;
use crate::config::tests::{faults, file, read as loaded, with_variables};

const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
const VARIABLES: [(&str, &str); 4] = [
    ("A", "hunter2"),
    ("B", "hunter3"),
    ("SIGNING", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("KEY", KEY),
];

#[test]
fn every_preset_is_read_with_its_secrets() {
    let text = WebhookPreset::ALL.map(|preset| {
        let secret = match preset {
            WebhookPreset::Sendgrid => r#""env:KEY""#,
            WebhookPreset::StandardWebhooks => r#"["env:SIGNING"]"#,
            _ => r#"["env:A", "env:B"]"#,
        };
        let name = preset.as_str();
        let header = if preset == WebhookPreset::Hmac { "header = \"X-Sig\"" } else { "" };
        format!("[[webhook]]\nsource = \"{name}\"\npreset = \"{name}\"\nsecret = {secret}\ntype = \"T\"\n{header}\n")
    });
    let config = loaded(&with_variables(file(&text.concat()), &VARIABLES));
    let presets: Vec<WebhookPreset> = config.webhooks.iter().map(|webhook| webhook.preset).collect();
    assert_eq!(presets, WebhookPreset::ALL);
    assert!(
        config
            .webhooks
            .iter()
            .all(|webhook| webhook.dedupe_for == DEFAULT_DEDUPE_FOR)
    );
    let printed = format!("{config:?}");
    assert!(
        !printed.contains("hunter") && !printed.contains("MfKQ"),
        "{printed}"
    );
}

#[test]
fn everything_about_an_hmac_may_be_written() {
    let text = r#"
[[webhook]]
source = "shop"
preset = "hmac"
header = "X-Sig"
algorithm = "sha512"
encoding = "base64"
prefix = "v1="
signed = "a{id}.{timestamp}.{body}z"
timestamp_header = "X-At"
tolerance = "10m"
id_header = "X-Id"
secret = "env:A"
type = "{{ body.type }}"
dedupe_for = "36h"
"#;
    let config = loaded(&with_variables(file(text), &VARIABLES));
    let WebhookScheme::Hmac(scheme) = &config.webhooks[0].scheme else {
        panic!("an HMAC");
    };
    assert_eq!(
        (scheme.algorithm, scheme.encoding, scheme.prefix.as_str()),
        (HmacAlgorithm::Sha512, Encoding::Base64, "v1=")
    );
    let text = |text: &str| SignedPart::Text(text.to_owned());
    let signed = [
        text("a"),
        SignedPart::Id,
        text("."),
        SignedPart::Timestamp,
        text("."),
        SignedPart::Body,
        text("z"),
    ];
    assert_eq!(scheme.signed, signed);
    let timestamp = scheme.timestamp.as_ref().unwrap();
    assert_eq!(
        (timestamp.name.as_str(), timestamp.tolerance),
        ("x-at", Duration::from_secs(600))
    );
    assert_eq!(config.webhooks[0].dedupe_for, Duration::from_secs(36 * 3_600));
}

#[test]
fn a_public_key_may_stand_in_the_lines_of_a_pem() {
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
        &KEY[..64],
        &KEY[64..]
    );
    let parse = |text: &str| VerifyingKey::parse(&Secret::new(text));
    assert_eq!(parse(&pem), parse(KEY));
    assert_eq!(parse(KEY).unwrap().point().len(), 65);
    for wrong in ["", "x", &KEY[..KEY.len() - 4], &KEY.replacen("MFkw", "MFkx", 1)] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

#[test]
fn every_fault_is_named_at_once_with_its_line() {
    let text = r#"[[webhook]]
source = "a/b"
preset = "githb"
type = "T"
[[webhook]]
source = "gh"
preset = "github"
secret = "hunter2"
type = "a type that is much too long for one"
header = "X-Sig"
dedupe_for = "1h"
[[webhook]]
source = "gh"
preset = "hmac"
secret = []
type = "T"
[[webhook]]
source = "free"
preset = "hmac"
header = "X Sig"
algorithm = "md5"
encoding = "hxe"
prefix = "a b"
signed = "{timestamp}{body}"
tolerance = "1m"
secret = ["env:A", "env:A", "env:A", "env:A", "env:A"]
type = "T"
sorce = "x"
[[webhook]]
source = "timed"
preset = "hmac"
header = "X-Sig"
timestamp_header = "X-At"
secret = "env:A"
type = "T"
[[webhook]]
source = "timed2"
preset = "producthunt"
timestamp_header = "X-At"
signed = "{body}"
secret = "env:A"
type = "T"
[[webhook]]
source = "named"
preset = "hmac"
header = "X-Sig"
signed = "{id}{bdy}"
id_header = "X-Id"
secret = "env:A"
type = "T"
[[webhook]]
source = "sg"
preset = "sendgrid"
secret = "env:A"
type = "T"
[[webhook]]
source = "sw"
preset = "standard-webhooks"
secret = "env:A"
type = "T"
"#;
    let expected = [
        r#"gantry.toml:2: webhook.source: "a/b" may only contain letters, digits, '-', '_' and '.'"#,
        r#"gantry.toml:3: webhook.preset: "githb" is not a preset; did you mean github?"#,
        r#"gantry.toml:8: webhook.secret: a secret does not stand in the configuration itself; write "env:NAME", "file:PATH" or "credential:NAME""#,
        r#"gantry.toml:9: webhook.type: "a type that is much too long for one" is longer than 32 characters"#,
        r#"gantry.toml:10: webhook.header: is fixed by preset github; leave it out"#,
        r#"gantry.toml:11: webhook.dedupe_for: "1h" is not from 24h to 30d"#,
        r#"gantry.toml:12: webhook.header: is missing, and has no default"#,
        r#"gantry.toml:13: webhook.source: gh is the source of the webhook at gantry.toml:6; use another"#,
        r#"gantry.toml:15: webhook.secret: names none; write for example ["env:WEBHOOK_SECRET"]"#,
        r#"gantry.toml:20: webhook.header: "X Sig" is not the name of a header (letters, digits and hyphens)"#,
        r#"gantry.toml:21: webhook.algorithm: "md5" is not an algorithm; known are sha256, sha1, sha512"#,
        r#"gantry.toml:22: webhook.encoding: "hxe" is not an encoding; did you mean hex?"#,
        r#"gantry.toml:23: webhook.prefix: "a b" cannot stand before a signature (printable ASCII without spaces, 64 bytes at most)"#,
        r#"gantry.toml:24: webhook.signed: {timestamp} needs a timestamp_header"#,
        r#"gantry.toml:25: webhook.tolerance: needs a timestamp_header: the time is not known without one"#,
        r#"gantry.toml:26: webhook.secret: there are more than 4 secrets"#,
        r#"gantry.toml:28: webhook.sorce: unknown key; did you mean source?"#,
        r#"gantry.toml:33: webhook.timestamp_header: is not signed; write for example signed = "{timestamp}.{body}""#,
        r#"gantry.toml:40: webhook.signed: leaves out {timestamp}, so that anybody could change it"#,
        r#"gantry.toml:47: webhook.signed: "bdy" stands for nothing; there are {body}, {timestamp} and {id}"#,
        r#"gantry.toml:54: webhook.secret: the secret it names is not SendGrid's verification key: base64 of a P-256 public key"#,
        r#"gantry.toml:59: webhook.secret: the secret it names is not whsec_ and base64 of 24 to 64 bytes"#,
    ];
    assert_eq!(
        faults(&with_variables(file(text), &VARIABLES)),
        expected.join("\n")
    );
}
