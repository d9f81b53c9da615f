//! The licenses of everything that ends up in what we ship, held against the allow list of `deny.toml`.
//!
//! `deny.toml` is also what `cargo deny check` reads; this check needs nothing to be installed and looks at the
//! console's packages too. Packages that only build or test the console are not shipped and not looked at.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::report;
use crate::repo;

struct Policy {
    allow: Vec<String>,
    /// Package and the license allowed for it alone.
    exceptions: Vec<(String, String)>,
}

/// Checks the Rust and the npm side.
///
/// # Errors
/// Names each package whose license is not on the list.
pub(crate) fn check() -> Result<()> {
    let policy = Policy::read()?;
    let mut found = Vec::new();
    let rust = rust(&policy, &mut found)?;
    let npm = npm(&policy, &mut found)?;
    report(
        &found,
        &format!("{rust} crates and {npm} npm packages, all on the list of deny.toml"),
    )
}

impl Policy {
    fn read() -> Result<Self> {
        let text = std::fs::read_to_string(repo::root().join("deny.toml")).context("reading deny.toml")?;
        let table: toml::Table = text.parse().context("reading deny.toml")?;
        let licenses = table.get("licenses").context("deny.toml has no [licenses]")?;
        let texts = |value: Option<&toml::Value>| -> Vec<String> {
            let list = value.and_then(toml::Value::as_array).into_iter().flatten();
            list.filter_map(toml::Value::as_str).map(str::to_owned).collect()
        };
        let mut exceptions = Vec::new();
        for entry in licenses
            .get("exceptions")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            let package = entry
                .get("crate")
                .and_then(toml::Value::as_str)
                .unwrap_or_default();
            exceptions.extend(
                texts(entry.get("allow"))
                    .into_iter()
                    .map(|id| (package.to_owned(), id)),
            );
        }
        Ok(Self {
            allow: texts(licenses.get("allow")),
            exceptions,
        })
    }

    fn allows(&self, package: &str, expression: &str) -> Result<bool> {
        let allowed = |id: &str| {
            self.allow.iter().any(|known| known == id)
                || self
                    .exceptions
                    .iter()
                    .any(|(of, known)| of == package && known == id)
        };
        Expression::new(expression).evaluate(&allowed)
    }
}

fn rust(policy: &Policy, found: &mut Vec<String>) -> Result<usize> {
    let metadata = super::lints::metadata(true)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    let strangers = packages.iter().filter(|package| !package["source"].is_null());
    let mut count = 0;
    for package in strangers {
        judge(policy, &package["name"], &package["license"], found);
        count += 1;
    }
    Ok(count)
}

fn npm(policy: &Policy, found: &mut Vec<String>) -> Result<usize> {
    let path = repo::web().join("package-lock.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let lock: Value = serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let packages = lock["packages"]
        .as_object()
        .context("package-lock.json has no packages")?;
    let mut count = 0;
    for (place, package) in packages {
        let Some((_, name)) = place.rsplit_once("node_modules/") else {
            continue;
        };
        if package["dev"] == Value::Bool(true) {
            continue;
        }
        judge(
            policy,
            &Value::String(name.to_owned()),
            &package["license"],
            found,
        );
        count += 1;
    }
    Ok(count)
}

fn judge(policy: &Policy, name: &Value, license: &Value, found: &mut Vec<String>) {
    let name = name.as_str().unwrap_or("?");
    let Some(expression) = license.as_str() else {
        found.push(format!("{name}: says no license"));
        return;
    };
    match policy.allows(name, expression) {
        Ok(true) => {}
        Ok(false) => found.push(format!("{name}: {expression} is not on the list of deny.toml")),
        Err(error) => found.push(format!("{name}: {error}")),
    }
}

/// An SPDX license expression, evaluated as it is read: `OR` binds weaker than `AND`; `/` is an old way to write `OR`.
struct Expression {
    tokens: Vec<String>,
    at: usize,
}

impl Expression {
    fn new(text: &str) -> Self {
        let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let mut tokens: Vec<String> = Vec::new();
        let mut words = spaced.split_whitespace();
        while let Some(word) = words.next() {
            match (word, tokens.last_mut()) {
                // `X WITH exception` is one license.
                ("WITH", Some(last)) => *last = format!("{last} WITH {}", words.next().unwrap_or_default()),
                _ => tokens.push(word.to_owned()),
            }
        }
        Self { tokens, at: 0 }
    }

    fn evaluate(mut self, allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
        let value = self.any(allowed)?;
        if self.at != self.tokens.len() {
            bail!(
                "the license expression was not understood: {}",
                self.tokens.join(" ")
            );
        }
        Ok(value)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.eq_ignore_ascii_case(word));
        self.at += usize::from(there);
        there
    }

    fn any(&mut self, allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
        let mut value = self.all(allowed)?;
        while self.take("OR") {
            value |= self.all(allowed)?;
        }
        Ok(value)
    }

    fn all(&mut self, allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
        let mut value = self.one(allowed)?;
        while self.take("AND") {
            value &= self.one(allowed)?;
        }
        Ok(value)
    }

    fn one(&mut self, allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
        if self.take("(") {
            let value = self.any(allowed)?;
            if !self.take(")") {
                bail!(
                    "a license expression has no closing parenthesis: {}",
                    self.tokens.join(" ")
                );
            }
            return Ok(value);
        }
        let Some(id) = self.tokens.get(self.at) else {
            bail!("a license expression ends too early")
        };
        self.at += 1;
        Ok(allowed(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(expression: &str) -> bool {
        let policy = Policy {
            allow: vec![
                "MIT".into(),
                "Apache-2.0".into(),
                "Apache-2.0 WITH LLVM-exception".into(),
            ],
            exceptions: vec![("special".into(), "CDLA-Permissive-2.0".into())],
        };
        policy.allows("ordinary", expression).unwrap()
    }

    #[test]
    fn expressions_mean_what_they_say() {
        assert!(allows("MIT"));
        assert!(allows("MIT/Apache-2.0"));
        assert!(allows("GPL-3.0 OR MIT"));
        assert!(!allows("GPL-3.0 AND MIT"));
        assert!(allows("(GPL-3.0 OR MIT) AND Apache-2.0"));
        assert!(allows("GPL-3.0 OR Apache-2.0 WITH LLVM-exception"));
        assert!(!allows("CDLA-Permissive-2.0"));
    }

    #[test]
    fn nonsense_is_refused_not_allowed() {
        let policy = Policy {
            allow: vec!["MIT".into()],
            exceptions: Vec::new(),
        };
        assert!(policy.allows("x", "(MIT").is_err());
        assert!(policy.allows("x", "MIT MIT").is_err());
        assert!(policy.allows("x", "").is_err());
    }
}
