//! What holds for every search.

use proptest::prelude::*;

use super::*;

/// A term, most often a right one.
fn term() -> impl Strategy<Value = String> {
    let words = "[a-zé0-9./@_-]{1,6}|\"[a-z \\\\éß:()*>|-]{1,8}\"|lab|win|cao";
    let texts = (
        "os|name|tag",
        "=?",
        "[a-z0-9.é-]{1,6}|\"[a-z *:]{1,6}\"|lab|win|\\*",
    );
    let ordered = prop_oneof![
        "cpus:(>|>=|<|<=|=)?-?[0-9]{1,2}(\\.[0-9]{1,3})?",
        "cpus:[0-9]{1,2}\\.\\.[0-9]{1,3}",
        "memory:(>|>=|<|<=|=)?[0-9]{1,3}(\\.[0-9])?([kmgt]i?b)?",
        "memory:[0-9]\\.\\.[0-9]{1,2}gb",
        "disk\\.free:(>|<)?[0-9]{1,2}(\\.[0-9]{1,2})?%?",
        "seen:(>|>=|<|<=)?[0-9]{1,3}[smhdwy]",
        "seen:[0-9][mh]\\.\\.[0-9]d",
        "seen:(>|>=|<|<=|=)?20[0-9]{2}-1[0-2]-[0-2][0-9]",
        "seen:(>|>=|<|<=|=)?2026-11-20T1[0-2]:[0-5][0-9]:00(\\.[0-9]{1,4})?(Z|-03:00)",
        "seen:[01][0-9]{3}-01-01\\.\\.[2-9][0-9]{3}-12-31",
        "agent:(>|>=|<|<=|=)?[0-2](\\.[0-9]{1,2}){0,3}",
        "agent:[0-1]\\.[0-9]\\.\\.[1-2]\\.[0-9]",
    ];
    let others = "is:(online|offline)|muted:(yes|no)|ip:10\\.[0-3]\\.(3\\.4|0\\.0/[0-9]{1,2})?|ip:(fe80::/10|192\\.)|(os|ip|seen):\\*";
    prop_oneof![
        words,
        texts.prop_map(|(field, sign, value)| format!("{field}:{sign}{value}")),
        ordered,
        others,
    ]
}

/// A search, most often a right one.
fn search() -> impl Strategy<Value = String> {
    term().prop_recursive(4, 20, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several.clone().prop_map(|all| all.join(" ")),
            several.clone().prop_map(|all| all.join(" AND ")),
            several.clone().prop_map(|any| any.join(" OR ")),
            several.prop_map(|any| any.join("|")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("-({inner})")),
            inner.clone().prop_map(|inner| format!("NOT {inner}")),
            "[a-z]{1,3}( (OR )?-?[a-z]{1,3}){0,3}".prop_map(|values| format!("tag:({values})")),
            inner.prop_map(|inner| format!("-{inner}")),
        ]
    })
}

/// What somebody could write who does not know the language.
fn noise() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "(",
        ")",
        "\"",
        "\\",
        "|",
        "-",
        " ",
        " OR ",
        " AND ",
        "NOT ",
        "os:",
        "seen:",
        "ip:",
        "is:",
        "cpus:",
        "memory:",
        "agent:",
        ">",
        "<=",
        "=",
        "..",
        "*",
        "2d",
        "10%",
        "1.4",
        "10.2.0.0/16",
        "2026-11-20",
        "é",
        "ﬁ",
        "İ",
        "ß",
        "“",
        "‥",
        "＂",
        "\u{301}",
        "x",
        ":",
        "//",
        "gb",
        "9",
        "0",
        "tag:(",
    ]);
    prop_oneof![
        any::<String>(),
        "\\PC{0,30}",
        prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat()),
    ]
}

fn machine() -> impl Strategy<Value = Machine> {
    let texts = (
        "[a-z0-9]{0,4}|recepcao",
        prop::option::of("win|linux|[a-z]{1,3}"),
        prop::collection::vec("lab|loan|[a-z]{1,2}", 0..3),
        prop::option::of("[0-2]\\.[0-9]{1,2}(\\.[0-9])?|unknown"),
    );
    let rest = (
        any::<(bool, bool)>(),
        prop::option::of((0_u8..99).prop_map(f64::from)),
        prop::option::of((0.0..3e10).prop_map(f64::round)),
        prop::option::of(-400_000_000_i64..400_000_000),
        prop::collection::vec(
            (0_u32..4, 0_u32..3).prop_map(|(b, c)| 0x0a00_0304 + (b << 16) + (c << 8)),
            0..3,
        ),
    );
    (texts, rest).prop_map(
        |((name, os, tags, agent), (flags, cpus, memory, seen, ips))| Machine {
            name,
            os,
            tags,
            online: flags.0,
            cpus,
            memory,
            disk_free: cpus,
            seen: seen.map(|before| Timestamp(NOW.0 - before)),
            ips: ips.into_iter().map(|bits| IpAddr::V4(bits.into())).collect(),
            agent,
            muted: flags.1,
        },
    )
}

/// What is read, printed and read again.
fn again(query: &Query<Asked>) -> Query<Asked> {
    let printed = query.to_string();
    // Printed at another time: no age is left in it.
    let later = Timestamp(NOW.0 + HOUR);
    Query::read_of_any_length(&printed, later).unwrap_or_else(|mistake| panic!("{printed}: {mistake}"))
}

proptest! {
    #[test]
    fn whatever_is_read_prints_as_the_same_search(text in prop_oneof![search(), noise()]) {
        if let Ok(query) = read(&text) {
            prop_assert_eq!(again(&query), query, "{}", text);
        }
    }

    #[test]
    fn mistakes_lie_in_the_text_and_suggestions_mend_them(text in noise()) {
        if let Err(mistake) = read(&text) {
            let end = mistake.at + mistake.len;
            prop_assert!(end <= text.chars().count(), "{:?}", mistake);
            prop_assert!(mistake.message.ends_with(['.', '?']), "{:?}", mistake);
            if let Some(suggestion) = &mistake.suggestion {
                let before: String = text.chars().take(mistake.at).collect();
                let after: String = text.chars().skip(end).collect();
                let mended = read(&format!("{before}{suggestion}{after}"));
                let same = |other: &Mistake| other.code == mistake.code && other.at == mistake.at;
                prop_assert!(!mended.as_ref().is_err_and(same), "{:?} {:?}", text, mended);
            }
        }
    }

    #[test]
    fn completing_never_fails_and_lies_in_the_text(text in noise(), cursor in 0_usize..40) {
        let characters = text.chars().count();
        let completion = complete::<Asked>(&text, cursor);
        let cursor = cursor.min(characters);
        prop_assert!(completion.at <= cursor, "{:?}", completion);
        prop_assert!(completion.at + completion.len >= cursor, "{:?}", completion);
        prop_assert!(completion.at + completion.len <= characters, "{:?}", completion);
    }

    #[test]
    fn operators_mean_what_they_say(a in search(), b in search(), machine in machine()) {
        let (Ok(left), Ok(right)) = (read(&a), read(&b)) else { return Ok(()) };
        let (left, right) = (left.fits(&machine), right.fits(&machine));
        for (text, expected) in [
            (format!("-({a})"), !left),
            (format!("NOT ({a})"), !left),
            (format!("({a}) ({b})"), left && right),
            (format!("({a}) AND ({b})"), left && right),
            (format!("{a} OR {b}"), left || right),
            (format!("({a})|{b}"), left || right),
        ] {
            match read(&text) {
                Ok(query) => {
                    prop_assert_eq!(query.fits(&machine), expected, "{}", text);
                    prop_assert_eq!(again(&query).fits(&machine), expected, "{}", text);
                }
                Err(mistake) => prop_assert!(["too_deep", "too_many_terms"].contains(&mistake.code), "{}", text),
            }
        }
    }

    #[test]
    fn a_search_can_be_written_in_one_form(text in search()) {
        if let Ok(query) = read(&text) {
            let printed = query.to_string();
            prop_assert_eq!(again(&query).to_string(), printed);
        }
    }

    #[test]
    fn a_value_is_found_by_itself(value in "[a-zA-Z0-9éÇß ]{0,8}[a-zé][a-zA-Z0-9éÇß ]{0,8}") {
        let machine = Machine { os: Some(fold(&value)), ..Machine::default() };
        for text in [quoted(&value), format!("os:{}", quoted(&value)), format!("os:={}", quoted(&value))] {
            prop_assert!(read(&text).unwrap().fits(&machine), "{}", text);
        }
    }
}

/// So that the properties above say something: most of what is generated can be read, and some of it finds something.
#[test]
fn the_generated_searches_are_worth_it() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut readable, mut found) = (0, 0);
    for _ in 0..500 {
        let text = search().new_tree(&mut runner).unwrap().current();
        let machine = machine().new_tree(&mut runner).unwrap().current();
        if let Ok(query) = read(&text) {
            readable += 1;
            found += usize::from(query.fits(&machine));
        }
    }
    assert!(readable > 300, "{readable}");
    assert!((50..readable - 50).contains(&found), "{found} of {readable}");
}
