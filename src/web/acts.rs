//! What those who stand around the handlers are told from within: who asks, whether anything was done, and what may be kept.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use http::{Extensions, Response};

use super::auth::Who;

/// Where [`super::auth::Auth`] leaves word of who asks; clones share the word. It travels with a request.
#[derive(Clone, Debug, Default)]
pub struct Recognised(Arc<OnceLock<Who>>);

impl Recognised {
    /// Who asks, once they are recognised.
    #[must_use]
    pub fn who(&self) -> Option<&Who> {
        self.0.get()
    }

    /// Leaves word with a request, where anybody wants to know. The first is kept: a request comes from one.
    pub fn note(request: &Extensions, who: Who) {
        if let Some(recognised) = request.get::<Self>() {
            let _ = recognised.0.set(who);
        }
    }
}

/// What an answer carries where nothing was done, although the method says that something may be: a dry run.
#[derive(Clone, Copy, Debug)]
pub struct NothingDone;

impl NothingDone {
    /// Marks an answer.
    #[must_use]
    pub fn mark(mut answer: Response<Body>) -> Response<Body> {
        answer.extensions_mut().insert(Self);
        answer
    }
}

/// What is kept of an answer in its place, where the answer shows a secret: that is shown once, and is in no file.
#[derive(Clone, Debug)]
pub struct KeptAs(pub Vec<u8>);
