//! [`Cluster`]: a PostgreSQL cluster of one's own in a temporary folder, with every write as safe as in production.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// A running cluster; stopped when this is dropped.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    /// Whose processes they are when this one is root's: PostgreSQL refuses to be root's.
    user: Option<(u32, u32)>,
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Errors
    /// No PostgreSQL is installed, or it does not start.
    pub fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("farol-bench-").tempdir()?;
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755))?;
        let cluster = Self {
            programs: programs()?,
            user: other_user(folder.path())?,
            folder,
        };
        let data = cluster.data();
        std::fs::create_dir(&data)?;
        std::fs::set_permissions(&data, PermissionsExt::from_mode(0o700))?;
        if let Some((user, group)) = cluster.user {
            chown(&data, Some(user), Some(group))?;
        }
        let data = data.to_string_lossy().into_owned();
        let new = [
            "-D",
            &data,
            "-U",
            "app",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ];
        cluster.run("initdb", &new)?;
        let (options, log) = (format!("-k {data} -c listen_addresses="), format!("{data}/log"));
        cluster.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        )?;
        cluster.run("createdb", &["-h", &data, "-U", "app", "bench"])?;
        Ok(cluster)
    }

    /// Its empty database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://app@localhost/bench?host={}", self.data().display())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let output = command
            .output()
            .with_context(|| format!("{program} does not start"))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{program} failed: {errors}");
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data().to_string_lossy().into_owned();
        if let Err(error) = self.run("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]) {
            eprintln!("{error:#}");
        }
    }
}

/// The newest version that Debian's package `postgresql` installed.
fn programs() -> anyhow::Result<PathBuf> {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").context("install the Debian package `postgresql`")?;
    let newest = versions
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
        .max();
    Ok(newest
        .context("no version of PostgreSQL is installed")?
        .1
        .join("bin"))
}

fn other_user(own: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    if std::fs::metadata(own)?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.context("there is no user `postgres`")?.split(':').skip(2);
    let mut number = || fields.next()?.parse().ok();
    Ok(Some((
        number().context("no user id")?,
        number().context("no group id")?,
    )))
}
