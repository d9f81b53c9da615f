//! What can be written, what it means, and what it finds.

use super::*;

/// What is written, and the form that all ways to write it share.
const FORMS: &[(&str, &str)] = &[
    ("", ""),
    ("  \t\n ", ""),
    ("fred", "fred"),
    ("Frédéric  SMITH", "frederic smith"),
    ("\"windows  11\"", "\"windows  11\""),
    ("\"fred\"", "fred"),
    (r#""a \"b\" \\ \c""#, r#""a \"b\" \\ \\c""#),
    (r"C:\Users", r#""c:\\users""#),
    ("a b OR c d", "a b OR c d"),
    ("a AND b|c", "a b OR c"),
    ("a (b OR c)", "a (b OR c)"),
    ("(a b) (c)", "a b c"),
    ("((a OR b)) OR c", "a OR b OR c"),
    ("or and not", "or and not"),
    ("-a NOT b", "-a -b"),
    ("--a", "a"),
    ("NOT -a", "a"),
    ("NOT NOT NOT a", "-a"),
    ("-(a b)", "-(a b)"),
    ("-(a OR b) c", "-(a OR b) c"),
    ("NOT(a)", "-a"),
    ("disk-pro", "disk-pro"),
    ("a\"b\"c(d)", "a b c d"),
    (
        "10:30 fe80::1 00:1A:2B:3C:4D:5E",
        "\"10:30\" \"fe80::1\" \"00:1a:2b:3c:4d:5e\"",
    ),
    ("https://x.example/a?b", "\"https://x.example/a?b\""),
    (
        "de:ad:be fe80: 2026-11-20T10:30:00Z",
        "\"de:ad:be\" \"fe80:\" \"2026-11-20t10:30:00z\"",
    ),
    (
        "fe80::1%eth0 ::1 [fe80::1]:80 10.0.0.1:22",
        "\"fe80::1%eth0\" \"::1\" \"[fe80::1]:80\" \"10.0.0.1:22\"",
    ),
    ("OS:win", "os:win"),
    ("os:\"Windows 11\"", "os:\"windows 11\""),
    ("os:=\"Windows 11\"", "os:=\"windows 11\""),
    ("os:a:b", "os:\"a:b\""),
    (
        "os:-x os:\">5\" os:\"*\" os:a..b",
        "os:\"-x\" os:\">5\" os:\"*\" os:\"a..b\"",
    ),
    ("os:* -os:*", "os:* -os:*"),
    ("tag:(lab OR loan)", "tag:lab OR tag:loan"),
    (
        "tag:(lab -\"big room\" (a|b)) x",
        "tag:lab -tag:\"big room\" (tag:a OR tag:b) x",
    ),
    (
        "tag:(*) seen:(>2d <3d)",
        "tag:* seen:<2026-11-18T12:00:00Z seen:>=2026-11-17T12:00:00.001Z",
    ),
    (
        "tag:(usr:a \"os:b\") ip:(fe80::1 10.2.3.4)",
        "tag:\"usr:a\" tag:\"os:b\" ip:fe80::1 ip:10.2.3.4",
    ),
    ("is:ONLINE is:=offline", "is:online is:offline"),
    ("muted:true muted:No", "muted:yes muted:no"),
    (
        "cpus:4 cpus:=4 cpus:>4 cpus:>=4 cpus:<4 cpus:<=4.5",
        "cpus:=4 cpus:=4 cpus:>4 cpus:>=4 cpus:<4 cpus:<=4.5",
    ),
    ("cpus:-1..2 cpus:2..2", "cpus:-1..2 cpus:=2"),
    (
        "memory:>1.5GB memory:<2KiB memory:=7",
        "memory:>1500000000 memory:<2048 memory:=7",
    ),
    (
        "memory:>\"5 gb\" memory:1g..2t",
        "memory:>5000000000 memory:1000000000..2000000000000",
    ),
    ("memory:10..20gb", "memory:10000000000..20000000000"),
    (
        "memory:8gb memory:1.5kb",
        "memory:7500000000..8500000000 memory:1450..1550",
    ),
    (
        "disk.free:<10% disk.free:10 disk.free:=10%",
        "disk.free:<10 disk.free:9.5..10.5 disk.free:=10",
    ),
    ("seen:>2d", "seen:<2026-11-18T12:00:00Z"),
    ("seen:>=2d", "seen:<2026-11-18T12:00:00.001Z"),
    ("seen:<2h", "seen:>=2026-11-20T10:00:00.001Z"),
    (
        "seen:<=2h seen:2h",
        "seen:>=2026-11-20T10:00:00Z seen:>=2026-11-20T10:00:00Z",
    ),
    ("seen:1d..2d", "seen:2026-11-18T12:00:00Z..2026-11-19T12:00:00Z"),
    ("seen:>2026-11-20", "seen:>=2026-11-21T00:00:00Z"),
    (
        "seen:2026-11-20",
        "seen:2026-11-20T00:00:00Z..2026-11-20T23:59:59.999Z",
    ),
    (
        "seen:2026-11-20..2026-11-22",
        "seen:2026-11-20T00:00:00Z..2026-11-22T23:59:59.999Z",
    ),
    ("seen:>=2026-11-20T08:30:00-03:00", "seen:>=2026-11-20T11:30:00Z"),
    (
        "seen:>9999-12-31 seen:<=9999-12-31",
        "seen:>9999-12-31T23:59:59.999Z seen:<=9999-12-31T23:59:59.999Z",
    ),
    ("seen:<0001-01-01", "seen:<0001-01-01T00:00:00Z"),
    ("ip:10.2.3.4 ip:=10.2.3.4", "ip:10.2.3.4 ip:10.2.3.4"),
    (
        "ip:10.2.3.4/16 ip:\"2001:DB8::/32\"",
        "ip:10.2.0.0/16 ip:2001:db8::/32",
    ),
    (
        "ip:10.2. ip:fe80: ip:１０.2.3.4",
        "ip:10.2. ip:\"fe80:\" ip:10.2.3.4",
    ),
    (
        "agent:<1.4 agent:v1.4 agent:=1.40",
        "agent:<1.4 agent:1.4 agent:=1.40",
    ),
    (
        "agent:1.0 agent:0 agent:1.2..1.4.0",
        "agent:1.0 agent:0 agent:1.2..1.4",
    ),
];

#[test]
fn the_same_search_in_one_form() {
    for (written, form) in FORMS {
        let query = read(written).unwrap_or_else(|mistake| panic!("{written}: {mistake}"));
        assert_eq!(query.to_string(), *form, "{written}");
        assert_eq!(read(form), Ok(query), "{written}");
    }
}

#[test]
fn what_an_evaluator_gets() {
    let is = |field, test| Query::Is { field, test };
    let query = read("fred os:=\"Windows 11\" -is:online (ip:10.2.0.0/16 OR seen:>2026-11-20)").unwrap();
    let from = std::ops::Bound::Included("2026-11-21T00:00:00Z".parse().unwrap());
    let expected = Query::And(vec![
        Query::Words(Folded::of("fred")),
        is(Asked::Os, Test::Equals(Folded::of("windows 11"))),
        Query::Not(Box::new(is(Asked::Is, Test::Choice("online")))),
        Query::Or(vec![
            is(Asked::Ip, Test::Within("10.2.0.0/16".parse().unwrap())),
            is(
                Asked::Seen,
                Test::Time(Span {
                    low: from,
                    high: std::ops::Bound::Unbounded,
                }),
            ),
        ]),
    ]);
    assert_eq!(query, expected);
}

#[test]
fn what_is_found() {
    let machine = Machine::reception();
    for text in [
        "",
        "RECEPCAO",
        "recepção windows",
        "\"dows 1\"",
        "nothing OR lab",
        "-nothing",
        "os:WIN",
        "os:=\"windows 11\"",
        "tag:lab tag:loan",
        "tag:(x OR loan)",
        "tag:*",
        "is:online",
        "-is:blocked",
        "cpus:8 cpus:>7 cpus:>=8 cpus:<9 cpus:<=8 cpus:8..9",
        "memory:8gb memory:>8gb memory:<7.7gib memory:8..9gb",
        "disk.free:<10% disk.free:10%",
        "seen:2h seen:<2h seen:>30m seen:>=1h seen:<=1h seen:1h..1h seen:>2026-11-19 seen:2026-11-20",
        "ip:10.2.0.0/16 ip:10.2.3.4 ip:10.2. ip:fe80::/10 ip:192.0.2.0/24 ip:192.0.2. ip:*",
        "agent:1.4 agent:1 agent:=1.4.2 agent:>1.4 agent:<1.10 agent:1.4..2 agent:*",
        "muted:no",
    ] {
        assert!(read(text).unwrap().fits(&machine), "{text}");
    }
}

#[test]
fn what_is_not_found() {
    let machine = Machine::reception();
    for text in [
        "nothing",
        "lab nothing",
        "\"windows  11\"",
        "-lab",
        "-(lab OR nothing)",
        "os:=windows",
        "os:lab",
        "-tag:lab",
        "-tag:*",
        "is:offline",
        "cpus:7",
        "cpus:>8",
        "cpus:<8",
        "memory:=8gb",
        "memory:9gb",
        "disk.free:=10%",
        "disk.free:>10%",
        "seen:>1h",
        "seen:<1h",
        "seen:30m",
        "seen:>2d",
        "seen:>2026-11-20",
        "seen:2026-11-19",
        "ip:10.3.0.0/16",
        "ip:10.2.3.40",
        "ip:11.",
        "agent:1.3",
        "agent:1.4.20",
        "agent:=1.4",
        "agent:<1.4.2",
        "agent:>1.4.2",
        "muted:yes",
    ] {
        assert!(!read(text).unwrap().fits(&machine), "{text}");
    }
}

#[test]
fn what_says_nothing_passes_no_test() {
    let silent = Machine::default();
    for field in [
        "os:x", "os:*", "name:*", "tag:*", "cpus:>=0", "seen:>2d", "seen:<2d", "ip:10.", "agent:<9",
        "agent:*",
    ] {
        assert!(!read(field).unwrap().fits(&silent), "{field}");
        assert!(read(&format!("-{field}")).unwrap().fits(&silent), "-{field}");
    }
}

#[test]
fn what_cannot_be_read_as_its_kind_is_said_and_passes_nothing_else() {
    let odd = Machine {
        agent: Some("unknown".to_owned()),
        ..Machine::default()
    };
    assert!(read("agent:*").unwrap().fits(&odd));
    assert!(!read("agent:>0").unwrap().fits(&odd));
    assert!(!read("agent:<=0").unwrap().fits(&odd));
}

#[test]
fn queries_put_together_stay_simple() {
    let (a, b) = (|| read("a").unwrap(), || read("b").unwrap());
    assert_eq!(Query::and(vec![Query::All, a()]), a());
    assert_eq!(Query::<Asked>::and(vec![]), Query::All);
    assert_eq!(Query::or(vec![Query::All, a()]), Query::All);
    assert_eq!(
        Query::and(vec![a(), Query::and(vec![b(), a()])]),
        read("a b a").unwrap()
    );
    assert_eq!(
        Query::or(vec![a(), Query::or(vec![b(), a()])]),
        read("a|b|a").unwrap()
    );
    assert!(!Query::<Asked>::or(vec![]).fits(&Machine::reception()));
    assert!(!Query::not(Query::All).fits(&Machine::reception()));
}
