//! What an identity that does not come means.

use super::*;
use crate::config::Status;

/// What is told when the server gave no identity, by what the agent noted last.
async fn told(link: &str, code: &str, detail: &str) -> Result<Ending, HelpError> {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::locate(Some(folder.path().join("state"))).unwrap();
    state.create().unwrap();
    let status = Status {
        link: link.into(),
        code: code.into(),
        detail: detail.into(),
        ..Status::default()
    };
    state.save_status(&status).unwrap();
    not_enrolled("https://help.example", &state, Limits::default()).await
}

#[tokio::test(start_paused = true)]
async fn a_server_that_gives_no_identity_and_does_not_refuse_is_out_of_reach() {
    for code in ["server_unreachable", "server_busy"] {
        let error = told("enrolling", code, "it is asleep").await.unwrap_err();
        assert_eq!(error.code(), "server_unreachable");
        let said = error.to_string();
        assert!(said.contains("help.example") && said.contains("asleep"), "{said}");
    }
    let silent = told("", "", "").await.unwrap_err();
    assert_eq!(silent.code(), "server_unreachable");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_has_to_approve_is_waited_for() {
    let since = Instant::now();
    assert_eq!(
        told("waiting_for_approval", "", "").await.unwrap(),
        Ending::NobodyCame
    );
    assert_eq!(since.elapsed(), Limits::default().waiting);
}
