//! Names that are not known, and the known ones they were probably meant to be.

/// How alike two names must be, from 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.5;

/// What to say after an unknown name: the nearest known one, or, where none is near, all of them.
pub(super) fn hint(unknown: &str, known: &[String]) -> String {
    let likeness = |name: &String| strsim::normalized_damerau_levenshtein(unknown, name);
    let nearest = known
        .iter()
        .map(|name| (likeness(name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((alike, name)) if alike >= ALIKE => format!("did you mean {name}?"),
        _ => format!("known are {}", known.join(", ")),
    }
}
