//! The layer around the routes of the admin address.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::Audit;
use crate::model::audit::{Act, Actor, Series, Via};
use crate::web::acts::{NothingDone, Recognised};
use crate::web::auth::Who;
use crate::web::client::limit_key;
use crate::web::{ApiError, Peer};

/// What visitors send is theirs: no act, and no attempt at one.
const OF_VISITORS: [&str; 3] = ["/api/convert", "/api/view", "/api/forms/{name}"];
/// What is asked with `POST` because it takes long, and changes nothing.
const LOOKS: [&str; 2] = ["/api/verify", "/api/backups/{name}/verify"];
/// The most characters of a path that are kept.
const TARGET_MOST: usize = 256;
/// What stands for a part of a path that is an address of a person.
const SOMEBODY: &str = "[address]";

/// Lets a request through, and keeps what came of it before it is answered.
pub async fn keep(
    State(audit): State<Audit>,
    route: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    if request.method().is_safe() || OF_VISITORS.contains(&route.as_str()) {
        return next.run(request).await;
    }
    let begun = Begun::of(audit, &route, &mut request);
    let mut answer = next.run(request).await;
    if LOOKS.contains(&route.as_str()) {
        answer = NothingDone::mark(answer);
    }
    match begun.end(Ended::of(&answer)).await {
        Ok(()) => answer,
        // Whatever was done is done, and is not acknowledged.
        Err(error) => error.into_response(),
    }
}

/// What an answer says of the act.
struct Ended {
    status: StatusCode,
    done: Done,
}

#[derive(PartialEq, Eq)]
enum Done {
    Something,
    Nothing,
}

impl Ended {
    fn of(answer: &Response<Body>) -> Self {
        Self {
            status: answer.status(),
            done: match answer.extensions().get::<NothingDone>() {
                Some(_) => Done::Nothing,
                None => Done::Something,
            },
        }
    }
}

/// A request that is under way.
struct Begun {
    audit: Audit,
    peer: Peer,
    recognised: Recognised,
    /// Taken where there is an answer.
    act: Option<Act>,
}

impl Begun {
    fn of(audit: Audit, route: &MatchedPath, request: &mut Request) -> Self {
        let recognised = Recognised::default();
        let peer = request.extensions().get::<Peer>().copied();
        let peer = peer.unwrap_or(Peer::Socket(None));
        request.extensions_mut().insert(recognised.clone());
        let from = (!peer.is_owner()).then(|| audit.parts.front.client(peer, request.headers()));
        let act = Act {
            who: None,
            action: format!("{} {}", request.method(), route.as_str()),
            target: Some(target(request.uri().path())),
            outcome: None,
            from,
            times: 1,
        };
        Self {
            audit,
            peer,
            recognised,
            act: Some(act),
        }
    }

    /// Keeps what came of it.
    async fn end(mut self, Ended { status, done }: Ended) -> Result<(), ApiError> {
        let Some(act) = self.act.take() else { return Ok(()) };
        let act = Act {
            who: self.who(),
            outcome: Some(status.as_u16()),
            ..act
        };
        if act.series() == Series::Refused {
            return self.refused(act).await;
        }
        let is_nobodys = act.who.is_none() && !status.is_success();
        if is_nobodys || done == Done::Nothing {
            return Ok(());
        }
        Ok(self.audit.parts.store.keep_act(act).await?)
    }

    /// Whoever is refused may be anybody, and so may the path be anything.
    async fn refused(&self, act: Act) -> Result<(), ApiError> {
        let act = Act { target: None, ..act };
        let now = self.audit.parts.clock.now();
        let told = self.audit.refusals().take(act.from.map(limit_key), act, now);
        for act in told {
            self.audit.parts.store.keep_act(act).await?;
        }
        Ok(())
    }

    fn who(&self) -> Option<Actor> {
        let (via, name) = match (self.recognised.who()?, self.peer) {
            (Who::Key(name), _) => (Via::Key, name.clone()),
            (Who::Session(name), _) => (Via::Session, name.clone()),
            (Who::Socket, Peer::Socket(Some(user))) => (Via::Socket, format!("uid {user}")),
            (Who::Socket, _) => (Via::Socket, "the owner".to_owned()),
        };
        Some(Actor { via, name })
    }
}

/// Whoever asked has gone. What they asked for may have been done; who they are is known if it was.
impl Drop for Begun {
    fn drop(&mut self) {
        let (Some(act), Some(who)) = (self.act.take(), self.who()) else {
            return;
        };
        let act = Act {
            who: Some(who),
            ..act
        };
        let store = self.audit.parts.store.clone();
        self.audit.parts.tasks.spawn("audit", async move {
            if let Err(error) = store.keep_act(act).await {
                tracing::error!(%error, "an act that nobody waited for is not kept");
            }
        });
    }
}

/// A path as it is kept: no longer than need be, and without what names a person.
fn target(path: &str) -> String {
    let names_somebody = |part: &str| part.contains('@') || part.to_ascii_lowercase().contains("%40");
    let parts = path.split('/').map(|part| match names_somebody(part) {
        true => SOMEBODY,
        false => part,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    path.chars().take(TARGET_MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_without_what_names_a_person() {
        assert_eq!(target("/api/polls/best/close"), "/api/polls/best/close");
        assert_eq!(target("/api/spend/ann@example.com"), "/api/spend/[address]");
        assert_eq!(target("/api/spend/ann%40example.com/x"), "/api/spend/[address]/x");
        assert_eq!(target(&"/x".repeat(1_000)).len(), TARGET_MOST);
    }
}
