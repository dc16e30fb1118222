//! How a destination is reached: what its configuration says, as connections need it.

use crate::config::{self, Fault, HttpVersion};
use crate::outbound::{Transport, Version};
use crate::tls::{Authorities, Identity, IdentityError};

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

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

    use super::*;
    use crate::config::{Destination, Sources, load};

    fn certified() -> CertifiedKey<KeyPair> {
        generate_simple_self_signed(["crm.example".to_owned()]).unwrap()
    }

    /// A destination whose files hold these texts.
    fn destination(ca: &str, certificate: &str, key: &str) -> Destination {
        let text = "[[destination]]\nname = \"crm\"\nurl = \"https://crm.example\"\nhttp_version = \"2\"\n\
            tls_ca = \"env:CA\"\ntls_cert = \"env:CERT\"\ntls_key = \"env:KEY\"\n";
        let variables = [("CA", ca), ("CERT", certificate), ("KEY", key)];
        let sources = Sources {
            file: Some(config::ConfigFile {
                path: "gantry.toml".into(),
                bytes: text.into(),
            }),
            environment: variables.map(|(name, value)| (name.into(), value.into())).into(),
            ..Sources::none()
        };
        let config = load(&sources).unwrap_or_else(|faults| panic!("{faults}"));
        config.destinations[0].clone()
    }

    fn refused(ca: &str, certificate: &str, key: &str) -> Vec<String> {
        let faults = super::super::check(&destination(ca, certificate, key));
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_that_hold_what_they_should_make_a_transport_and_the_same_make_the_same() {
        let (own, other) = (certified(), certified());
        let (pem, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let made = of(&destination(&other.cert.pem(), &pem, &key).transport).unwrap();
        assert_eq!(made.version, Version::Two);
        assert!(made.authorities.is_some() && made.identity.is_some());
        let again = of(&destination(&other.cert.pem(), &pem, &key).transport).unwrap();
        assert_eq!(made, again);
        let both = format!("{}{pem}", other.cert.pem());
        assert_ne!(made, of(&destination(&both, &pem, &key).transport).unwrap());
        let (pem, key) = (other.cert.pem(), other.signing_key.serialize_pem());
        assert_ne!(made, of(&destination(&pem, &pem, &key).transport).unwrap());
    }

    #[test]
    fn a_file_that_holds_something_else_is_a_fault_on_its_line_that_repeats_nothing_of_it() {
        let own = certified();
        let (pem, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let damaged = pem.replace("-----END", "!hunter2!-----END");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let of_another = certified().signing_key.serialize_pem();
        for ((ca, certificate, private), expected) in [
            (
                ("hunter2", &*pem, &*key),
                "gantry.toml:5: destination.tls_ca: has no certificate in it",
            ),
            (
                (&key, &pem, &key),
                "gantry.toml:5: destination.tls_ca: has no certificate in it",
            ),
            (
                (&damaged, &pem, &key),
                "gantry.toml:5: destination.tls_ca: is damaged: ",
            ),
            (
                (broken, &pem, &key),
                "gantry.toml:5: destination.tls_ca: cannot be used: ",
            ),
            (
                (&pem, &key, &key),
                "gantry.toml:6: destination.tls_cert: has no certificate in it",
            ),
            (
                (&pem, broken, &key),
                "gantry.toml:6: destination.tls_cert: cannot be used: ",
            ),
            (
                (&pem, &pem, &pem),
                "gantry.toml:7: destination.tls_key: has no private key in it",
            ),
            (
                (&pem, &pem, "hunter2"),
                "gantry.toml:7: destination.tls_key: has no private key in it",
            ),
            (
                (&pem, &pem, locked),
                "gantry.toml:7: destination.tls_key: holds a key that is encrypted",
            ),
            (
                (&pem, &pem, &of_another),
                "gantry.toml:7: destination.tls_key: is not the key of the certificate",
            ),
        ] {
            let faults = refused(ca, certificate, private);
            let [fault] = &faults[..] else {
                panic!("{expected}: {faults:?}");
            };
            assert!(fault.starts_with(expected), "{fault}");
            assert!(!fault.contains("hunter2") && !fault.contains("AAAA"), "{fault}");
        }
        let both = refused("hunter2", "hunter2", &key);
        assert_eq!(both.len(), 2, "{both:?}");
    }
}
