//! Checks shared by the fuzz targets (`fuzz/fuzz_targets/inventory_*.rs`) and the replay of their corpus in ordinary tests.
//! Each takes any bytes and panics when the crate breaks a promise.

use crate::limits::PROBLEMS_MAX;
use crate::{Body, Section, changes, hash, read};

/// A section is refused or read; what was read is read again as it is, and compared with nothing and with itself as its hash
/// says.
///
/// Input: a byte that chooses the section, then the section.
pub fn section(input: &[u8]) {
    let [choice, bytes @ ..] = input else { return };
    let Some(section) = Section::ALL.get(usize::from(*choice) % Section::ALL.len()) else {
        return;
    };
    let Ok(found) = read(*section, bytes) else {
        return;
    };
    assert!(found.problems.len() <= PROBLEMS_MAX, "problems are bounded");
    let again = found.clone().cleaned();
    assert!(hash(&again.body) == hash(&found.body), "reading is done once");
    assert!(changes(&found.body, &again.body).is_empty(), "nothing changed");
    let nothing = Body::empty(*section);
    let is_empty = hash(&found.body) == hash(&nothing);
    let came = changes(&nothing, &found.body);
    assert!(came.is_empty() == is_empty, "what differs is told");
    assert!(
        changes(&found.body, &nothing).len() == came.len(),
        "what came goes again"
    );
    let mut settled = again.clone();
    settled.settle(&found.body);
    assert!(hash(&settled.body) == hash(&again.body), "the same is settled");
}

/// Any text is masked once and for all.
///
/// Input: text.
pub fn mask(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let once = crate::mask(&text);
    assert!(crate::mask(&once) == once, "what is masked stays as it is");
}
