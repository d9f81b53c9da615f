//! When the operating system asks the agent to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits until the agent is to stop: a terminate or interrupt signal (Ctrl-C). Where these cannot be had the agent runs
/// until it is killed.
pub(crate) async fn stop_requested() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// As [`stop_requested`], and when the terminal that the program was started in goes away.
pub(crate) async fn stop_requested_or_left() {
    let left = async {
        match signal(SignalKind::hangup()) {
            Ok(mut hangup) => drop(hangup.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop_requested() => {}
        () = left => {}
    }
}

/// Does something, on a thread of its own, when the program is to stop. For what comes after a runtime that listened: once it
/// did, signals end nothing by themselves any more.
///
/// # Errors
/// The system's, when there can be no more threads.
pub(crate) fn on_stop(act: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let listen = move || {
        runtime.block_on(stop_requested_or_left());
        act();
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen)?;
    Ok(())
}
