//! SMTP: a mail to whatever server one's own host offers (RFC 5321, submission as in RFC 6409 and RFC 8314).
//!
//! What it wants is not a body but a letter, whose parts have defaults of their own. It has no rate of its own.

use super::Defaults;

pub(super) const DEFAULTS: Defaults = Defaults::NONE;
