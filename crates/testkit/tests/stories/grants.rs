//! Who gets into the relay: origin, hello, grant.

use farol_protocol::ids::Grant;
use farol_protocol::relay::RelayHello;
use farol_testkit::RawSocket;

use super::*;

async fn say_hello(stage: &Stage, grant: &[u8; 32]) -> RawSocket {
    let mut socket = RawSocket::connect(stage.server.address(), "/api/relay", None)
        .await
        .unwrap();
    socket
        .binary(RelayHello { grant: Grant(*grant) }.encode())
        .await
        .unwrap();
    socket
}

#[tokio::test]
async fn a_grant_works_once() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    let offer = stage.agent.offer().await.unwrap();
    let (mut viewer, mut agent) = couple(&stage.server, &opening, (&offer, &stage.machine)).await;
    for grant in [&opening.ticket.grant, &offer.grant.0] {
        assert_eq!(say_hello(&stage, grant).await.closed().await.unwrap().0, 4401);
    }
    // The session they belong to did not notice.
    let text = farol_protocol::pipe::message::clipboard::ClipboardMessage::of_text("still here");
    viewer
        .send(farol_protocol::pipe::message::ToAgent::Clipboard(text))
        .await
        .unwrap();
    agent.message().await.unwrap();
}

#[tokio::test]
async fn a_grant_of_a_session_that_is_over_opens_nothing() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    stage.console.delete(&opening.path).await.unwrap();
    assert_eq!(
        say_hello(&stage, &opening.ticket.grant)
            .await
            .closed()
            .await
            .unwrap()
            .0,
        4401
    );
}

#[tokio::test]
async fn made_up_grants_are_refused() {
    let stage = Stage::new().await;
    assert_eq!(say_hello(&stage, &[9; 32]).await.closed().await.unwrap().0, 4401);
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_before_their_grant_is_looked_at() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    let address = stage.server.address();
    let mut foreign = RawSocket::connect(address, "/api/relay", Some("https://evil.example"))
        .await
        .unwrap();
    // It may have been closed before this is written.
    if foreign
        .binary(
            RelayHello {
                grant: Grant(opening.ticket.grant),
            }
            .encode(),
        )
        .await
        .is_ok()
    {
        assert_eq!(foreign.closed().await.unwrap().0, 4403);
    }
    // The grant is not used up by that; our own page gets in.
    let offer = stage.agent.offer().await.unwrap();
    let own = format!("http://{address}");
    let mut socket = RawSocket::connect(address, "/api/relay", Some(&own))
        .await
        .unwrap();
    socket
        .binary(
            RelayHello {
                grant: Grant(opening.ticket.grant),
            }
            .encode(),
        )
        .await
        .unwrap();
    let mut agent = say_hello(&stage, &offer.grant.0).await;
    socket.message().await.unwrap();
    agent.message().await.unwrap();
}

#[tokio::test]
async fn a_viewer_that_waits_hears_why_the_session_ended() {
    let mut stage = Stage::new().await;
    let opening = stage.ask().await;
    let mut viewer = say_hello(&stage, &opening.ticket.grant).await;
    grant_used(&stage).await;
    stage.console.delete(&opening.path).await.unwrap();
    assert_eq!(viewer.closed().await.unwrap(), (4410, "technician_ended".into()));
}

/// Waits until one of the grants was shown.
async fn grant_used(stage: &Stage) {
    use sea_orm::ConnectionTrait;

    let used = "SELECT hash FROM relay_grants WHERE used_at IS NOT NULL";
    let looking = async {
        while stage
            .server
            .ctx()
            .db
            .read()
            .query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, used))
            .await
            .unwrap()
            .is_none()
        {
            tokio::task::yield_now().await;
        }
    };
    farol_testkit::soon("a grant to be used", looking).await.unwrap();
}
