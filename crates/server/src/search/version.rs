//! [`Version`]: numbers with points between them, compared one by one.

use std::fmt;

/// Most numbers of a version that count.
pub const PARTS_MAX: usize = 8;
/// Digits of a number in [`Version::key`].
const KEY_DIGITS: usize = 10;
/// The largest number that has a place in a key; larger ones count as this one.
const PART_MAX: u64 = 9_999_999_999;
/// Longest number in a search, one digit less, so that there is always a next one.
const WRITTEN_DIGITS_MAX: usize = KEY_DIGITS - 1;

/// A version such as `1.4.2`. Numbers that are not said are 0: `1.4` and `1.4.0` are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Vec<u64>);

impl Version {
    /// The version that a program says it has: the numbers at its beginning, after a `v` if there is one. What follows them
    /// (`-beta.2`, `+build`) does not count. None if it does not begin with a number.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut parts = Vec::new();
        for part in text.split('.').take(PARTS_MAX) {
            let end = part
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(part.len());
            let (digits, rest) = part.split_at(end);
            if digits.is_empty() {
                break;
            }
            // Only digits: what cannot be read is too large.
            parts.push(digits.parse().unwrap_or(PART_MAX).min(PART_MAX));
            if !rest.is_empty() {
                break;
            }
        }
        (!parts.is_empty()).then(|| Self::new(parts))
    }

    /// A version as it is written in a search, with the first one that no longer begins with it: `1.4` and `1.5`.
    pub(super) fn written(text: &str) -> Option<(Self, Self)> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = Vec::new();
        for part in text.split('.') {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || part.len() > WRITTEN_DIGITS_MAX || parts.len() == PARTS_MAX {
                return None;
            }
            parts.push(part.parse().ok()?);
        }
        let mut next = parts.clone();
        *next.last_mut()? += 1;
        Some((Self::new(parts), Self::new(next)))
    }

    /// What is written when everything from `low` to this is meant; the way back from [`Self::written`].
    pub(super) fn beginning(&self, low: &Self) -> Option<String> {
        let mut parts = self.0.clone();
        let last = parts.last_mut()?;
        *last = last.checked_sub(1)?;
        (Self::new(parts.clone()) == *low).then(|| dotted(&parts))
    }

    /// The numbers, without zeros at the end.
    #[must_use]
    pub fn parts(&self) -> &[u64] {
        &self.0
    }

    /// Digits that compare as text like the versions as numbers, for a column with an index.
    #[must_use]
    pub fn key(&self) -> String {
        let part = |part: &u64| format!("{part:0KEY_DIGITS$}");
        self.0.iter().map(part).collect()
    }

    fn new(mut parts: Vec<u64>) -> Self {
        while parts.last() == Some(&0) {
            parts.pop();
        }
        Self(parts)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        f.write_str(&dotted(&self.0))
    }
}

fn dotted(parts: &[u64]) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_programs_say() {
        for (text, parts) in [
            ("1.4.2", Some(vec![1, 4, 2])),
            (" v1.4.0 ", Some(vec![1, 4])),
            ("10.0.22631-beta.2", Some(vec![10, 0, 22631])),
            ("2.x", Some(vec![2])),
            ("0.0", Some(vec![])),
            ("1.99999999999999999999999", Some(vec![1, PART_MAX])),
            ("1.1.1.1.1.1.1.1.1.1", Some(vec![1; PARTS_MAX])),
            ("unknown", None),
            ("", None),
            (".5", None),
        ] {
            assert_eq!(Version::of(text), parts.map(Version), "{text}");
        }
    }

    proptest! {
        #[test]
        fn keys_compare_like_versions(a in "[0-9]{1,11}(\\.[0-9]{1,3}){0,3}", b in "[0-9]{1,11}(\\.[0-9]{1,3}){0,3}") {
            let (a, b) = (Version::of(&a).unwrap(), Version::of(&b).unwrap());
            prop_assert_eq!(a.cmp(&b), a.key().cmp(&b.key()));
        }

        #[test]
        fn what_begins_with_a_version_lies_between_it_and_the_next(
            version in "[0-9]{1,9}(\\.[0-9]{1,9}){0,3}",
            more in "(\\.[0-9]{1,12}){0,3}(-rc1)?",
        ) {
            let (low, high) = Version::written(&version).unwrap();
            let said = Version::of(&format!("{version}{more}")).unwrap();
            prop_assert!(low <= said && said < high);
            prop_assert_eq!(Version::written(&high.beginning(&low).unwrap()), Some((low, high)));
        }
    }
}
