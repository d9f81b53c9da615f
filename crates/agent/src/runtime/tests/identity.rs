//! What an agent proves and believes, as it changes: counted hellos, copies, keys of machine and server, and the ways in
//! which a server does not want a machine.

use farol_protocol::identity::ServerIdentity;
use farol_protocol::ids::{InstallId, MachineId};
use farol_protocol::link::{IdentityUpdate, Secret};
use farol_protocol::token::EnrollmentToken;

use super::server::{MACHINE, identity, machine_key};
use super::*;

fn next_identity() -> ServerIdentity {
    ServerIdentity::from_seed(&[60; 32])
}

/// An enrolled agent that has never said hello.
fn enrolled(server: &TestServer) -> Disk {
    let disk = Disk::new();
    disk.state.save(&server.enrollment()).unwrap();
    disk
}

#[tokio::test]
async fn every_hello_is_counted_and_says_what_the_machine_is() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    let first = server.link().await.about.installation;
    assert_eq!(first.counter, 1);
    let there = farol_platform::evidence::fake::evidence("box");
    assert_eq!(Some(first.evidence.board_serial), there.board_serial);
    assert_eq!(first.evidence.disk_serials, there.disk_serials);
    server.drop_link();
    let second = server.link().await.about.installation;
    assert_eq!((second.id, second.counter), (first.id, 2));
    let agent = start_on(agent.crash().await, &machine);
    let third = server.link().await.about.installation;
    assert_eq!((third.id, third.counter), (first.id, 3));
    agent.stop().await;
}

#[tokio::test]
async fn a_disk_that_takes_nothing_does_not_keep_help_away() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    let first = server.link().await.about.installation;
    let file = agent.disk.state.path().join("install.json");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    server.drop_link();
    let second = server.link().await.about.installation;
    assert_eq!((second.id, second.counter), (first.id, 2));
    server.drop_link();
    assert_eq!(server.link().await.about.installation.counter, 3);
    agent.stop().await;
}

#[tokio::test]
async fn what_the_server_prescribes_is_where_it_goes_on() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    assert!(server.hello().await.is_ok());
    server.welcome(Some((40, InstallId([9; 16])))).await;
    server.drop_link();
    let next = server.link().await.about.installation;
    assert_eq!((next.id, next.counter), (InstallId([9; 16]), 41));
    let disk = agent.crash().await;
    assert_eq!(disk.state.install().unwrap().counter, 41);
}

#[tokio::test]
async fn a_blocked_machine_is_quiet_and_comes_back() {
    let (_machine, mut server, agent, mut viewer) = connected().await;
    server
        .goodbye(GoodbyeReason::Blocked, Some(Duration::from_secs(1)))
        .await;
    assert_eq!(viewer.closed().await.code, CloseCode::Done, "sessions end");
    assert!(server.hello().await.is_ok());
    let status = agent.disk.state.load_status().unwrap();
    assert_eq!(
        (status.link.as_str(), status.code.as_str()),
        ("blocked", "machine_blocked")
    );
    assert_eq!(status.sessions, 0);
    server
        .goodbye(GoodbyeReason::Quarantined, Some(Duration::from_secs(1)))
        .await;
    server.link().await;
    let disk = agent.stop().await;
    assert_eq!(disk.state.load_status().unwrap().link, "stopped");
}

#[tokio::test]
async fn a_refused_machine_does_not_come_back() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    assert!(server.hello().await.is_ok());
    server.goodbye(GoodbyeReason::Refused, None).await;
    let (disk, result) = agent.over().await;
    assert!(matches!(result, Err(RunError::NotEnrolled(_))), "{result:?}");
    assert_eq!(disk.state.load_status().unwrap().code, "refused");
}

#[tokio::test]
async fn a_copy_becomes_a_machine_of_its_own() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    let copied = server.hello().await.ok().unwrap().about.installation.id;
    let token = EnrollmentToken::new([4; 32], &identity().public());
    server.state().reidentify(Secret(token.reveal()));
    server.flush().await;
    let ask = server.asked().await;
    assert_eq!(ask.text("token"), token.reveal());
    assert_ne!(ask.key(), machine_key().public());
    assert_ne!(ask.text("install_id"), copied.to_string());
    // The power goes before the answer comes.
    let (key, install) = (ask.key(), ask.text("install_id"));
    let agent = start_on(agent.crash().await, &machine);
    let ask = server.asked().await;
    assert_eq!((ask.key(), ask.text("install_id")), (key, install.clone()));
    let own = MachineId([70; 16]);
    ask.enroll(&identity(), own).await;
    server.known = vec![key];
    let hello = server.link().await;
    assert_eq!((hello.machine, hello.key), (own, key));
    let installation = hello.about.installation;
    assert_eq!((installation.id.to_string(), installation.counter), (install, 1));
    let disk = agent.stop().await;
    assert!(disk.state.load_pending().unwrap().is_none());
    assert_eq!(disk.state.load().unwrap().key.public(), key);
}

#[tokio::test]
async fn a_machine_key_is_changed() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    server.link().await;
    server.state().rotate_key().unwrap();
    let ServerLinkEvent::NewMachineKey(offer) = server.event().await else {
        panic!("a new key")
    };
    let keys = (&machine_key().public(), &offer.key);
    assert_eq!(
        keys.0.verify_rotation(MACHINE, keys, &offer.signature_by_old),
        Ok(())
    );
    assert_eq!(
        keys.1.verify_rotation(MACHINE, keys, &offer.signature_by_new),
        Ok(())
    );
    assert_eq!(agent.disk.state.next_key().unwrap().unwrap().public(), offer.key);
    server.state().accept_key(&offer.key).unwrap();
    server.flush().await;
    server.known = vec![offer.key];
    // Once more over the same link: the key that counts now signs.
    server.state().rotate_key().unwrap();
    let ServerLinkEvent::NewMachineKey(second) = server.event().await else {
        panic!("another new key")
    };
    let keys = (&offer.key, &second.key);
    assert_ne!(keys.0, keys.1);
    assert_eq!(
        keys.0.verify_rotation(MACHINE, keys, &second.signature_by_old),
        Ok(())
    );
    // This one the server does not take.
    server.drop_link();
    assert_eq!(server.hello().await.err(), Some(second.key));
    assert_eq!(server.link().await.key, offer.key);
    let disk = agent.stop().await;
    assert_eq!(disk.state.load().unwrap().key.public(), offer.key);
    assert_eq!(disk.state.next_key().unwrap().unwrap().public(), second.key);
}

#[tokio::test]
async fn a_crash_while_keys_change_leaves_one_that_is_known() {
    let machine = FakeMachine::new();
    for server_took_it in [true, false] {
        let mut server = TestServer::start().await;
        let agent = start(&machine, &server);
        server.link().await;
        server.state().rotate_key().unwrap();
        let ServerLinkEvent::NewMachineKey(offer) = server.event().await else {
            panic!("a new key")
        };
        let agent = start_on(agent.crash().await, &machine);
        let taken = if server_took_it {
            server.known = vec![offer.key];
            offer.key
        } else {
            assert_eq!(server.hello().await.err(), Some(offer.key), "the next one first");
            machine_key().public()
        };
        assert_eq!(server.link().await.key, taken);
        // Asked again, it does not make another one.
        if !server_took_it {
            server.state().rotate_key().unwrap();
            let ServerLinkEvent::NewMachineKey(again) = server.event().await else {
                panic!("a new key")
            };
            assert_eq!(again.key, offer.key);
        }
        // The welcome was read when the next link comes.
        server.drop_link();
        while server.hello().await.err() == Some(offer.key) {}
        let disk = agent.stop().await;
        assert_eq!(disk.state.load().unwrap().key.public(), taken);
    }
}

#[tokio::test]
async fn a_machine_that_is_known_by_neither_key_stops() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let disk = enrolled(&server);
    let next = disk.state.make_next_key().unwrap().public();
    server.known = Vec::new();
    let agent = start_on(disk, &machine);
    assert_eq!(server.hello().await.err(), Some(next));
    assert_eq!(server.hello().await.err(), Some(machine_key().public()));
    let (_disk, result) = agent.over().await;
    assert!(matches!(result, Err(RunError::NotEnrolled(_))), "{result:?}");
}

#[tokio::test]
async fn the_servers_identity_is_changed_with_both_believed_meanwhile() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    server.link().await;
    let next = next_identity().public();
    let update = IdentityUpdate {
        next,
        signature: identity().sign_next(&next),
    };
    server.state().update_identity(update).unwrap();
    assert_eq!(
        server.event().await,
        ServerLinkEvent::IdentityPinned(next.hash8())
    );
    // The server was set back to before it had the next one.
    server.drop_link();
    server.disbelieved().await;
    assert_eq!(server.link().await.trusts, identity().public());
    // Now it has it, and the agent learns of it after a restart.
    let agent = start_on(agent.crash().await, &machine);
    server.identities = vec![next_identity()];
    assert_eq!(server.link().await.trusts, next);
    server.drop_link();
    assert_eq!(server.link().await.trusts, next);
    // From then on the old one is nobody.
    server.identities = vec![identity()];
    server.drop_link();
    server.disbelieved().await;
    let disk = agent.stop().await;
    let kept = disk.state.load().unwrap();
    assert_eq!((kept.server_key, kept.next_server_key), (next, None));
}

#[tokio::test]
async fn a_forged_identity_is_not_believed() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    server.link().await;
    let next = next_identity().public();
    let forged = IdentityUpdate {
        next,
        signature: next_identity().sign_next(&next),
    };
    server.state().update_identity(forged).unwrap();
    server.flush().await;
    assert_eq!(server.link().await.trusts, identity().public());
    let disk = agent.stop().await;
    assert_eq!(disk.state.load().unwrap().next_server_key, None);
}
