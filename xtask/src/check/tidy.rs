//! House rules that a compiler does not know, each a small function over one file's text.
//!
//! A rule that is wrong for one file has that file in its list of exceptions, with the reason beside it; a rule that is
//! wrong in general is changed here, in the change that needs it.

use std::path::Path;

use anyhow::{Context, Result};

use super::report;
use crate::repo;

/// Longest source file; ask yourself at 500.
const MAX_LINES: usize = 800;

/// Folders and names whose contents a program wrote.
const GENERATED: &[&str] = &[
    "/generated/",
    "/__generated__/",
    "/mockServiceWorker.js",
    "Cargo.lock",
    "package-lock.json",
    "docs/openapi.json",
    "docs/api-baseline.json",
];

/// British spellings and words that mean something else here. The glossary is in the design: one word per concept.
const WORDS: &[(&str, &str)] = &[
    ("colour", "color"),
    ("behaviour", "behavior"),
    ("organisation", "organization"),
    ("authorise", "authorize"),
    ("initialise", "initialize"),
    ("serialise", "serialize"),
    ("synchronise", "synchronize"),
    ("recognise", "recognize"),
    ("normalise", "normalize"),
    ("optimise", "optimize"),
    ("enrolment", "enrollment"),
    ("favourite", "favorite"),
    ("neighbour", "neighbor"),
    ("honour", "honor"),
    ("cancelled", "canceled"),
    ("licence", "license"),
    ("tenant", "organization"),
    ("whitelist", "allow list"),
    ("blacklist", "deny list"),
];

/// Files that may say a word of the list, and why.
const WORD_EXCEPTIONS: &[(&str, &str)] = &[
    ("xtask/src/check/tidy.rs", "it is the list"),
    ("web/app/i18n/pt-BR.ts", "another language"),
    ("LICENSE", "not our text"),
];

/// Files that may ask which operating system they are on, and why.
const OS_EXCEPTIONS: &[(&str, &str)] = &[
    ("xtask/src/check/tidy.rs", "it is the rule"),
    (
        "crates/transport/src/tune.rs",
        "socket options differ; transport must not reach platform",
    ),
    (
        "crates/agent/src/config/files.rs",
        "a file that only its owner may read is made in another way",
    ),
];

/// One file as the rules see it.
struct Source<'a> {
    /// Relative to the root, with `/`.
    path: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn is(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| self.path.ends_with(extension))
    }

    fn excepted(&self, exceptions: &[(&str, &str)]) -> bool {
        exceptions.iter().any(|(path, _)| self.path == *path)
    }

    fn is_code(&self) -> bool {
        self.is(&[
            ".rs", ".ts", ".tsx", ".mjs", ".js", ".css", ".proto", ".sh", ".toml",
        ])
    }
}

type Rule = fn(&Source, &mut Vec<String>);

const RULES: &[Rule] = &[
    head,
    length,
    left_over,
    operating_system,
    core_is_pure,
    protobuf_place,
    words,
    places_and_hosts,
    no_result_dropped,
];

/// Applies every rule to every file of the project that a person wrote.
///
/// # Errors
/// When a rule is broken; each finding says where and what to do.
pub(crate) fn check() -> Result<()> {
    let mut found = Vec::new();
    let mut count = 0;
    for file in repo::files()? {
        let path = file.to_string_lossy().replace('\\', "/");
        if is_generated(&path) {
            continue;
        }
        let bytes =
            std::fs::read(repo::root().join(Path::new(&path))).with_context(|| format!("reading {path}"))?;
        // What is not text (the decoder module, pictures, stored test inputs) has no house rules.
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        count += 1;
        apply(
            &Source {
                path: &path,
                text: &text,
            },
            &mut found,
        );
    }
    report(&found, &format!("{count} files"))
}

fn is_generated(path: &str) -> bool {
    let path = format!("/{path}");
    GENERATED.iter().any(|mark| path.contains(mark))
        || path.contains("/corpus/")
        || path.contains("/vectors/")
}

fn apply(source: &Source, found: &mut Vec<String>) {
    for rule in RULES {
        rule(source, found);
    }
}

fn finding(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{}: {what}", source.path, line + 1)
}

/// Every file opens with what lives there.
fn head(source: &Source, found: &mut Vec<String>) {
    let first = source
        .text
        .trim_start_matches("#!/usr/bin/env bash\n")
        .trim_start_matches("#!/usr/bin/env node\n");
    let wanted: &[&str] = if source.is(&[".rs"]) {
        &["//!", "#![no_main]\n//!"]
    } else if source.is(&[".test.ts", ".test.tsx"]) {
        // Stands beside what it tests, and its cases have names.
        return;
    } else if source.is(&[".ts", ".tsx", ".mjs", ".js"]) {
        &["/**", "//"]
    } else if source.is(&[".proto"]) {
        &["//"]
    } else {
        return;
    };
    if !wanted.iter().any(|start| first.starts_with(start)) {
        let comment = wanted.first().unwrap_or(&"");
        found.push(finding(
            source,
            0,
            &format!("open the file with `{comment}` and what lives here, what does not"),
        ));
    }
}

fn length(source: &Source, found: &mut Vec<String>) {
    let lines = source.text.lines().count();
    if source.is_code() && lines > MAX_LINES {
        found.push(finding(
            source,
            lines - 1,
            &format!("{lines} lines; more than {MAX_LINES} are refused: divide it"),
        ));
    }
}

/// Nothing forgotten.
fn left_over(source: &Source, found: &mut Vec<String>) {
    // Written in two parts, so that this file passes its own rule.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("HA", "CK:"),
    ];
    for (number, line) in source.text.lines().enumerate().filter(|_| source.is_code()) {
        if let Some(mark) = marks.iter().find(|mark| contains_word(line, mark)) {
            found.push(finding(
                source,
                number,
                &format!("{mark}: do it, or file an issue"),
            ));
        }
    }
}

/// Which operating system we are on is asked in `platform` alone.
fn operating_system(source: &Source, found: &mut Vec<String>) {
    if !source.is(&[".rs"]) || source.path.starts_with("crates/platform/") || source.excepted(OS_EXCEPTIONS) {
        return;
    }
    let marks = [
        "target_os",
        "cfg(unix",
        "cfg(windows",
        "cfg!(unix",
        "cfg!(windows",
        "cfg(not(unix",
        "cfg(not(windows",
    ];
    for (number, line) in source.text.lines().enumerate() {
        if marks.iter().any(|mark| line.contains(mark)) {
            found.push(finding(
                source,
                number,
                "what differs between operating systems belongs into crates/platform",
            ));
        }
    }
}

/// Core crates have no IO and no clock.
fn core_is_pure(source: &Source, found: &mut Vec<String>) {
    let core = [
        "crates/protocol/src/",
        "crates/inventory/src/",
        "crates/media/src/",
    ];
    if !source.is(&[".rs"]) || !core.iter().any(|folder| source.path.starts_with(folder)) {
        return;
    }
    let marks = [
        "std::net",
        "std::fs",
        "std::env",
        "std::thread::sleep",
        "Instant::now",
        "SystemTime",
        "std::process",
    ];
    for (number, line) in source
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| !is_comment(line))
    {
        if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
            found.push(finding(
                source,
                number,
                &format!("{mark} in a core crate: take it as an argument instead"),
            ));
        }
    }
}

/// Messages are defined in `proto/` and generated from there.
fn protobuf_place(source: &Source, found: &mut Vec<String>) {
    if source.is(&[".proto"]) && !source.path.starts_with("proto/") {
        found.push(finding(
            source,
            0,
            "wire messages are defined in proto/ and nowhere else",
        ));
    }
    let derive = concat!("::prost::", "Message)");
    if source.is(&[".rs"]) && source.text.contains(derive) {
        found.push(finding(
            source,
            0,
            "wire messages are generated (`cargo xtask gen`), never written by hand",
        ));
    }
}

fn words(source: &Source, found: &mut Vec<String>) {
    if source.excepted(WORD_EXCEPTIONS) {
        return;
    }
    for (number, line) in source.text.lines().enumerate() {
        // The name of a function of a library we use.
        let lower = line.to_lowercase().replace("cancelled()", "");
        for (word, better) in WORDS.iter().filter(|(word, _)| lower.contains(word)) {
            found.push(finding(source, number, &format!("`{word}`: say `{better}`")));
        }
    }
}

/// Nothing of the machine somebody worked on, and no host of a package registry.
fn places_and_hosts(source: &Source, found: &mut Vec<String>) {
    let marks: [(&str, &str); 7] = [
        (concat!("/wo", "rk/"), "a path of one machine"),
        (concat!("/ro", "ot/"), "a path of one machine"),
        (concat!("registry.npm", "js"), "a package registry's host"),
        (concat!("deb.deb", "ian.org"), "a package registry's host"),
        (concat!("files.python", "hosted"), "a package registry's host"),
        (concat!("static.crates", ".io"), "a package registry's host"),
        (concat!("index.crates", ".io"), "a package registry's host"),
    ];
    for (number, line) in source.text.lines().enumerate() {
        if let Some((mark, what)) = marks.iter().find(|(mark, _)| line.contains(mark)) {
            found.push(finding(source, number, &format!("`{mark}` is {what}")));
        }
    }
}

/// What went wrong is handled, told or returned. Where nothing can be done, a branch says so: `if ….is_err() { // why }`.
fn no_result_dropped(source: &Source, found: &mut Vec<String>) {
    // In two parts, as above.
    let unnamed = [concat!("let ", "_ ="), concat!("let ", "_:")];
    let (ignored, thrown) = (concat!(".ok", "();"), concat!("drop", "("));
    // What these return is a Result, whatever they are called on.
    let fallible = [
        "write!(",
        "writeln!(",
        ".write_all(",
        ".flush()",
        ".send(",
        ".try_send(",
        ".try_init()",
        ".kill()",
        "fs::",
    ];
    if !source.is(&[".rs"]) {
        return;
    }
    let lines: Vec<&str> = source.text.lines().collect();
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| !is_comment(line)) {
        let dropped = line.split_once(thrown).is_some_and(|(before, rest)| {
            !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.')
                && !rest.contains("unwrap()")
                && fallible.iter().any(|mark| rest.contains(mark))
        });
        let what = if unnamed.iter().any(|mark| line.contains(mark)) {
            concat!("`let ", "_ =`")
        } else if line.trim_end().ends_with(ignored) && !is_bound(&lines[..=number]) {
            concat!("`.ok", "();` as a statement")
        } else if dropped {
            concat!("`drop", "(…)` on a Result")
        } else {
            continue;
        };
        found.push(finding(
            source,
            number,
            &format!("{what}: handle what went wrong, or say in a branch why nothing is to be done"),
        ));
    }
}

/// Whether the statement that ends on the last line gives its value to a name or to the caller. Goes by the layout that rustfmt makes.
fn is_bound(lines: &[&str]) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some((last, before)) = lines.split_last() else {
        return false;
    };
    let goes_on = |line: &str| line.trim_start().starts_with(['.', ')', ']', '}']);
    let mut first = last.trim();
    if before.last().is_some_and(|line| line.trim_end().ends_with(" =")) {
        return true;
    }
    if goes_on(last) {
        let begins = |line: &&&str| !line.trim().is_empty() && indent(line) <= indent(last) && !goes_on(line);
        first = before.iter().rev().find(begins).map_or("", |line| line.trim());
    }
    first.starts_with("let ")
        || first.starts_with("return ")
        || first.contains(" = ")
        || first.ends_with(" =")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric());
        let after = line[at + word.len()..]
            .chars()
            .next()
            .is_none_or(|c| !c.is_alphanumeric());
        before && after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        apply(&Source { path, text }, &mut found);
        found
    }

    #[test]
    fn a_good_file_passes() {
        assert_eq!(
            findings("crates/agent/src/a.rs", "//! What lives here.\n\nfn a() {}\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            findings("web/app/a.tsx", "/** What lives here. */\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_rule_finds_its_case() {
        let head = "//! Head.\n";
        let cases = [
            ("crates/agent/src/a.rs", "fn a() {}\n".to_owned(), "open the file"),
            (
                "crates/agent/src/a.rs",
                format!("{head}{}", "\n".repeat(MAX_LINES)),
                "divide it",
            ),
            (
                "crates/agent/src/a.rs",
                format!("{head}// {} this\n", concat!("TO", "DO")),
                "file an issue",
            ),
            (
                "crates/agent/src/a.rs",
                format!("{head}#[cfg(target_os = \"linux\")]\n"),
                "crates/platform",
            ),
            (
                "crates/media/src/a.rs",
                format!("{head}let t = Instant::now();\n"),
                "core crate",
            ),
            ("web/a.proto", "// Head.\n".to_owned(), "in proto/"),
            ("docs/a.md", "the colour\n".to_owned(), "say `color`"),
            (
                "docs/a.md",
                format!("see {}x\n", concat!("/wo", "rk/")),
                "path of one machine",
            ),
        ];
        for (path, text, expected) in cases {
            let found = findings(path, &text);
            assert!(
                found.iter().any(|line| line.contains(expected)),
                "{path}: {expected}: {found:?}"
            );
        }
    }

    #[test]
    fn what_went_wrong_is_not_thrown_away() {
        let ok = concat!(".ok", "();");
        let found = |code: &str| findings("crates/agent/src/a.rs", &format!("//! Head.\n{code}\n")).len();
        for bad in [
            format!("    child.kill(){ok}"),
            format!("    child\n        .kill()\n        .await\n        {ok}"),
            format!("    let a = 1;\n    send(\n        a,\n    )\n    {ok}"),
            format!(
                "    lines\n        .each(|line| {{\n            let a = line;\n        }})\n        {ok}"
            ),
            concat!("    let ", "_ = send();").to_owned(),
            concat!("    let ", "_: Result<()> = send();").to_owned(),
            concat!("    drop", "(writeln!(out, \"a\"));").to_owned(),
            concat!("    drop", "(std::fs::remove_file(path));").to_owned(),
        ] {
            assert_eq!(found(&bad), 1, "{bad}");
        }
        for good in [
            format!("    let a = text.parse(){ok}"),
            format!("    let a = text\n        .parse()\n        {ok}"),
            format!("    let a = parse(\n        text,\n    )\n    {ok}"),
            format!("    self.a =\n        text.parse(){ok}"),
            format!("    self.a = text.parse(){ok}"),
            "    drop(lock);".to_owned(),
            "    drop((viewer, agent));".to_owned(),
            "    drop(fs::read(path).unwrap());".to_owned(),
        ] {
            assert_eq!(found(&good), 0, "{good}");
        }
    }

    #[test]
    fn platform_may_ask_for_the_system() {
        assert!(findings("crates/platform/src/a.rs", "//! Head.\n#[cfg(unix)]\n").is_empty());
    }
}
