//! A server that gives out access tokens, each refresh token once, and what receivers think of them.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};

/// What access tokens are fetched with, by name of the variable; none is ever to be seen.
pub(crate) const SECRETS: [(&str, &str); 2] = [
    ("CLIENT_SECRET", "qlient+secret/canary"),
    ("REFRESH", "rfresh-0-canary"),
];

/// Gives out `access-N`, and `rfresh-N` in the place of the refresh token before.
pub(crate) struct Issuer {
    pub(crate) receiver: Receiver,
    issued: Arc<Mutex<Issued>>,
}

struct Issued {
    turn: usize,
    /// In seconds.
    lifetime: Value,
    /// What is refused from now on, whoever asks.
    revoked: usize,
}

impl Issued {
    fn refresh(&self) -> String {
        format!("rfresh-{}-canary", self.turn)
    }
}

/// The access token of a turn, as it is borne.
pub(crate) fn bearer(turn: usize) -> String {
    format!("Bearer axcess-{turn}-canary")
}

impl Issuer {
    pub(crate) async fn start(lifetime: Value) -> Self {
        let issued = Arc::new(Mutex::new(Issued {
            turn: 0,
            lifetime,
            revoked: 0,
        }));
        let receiver = Receiver::start(giving(Arc::clone(&issued))).await;
        Self { receiver, issued }
    }

    /// Gives as it did at first, after the receiver's script was another.
    pub(crate) fn gives_again(&self) {
        self.receiver.then(giving(Arc::clone(&self.issued)));
    }

    /// Receivers refuse every token that was given so far.
    pub(crate) fn revoke(&self) {
        let mut issued = self.issued.lock().unwrap();
        issued.revoked = issued.turn;
    }

    /// What a receiver answers that takes every token that is not revoked.
    pub(crate) fn judge(&self) -> impl Fn(usize, &Got) -> Act + Send + Sync + use<> {
        let issued = Arc::clone(&self.issued);
        move |_, got| {
            let issued = issued.lock().unwrap();
            let turn =
                (issued.revoked + 1..=issued.turn).find(|turn| got.header("authorization") == bearer(*turn));
            match turn {
                Some(_) => Act::status(200),
                None => Act::said(401, "who are you"),
            }
        }
    }

    /// How often a token was asked for.
    pub(crate) fn calls(&self) -> usize {
        self.receiver.got().len()
    }

    /// The line of a destination.
    pub(crate) fn auth(&self) -> String {
        format!(
            "auth = {{ oauth2 = {{ token_url = \"http://{}/token\", client_id = \"us\", \
             client_secret = \"env:CLIENT_SECRET\", refresh_token = \"env:REFRESH\" }} }}",
            self.receiver.at
        )
    }
}

fn giving(issued: Arc<Mutex<Issued>>) -> impl Fn(usize, &Got) -> Act + Send + Sync {
    move |_, got| {
        let mut issued = issued.lock().unwrap();
        let form = String::from_utf8(got.body.clone()).unwrap();
        // Base64 of `us:` and the secret, both encoded as in a form.
        let client = "Basic dXM6cWxpZW50JTJCc2VjcmV0JTJGY2FuYXJ5";
        let expected = format!("grant_type=refresh_token&refresh_token={}", issued.refresh());
        if got.header("authorization") != client || form != expected {
            let refusal = json!({ "error": "invalid_grant", "error_description": form });
            return Act::said(400, &refusal.to_string());
        }
        issued.turn += 1;
        let given = json!({
            "access_token": bearer(issued.turn).strip_prefix("Bearer "),
            "token_type": "bearer",
            "expires_in": issued.lifetime,
            "refresh_token": issued.refresh(),
        });
        Act::said(200, &given.to_string())
    }
}
