//! Child processes: run to the end with their output seen or kept, or kept running and stopped in good order.
//!
//! INVARIANT: only processes started here are ever ended, by their own id or process group. Children that keep running
//! have a process group each, so Ctrl-C in a terminal reaches this program alone and it decides the order of the end.
//! Where `setpriv` exists they also ask the kernel to be told when this program dies without a chance to say so.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::progress::LastLine;

/// How often a waiting loop looks at its children and at the interrupt flag.
const TICK: Duration = Duration::from_millis(50);
/// How long a child may take to end after it was asked to; then it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How much of the end of a log is shown when something failed.
const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 16 * 1024;

/// Set when the person or the system asked this program to stop (SIGINT, SIGTERM, SIGHUP).
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes over the stop signals of this process.
    pub(crate) fn install() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("taking over the stop signals")?;
        }
        Ok(Self(flag))
    }

    /// Whether a stop was asked for.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The full path of `program` when it is on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    // Debian keeps some programs where an ordinary user's search path does not look.
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|dir| dir.join(program))
        .find(|candidate| candidate.is_file())
}

fn describe(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let args = command
        .get_args()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect::<Vec<_>>();
    format!("{} {}", name.to_string_lossy(), args.join(" "))
        .trim()
        .to_owned()
}

/// Runs `command` to its end and returns what it wrote to standard output.
///
/// # Errors
/// When it cannot be started or fails; the text ends with what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` could not be started", describe(command)))?;
    if !out.status.success() {
        let text = String::from_utf8_lossy(&out.stderr);
        bail!("`{}` failed ({}): {}", describe(command), out.status, text.trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs `command` to its end; its output goes where this program's goes.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` could not be started", describe(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs `command` to its end; its output is shown as it comes, and each line of it is given to `seen`.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run_shown(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<()> {
    let what = describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{what}` could not be started"))?;
    let out = child
        .stdout
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let err = child
        .stderr
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let (send, lines) = std::sync::mpsc::channel::<String>();
    std::thread::scope(|scope| {
        for pipe in [out, err].into_iter().flatten() {
            let send = send.clone();
            scope.spawn(move || {
                let mut reader = BufReader::new(pipe);
                let mut line = Vec::new();
                while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                    let said = String::from_utf8_lossy(&line).trim_end().to_owned();
                    if send.send(said).is_err() {
                        // Nobody reads any more.
                        return;
                    }
                    line.clear();
                }
            });
        }
        drop(send);
        for line in lines {
            println!("{line}");
            seen(&line);
        }
    });
    let status = child.wait()?;
    if !status.success() {
        bail!("`{what}` failed ({status})");
    }
    Ok(())
}

/// Runs `command` to its end with its output in `log` and its last line in `last`. Stops it when interrupted.
///
/// # Errors
/// When it cannot be started, fails or is interrupted; the text ends with the last lines of the log.
pub(crate) fn run_logged(
    command: &mut Command,
    log: &Path,
    last: &LastLine,
    interrupt: Option<&Interrupt>,
) -> Result<()> {
    let what = describe(command);
    let file = create_log(log)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("`{what}` could not be started"))?;
    let out = child
        .stdout
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let err = child
        .stderr
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let status = std::thread::scope(|scope| {
        for pipe in [out, err].into_iter().flatten() {
            let file = &file;
            scope.spawn(move || keep_lines(pipe, file, last));
        }
        wait(&mut child, interrupt)
    })?;
    if interrupt.is_some_and(Interrupt::is_set) {
        bail!("stopped while `{what}` was running");
    }
    if !status.success() {
        bail!(
            "`{what}` failed ({status}); the end of {}:\n{}",
            log.display(),
            tail(log)
        );
    }
    Ok(())
}

fn keep_lines(pipe: Box<dyn Read + Send>, mut file: &File, last: &LastLine) {
    let mut kept = true;
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        last.set(&line);
        // A full disk must not hide the program's own failure, which is reported by its status.
        if kept && let Err(error) = writeln!(file, "{line}") {
            kept = false;
            println!("    its output is kept no more: {error}");
        }
    }
}

/// Waits for `child`, the leader of its own process group; asks the group to end when interrupted.
fn wait(child: &mut Child, interrupt: Option<&Interrupt>) -> Result<ExitStatus> {
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupt.is_some_and(Interrupt::is_set) {
            match asked {
                None => {
                    signal_group(child, Signal::TERM);
                    asked = Some(Instant::now());
                }
                Some(since) if since.elapsed() > STOP_WITHIN => signal_group(child, Signal::KILL),
                Some(_) => {}
            }
        }
        std::thread::sleep(TICK);
    }
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Signals the process group that `child` leads. The caller holds the child unreaped, so the id is still its own.
fn signal_group(child: &Child, signal: Signal) {
    if let Some(pid) = pid_of(child)
        && rustix::process::kill_process_group(pid, signal).is_err()
    {
        // Nobody of the group is left, which is what is wanted.
    }
}

/// Opens a fresh log file; the previous one is kept beside it with `.1` at its end.
fn create_log(log: &Path) -> Result<File> {
    if let Some(parent) = log.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    }
    if log.exists() {
        let mut old = log.as_os_str().to_owned();
        old.push(".1");
        std::fs::rename(log, &old).with_context(|| format!("keeping the previous {}", log.display()))?;
    }
    File::create(log).with_context(|| format!("creating {}", log.display()))
}

/// The last lines of a log, indented; empty when it cannot be read.
pub(crate) fn tail(log: &Path) -> String {
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
        file.read_to_end(&mut text)
    });
    if read.is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines[from..]
        .iter()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What the end of a kept child means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything stops when it ends by itself.
    Essential,
    /// A program a person may close; its end is nobody's business.
    Optional,
}

struct Service {
    name: &'static str,
    role: Role,
    child: Child,
    log: PathBuf,
}

/// The children that keep running. Dropping it stops them all, the newest first.
pub(crate) struct Services {
    logs: PathBuf,
    running: Vec<Service>,
    interrupt: Interrupt,
}

impl Services {
    /// Nothing runs yet; every child will log to a file of its name in `logs`.
    pub(crate) fn new(logs: PathBuf, interrupt: Interrupt) -> Self {
        Self {
            logs,
            running: Vec::new(),
            interrupt,
        }
    }

    /// The file in which the child called `name` logs.
    pub(crate) fn log_of(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// The stop signal this program listens to.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Starts `command` and keeps it. With `capture` its standard output is returned instead of logged.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(
        &mut self,
        name: &'static str,
        role: Role,
        command: &Command,
        capture: bool,
    ) -> Result<Option<std::process::ChildStdout>> {
        let log = self.log_of(name);
        let file = create_log(&log)?;
        let mut tied = tied_to_us(command);
        let out = if capture {
            Stdio::piped()
        } else {
            Stdio::from(file.try_clone()?)
        };
        let mut child = tied
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        let out = child.stdout.take();
        self.running.push(Service {
            name,
            role,
            child,
            log,
        });
        Ok(out)
    }

    /// Waits until `ready` says yes, a child dies, the time is over, or a stop is asked for.
    ///
    /// # Errors
    /// Names what was waited for and shows the end of the log of `name`.
    pub(crate) fn wait_until(
        &mut self,
        name: &str,
        within: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            self.check()?;
            if self.interrupt.is_set() {
                bail!("stopped while waiting for {name}");
            }
            if started.elapsed() > within {
                let log = self.log_of(name);
                bail!(
                    "{name} was not ready within {} s; the end of {}:\n{}",
                    within.as_secs(),
                    log.display(),
                    tail(&log)
                );
            }
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    /// Looks whether a child has ended. Optional ones are forgotten.
    ///
    /// # Errors
    /// When an essential child ended: which one, how, and the last lines of its log.
    pub(crate) fn check(&mut self) -> Result<()> {
        let mut index = 0;
        while index < self.running.len() {
            if !has_ended(&self.running[index].child) {
                index += 1;
                continue;
            }
            let mut ended = self.running.remove(index);
            // What the child left behind in its group goes with it; the id is held until `wait` below.
            signal_group(&ended.child, Signal::TERM);
            let status = ended.child.wait()?;
            if ended.role == Role::Essential {
                bail!(
                    "{} ended by itself ({status}); the end of {}:\n{}",
                    ended.name,
                    ended.log.display(),
                    tail(&ended.log)
                );
            }
        }
        Ok(())
    }

    /// Stays until a stop is asked for or an essential child ends.
    ///
    /// # Errors
    /// As [`Services::check`].
    pub(crate) fn supervise(&mut self) -> Result<()> {
        while !self.interrupt.is_set() {
            self.check()?;
            std::thread::sleep(TICK * 2);
        }
        Ok(())
    }

    /// Stops all children, the newest first, each with its whole group; asks before it forces.
    pub(crate) fn stop(&mut self) {
        while let Some(mut service) = self.running.pop() {
            let started = Instant::now();
            signal_group(&service.child, Signal::TERM);
            while !has_ended(&service.child) && started.elapsed() < STOP_WITHIN {
                std::thread::sleep(TICK / 5);
            }
            if !has_ended(&service.child) {
                eprintln!(
                    "  {} did not end within {} s and is killed",
                    service.name,
                    STOP_WITHIN.as_secs()
                );
            }
            // Also when the leader is gone: what it started and left behind is in its group.
            signal_group(&service.child, Signal::KILL);
            if let Err(error) = service.child.wait() {
                println!("  {} cannot be waited for: {error}", service.name);
            }
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether `child` has ended; does not reap it, so its process id stays taken.
fn has_ended(child: &Child) -> bool {
    let Some(pid) = pid_of(child) else { return true };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(rustix::process::waitid(WaitId::Pid(pid), options), Ok(None))
}

/// The same command, ended by the kernel when this program dies (`kill -9`), where `setpriv` is there to arrange it.
fn tied_to_us(command: &Command) -> Command {
    let Some(setpriv) = find("setpriv") else {
        return copy_of(command, Command::new(command.get_program()));
    };
    let mut tied = Command::new(setpriv);
    tied.args(["--pdeathsig", "TERM", "--"])
        .arg(command.get_program());
    copy_of(command, tied)
}

fn copy_of(command: &Command, mut to: Command) -> Command {
    to.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        to.current_dir(dir);
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(name: &str) -> Services {
        let logs = std::env::temp_dir().join(format!("farol-xtask-{}-{name}", std::process::id()));
        Services::new(logs, Interrupt(Arc::default()))
    }

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    fn exists(pid: &str) -> bool {
        Path::new("/proc").join(pid.trim()).exists()
    }

    #[test]
    fn stopping_takes_the_whole_group_along() {
        let mut services = services("group");
        let script = shell("sleep 600 & echo $!; wait");
        let out = services
            .start("parent", Role::Essential, &script, true)
            .unwrap()
            .unwrap();
        let mut grandchild = String::new();
        BufReader::new(out).read_line(&mut grandchild).unwrap();
        assert!(exists(&grandchild));
        services.stop();
        let given_up = Instant::now() + Duration::from_secs(10);
        while exists(&grandchild) && Instant::now() < given_up {
            std::thread::sleep(TICK);
        }
        assert!(!exists(&grandchild));
    }

    #[test]
    fn the_end_of_an_essential_child_is_told_with_its_last_words() {
        let mut services = services("words");
        services
            .start(
                "talker",
                Role::Essential,
                &shell("echo last words >&2; exit 3"),
                false,
            )
            .unwrap();
        let error = services
            .wait_until("talker", Duration::from_secs(20), || false)
            .unwrap_err()
            .to_string();
        assert!(error.contains("talker ended by itself"), "{error}");
        assert!(error.contains("last words"), "{error}");
    }

    #[test]
    fn the_end_of_an_optional_child_is_nobodys_business() {
        let mut services = services("optional");
        services
            .start("closed", Role::Optional, &shell("exit 0"), false)
            .unwrap();
        let mut asked = 0;
        services
            .wait_until("nothing", Duration::from_secs(20), || {
                asked += 1;
                asked > 10
            })
            .unwrap();
        services.check().unwrap();
    }

    #[test]
    fn a_failing_program_is_named_with_the_end_of_its_log() {
        let log = std::env::temp_dir().join(format!("farol-xtask-{}.log", std::process::id()));
        let last = LastLine::default();
        let error = run_logged(&mut shell("echo one; echo two >&2; exit 4"), &log, &last, None).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("one") && text.contains("two") && text.contains("exit status: 4"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error() {
        assert!(output(&mut Command::new("farol-no-such-program")).is_err());
    }
}
