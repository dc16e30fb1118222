//! Mail, handed to a server that really listens, and does what the script says.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;

use super::super::dial::Dial;
use super::super::mail::Post;
use super::super::names::{Guard, System};
use super::super::{Answer, Letter, LetterParts, Login, Mail, SendError, Transport, tls};
use super::mail_server::{GO, MailServer};
use super::receiver::egress;
use crate::model::time::Millis;

type Script = fn(&str) -> Option<&'static str>;

impl MailServer {
    /// Hands it a letter, trusting its certificate.
    async fn hand(&self, mail: Mail) -> Result<Answer, SendError> {
        self.post(&["127.0.0.0/8"], true).send(mail).await
    }

    fn post(&self, allow: &[&str], trusted: bool) -> Post {
        let mut config = tls::client(&Transport::default()).unwrap();
        if trusted {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.clone()).unwrap();
            let trusting = rustls::ClientConfig::builder_with_provider(Arc::clone(config.crypto_provider()));
            config = trusting
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        }
        let guard = Guard::new(Arc::new(System::default()), Arc::new(egress(allow)));
        Post::new(Dial::new(guard, &config))
    }

    fn mail(&self, scheme: &str) -> Mail {
        let to = ["ann@y.example".to_owned(), "Bob <bob@y.example>".to_owned()];
        let parts = LetterParts {
            id: "d-1",
            at: Millis(1_796_112_000_000),
            from: "Launch <hello@x.example>",
            to: &to,
            subject: "Hi",
            text: "Hello\n.\n..dots\n",
            html: None,
        };
        Mail {
            server: format!("{scheme}://{}", self.at).parse().unwrap(),
            login: Some(Login {
                user: "ann".to_owned(),
                password: "hunter2-canary".to_owned(),
            }),
            letter: Letter::write(&parts).unwrap(),
            timeout: Duration::from_secs(5),
        }
    }
}

#[tokio::test]
async fn a_letter_is_handed_over_after_starttls_and_by_tls_from_the_first_byte() {
    for (scheme, tls_at_once) in [("smtp", false), ("smtps", true)] {
        let server = MailServer::start(|_| None, tls_at_once).await;
        let answer = server.hand(server.mail(scheme)).await.unwrap();
        assert_eq!(
            (answer.status, answer.excerpt.as_str()),
            (250, "2.0.0 queued as 7")
        );
        let heard = server.heard();
        let after: Vec<&str> = heard
            .iter()
            .map(String::as_str)
            .skip_while(|line| *line == "EHLO [127.0.0.1]" || *line == "STARTTLS")
            .collect();
        let [auth, from, ann, bob, data, letter, quit] = after.as_slice() else {
            panic!("{heard:?}");
        };
        assert!(auth.starts_with("AUTH PLAIN "), "{auth}");
        assert_eq!(
            [*from, *ann, *bob, *data, *quit],
            [
                "MAIL FROM:<hello@x.example>",
                "RCPT TO:<ann@y.example>",
                "RCPT TO:<bob@y.example>",
                "DATA",
                "QUIT"
            ]
        );
        assert!(letter.contains("Message-ID: <d-1@x.example>\r\n"), "{letter}");
        assert!(
            letter.contains("Hello\r\n..\r\n...dots\r\n"),
            "no line ends the letter early: {letter}"
        );
    }
}

#[tokio::test]
async fn the_last_reply_is_the_answer() {
    let scripts: [(Script, u16, &str); 6] = [
        (
            |line| (line == ".").then_some("451 4.3.0 try later\r\n"),
            451,
            "4.3.0 try later",
        ),
        (
            |line| {
                line.starts_with("RCPT TO:<bob")
                    .then_some("550-5.1.1 no\r\n550 5.1.1 such user\r\n")
            },
            550,
            "such user",
        ),
        (
            |line| {
                line.starts_with("AUTH")
                    .then_some("535 5.7.8 bad hunter2-canary\r\n")
            },
            535,
            "5.7.8 bad [secret]",
        ),
        (
            |line| line.starts_with("MAIL").then_some("530 5.7.0 log in\r\n"),
            530,
            "log in",
        ),
        (
            |line| line.starts_with("MAIL").then_some("421 4.3.2 going down\r\n"),
            421,
            "going down",
        ),
        (|line| (line == "DATA").then_some("554 5.6.0 no\r\n"), 554, "no"),
    ];
    for (script, status, said) in scripts {
        let server = MailServer::start(script, false).await;
        let answer = server.hand(server.mail("smtp")).await.unwrap();
        assert_eq!(answer.status, status);
        assert!(answer.excerpt.contains(said), "{status}: {}", answer.excerpt);
    }
}

#[tokio::test]
async fn a_server_that_does_not_talk_says_nothing_of_the_letter() {
    let scripts: [(Script, &str); 5] = [
        (
            |line| line.is_empty().then_some("554 5.7.1 you are listed\r\n"),
            "the connection broke: the mail server said 554",
        ),
        (
            |line| line.starts_with("EHLO").then_some("250 hi\r\n"),
            "TLS failed: the mail server does not offer STARTTLS",
        ),
        (
            |line| (line == "STARTTLS").then_some("454 4.7.0 no TLS now\r\n"),
            "the connection broke: the mail server said 454",
        ),
        (
            |line| (line == "STARTTLS").then_some("220 go\r\n250 evil\r\n"),
            "TLS failed: more was said",
        ),
        (
            |line| line.is_empty().then_some("SSH-2.0-x\r\n"),
            "the connection broke",
        ),
    ];
    for (script, why) in scripts {
        let server = MailServer::start(script, false).await;
        let error = server.hand(server.mail("smtp")).await.unwrap_err();
        assert!(error.to_string().starts_with(why), "{why}: {error}");
        let heard = server.heard();
        let spoke = |line: &String| line.starts_with("AUTH") || line.starts_with("MAIL");
        assert!(
            !heard.iter().any(spoke),
            "nothing is said in the clear: {heard:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_ends_or_goes_silent_is_no_answer() {
    let drops: [Script; 3] = [
        |line| line.starts_with("RCPT").then_some(GO),
        |line| (line == ".").then_some(GO),
        |line| line.starts_with("AUTH").then_some(GO),
    ];
    for script in drops {
        let server = MailServer::start(script, false).await;
        let error = server.hand(server.mail("smtp")).await.unwrap_err();
        assert!(matches!(error, SendError::Broken(_)), "{error:?}");
    }
    let server = MailServer::start(|line| (line == ".").then_some("250-and so"), false).await;
    let limit = Duration::from_millis(300);
    let mail = Mail {
        timeout: limit,
        ..server.mail("smtp")
    };
    assert_eq!(server.hand(mail).await.unwrap_err(), SendError::Timeout(limit));
}

#[tokio::test]
async fn nobody_is_trusted_or_reached_who_should_not_be() {
    let server = MailServer::start(|_| None, true).await;
    let stranger = server
        .post(&["127.0.0.0/8"], false)
        .send(server.mail("smtps"))
        .await;
    assert!(matches!(stranger, Err(SendError::Tls(_))), "{stranger:?}");
    let named = |host: &str| Mail {
        server: format!("smtps://{host}:{}", server.at.port()).parse().unwrap(),
        ..server.mail("smtps")
    };
    for host in [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let refused = server.post(&[], true).send(named(host)).await;
        let refused = refused.expect_err(host);
        assert!(
            matches!(refused, SendError::Refused(_) | SendError::Name(_)),
            "{host}: {refused:?}"
        );
    }
    assert_eq!(server.heard(), Vec::<String>::new());
    let other = server.hand(named("127.0.0.2")).await;
    assert!(other.is_err(), "{other:?}");
    let printed = format!("{:?}", server.mail("smtps"));
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[tokio::test]
async fn a_server_without_passwords_is_sent_none() {
    let script: Script = |line| line.starts_with("EHLO").then_some("250-hi\r\n250 STARTTLS\r\n");
    let server = MailServer::start(script, false).await;
    let error = server.hand(server.mail("smtp")).await.unwrap_err();
    assert!(error.to_string().contains("takes no password"), "{error}");
    let mail = Mail {
        login: None,
        ..server.mail("smtp")
    };
    assert_eq!(server.hand(mail).await.unwrap().status, 250);
}
