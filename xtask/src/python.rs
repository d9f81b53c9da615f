//! Python packages that tests talk to: each set in an environment of its own below the target directory, never in the system's.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::repo::{self, Stamp};
use crate::{proc, progress};

/// Debian's own interpreter: its package `python3-venv` is Debian's, too.
const PYTHON: &str = "/usr/bin/python3";

/// Installs what `requirements.txt` in `folder` names, whole and by its hashes where it has some, when that changed since the last time. `name` is the environment's,
/// where tests look for its interpreter: `xtask/peers/<name>/bin/python` in the target directory.
///
/// # Errors
/// When the environment cannot be made, or the package registry is away or has something else.
pub(crate) fn install_peer(title: &str, (name, folder): (&str, &str), logs: &Path) -> Result<()> {
    let folder = repo::root().join(folder);
    let place = repo::target_dir().join("xtask/peers").join(name);
    let log = logs.join(format!("pip-{name}.log"));
    let stamp = Stamp::new(&format!("pip-{name}"), &folder, &["requirements.txt"])?;
    let python = place.join("bin/python");
    if stamp.is_current() && python.is_file() {
        progress::skip(title, "unchanged");
        return Ok(());
    }
    progress::step(title, |last| {
        let mut make = Command::new(PYTHON);
        make.args(["-m", "venv", "--clear"]).arg(&place);
        proc::run_logged(&mut make, &log, last, None).context(
            "no environment for Python packages could be made; is the Debian package python3-venv there?",
        )?;
        let mut install = Command::new(&python);
        install
            .args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--no-deps",
            ])
            .args(["--only-binary", ":all:", "--requirement"])
            .arg(folder.join("requirements.txt"));
        proc::run_logged(&mut install, &log, last, None)
            .context("the Python packages could not be installed; is the package registry reachable?")?;
        stamp.write()
    })
}
