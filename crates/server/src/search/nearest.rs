//! What somebody probably meant who wrote something that does not exist.

/// Longest word for which a nearest one is looked for.
const WORD_MAX: usize = 40;

/// The one of `known` that is most like `written`, if one is like it: its beginning, or different in one of three letters.
pub(super) fn nearest(written: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let written: Vec<char> = written.to_lowercase().chars().collect();
    if written.len() > WORD_MAX {
        return None;
    }
    let near = known.filter_map(|word| {
        let letters: Vec<char> = word.chars().collect();
        let begins = written.len() > 1 && letters.starts_with(&written);
        let distance = if begins { 1 } else { distance(&written, &letters) };
        (begins || distance <= (written.len() / 3).max(1)).then_some((distance, word))
    });
    // What differs in its only letter is not like it.
    let near = near.filter(|(distance, _)| *distance < written.len());
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// How many letters are added, left out, replaced, or have changed places.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, j) + usize::from(letter != other);
            let mut fewest = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if swapped {
                fewest = fewest.min(at(&before, j - 1) + 1);
            }
            row.push(fewest);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let known = ["user", "os", "disk.free", "hostname"];
        for (written, meant) in [
            ("usr", Some("user")),
            ("USERS", Some("user")),
            ("uesr", Some("user")),
            ("disk", Some("disk.free")),
            ("diskfree", Some("disk.free")),
            ("so", Some("os")),
            ("hostnaem", Some("hostname")),
            ("color", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known.into_iter()), meant, "{written}");
        }
        assert_eq!(nearest(&"u".repeat(1_000), known.into_iter()), None);
    }
}
