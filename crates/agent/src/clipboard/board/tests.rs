//! The board alone, with viewers that say what they like.

use super::*;
use farol_protocol::limits::{CLIPBOARD_INLINE_MAX, CLIPBOARD_PIECE_MIN};
use farol_protocol::pipe::message::clipboard::MALFORMED;

const NOW: Tick = Tick(1_000_000);

fn png(size: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x05\0\0\0\x07\x08\x06\0\0\0".to_vec();
    png.resize(size, 3);
    png
}

fn seats(board: &mut Board) -> (SeatId, SeatId) {
    (board.join(Arc::default()), board.join(Arc::default()))
}

fn promise(kind: Kind, size: usize) -> Representation {
    Representation {
        kind,
        size: size as u32,
        content: None,
    }
}

fn offers(id: u32, has: Vec<Representation>) -> ClipboardMessage {
    ClipboardMessage::Offer(Offer {
        id,
        has,
        left_out: Vec::new(),
    })
}

/// The viewer at `from` gives what it is asked for until nobody asks any more; how many pieces that took.
fn give(board: &mut Board, from: SeatId, content: &[u8]) -> usize {
    let mut pieces = 0;
    while let Some(message) = board.next(from, NOW) {
        let ClipboardMessage::Fetch(fetch) = message else {
            panic!("{message:?}")
        };
        let at = fetch.from as usize;
        let part = Part {
            offer: fetch.offer,
            kind: fetch.kind,
            from: fetch.from,
            content: content[at..at + fetch.length as usize].to_vec(),
        };
        board.heard(from, NOW, ClipboardMessage::Part(part));
        pieces += 1;
    }
    pieces
}

fn fetch(offer: u32, kind: Kind, from: u32) -> ClipboardMessage {
    ClipboardMessage::Fetch(Fetch {
        offer,
        kind,
        from,
        length: CLIPBOARD_PIECE_MIN,
    })
}

#[test]
fn what_the_machine_copied_is_offered_to_all_and_given_in_pieces() {
    let mut board = Board::default();
    let (anna, ben) = seats(&mut board);
    let picture = png(CLIPBOARD_INLINE_MAX + 100);
    board.machine_copied(Copied {
        has: vec![
            (CopiedKind::Text, b"words"[..].into()),
            (CopiedKind::Picture, picture.as_slice().into()),
        ],
        too_large: vec![CopiedKind::Html],
    });
    for seat in [anna, ben] {
        let Some(ClipboardMessage::Offer(offer)) = board.next(seat, NOW) else {
            panic!("no offer")
        };
        assert_eq!(
            offer.has,
            [
                Representation::of(Kind::Text, b"words"),
                promise(Kind::Picture, picture.len())
            ]
        );
        assert_eq!(offer.left_out, [left(Some(Kind::Html), TOO_BIG)]);
        assert_eq!(board.next(seat, NOW), None, "said once");
        let mut got = Vec::new();
        while got.len() < picture.len() {
            board.heard(seat, NOW, fetch(offer.id, Kind::Picture, got.len() as u32));
            let Some(ClipboardMessage::Part(part)) = board.next(seat, NOW) else {
                panic!("no part")
            };
            got.extend(part.content);
        }
        assert_eq!(got, picture);
        board.heard(seat, NOW, fetch(offer.id, Kind::Picture, got.len() as u32));
        board.heard(seat, NOW, fetch(offer.id, Kind::Html, 0));
        for kind in [Kind::Picture, Kind::Html] {
            let refused = Refused {
                offer: offer.id,
                kind,
                code: GONE.into(),
            };
            assert_eq!(board.next(seat, NOW), Some(ClipboardMessage::Refused(refused)));
        }
    }
    assert_eq!(board.take_errand(), None, "the machine has it");
}

#[test]
fn a_picture_that_is_none_is_not_offered_on() {
    let mut board = Board::default();
    let (anna, _) = seats(&mut board);
    let mut huge = png(200);
    huge[16..24].fill(0xff);
    for (content, code) in [(&b"GIF89a"[..], MALFORMED), (&huge, TOO_BIG)] {
        board.machine_copied(Copied {
            has: vec![(CopiedKind::Picture, content.into())],
            too_large: Vec::new(),
        });
        let Some(ClipboardMessage::Offer(offer)) = board.next(anna, NOW) else {
            panic!("no offer")
        };
        assert_eq!(
            (offer.has.len(), offer.left_out),
            (0, vec![left(Some(Kind::Picture), code)])
        );
    }
    board.machine_copied(Copied::default());
    let Some(ClipboardMessage::Offer(offer)) = board.next(anna, NOW) else {
        panic!("no offer")
    };
    assert_eq!(offer.left_out, [left(None, OTHER_KIND)]);
}

#[test]
fn something_long_comes_to_the_machine_when_it_is_pasted_there() {
    let mut board = Board::default();
    let (anna, ben) = seats(&mut board);
    let picture = png(AT_ONCE_MAX as usize + 1);
    let has = vec![
        Representation::of(Kind::Text, b"words"),
        promise(Kind::Picture, picture.len()),
    ];
    board.heard(anna, NOW, offers(9, has));
    let told = vec![
        (CopiedKind::Text, Some(b"words"[..].into())),
        (CopiedKind::Picture, None),
    ];
    assert_eq!(board.take_errand(), Some(Errand::Offer(told)));
    assert_eq!(
        board.next(anna, NOW),
        None,
        "nobody wants it yet, and it is not told of its own"
    );
    let Some(ClipboardMessage::Offer(to_ben)) = board.next(ben, NOW) else {
        panic!("no offer")
    };
    assert_eq!(to_ben.has[1], promise(Kind::Picture, picture.len()));

    board.wanted(CopiedKind::Picture);
    assert!(give(&mut board, anna, &picture) > 1);
    let delivered = Errand::Deliver(CopiedKind::Picture, Some(picture.as_slice().into()));
    assert_eq!(board.take_errand(), Some(delivered));
    // And whoever wants it then gets it from here.
    board.heard(ben, NOW, fetch(to_ben.id, Kind::Picture, 0));
    assert!(matches!(board.next(ben, NOW), Some(ClipboardMessage::Part(_))));
    assert_eq!(board.next(anna, NOW), None);
}

#[test]
fn something_short_comes_at_once_and_stays_when_its_viewer_goes() {
    let mut board = Board::default();
    let (anna, _) = seats(&mut board);
    let html = vec![b'x'; AT_ONCE_MAX as usize];
    board.heard(anna, NOW, offers(1, vec![promise(Kind::Html, html.len())]));
    assert!(give(&mut board, anna, &html) > 1);
    board.leave(anna);
    let errands: Vec<Errand> = std::iter::from_fn(|| board.take_errand()).collect();
    assert_eq!(
        errands,
        [
            Errand::Offer(vec![(CopiedKind::Html, None)]),
            Errand::Deliver(CopiedKind::Html, Some(html.into()))
        ]
    );
}

#[test]
fn one_viewer_fetches_from_another_and_learns_when_it_is_gone() {
    let mut board = Board::default();
    let (anna, ben) = seats(&mut board);
    let picture = png(AT_ONCE_MAX as usize + 1);
    let told = |board: &mut Board| {
        board.heard(anna, NOW, offers(9, vec![promise(Kind::Picture, picture.len())]));
        match board.next(ben, NOW) {
            Some(ClipboardMessage::Offer(offer)) => offer.id,
            other => panic!("{other:?}"),
        }
    };
    let id = told(&mut board);
    board.heard(ben, NOW, fetch(id, Kind::Picture, 0));
    assert_eq!(board.next(ben, NOW), None, "it is not here yet");
    give(&mut board, anna, &picture);
    assert!(matches!(board.next(ben, NOW), Some(ClipboardMessage::Part(_))));

    let id = told(&mut board);
    board.heard(ben, NOW, fetch(id, Kind::Picture, 0));
    board.leave(anna);
    let refused = Refused {
        offer: id,
        kind: Kind::Picture,
        code: GONE.into(),
    };
    assert_eq!(board.next(ben, NOW), Some(ClipboardMessage::Refused(refused)));
    assert_eq!(
        std::iter::from_fn(|| board.take_errand()).last(),
        Some(Errand::Deliver(CopiedKind::Picture, None)),
        "who pastes on the machine does not wait in vain"
    );
}

#[test]
fn what_is_not_what_it_said_is_refused_by_name() {
    let mut board = Board::default();
    let (anna, _) = seats(&mut board);
    let junk = vec![0xff; 20_000];
    for kind in Kind::ALL {
        board.heard(anna, NOW, offers(2, vec![promise(kind, junk.len())]));
        let mut said = None;
        while let Some(message) = board.next(anna, NOW) {
            match message {
                ClipboardMessage::Fetch(fetch) => {
                    let at = fetch.from as usize;
                    let part = Part {
                        offer: 2,
                        kind,
                        from: fetch.from,
                        content: junk[at..at + fetch.length as usize].to_vec(),
                    };
                    board.heard(anna, NOW, ClipboardMessage::Part(part));
                }
                other => said = Some(other),
            }
        }
        let refused = Refused {
            offer: 2,
            kind,
            code: MALFORMED.into(),
        };
        assert_eq!(said, Some(ClipboardMessage::Refused(refused)));
        assert_eq!(
            std::iter::from_fn(|| board.take_errand()).last(),
            Some(Errand::Deliver(to_platform(kind), None))
        );
    }
}

#[test]
fn the_newest_wins_whoever_copied_it() {
    let mut board = Board::default();
    let (anna, ben) = seats(&mut board);
    board.heard(anna, NOW, offers(1, vec![promise(Kind::Text, 100_000)]));
    let Some(ClipboardMessage::Fetch(under_way)) = board.next(anna, NOW) else {
        panic!("short enough to come at once")
    };
    board.heard(ben, NOW, ClipboardMessage::of_text("newer"));
    let late = Part {
        offer: under_way.offer,
        kind: Kind::Text,
        from: 0,
        content: vec![b'x'; under_way.length as usize],
    };
    board.heard(anna, NOW, ClipboardMessage::Part(late));
    let Some(ClipboardMessage::Offer(offer)) = board.next(anna, NOW) else {
        panic!("no offer")
    };
    assert_eq!(ClipboardMessage::Offer(offer).text(), Some("newer"));
    assert_eq!(board.next(anna, NOW), None);
    let only = Errand::Offer(vec![(CopiedKind::Text, Some(b"newer"[..].into()))]);
    assert_eq!(
        std::iter::from_fn(|| board.take_errand()).collect::<Vec<_>>(),
        [only]
    );
    // What cannot be sent there changes nothing here.
    board.heard(anna, NOW, offers(2, Vec::new()));
    assert_eq!((board.next(ben, NOW), board.take_errand()), (None, None));
}

#[test]
fn both_crates_mean_the_same_limits() {
    for kind in Kind::ALL {
        assert_eq!(kind.max(), to_platform(kind).max());
        assert_eq!(of_platform(to_platform(kind)), kind);
    }
}
