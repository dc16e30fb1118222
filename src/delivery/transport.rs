//! How a destination is reached: what its configuration says, as connections need it.

use crate::config::{self, Fault, HttpVersion};
use crate::outbound::{Authorities, Identity, IdentityError, Transport, Version};

/// Reads the certificates and the key that a destination's configuration names.
///
/// # Errors
/// A fault of each file that does not hold what it should.
pub(super) fn of(written: &config::Transport) -> Result<Transport, Vec<Fault>> {
    let mut faults = Vec::new();
    let authorities = written.ca.as_ref().and_then(|pem| {
        let read = Authorities::parse(pem.expose());
        read.map_err(|why| faults.push(pem.fault(why.to_string()))).ok()
    });
    let identity = written.identity.as_ref().and_then(|own| {
        let read = Identity::parse(own.certificate.expose(), own.key.expose());
        let fault = |wrong| match wrong {
            IdentityError::Certificate(why) => own.certificate.fault(why.to_string()),
            IdentityError::Key(why) => own.key.fault(why.to_string()),
        };
        read.map_err(|wrong| faults.push(fault(wrong))).ok()
    });
    match faults.is_empty() {
        true => Ok(Transport {
            version: match written.http_version {
                HttpVersion::One => Version::One,
                HttpVersion::Two => Version::Two,
            },
            authorities,
            identity,
        }),
        false => Err(faults),
    }
}
