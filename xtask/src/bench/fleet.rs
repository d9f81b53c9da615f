//! `cargo xtask bench fleet`: builds the server and the program that plays a whole fleet, and runs it.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::BUILD_MIB;
use crate::{disk, packages, proc, progress, repo};

/// What the command line asked for.
pub(crate) struct Options {
    /// `sqlite` or `postgres`.
    pub(crate) engine: Option<String>,
    /// Numbers of agents, with commas between them.
    pub(crate) sizes: Option<String>,
    /// Install packages without asking.
    pub(crate) yes: bool,
}

impl Options {
    /// What the program is told.
    fn arguments(&self) -> Result<Vec<String>> {
        let engine = self.engine.as_deref().unwrap_or("sqlite");
        if !["sqlite", "postgres"].contains(&engine) {
            bail!("there is no database `{engine}`; there are sqlite and postgres");
        }
        let mut arguments = vec![engine.to_owned()];
        for size in self.sizes.iter().flat_map(|sizes| sizes.split(',')) {
            let agents: u32 = size
                .parse()
                .with_context(|| format!("--sizes wants numbers of agents, not `{size}`"))?;
            arguments.push(agents.to_string());
        }
        Ok(arguments)
    }
}

/// Measures and prints a table for each size.
///
/// # Errors
/// When something that is needed is missing or a program fails.
pub(crate) fn bench(options: &Options) -> Result<()> {
    let arguments = options.arguments()?;
    disk::require(&repo::target_dir(), BUILD_MIB, "building")?;
    packages::require(&[packages::BUILD], options.yes)?;
    let log = repo::target_dir().join("xtask/logs/build.log");
    progress::step("building farol and the agents (release)", |last| {
        let mut build = repo::cargo();
        build.args(["build", "--release", "--locked"]);
        build.args(["-p", "farol-server", "-p", "farol-testkit"]);
        build.args(["--bin", "farol", "--bin", "fleet-bench"]);
        proc::run_logged(&mut build, &log, last, None)
    })?;
    let mut run = Command::new(repo::built("release", "fleet-bench"));
    run.current_dir(repo::root()).args(arguments);
    proc::run(&mut run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(engine: Option<&str>, sizes: Option<&str>) -> Result<String> {
        let options = Options {
            engine: engine.map(str::to_owned),
            sizes: sizes.map(str::to_owned),
            yes: false,
        };
        Ok(options.arguments()?.join(" "))
    }

    #[test]
    fn the_program_is_told_what_the_command_line_said() {
        assert!(told(None, None).is_ok_and(|told| told == "sqlite"));
        assert!(told(Some("postgres"), Some("500,1000")).is_ok_and(|told| told == "postgres 500 1000"));
        assert!(told(Some("oracle"), None).is_err());
        assert!(told(None, Some("many")).is_err());
    }
}
