//! A throw-away PostgreSQL cluster in a temporary directory, reached by a Unix socket only.
//!
//! PostgreSQL refuses to run as root, so under root it runs as the user `postgres` that its package made. The cluster is
//! stopped when the value is dropped; nothing else on the machine is touched.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do when something is missing.
const INSTALL: &str = "the store suite needs PostgreSQL: install the Debian package `postgresql`";

pub struct Cluster {
    directory: tempfile::TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
}

impl Cluster {
    /// Makes and starts one; about two seconds.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("farol-pg-").tempdir().unwrap();
        let cluster = Self {
            programs: programs(),
            user: other_user(directory.path()),
            directory,
        };
        std::fs::set_permissions(cluster.directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let data = cluster.data();
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, PermissionsExt::from_mode(0o700)).unwrap();
        if let Some((user, group)) = cluster.user {
            chown(&data, Some(user), Some(group)).unwrap();
        }
        let data = data.to_str().unwrap().to_owned();
        cluster.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "app",
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
        );
        let options = format!(
            "-k {data} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
             -c max_connections=60"
        );
        let log = format!("{data}/log");
        cluster.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        );
        cluster
    }

    /// Makes an empty database and returns its URL.
    pub fn database(&self, name: &str) -> String {
        let socket = self.data();
        let socket = socket.to_str().unwrap();
        self.run("createdb", &["-h", socket, "-U", "app", name]);
        format!("postgres://app@localhost/{name}?host={socket}")
    }

    /// Makes a database like one that nobody is connected to, and returns its URL.
    pub fn copy(&self, name: &str, of: &str) -> String {
        let socket = self.data();
        let socket = socket.to_str().unwrap();
        self.run("createdb", &["-h", socket, "-U", "app", "-T", of, name]);
        format!("postgres://app@localhost/{name}?host={socket}")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; {INSTALL}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} failed: {errors}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        if data.join("postmaster.pid").exists() {
            // Signals the process whose id is in the directory, and waits for it.
            self.run(
                "pg_ctl",
                &["-D", data.to_str().unwrap(), "-m", "immediate", "-w", "stop"],
            );
        }
    }
}

/// The newest installed version's programs; Debian keeps them out of the path.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return bin;
    }
    std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .find(|folder| folder.join("initdb").exists())
        .unwrap_or_else(|| panic!("{INSTALL}"))
}

/// User and group `postgres`, when this process is root; recognized by whose directory the temporary one is.
fn other_user(own: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(own).unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .unwrap_or_else(|| panic!("{INSTALL}"));
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}
