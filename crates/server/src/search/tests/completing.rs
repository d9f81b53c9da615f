//! Where the cursor stands (`^` in the text), what would be replaced (between `[` and `]`), and with what.

use super::*;

#[test]
fn what_the_cursor_is_in() {
    use Completes::{Field, Nothing, Value};
    for (marked, kind, typed) in [
        ("[^]", Field, ""),
        ("a [^]", Field, ""),
        ("a [^] b", Field, ""),
        ("[o^]", Field, "o"),
        ("[^os:]win", Field, ""),
        ("a [o^s:]win", Field, "o"),
        ("a [os^:]win b", Field, "os"),
        ("a os:[^win] b", Value(Asked::Os), ""),
        ("a os:[w^in] b", Value(Asked::Os), "w"),
        ("a os:[win^] b", Value(Asked::Os), "win"),
        ("os:[^]", Value(Asked::Os), ""),
        ("os:[\"windows ^1\"] b", Value(Asked::Os), "windows "),
        ("os:[\"windows ^]", Value(Asked::Os), "windows "),
        ("seen:>=[2^d]", Value(Asked::Seen), "2"),
        ("-is:[o^]", Value(Asked::Is), "o"),
        ("-[i^]", Field, "i"),
        ("(a OR [i^])", Field, "i"),
        ("tag:([^])", Value(Asked::Tag), ""),
        ("tag:([^]", Value(Asked::Tag), ""),
        ("tag:(a OR (b -[c^d])) x", Value(Asked::Tag), "c"),
        ("tag:(a) [x^]", Field, "x"),
        ("[nam^e:]x", Field, "nam"),
        ("[usr:x^]", Nothing, "usr:x"),
        ("[https://x^]", Field, "https://x"),
        ("[\"os:w^in\"]", Nothing, "\"os:w"),
        ("[\"os:w^]", Nothing, "\"os:w"),
        ("\"a\"[^]", Field, ""),
        ("é [o^]", Field, "o"),
    ] {
        let place = |mark: char| {
            let marks = marked.chars().take_while(|letter| *letter != mark);
            marks.filter(|letter| !"[]^".contains(*letter)).count()
        };
        let text = marked.replace(['[', ']', '^'], "");
        let expected = Completion {
            at: place('['),
            len: place(']') - place('['),
            kind,
            typed: typed.to_owned(),
        };
        assert_eq!(complete::<Asked>(&text, place('^')), expected, "{marked}");
    }
}

#[test]
fn what_the_language_knows_is_offered() {
    let offers = |text: &str| complete::<Asked>(text, text.chars().count()).offers();
    assert_eq!(offers("a"), ["agent:"]);
    assert_eq!(offers("-M"), ["memory:", "muted:"]);
    assert_eq!(offers("").len(), Asked::ALL.len());
    assert_eq!(offers("is:o"), ["online", "offline"]);
    assert_eq!(offers("is:=\"ÓN"), ["online"]);
    assert_eq!(offers("muted:"), ["yes", "no"]);
    assert_eq!(offers("os:w"), Vec::<String>::new());
    assert_eq!(offers("\"a"), Vec::<String>::new());
}
