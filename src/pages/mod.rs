//! Pages: the site in front.
//!
//! [`directory`] answers as an origin does where the site is files; [`unavailable`] is what is shown while nothing does.

pub mod directory;
mod sitemap;
pub mod unavailable;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "wired next"))]
mod warm;
