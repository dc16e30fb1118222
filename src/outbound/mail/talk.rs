//! What is said to a mail server, step by step, so that it is known which step was refused, and with what code.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::super::error::{SendError, short};
use super::secured::Secured;
use super::{Login, Mail};

/// The ways to log in, by which neither side needs more than the password; the connection is encrypted.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
/// How long the server may take to say goodbye; what became of the letter is known by then.
const QUIT_MAX: Duration = Duration::from_secs(1);

/// The last thing a server said of a letter.
pub(super) struct Reply {
    /// 200 to 559.
    pub(super) code: u16,
    pub(super) text: String,
}

/// What ends a conversation before the letter is taken.
enum Ended {
    /// The server said no.
    Refused(Reply),
    /// It said nothing that can be understood.
    Broken(SendError),
}

/// Says who we are, and hands the letter over.
pub(super) async fn hand_over(secured: Secured, mail: &Mail) -> Result<Reply, SendError> {
    let client = secured.client();
    let connected = AsyncSmtpConnection::connect_with_transport(Box::new(secured), &client).await;
    // A server that does not want to talk at all says nothing of this letter.
    let mut connection = connected.map_err(|error| match ended(&error) {
        Ended::Refused(Reply { code, text }) => {
            SendError::Broken(short(&format!("the mail server said {code} {text}")))
        }
        Ended::Broken(error) => error,
    })?;
    let reply = match steps(&mut connection, mail).await {
        Ok(taken) | Err(Ended::Refused(taken)) => taken,
        Err(Ended::Broken(error)) => return Err(error),
    };
    // Whether it is heard or not, the letter's fate is known.
    let _ = timeout(QUIT_MAX, connection.quit()).await;
    Ok(reply)
}

async fn steps(connection: &mut AsyncSmtpConnection, mail: &Mail) -> Result<Reply, Ended> {
    if let Some(login) = &mail.login {
        log_in(connection, login).await?;
    }
    let from = From::new(Some(mail.letter.from.clone()), Vec::new());
    said(connection.command(from).await)?;
    // One that is refused refuses the letter: half of it sent would be sent again with the other half.
    for to in &mail.letter.to {
        said(connection.command(Rcpt::new(to.clone(), Vec::new())).await)?;
    }
    said(connection.command(Data).await)?;
    said(connection.message(&mail.letter.bytes).await)
}

async fn log_in(connection: &mut AsyncSmtpConnection, login: &Login) -> Result<Reply, Ended> {
    if connection.server_info().get_auth_mechanism(MECHANISMS).is_none() {
        let why = "the mail server takes no password";
        return Err(Ended::Broken(SendError::Broken(why.to_owned())));
    }
    let credentials = Credentials::new(login.user.clone(), login.password.clone());
    said(connection.auth(MECHANISMS, &credentials).await)
}

fn said(response: Result<Response, Error>) -> Result<Reply, Ended> {
    let response = response.map_err(|error| ended(&error))?;
    let lines: Vec<&str> = response.message().collect();
    Ok(Reply {
        code: response.code().into(),
        text: lines.join(" "),
    })
}

fn ended(error: &Error) -> Ended {
    let text = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => Ended::Refused(Reply {
            code: code.into(),
            text,
        }),
        None => Ended::Broken(SendError::Broken(short(&text))),
    }
}
