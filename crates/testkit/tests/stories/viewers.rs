//! Several viewers of one machine: they do not feel each other.

use std::time::{Duration, Instant};

use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_testkit::{Painter, Picture};

use super::*;

#[tokio::test]
async fn a_viewer_that_does_not_read_slows_nobody_and_sees_the_newest_state_later() {
    let mut stage = Stage::new().await;
    let mut slow = stage.session().await;
    let mut quick = stage.session().await;

    // The slow one gets pictures until nothing more is taken; then its agent's end just keeps the newest state.
    let mut painter = Painter::new(640, 400).unwrap();
    slow.agent.send(ToViewer::Screen(painter.layout())).await.unwrap();
    let mut sent = 0_u32;
    while slow.agent.pipe().screen_writable() {
        painter.noise(sent * 977 + 1);
        let Some(frame) = painter.frame().unwrap() else {
            break;
        };
        sent += 1;
        let write = slow.agent.send(ToViewer::Screen(frame));
        // Either the viewer's credit is used up or the sockets on the way are full; both stop the agent's end here.
        if tokio::time::timeout(Duration::from_secs(1), write).await.is_err() {
            break;
        }
    }
    assert!(
        (3..60).contains(&sent),
        "noise and a window of 4 MiB: {sent} frames"
    );

    // The quick one is served at once, again and again.
    let from = Instant::now();
    for n in 0..200 {
        let message = ClipboardMessage::of_text(&format!("ping {n}"));
        quick
            .viewer
            .send(ToAgent::Clipboard(message.clone()))
            .await
            .unwrap();
        assert_eq!(quick.agent.message().await.unwrap(), ToAgent::Clipboard(message));
    }
    assert!(from.elapsed() < Duration::from_secs(5), "{:?}", from.elapsed());

    // Now the slow one reads. What it gets last is what the screen looks like now.
    painter.paint(1_000);
    let mut picture = Picture::default();
    let mut last = false;
    while !(last && picture.newest == sent) {
        tokio::select! {
            message = slow.viewer.message() => match message.unwrap() {
                ToViewer::Screen(message) => picture.take(message).unwrap(),
                other => panic!("unexpected {other:?}"),
            },
            // Credit comes back; the agent's end notices without being asked for anything.
            event = slow.agent.next(), if !slow.agent.pipe().screen_writable() => panic!("unexpected {event:?}"),
            () = std::future::ready(()), if !last && slow.agent.pipe().screen_writable() => {
                let frame = painter.frame().unwrap().unwrap();
                sent += 1;
                slow.agent.send(ToViewer::Screen(frame)).await.unwrap();
                last = true;
            }
        }
    }
    assert_eq!(picture.rgb(), painter.rgb());
}
