//! Which secrets a configuration names: as they are written, and never what they are.

use std::collections::BTreeSet;

use super::secret::SecretRef;
use super::tables::Block;
use super::written::{Value, Written};

/// Every secret that is named, in the order of the alphabet, each once.
pub(super) fn secrets<'w>(values: impl Iterator<Item = &'w Written>, blocks: &'w [Block]) -> Vec<String> {
    let mut named = BTreeSet::new();
    let of_blocks = blocks.iter().flat_map(|block| &block.entries);
    for written in values.chain(of_blocks.map(|(_, written)| written)) {
        look(written, &mut named);
    }
    named.into_iter().collect()
}

fn look(written: &Written, named: &mut BTreeSet<String>) {
    match &written.value {
        Value::Text(text) | Value::Variable(text) => {
            if text.parse::<SecretRef>().is_ok() {
                named.insert(text.clone());
            }
        }
        Value::List(items) => items.iter().for_each(|item| look(item, named)),
        Value::Table(entries) => entries.iter().for_each(|(_, entry)| look(entry, named)),
        Value::Integer(_) | Value::Fraction(_) | Value::Truth(_) | Value::Other(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, read, with_variables};

    #[test]
    fn secrets_are_named_wherever_they_stand_and_never_told() {
        let text = "[polls]\nvoter_secret = \"env:VOTERS\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n\
            [[destination]]\nname = \"crm\"\nurl = \"http://crm.example\"\nsigning_secret = [\"env:SIGNING\"]\n\
            headers = { Authorization = \"env:TOKEN\" }\n";
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let variables = ["VOTERS", "SIGNING", "TOKEN"].map(|name| (name, secret));
        let config = read(&with_variables(file(text), &variables));
        assert_eq!(config.secrets, ["env:SIGNING", "env:TOKEN", "env:VOTERS"]);
        assert!(read(&file("")).secrets.is_empty());
    }
}
