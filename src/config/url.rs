//! Where a destination listens: an absolute URL without anything that is a secret or is never sent.

use url::{Position, Url};

use super::fault::Invalid;
use super::secret::SecretRef;
use super::sources::Sources;
use super::text::is_template;

/// The longest URL, in bytes: what every server is known to take.
const URL_BYTES: usize = 2_048;

/// Reads the URL of a destination, whose path and query may be a template, given beside the origin. The origin itself is
/// none: where a delivery goes is not for its event to say.
pub(super) fn read(text: &str) -> Result<(Url, Option<String>), Invalid> {
    // One that is too long is refused in the same words, template or not.
    if !is_template(text) || text.len() > URL_BYTES {
        return parse(text).map(|url| (url, None));
    }
    let host = text.find("://").map_or(0, |at| at + "://".len());
    let begins = text.get(host..).and_then(|rest| rest.find(['/', '?', '#']));
    let (origin, target) = text.split_at(begins.map_or(text.len(), |at| host + at));
    if is_template(origin) {
        return Err(Invalid(
            "has a template in its scheme, host or port; only path and query may be made of an event"
                .to_owned(),
        ));
    }
    let root = if target.starts_with('/') { "" } else { "/" };
    parse(origin).map(|url| (url, Some(format!("{root}{target}"))))
}

/// Reads the address of a mail server: `smtp://host:587` or `smtps://host:465`, and no more.
pub(super) fn mail_server(text: &str) -> Result<Url, Invalid> {
    let refuse = |why: &str| {
        Err(Invalid(format!(
            r#"{why}; write for example "smtp://mail.example:587" or "smtps://mail.example:465""#
        )))
    };
    let rest = text
        .strip_prefix("smtp://")
        .or_else(|| text.strip_prefix("smtps://"));
    let Some(rest) = rest else {
        return refuse("does not begin with smtp:// or smtps://");
    };
    if rest.contains('@') {
        return refuse("has a name or password before its host; write them as auth");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    if rest.is_empty() || rest.len() > URL_BYTES || !rest.trim_end_matches('/').chars().all(plain) {
        return refuse("is no host and port");
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() && url.port() != Some(0) => Ok(url),
        _ => refuse("is no host and port"),
    }
}

/// Reads a URL without templates, or that which a secret holds.
pub(super) fn parse_or_secret(text: &str, sources: &Sources) -> Result<Url, Invalid> {
    if !SecretRef::is_written_as_one(text) {
        return parse(text);
    }
    let secret = text.parse::<SecretRef>()?.resolve(sources)?;
    parse(secret.expose()).map_err(|Invalid(why)| Invalid(format!("the URL it names {why}")))
}

/// Reads a URL without templates. No message repeats it: its path or query may be the receiver's secret.
pub(super) fn parse(text: &str) -> Result<Url, Invalid> {
    let refuse = |why: &str| {
        Err(Invalid(format!(
            r#"{why}; write for example "https://crm.example/hooks""#
        )))
    };
    if text.len() > URL_BYTES {
        return refuse("is longer than 2048 bytes");
    }
    // The parser would mend these in silence, into a URL that is not the one on the page.
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return refuse("has a space, a control character or a backslash in it");
    }
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return refuse("does not begin with http:// or https://");
    }
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL");
    };
    // Asked of the text as well: the parser takes an empty name and password away.
    let authority = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(Invalid(
            r#"has a name or password before its host; write them as headers = { Authorization = "env:NAME" }"#.to_owned(),
        ));
    }
    // And this: of more than two slashes the parser takes two.
    if authority.is_none_or(str::is_empty) {
        return refuse("has no host");
    }
    if url.fragment().is_some() {
        return refuse("has a fragment (#…), which is never sent");
    }
    if url.port() == Some(0) {
        return refuse("has port 0, which nobody listens to");
    }
    Ok(url)
}

/// Reads the address of the server behind a site: scheme, host and port, and no more. No message repeats it.
pub(super) fn of_a_site(text: &str) -> Result<Url, Invalid> {
    const EXAMPLE: &str = r#"write for example "http://127.0.0.1:3000""#;
    let refuse = |why: &str| Err(Invalid(format!("{why}; {EXAMPLE}")));
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else {
        return refuse("does not begin with http:// or https://");
    };
    if rest.contains('@') {
        return refuse(
            "has a name or password before its host; what the server knows us by is origin_secret",
        );
    }
    if rest.trim_end_matches('/').contains(['/', '?', '#']) {
        return refuse("has a path, a query or a fragment, and those are the visitor's");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:[]".contains(c);
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || text.len() > URL_BYTES || !host.chars().all(plain) {
        return refuse("is no host and port");
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() && url.port() != Some(0) => Ok(url),
        _ => refuse("is no host and port"),
    }
}

/// Scheme, host and port, and no more: what a log may say of a URL.
pub(super) fn origin(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_may_be_templates_and_the_origin_may_not() {
        for (text, origin, target) in [
            (
                "https://a.example/v1/{{ payload.id }}?x={{ type }}",
                "https://a.example/",
                "/v1/{{ payload.id }}?x={{ type }}",
            ),
            (
                "http://a.example:81?x={{ type }}",
                "http://a.example:81/",
                "/?x={{ type }}",
            ),
            (
                "https://a.example/{% if payload.a %}b{% endif %}",
                "https://a.example/",
                "/{% if payload.a %}b{% endif %}",
            ),
        ] {
            let (url, written) = read(text).expect(text);
            assert_eq!((url.as_str(), written.as_deref()), (origin, Some(target)));
        }
        for text in [
            "https://{{ payload.host }}/v1",
            "{{ payload.url }}",
            "https://a.example{{ payload.path }}",
            "https://a.example:{{ payload.port }}/",
            "https://{{ payload.user }}@a.example/hunter2",
        ] {
            let refused = read(text).expect_err(text).to_string();
            assert!(refused.contains("only path and query"), "{text}: {refused}");
        }
        for text in [
            "ftp://a.example/{{ id }}",
            "https://u:hunter2@a.example/{{ id }}",
            "https:///{{ id }}",
            "https://a b/{{ id }}",
        ] {
            let refused = read(text).expect_err(text).to_string();
            assert!(!refused.contains("hunter2"), "{text}: {refused}");
        }
    }

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        for text in [
            "smtp://mail.example",
            "smtps://mail.example:465/",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:25",
        ] {
            assert!(mail_server(text).is_ok(), "{text}");
        }
        for text in [
            "https://mail.example",
            "mail.example:587",
            "smtp://",
            "smtp://:587",
            "smtp://u:hunter2@mail.example",
            "smtp://mail.example/hunter2",
            "smtp://mail.example?hunter2",
            "smtp://mail.example:0",
            "smtp://mail.example:99999",
            "smtp://{{ payload.host }}",
            "smtp://a b",
            "smtp://[::1",
        ] {
            let refused = mail_server(text).expect_err(text).to_string();
            assert!(!refused.contains("hunter2"), "{text}: {refused}");
        }
    }

    #[test]
    fn absolute_http_urls_are_read() {
        for text in [
            "https://crm.example/hooks",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/a?b=c",
            "https://crm.example/@user",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        let url = parse("https://crm.example:8443/T0/B0/hidden?token=hidden").expect("a URL");
        assert_eq!(origin(&url), "https://crm.example:8443");
    }

    #[test]
    fn other_urls_are_refused_without_being_repeated() {
        for text in [
            "",
            "crm.example/hunter2",
            "//crm.example/hunter2",
            "ftp://crm.example/hunter2",
            "HTTPS://crm.example/hunter2",
            "https://",
            "https:///hunter2",
            "https:/crm.example",
            "https://user:hunter2@crm.example/",
            "https://hunter2@crm.example/",
            "https://@crm.example/",
            "https://:@crm.example/",
            "https://crm.example/#hunter2",
            "https://crm.example:0/hunter2",
            "https://crm.example:99999/hunter2",
            "https://crm.example/hunter2 ",
            "https://crm.exa\nmple/hunter2",
            "https://crm.example\\hunter2",
            "https://a b/hunter2",
            "https://[::1/hunter2",
        ] {
            let refused = parse(text).expect_err(text).to_string();
            assert!(!refused.contains("hunter2"), "{text}: {refused}");
        }
        assert!(parse(&format!("https://crm.example/{}", "x".repeat(2_048))).is_err());
    }
}
