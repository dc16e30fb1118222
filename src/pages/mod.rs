//! Pages: the site in front.
//!
//! [`directory`] answers as an origin does where the site is files; [`unavailable`] is what is shown while nothing does.

pub mod directory;
pub mod unavailable;
