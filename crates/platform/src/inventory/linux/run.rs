//! A program that is asked for something: its time and output are bounded, and nothing of ours is in its surroundings.

use std::io::Read as _;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use farol_inventory::ProblemCode;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::root::Sensors;

/// Longest that a program may take; a busy machine's rpm takes seconds.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Most bytes that a program may print: 20,000 packages or 4,000 services.
const OUTPUT_MAX: usize = 4 << 20;

/// How often a program that closed its output is looked after.
const END_STEP: Duration = Duration::from_millis(5);

/// Where programs of the system are.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// What a program printed; a problem of `field` when it did not do well. Only of the system that runs.
pub(super) fn run(sensors: &mut Sensors<'_>, field: &str, program: &str, args: &[&str]) -> Option<String> {
    run_for(sensors, field, program, args, TIME_MAX)
}

/// The same for a program that needs longer.
pub(super) fn run_for(
    sensors: &mut Sensors<'_>,
    field: &str,
    program: &str,
    args: &[&str],
    time: Duration,
) -> Option<String> {
    if !sensors.root().runs() {
        sensors.note(
            field,
            ProblemCode::NotAvailable,
            format!("{program}: the system does not run"),
        );
        return None;
    }
    match output(program, args, time, OUTPUT_MAX) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err((code, detail)) => {
            sensors.note(field, code, format!("{program}: {detail}"));
            None
        }
    }
}

type Failure = (ProblemCode, String);

fn failed(error: impl ToString) -> Failure {
    (ProblemCode::Failed, error.to_string())
}

fn output(program: &str, args: &[&str], time: Duration, most: usize) -> Result<Vec<u8>, Failure> {
    let until = Instant::now() + time;
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .envs([("PATH", PATH), ("LC_ALL", "C")])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => (ProblemCode::NotAvailable, error.to_string()),
            _ => failed(error),
        })?;
    match collect(&mut child, until, most) {
        Ok(bytes) => end(&mut child, until).map(|()| bytes),
        Err(failure) => {
            stop(&mut child);
            Err(failure)
        }
    }
}

fn collect(child: &mut Child, until: Instant, most: usize) -> Result<Vec<u8>, Failure> {
    let mut pipe = child.stdout.take().ok_or_else(|| failed("no output"))?;
    let mut bytes = Vec::new();
    let mut piece = vec![0; 16 << 10];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(took_too_long());
        }
        let left = Timespec::try_from(left).map_err(failed)?;
        match poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Err(took_too_long()),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(failed(error)),
        }
        let length = pipe.read(&mut piece).map_err(failed)?;
        if length == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(piece.get(..length).unwrap_or_default());
        if bytes.len() > most {
            return Err((ProblemCode::CutOff, format!("more than {most} bytes")));
        }
    }
}

/// Waits for the end of a program that closed its output.
fn end(child: &mut Child, until: Instant) -> Result<(), Failure> {
    loop {
        match child.try_wait().map_err(failed)? {
            Some(status) if status.success() => return Ok(()),
            // It is waited for: its number may be another's already, and nobody is to be ended by it.
            Some(status) => return Err(failed(status)),
            None if Instant::now() >= until => {
                stop(child);
                return Err(took_too_long());
            }
            None => std::thread::sleep(END_STEP),
        }
    }
}

fn took_too_long() -> Failure {
    (ProblemCode::TimedOut, "took too long".into())
}

/// Ends what a program started, and itself if it did not end already. Nobody may have waited for it yet: until then its number
/// and that of its group are no others'.
fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group
        && kill_process_group(group, Signal::KILL).is_err()
    {
        // There is nothing left of it.
    }
    if child.wait().is_err() {
        // Somebody else waited for it: it is gone in any case.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, time: u64, most: usize) -> Result<Vec<u8>, ProblemCode> {
        let time = Duration::from_millis(time);
        output("sh", &["-c", script], time, most).map_err(|(code, _)| code)
    }

    #[test]
    fn programs_are_bounded() {
        assert_eq!(shell("echo a; echo b >&2", 60_000, 10), Ok(b"a\n".to_vec()));
        assert_eq!(shell("echo a; exit 3", 60_000, 10), Err(ProblemCode::Failed));
        assert_eq!(shell("yes", 60_000, 1000), Err(ProblemCode::CutOff));
        assert_eq!(
            shell("echo a; exec >&-; sleep 600", 300, 10),
            Err(ProblemCode::TimedOut)
        );
        let nothing = output("no-such-program-here", &[], TIME_MAX, 10);
        assert_eq!(nothing.unwrap_err().0, ProblemCode::NotAvailable);
    }

    #[test]
    fn what_a_program_started_ends_with_it() {
        let started = Instant::now();
        assert_eq!(
            shell("sleep 600 & sleep 600", 300, 10),
            Err(ProblemCode::TimedOut)
        );
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn what_an_ended_program_left_behind_ends_too() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // The shell is gone long before the time is over; what it started holds its output open.
        let script = format!("sleep 600 & echo $! > {}", file.path().display());
        assert_eq!(shell(&script, 2_000, 10), Err(ProblemCode::TimedOut));
        let number = std::fs::read_to_string(file.path()).unwrap();
        let number: u32 = number.trim().parse().unwrap();
        // Nobody may have waited for it yet; of what has ended there is no command line.
        let command = format!("/proc/{number}/cmdline");
        let until = Instant::now() + Duration::from_secs(60);
        while std::fs::read(&command).is_ok_and(|bytes| !bytes.is_empty()) {
            assert!(Instant::now() < until, "it runs on");
            std::thread::sleep(END_STEP);
        }
    }

    #[test]
    fn nothing_of_ours_is_told_to_programs() {
        let env = shell("env", 60_000, 1000).unwrap();
        let env = String::from_utf8(env).unwrap();
        let names: Vec<&str> = env.lines().filter_map(|line| line.split('=').next()).collect();
        assert!(
            names
                .iter()
                .all(|name| ["PATH", "LC_ALL", "PWD", "SHLVL", "_"].contains(name)),
            "{names:?}"
        );
    }
}
