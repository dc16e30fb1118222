//! Where spans go, as its user writes it.

use super::super::Config;
use super::super::tests::{faults, file, read, with_variables};
use super::*;

fn otlp(text: &str, variables: &[(&str, &str)]) -> Option<Otlp> {
    read(&with_variables(file(text), variables)).telemetry.otlp
}

fn url(text: &str, variables: &[(&str, &str)]) -> Option<String> {
    otlp(text, variables).map(|otlp| otlp.url.to_string())
}

const IN_FILE: &str = "[telemetry]\notlp_endpoint = \"http://127.0.0.1:4318\"";

#[test]
fn nothing_is_sent_unless_an_endpoint_is_named() {
    assert_eq!(otlp("", &[]), None);
    let text = "[telemetry]\notlp_endpoint = \"\"\notlp_ratio = 0.5";
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "?"),
    ];
    assert_eq!(read(&with_variables(file(text), &variables)), Config::default());
    let defaults = otlp(IN_FILE, &[]).expect("an endpoint");
    assert_eq!(defaults.url.as_str(), "http://127.0.0.1:4318/v1/traces");
    assert_eq!(defaults.timeout, Duration::from_secs(10));
    assert_eq!(
        (defaults.compression, defaults.sampler),
        (Compression::None, Sampler::default())
    );
    assert_eq!(
        (defaults.headers.len(), defaults.resource),
        (0, vec![("service.name".to_owned(), "gantry".to_owned())])
    );
}

#[test]
fn the_nearest_endpoint_wins_and_that_of_traces_is_taken_as_it_is() {
    let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all.example/in/");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example");
    let ours = ("GANTRY_TELEMETRY__OTLP_ENDPOINT", "http://ours.example");
    let expected = [
        (&[all][..], "https://all.example/in/v1/traces"),
        (&[all, traces], "https://traces.example/"),
        (&[all, traces, ours], "http://ours.example/v1/traces"),
    ];
    for (variables, expected) in expected {
        for text in ["", IN_FILE] {
            assert_eq!(url(text, variables).as_deref(), Some(expected));
        }
    }
    let off = ("GANTRY_TELEMETRY__OTLP_ENDPOINT", "");
    assert_eq!(url(IN_FILE, &[all, off]), None);
    for off in [("OTEL_SDK_DISABLED", "True"), ("OTEL_TRACES_EXPORTER", "none")] {
        assert_eq!(url(IN_FILE, &[off]), None);
    }
    let empty = ("OTEL_EXPORTER_OTLP_ENDPOINT", " ");
    assert_eq!(
        url(IN_FILE, &[empty]).as_deref(),
        Some("http://127.0.0.1:4318/v1/traces")
    );
}

#[test]
fn headers_are_those_of_the_file_and_of_the_variable_and_secrets_do_not_print() {
    let text = format!("{IN_FILE}\notlp_headers = {{ Authorization = \"env:TOKEN\", X-Scope = \"a\" }}");
    let variables = [
        ("TOKEN", "Bearer hush-1"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-scope=b%20c, Api-Key = hush-2,"),
    ];
    let otlp = otlp(&text, &variables).expect("an endpoint");
    let sent = |name: &str| otlp.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(sent("authorization"), Some("Bearer hush-1"));
    assert_eq!((sent("x-scope"), sent("api-key")), (Some("b c"), Some("hush-2")));
    let printed = format!("{otlp:?}");
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn the_rest_is_read_from_the_variables_of_traces_before_those_of_all_signals() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "700"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=eu%2C1,service.name=other",
        ),
        ("OTEL_SERVICE_NAME", "launch"),
    ];
    let otlp = otlp(IN_FILE, &variables).expect("an endpoint");
    assert_eq!(
        (otlp.timeout, otlp.compression),
        (Duration::from_millis(700), Compression::Gzip)
    );
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        otlp.resource,
        [
            pair("deployment.environment.name", "eu,1"),
            pair("service.name", "launch")
        ]
    );
}

#[test]
fn samplers_have_the_names_that_every_library_gives_them() {
    let of = |text: &str, variables: &[(&str, &str)]| otlp(text, variables).expect("an endpoint").sampler;
    let (decide, ignored) = (Callers::Decide, Callers::AreIgnored);
    for (name, callers, ratio) in [
        ("always_on", ignored, 1.0),
        ("always_off", ignored, 0.0),
        ("traceidratio", ignored, 0.25),
        ("parentbased_always_on", decide, 1.0),
        ("parentbased_always_off", decide, 0.0),
        ("parentbased_traceidratio", decide, 0.25),
    ] {
        let variables = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", "0.25")];
        assert_eq!(of(IN_FILE, &variables), Sampler { callers, ratio }, "{name}");
    }
    let half = format!("{IN_FILE}\notlp_ratio = 0.5");
    let (callers, ratio) = (decide, 0.5);
    assert_eq!(of(&half, &[]), Sampler { callers, ratio });
    let off = ("OTEL_TRACES_SAMPLER", "always_off");
    assert_eq!(of(&half, &[off]).ratio, 0.0);
    let ours = ("GANTRY_TELEMETRY__OTLP_RATIO", "0.125");
    assert_eq!(
        of(&half, &[off, ours]),
        Sampler {
            callers,
            ratio: 0.125
        }
    );
}

#[test]
fn what_is_wrong_is_said_and_grpc_by_name() {
    let text = "[telemetry]\notlp_endpoint = \"grpc://127.0.0.1:4317\"\notlp_headers = { Authorization = \"Bearer hush\", Host = \"a\" }\notlp_ratio = 2";
    assert_eq!(
        faults(&file(text)),
        "gantry.toml:2: telemetry.otlp_endpoint: gRPC is not spoken; use \"http/protobuf\", which collectors take on port 4318: \"http://127.0.0.1:4318\"\n\
         gantry.toml:3: telemetry.otlp_headers: Authorization: a secret does not stand in the configuration itself; write \"env:NAME\", \"file:PATH\" or \"credential:NAME\" of the whole value, \"Bearer …\"\n\
         gantry.toml:3: telemetry.otlp_headers: Host: is set by the connection itself; leave it out\n\
         gantry.toml:4: telemetry.otlp_ratio: is not a number from 0 to 1; write for example 0.2"
    );
    let variables = [
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hush"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/ca.pem"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
    ];
    let said = faults(&with_variables(file(IN_FILE), &variables));
    for (name, _) in variables {
        assert!(
            said.contains(&format!("environment {name}: telemetry.otlp_endpoint: ")),
            "{said}"
        );
    }
    assert!(
        said.lines().count() == variables.len() && !said.contains("hush"),
        "{said}"
    );
    let userinfo = "[telemetry]\notlp_endpoint = \"http://me:hush@collector.example\"";
    assert_eq!(
        faults(&file(userinfo)),
        "gantry.toml:2: telemetry.otlp_endpoint: has a name or password before its host; write them as otlp_headers = { Authorization = \"env:NAME\" }"
    );
    let json = with_variables(
        file(IN_FILE),
        &[("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json")],
    );
    assert!(faults(&json).ends_with("\"http/json\" is not spoken; only \"http/protobuf\" is"));
}

#[test]
fn percent_encoding_is_taken_off_and_what_is_none_is_refused() {
    assert_eq!(decoded("a%20b%2Cc").as_deref(), Some("a b,c"));
    for wrong in ["%", "%2", "%zz", "%+f", "%ff", "%é0"] {
        assert_eq!(decoded(wrong), None, "{wrong}");
    }
}
