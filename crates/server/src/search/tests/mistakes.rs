//! What cannot be written: the code, the place, and what could stand there instead.

use super::*;

/// The piece of a text that a mistake is about.
fn piece(text: &str, mistake: &Mistake) -> String {
    text.chars().skip(mistake.at).take(mistake.len).collect()
}

/// What is written, the code of the mistake, the piece it is about, and the suggestion.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("a \"b", "quote_not_closed", "\"", ""),
    ("os:\"b \\\"", "quote_not_closed", "\"", ""),
    ("é \"", "quote_not_closed", "\"", ""),
    ("a (b", "parenthesis_not_closed", "(", ""),
    ("(", "parenthesis_not_closed", "(", ""),
    ("tag:(a OR b", "parenthesis_not_closed", "(", ""),
    ("a) b", "parenthesis_not_opened", ")", "\")\""),
    (")", "parenthesis_not_opened", ")", "\")\""),
    ("a ( ) b", "parentheses_empty", "( )", ""),
    ("tag:()", "parentheses_empty", "()", ""),
    ("-", "lone_minus", "-", "\"-\""),
    ("a - b", "lone_minus", "-", "\"-\""),
    ("(a -)", "lone_minus", "-", "\"-\""),
    ("OR a", "nothing_before", "OR", "\"OR\""),
    ("| a", "nothing_before", "|", "\"|\""),
    ("AND a", "nothing_before", "AND", "\"AND\""),
    ("(OR a)", "nothing_before", "OR", "\"OR\""),
    ("a OR", "nothing_after", "OR", "\"OR\""),
    ("a | | b", "nothing_after", "|", "\"|\""),
    ("a OR AND b", "nothing_after", "OR", "\"OR\""),
    ("a AND", "nothing_after", "AND", "\"AND\""),
    ("(a AND)", "nothing_after", "AND", "\"AND\""),
    ("a NOT", "nothing_after", "NOT", "\"NOT\""),
    ("NOT OR", "nothing_after", "NOT", "\"NOT\""),
    ("-OR", "nothing_after", "-", "\"-\""),
    ("a \"\"", "nothing_to_find", "\"\"", ""),
    ("a \"  \"", "nothing_to_find", "\"  \"", ""),
    ("\u{301}", "nothing_to_find", "\u{301}", ""),
    ("os:\"\"", "nothing_to_find", "\"\"", ""),
    ("os:=\" \"", "nothing_to_find", "=\" \"", ""),
    ("a usr:fred", "unknown_field", "usr", ""),
    ("naem:fred", "unknown_field", "naem", "name"),
    ("-Disk:5", "unknown_field", "Disk", "disk.free"),
    ("mailto:x", "unknown_field", "mailto", ""),
    ("ab:cd", "unknown_field", "ab", ""),
    ("os:", "value_missing", "os:", ""),
    ("os: linux", "value_missing", "os:", ""),
    ("(os:)", "value_missing", "os:", ""),
    ("seen:> 2d", "value_missing", "seen:>", ""),
    ("seen:(> 2d)", "value_missing", ">", ""),
    ("tag:(a OR os:b)", "field_among_values", "os", ""),
    ("os:>=>5", "comparison_not_here", ">=>5", "\">5\""),
    ("os:>5", "comparison_not_here", ">5", "5"),
    ("is:<=online", "comparison_not_here", "<=online", "online"),
    ("muted:>\"yes\"", "comparison_not_here", ">\"yes\"", "\"yes\""),
    ("ip:>10.2.3.4", "comparison_not_here", ">10.2.3.4", "10.2.3.4"),
    ("seen:=2d", "comparison_not_here", "=2d", "2d"),
    ("cpus:1..", "range_incomplete", "1..", ""),
    ("seen:..2d", "range_incomplete", "..2d", ""),
    ("cpus:>1..2", "range_compared", ">1..2", "1..2"),
    ("cpus:3..2", "range_reversed", "3..2", "2..3"),
    ("memory:3..2gb", "range_reversed", "3..2gb", "2gb..3"),
    ("seen:2d..1d", "range_reversed", "2d..1d", "1d..2d"),
    (
        "seen:2026-11-20..2026-11-19",
        "range_reversed",
        "2026-11-20..2026-11-19",
        "2026-11-19..2026-11-20",
    ),
    ("agent:1.10..1.9", "range_reversed", "1.10..1.9", "1.9..1.10"),
    ("seen:2d..2026-11-20", "range_mixed", "2d..2026-11-20", ""),
    ("is:onlin", "unknown_choice", "onlin", "online"),
    ("is:=\"x y\"", "unknown_choice", "=\"x y\"", ""),
    ("cpus:many", "not_a_number", "many", ""),
    ("cpus:10%", "not_a_number", "10%", ""),
    ("cpus:1.2.3", "not_a_number", "1.2.3", ""),
    ("cpus:.5", "not_a_number", ".5", ""),
    ("cpus:5.", "not_a_number", "5.", ""),
    ("cpus:1e5", "not_a_number", "1e5", ""),
    ("cpus:NaN", "not_a_number", "NaN", ""),
    ("cpus:1...2", "not_a_number", "1...2", ""),
    ("memory:5ib", "not_a_number", "5ib", ""),
    ("memory:\">5gb\"", "not_a_number", "\">5gb\"", ""),
    ("memory:5%", "not_a_number", "5%", ""),
    ("disk.free:5gb", "not_a_number", "5gb", ""),
    ("seen:yesterday", "not_a_time", "yesterday", ""),
    ("seen:2026-13-01", "not_a_time", "2026-13-01", ""),
    ("ip:10.2.0.0/33", "not_an_address", "10.2.0.0/33", ""),
    (
        "ip:10.2.0.1..10.2.0.9",
        "not_an_address",
        "10.2.0.1..10.2.0.9",
        "",
    ),
    ("ip:=10.2.", "not_an_address", "=10.2.", ""),
    ("ip:\"\"", "not_an_address", "\"\"", ""),
    ("agent:new", "not_a_version", "new", ""),
    ("agent:1.4-beta", "not_a_version", "1.4-beta", ""),
    ("agent:1.9999999999", "not_a_version", "1.9999999999", ""),
    (
        "agent:1.1.1.1.1.1.1.1.1",
        "not_a_version",
        "1.1.1.1.1.1.1.1.1",
        "",
    ),
    ("muted:maybe", "not_yes_or_no", "maybe", ""),
    ("a \0b", "control_character", "\0", " "),
    ("\"a\u{1b}\"", "control_character", "\u{1b}", " "),
];

#[test]
fn every_mistake_has_a_code_a_place_and_a_sentence() {
    for (text, code, about, suggestion) in MISTAKES {
        let mistake = read(text).expect_err(text);
        assert_eq!(mistake.code, *code, "{text}: {mistake}");
        assert_eq!(piece(text, &mistake), *about, "{text}");
        assert_eq!(
            mistake.suggestion.as_deref().unwrap_or_default(),
            *suggestion,
            "{text}"
        );
        assert_eq!(mistake.to_string(), mistake.message);
        assert!(mistake.message.ends_with(['.', '?']), "{}", mistake.message);
    }
}

#[test]
fn places_count_characters_not_bytes() {
    let mistake = read("açúcar 🍬 naem:x").unwrap_err();
    assert_eq!((mistake.at, mistake.len), (9, 4));
}

#[test]
fn sentences_say_what_to_do() {
    for (text, sentence) in [
        (
            "naem:fred",
            "There is no field “naem”; did you mean “name”? To look for the text itself, put it in quotation \
             marks: \"naem:fred\".",
        ),
        (
            "color:red",
            "There is no field “color”. To look for the text itself, put it in quotation marks: \"color:red\".",
        ),
        (
            "is:on",
            "“on” is no value of “is”. Write one of these: online, offline, blocked.",
        ),
        (
            "os: linux",
            "Say right after “os:”, without a space, what to look for, as in os:lab; os:* is whatever says anything.",
        ),
        (
            "memory:big",
            "“big” is not what “memory” asks for: a size in b, kb, mb, gb, tb, pb, or kib, mib, gib, tib, pib. \
             Write, for example, memory:>1.5gb.",
        ),
        (
            "cpus:5..",
            "A range has two ends, as in cpus:10..20. With one end write cpus:>=… or cpus:<=….",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().message, sentence);
    }
}

#[test]
fn sentences_repeat_only_the_beginning_of_what_is_long() {
    let long = "x".repeat(900);
    let mistake = read(&format!("{long}:1")).unwrap_err();
    assert_eq!(mistake.code, "unknown_field");
    assert!(mistake.message.chars().count() < 300, "{}", mistake.message);
    let mistake = read(&format!("is:{long}")).unwrap_err();
    assert!(mistake.message.chars().count() < 300, "{}", mistake.message);
}

#[test]
fn numbers_have_an_end() {
    assert_eq!(
        read(&format!("cpus:{}", "9".repeat(400))).unwrap_err().code,
        "not_a_number"
    );
    assert_eq!(
        read(&format!("memory:{}pb", "9".repeat(300))).unwrap_err().code,
        "not_a_number"
    );
    assert!(read(&format!("cpus:>{}", "9".repeat(300))).is_ok());
}

#[test]
fn a_search_has_at_most_so_many_characters() {
    assert!(read(&"é".repeat(TEXT_MAX)).is_ok());
    let mistake = read(&"é".repeat(TEXT_MAX + 2)).unwrap_err();
    assert_eq!(
        (mistake.code, mistake.at, mistake.len),
        ("text_too_long", TEXT_MAX, 2)
    );
}

#[test]
fn a_search_has_at_most_so_many_terms() {
    let terms = |count: usize| "os:a ".repeat(count);
    assert!(read(&terms(TERMS_MAX)).is_ok());
    let text = format!("{}(x \"y\")", terms(TERMS_MAX - 1));
    let mistake = read(&text).unwrap_err();
    assert_eq!(mistake.code, "too_many_terms");
    assert_eq!(piece(&text, &mistake), "\"y\"");
}

#[test]
fn parentheses_and_exclusions_are_only_so_deep() {
    for (open, close) in [("(", ")"), ("-", ""), ("NOT ", "")] {
        let nested = |depth: usize| format!("{}a{}", open.repeat(depth), close.repeat(depth));
        assert!(read(&nested(DEPTH_MAX)).is_ok(), "{open}");
        let mistake = read(&nested(DEPTH_MAX + 1)).unwrap_err();
        assert_eq!(mistake.code, "too_deep");
        assert_eq!(mistake.at, open.len() * DEPTH_MAX);
    }
    // Beside each other is not in each other.
    assert!(read(&"(-a) ".repeat(TERMS_MAX)).is_ok());
}
