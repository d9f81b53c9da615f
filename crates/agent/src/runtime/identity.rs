//! What the running agent proves and what it believes, and how both change without a moment in which a crash would strand
//! the machine: everything is on disk before it is said or used.
//!
//! ```text
//! machine key:  present ──asked for another──▶ present + next (kept, then offered) ──accepted──▶ next is the present one
//! server key:   pinned ──update signed by it──▶ pinned + next (kept, then confirmed) ──next proved──▶ next is the pinned one
//! ```
//! While there are two of a kind, the next one is tried first, since it may be all that is still good: the other side may have
//! switched just before the connection broke. The present one is tried when the next one is refused.

use std::io;

use farol_protocol::identity::{MachineKey, MachinePublicKey, ServerPublicKey};
use farol_protocol::link::Welcome;
use farol_protocol::pipe::PipeKey;

use crate::config::{ConfigError, Enrollment, Install, StateDir};
use crate::link::Proof;
use crate::random;

/// Identity and trust of a running agent.
#[derive(Debug)]
pub(super) struct Identity {
    state: StateDir,
    enrollment: Enrollment,
    install: Install,
    next_key: Option<MachineKey>,
    pipe_key: PipeKey,
    /// Which of the two keys the next hello names.
    use_next_key: bool,
    /// The other of the two was refused just now.
    key_refused: bool,
    use_next_server: bool,
    server_refused: bool,
}

impl Identity {
    /// The identity as it is on disk.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn load(state: StateDir, enrollment: Enrollment) -> Result<Self, ConfigError> {
        let next_key = state.next_key()?;
        let pipe_key = match state.pipe_key() {
            Ok(key) => key,
            // As good as a kept one until the next start: the server is told the present one with each link.
            Err(error) => {
                tracing::warn!(%error, "the key for pipes cannot be kept");
                let seed = random::bytes().map_err(|source| ConfigError::Io {
                    path: state.path().to_owned(),
                    source,
                })?;
                PipeKey::from_seed(seed)
            }
        };
        Ok(Self {
            pipe_key,
            use_next_key: next_key.is_some(),
            use_next_server: enrollment.next_server_key.is_some(),
            install: state.install()?,
            state,
            enrollment,
            next_key,
            key_refused: false,
            server_refused: false,
        })
    }

    pub(super) fn enrollment(&self) -> &Enrollment {
        &self.enrollment
    }

    /// What viewers' pipes are opened with.
    pub(super) fn pipe_key(&self) -> &PipeKey {
        &self.pipe_key
    }

    /// What to open the next link with.
    pub(super) fn proof(&self) -> Proof {
        let next_key = self.next_key.as_ref().filter(|_| self.use_next_key);
        let next_server = self.enrollment.next_server_key.filter(|_| self.use_next_server);
        Proof {
            machine: self.enrollment.machine,
            key: next_key.unwrap_or(&self.enrollment.key).clone(),
            server: next_server.unwrap_or(self.enrollment.server_key),
        }
    }

    /// Every server key that is believed now, the newest first.
    pub(super) fn believed(&self) -> impl Iterator<Item = ServerPublicKey> {
        [self.enrollment.next_server_key, Some(self.enrollment.server_key)]
            .into_iter()
            .flatten()
    }

    /// Counts the next hello. A full disk must not keep anybody from helping: it is then counted in memory, and a restart
    /// before the disk takes it looks to the server like a restored snapshot, which it sorts out.
    pub(super) async fn count_hello(&mut self) -> Install {
        match self.on_disk(StateDir::count_hello).await {
            Ok(install) if install.counter > self.install.counter || install.id != self.install.id => {
                self.install = install;
            }
            kept => {
                if let Err(error) = kept {
                    tracing::warn!(%error, "the count of hellos cannot be kept");
                }
                self.install.counter = self.install.counter.saturating_add(1);
            }
        }
        self.install
    }

    /// The server took this link: what proved itself on it is the present one, and what it prescribes is kept first of all.
    pub(super) async fn welcomed(&mut self, welcome: &Welcome) {
        if welcome.counter.is_some() || welcome.install_id.is_some() {
            self.install = Install {
                id: welcome.install_id.unwrap_or(self.install.id),
                counter: welcome.counter.unwrap_or(self.install.counter),
            };
            let install = self.install;
            tracing::info!(install_id = %install.id, counter = install.counter, "the server prescribes where to go on");
            let kept = self.on_disk(move |state| state.save_install(&install)).await;
            note(kept, "what the server prescribes cannot be kept");
        }
        (self.key_refused, self.server_refused) = (false, false);
        if self.use_next_key {
            self.promote_key().await;
        }
        if self.use_next_server
            && let Some(next) = self.enrollment.next_server_key
        {
            tracing::info!(
                identity = next.fingerprint(),
                "the server's new identity is the pinned one now"
            );
            let proven = Enrollment {
                server_key: next,
                next_server_key: None,
                ..self.enrollment.clone()
            };
            self.take(proven).await;
        }
    }

    /// A key to offer to the server, which asked for one.
    ///
    /// # Errors
    /// It cannot be kept; it must not be offered then.
    pub(super) async fn make_next_key(&mut self) -> Result<MachineKey, ConfigError> {
        let key = self.on_disk(StateDir::make_next_key).await?;
        self.next_key = Some(key.clone());
        // The answer may be lost: from now on it is the one to try first.
        self.use_next_key = true;
        Ok(key)
    }

    /// The server took a key.
    pub(super) async fn key_accepted(&mut self, accepted: &MachinePublicKey) {
        let expected = self.next_key.as_ref().map(MachineKey::public);
        if expected.as_ref() == Some(accepted) {
            self.promote_key().await;
        } else if *accepted != self.enrollment.key.public() {
            tracing::warn!(
                key = accepted.fingerprint(),
                "the server accepted a key that was not offered"
            );
        }
    }

    async fn promote_key(&mut self) {
        let Some(next) = self.next_key.clone() else { return };
        tracing::info!(key = next.public().fingerprint(), "the machine has a new key");
        self.enrollment.key = next;
        let kept = self.on_disk(StateDir::promote_next_key).await;
        if kept.is_ok() {
            self.next_key = None;
            self.use_next_key = false;
        }
        // Otherwise both stay on disk, and the next one is tried first after a restart.
        note(kept, "the new key does not take the old one's place yet");
    }

    /// The pinned server named its successor; true when it is kept and may be confirmed.
    pub(super) async fn trust_next(&mut self, next: ServerPublicKey) -> bool {
        if self.believed().any(|known| known == next) {
            return true;
        }
        tracing::info!(
            identity = next.fingerprint(),
            "the server names its next identity"
        );
        let both = Enrollment {
            next_server_key: Some(next),
            ..self.enrollment.clone()
        };
        self.take(both).await
    }

    /// Believes it once it is on disk. Otherwise all stays as it was, on disk and here: the server must not count on what a
    /// restart forgets.
    async fn take(&mut self, enrollment: Enrollment) -> bool {
        let keeping = enrollment.clone();
        let kept = self.on_disk(move |state| state.save_place(&keeping)).await;
        let kept = note(kept, "the server's identity cannot be kept");
        if kept {
            self.use_next_server = enrollment.next_server_key.is_some();
            self.enrollment = enrollment;
        }
        kept
    }

    /// The server does not know the key just tried; true when the other one is worth a try.
    pub(super) fn try_other_key(&mut self) -> bool {
        if self.next_key.is_none() {
            return false;
        }
        self.use_next_key = !self.use_next_key;
        self.key_refused = !self.key_refused;
        self.key_refused
    }

    /// What answered is not the server that was believed; true when the other identity is worth a try.
    pub(super) fn try_other_server(&mut self) -> bool {
        if self.enrollment.next_server_key.is_none() {
            return false;
        }
        self.use_next_server = !self.use_next_server;
        self.server_refused = !self.server_refused;
        self.server_refused
    }

    /// Writing and syncing takes as long as the disk likes; input of sessions does not wait for it.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StateDir) -> Result<T, ConfigError> + Send + 'static,
    ) -> Result<T, ConfigError> {
        let state = self.state.clone();
        let path = state.path().to_owned();
        let done = tokio::task::spawn_blocking(move || work(&state)).await;
        done.unwrap_or_else(|lost| {
            Err(ConfigError::Io {
                path,
                source: io::Error::other(lost),
            })
        })
    }
}

/// Logs what could not be kept; the agent goes on with what it has in memory.
fn note(kept: Result<(), ConfigError>, what: &str) -> bool {
    if let Err(error) = &kept {
        tracing::error!(%error, "{what}");
    }
    kept.is_ok()
}
