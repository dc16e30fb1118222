//! One page of a list: what was asked, and what came.

/// The largest page, in items.
pub const MAX_LIMIT: usize = 1_000;

/// A page to fetch.
#[derive(Clone, Debug)]
pub struct PageRequest<C> {
    /// At most this many items, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// The `next` of the page before; `None` begins at the start.
    pub after: Option<C>,
}

/// One page; `next` of `None` ends the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items, in the list's order; a filtered page may be short.
    pub items: Vec<T>,
    /// What to ask with for the page after this one.
    pub next: Option<C>,
}
