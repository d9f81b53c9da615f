//! [`Disk`]: what an agent keeps on its machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use farol_agent::backends::Backends;
use farol_agent::config::{Cause, Pending, Standing, StateDir};
use farol_agent::enroll::{About, Decision, ask};
use farol_protocol::token::EnrollmentToken;
use farol_transport::ServerUrl;
use tempfile::TempDir;

use crate::FakeMachine;
use crate::server::copy_files;

/// What an agent keeps on its machine's disk, in a folder that goes with it: a story copies it (a clone), puts an older copy
/// back (a restored snapshot) or starts with an empty one (a reinstalled system).
pub struct Disk(TempDir);

impl Disk {
    /// An empty one.
    ///
    /// # Errors
    /// The system's.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    /// The agent's folder on it.
    #[must_use]
    pub fn state(&self) -> StateDir {
        StateDir::at(self.0.path().join("state"))
    }

    /// A copy, bit for bit.
    ///
    /// # Errors
    /// The system's.
    pub fn copy(&self) -> anyhow::Result<Self> {
        let copy = Self::new()?;
        copy.restore(self)?;
        Ok(copy)
    }

    /// Becomes what `earlier` is.
    ///
    /// # Errors
    /// The system's.
    pub fn restore(&self, earlier: &Self) -> anyhow::Result<()> {
        self.wipe()?;
        self.state().create()?;
        copy_files(earlier.state().path(), self.state().path())
    }

    /// Forgets everything, as an installation of the system does.
    ///
    /// # Errors
    /// The system's.
    pub fn wipe(&self) -> anyhow::Result<()> {
        let state = self.state();
        if state.path().exists() {
            std::fs::remove_dir_all(state.path())?;
        }
        Ok(())
    }

    /// Notes that the machine is to enroll with this token, as `farol-agent enroll` does before it asks.
    ///
    /// # Errors
    /// The token is none; the system's.
    pub fn ask_with(&self, server: SocketAddr, token: &str) -> anyhow::Result<()> {
        let pending = pending(server, token, Cause::Asked)?;
        Ok(self.state().save_pending(&pending)?)
    }

    /// The same for a server behind TLS, at a URL, perhaps with an authority of its own.
    ///
    /// # Errors
    /// The URL or the token is none; the system's.
    pub fn ask_at(&self, url: &str, token: &str, ca_file: Option<PathBuf>) -> anyhow::Result<()> {
        let server = ServerUrl::parse(url, false)?;
        let pending = Pending {
            server,
            ca_file,
            ..pending(([127, 0, 0, 1], 1).into(), token, Cause::Asked)?
        };
        Ok(self.state().save_pending(&pending)?)
    }

    /// Takes the identity off, as `farol-agent prepare-image` does: each copy enrolls with this token when it starts.
    ///
    /// # Errors
    /// The token is none; the system's.
    pub fn prepare_image(&self, server: SocketAddr, token: &str) -> anyhow::Result<()> {
        let pending = pending(server, token, Cause::Image)?;
        Ok(self.state().reduce_to(&pending)?)
    }

    /// Asks once for what is pending.
    ///
    /// # Errors
    /// The server refuses, or somebody has to approve first.
    pub async fn enroll(&self, machine: &Arc<FakeMachine>) -> anyhow::Result<()> {
        let state = self.state();
        let about = About {
            facts: machine.facts(),
            evidence: farol_agent::facts::evidence(machine.evidence()),
        };
        tokio::task::spawn_blocking(move || {
            let Standing::Pending(mut pending) = state.standing()? else {
                bail!("nothing is pending");
            };
            let applicant = state.applicant(&mut pending)?;
            match ask(&pending, &applicant, &about)? {
                Decision::Enrolled(enrollment) => Ok(state.adopt(&enrollment, applicant.install)?),
                Decision::Waiting { .. } => bail!("somebody has to approve first"),
            }
        })
        .await?
    }
}

fn pending(server: SocketAddr, token: &str, cause: Cause) -> anyhow::Result<Pending> {
    Ok(Pending {
        server: ServerUrl::parse(&format!("http://{server}"), false)?,
        allow_insecure: false,
        ca_file: None,
        server_key: None,
        token: EnrollmentToken::parse(token)?,
        cause,
        applicant: None,
        refused: None,
    })
}
