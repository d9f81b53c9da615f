//! `cargo xtask up`: from a checkout to a signed-in browser tab in one command.
//!
//! The order: look at everything that can be wrong (tools, disk, port, another `up`), install, build, start the server,
//! find or start a display, enroll this machine once, start its agent, print the link, wait for the end.
//! Here: that order. The virtual display is in [`desktop`], talking to the server's health route in [`health`].
//!
//! All state is in one folder (`./data`): the server's database, the agent's state in `agent/`, logs in `logs/`.

mod desktop;
mod health;

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::proc::{self, Interrupt, Role, Services};
use crate::{console, disk, packages, progress, repo};

/// A release build of everything, from nothing; less is needed later, but never much less.
const BUILD_MIB: u64 = 4096;
/// The database, its write-ahead log, logs.
const DATA_MIB: u64 = 256;
/// Migrations on a slow disk; ordinarily well below a second.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// From the start of the agent until its link stands; ordinarily well below a second.
const CONNECTED_WITHIN: Duration = Duration::from_secs(30);

/// What the command line asked for.
pub(crate) struct Options {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// The folder of all state; relative to the current folder.
    pub(crate) data: PathBuf,
    /// The X display to show, as in `DISPLAY`.
    pub(crate) display: Option<String>,
    /// Whether this machine is enrolled and shown.
    pub(crate) agent: bool,
    /// Install packages without asking.
    pub(crate) yes: bool,
}

/// Builds, starts and supervises everything until Ctrl-C.
///
/// # Errors
/// With a sentence that names what failed and what to do. Everything that was started is stopped before.
pub(crate) fn up(options: &Options) -> Result<()> {
    let started = Instant::now();
    let data = prepare_data(&options.data)?;
    let _lock = lock(&data)?;
    let logs = data.join("logs");
    let interrupt = Interrupt::install()?;

    println!("Farol: {}", data.display());
    console::require_node()?;
    disk::require(&repo::target_dir(), BUILD_MIB, "building")?;
    disk::require(&data, DATA_MIB, "the server's data")?;
    require_free_port(options.port)?;
    let display = wanted_display(options)?;
    let mut groups = vec![packages::BUILD];
    if matches!(display, Display::Virtual) {
        groups.push(packages::DESKTOP);
    }
    packages::require(&groups, options.yes)?;
    console::install(&logs, Some(&interrupt))?;
    console::build(&logs, Some(&interrupt))?;
    build_programs(&logs, &interrupt)?;

    let mut services = Services::new(logs, interrupt);
    let place = Place {
        url: format!("http://127.0.0.1:{}", options.port),
        port: options.port,
        data,
    };
    let result = start_and_stay(options, &display, &place, &mut services, started);
    let interrupted = services.interrupt().is_set();
    if interrupted {
        println!("\n  stopping");
    }
    services.stop();
    if interrupted {
        println!("  stopped; the data stays in {}", place.data.display());
        return Ok(());
    }
    result
}

/// Where this server is.
struct Place {
    url: String,
    port: u16,
    data: PathBuf,
}

enum Display {
    None,
    /// An existing one, as in `DISPLAY`.
    Existing(String),
    Virtual,
}

fn start_and_stay(
    options: &Options,
    display: &Display,
    place: &Place,
    services: &mut Services,
    started: Instant,
) -> Result<()> {
    progress::step("starting the server", |_| start_server(place, services))?;
    let desktop = match display {
        Display::None => None,
        Display::Existing(name) => Some(desktop::Desktop {
            display: name.clone(),
            environment: Vec::new(),
            note: "this display",
        }),
        Display::Virtual => Some(progress::step(
            "starting a virtual display with a few programs",
            |_| desktop::start(services, &place.data),
        )?),
    };
    if let Some(desktop) = &desktop {
        enroll(place, services)?;
        progress::step("starting this machine's agent", |_| {
            start_agent(place, services, desktop)
        })
        .or_else(|error| {
            if services.interrupt().is_set() {
                Err(error)
            } else {
                enroll_anew_next_time(place, error)
            }
        })?;
    }
    announce(options, place, desktop.as_ref(), started)?;
    services.supervise()
}

fn prepare_data(data: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(data.join("logs")).with_context(|| {
        format!(
            "the data folder {} cannot be created; choose another with --data DIR",
            data.display()
        )
    })?;
    data.canonicalize()
        .with_context(|| format!("finding {}", data.display()))
}

/// Two of us on one data folder would fight over it; the lock goes with this process, however it ends.
fn lock(data: &Path) -> Result<File> {
    let path = data.join("up.lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| {
            format!(
                "{} cannot be written; choose another data folder with --data DIR",
                path.display()
            )
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another `cargo xtask up` is running on {}; stop it, or choose another data folder with --data DIR \
             and another port with --port N",
            data.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).context("locking the data folder"),
    }
}

fn require_free_port(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "port {port} on 127.0.0.1 cannot be used ({error}); end the program that has it, or choose another: \
             cargo xtask up --port {}",
            if port < u16::MAX { port + 1 } else { 8480 }
        ),
    }
}

fn wanted_display(options: &Options) -> Result<Display> {
    if !options.agent {
        return Ok(Display::None);
    }
    if let Some(name) = &options.display {
        if !desktop::is_usable(name) {
            bail!("the display {name} cannot be reached; leave --display out to get a virtual one");
        }
        return Ok(Display::Existing(name.clone()));
    }
    Ok(match std::env::var("DISPLAY") {
        Ok(name) if !name.is_empty() && desktop::is_usable(&name) => Display::Existing(name),
        _ => Display::Virtual,
    })
}

fn build_programs(logs: &Path, interrupt: &Interrupt) -> Result<()> {
    progress::step("building farol and farol-agent (release)", |last| {
        let mut build = repo::cargo();
        build.args([
            "build",
            "--release",
            "--locked",
            "-p",
            "farol-server",
            "-p",
            "farol-agent",
        ]);
        proc::run_logged(&mut build, &logs.join("build.log"), last, Some(interrupt))
    })
}

fn farol(place: &Place) -> Command {
    let mut farol = Command::new(repo::built("release", "farol"));
    farol
        .env("FAROL_DATA", &place.data)
        .env("FAROL_LISTEN", format!("127.0.0.1:{}", place.port));
    farol
}

fn start_server(place: &Place, services: &mut Services) -> Result<()> {
    let mut server = farol(place);
    server.arg("serve");
    services.start("farol", Role::Essential, &server, false)?;
    let port = place.port;
    services.wait_until("farol", READY_WITHIN, || health::is_ready(port))
}

fn agent(place: &Place) -> Command {
    let mut agent = Command::new(repo::built("release", "farol-agent"));
    agent.args(["--state".as_ref(), place.data.join("agent").as_os_str()]);
    agent
}

/// An agent that does not come up may have been removed in the console: the next start enrolls it again.
fn enroll_anew_next_time(place: &Place, error: anyhow::Error) -> Result<()> {
    let marker = enrolled_marker(place);
    std::fs::remove_file(&marker).with_context(|| format!("removing {}", marker.display()))?;
    Err(error.context("the agent did not start; run `cargo xtask up` again to enroll this machine anew"))
}

fn enrolled_marker(place: &Place) -> PathBuf {
    place.data.join("agent").join("enrolled-by-up")
}

/// Gives this machine its identity, once for each data folder.
fn enroll(place: &Place, services: &Services) -> Result<()> {
    let title = "enrolling this machine";
    let state = place.data.join("agent");
    // The server knows its machines by the database; a state that belongs to another database is worth nothing.
    let marker = enrolled_marker(place);
    if marker.is_file() {
        progress::skip(title, "already enrolled");
        return Ok(());
    }
    progress::step(title, |last| {
        std::fs::create_dir_all(&state).with_context(|| format!("creating {}", state.display()))?;
        let mut create = farol(place);
        create.args([
            "enrollment-token",
            "create",
            "--name",
            "cargo xtask up",
            "--uses",
            "1",
        ]);
        // Nobody is there yet who could agree; whoever runs this has done so.
        create.args(["--expires", "1h", "--approval", "automatic"]);
        let printed = proc::output(&mut create)?;
        let token = printed
            .split_whitespace()
            .find(|word| word.starts_with("farol_enr_"))
            .context("`farol enrollment-token create` printed no token")?;
        let mut enroll = agent(place);
        enroll
            .args(["enroll", "--replace", "--server", &place.url])
            .env("FAROL_TOKEN", token);
        let log = services.log_of("enroll");
        proc::run_logged(&mut enroll, &log, last, Some(services.interrupt()))?;
        std::fs::write(&marker, "").with_context(|| format!("writing {}", marker.display()))
    })
}

fn start_agent(place: &Place, services: &mut Services, desktop: &desktop::Desktop) -> Result<()> {
    let mut run = agent(place);
    run.args(["run", "--display", &desktop.display])
        .env("DISPLAY", &desktop.display);
    for (name, value) in &desktop.environment {
        run.env(name, value);
    }
    services.start("farol-agent", Role::Essential, &run, false)?;
    services.wait_until("farol-agent", CONNECTED_WITHIN, || {
        proc::output(agent(place).arg("status")).is_ok()
    })
}

fn announce(
    options: &Options,
    place: &Place,
    desktop: Option<&desktop::Desktop>,
    started: Instant,
) -> Result<()> {
    let printed = proc::output(farol(place).arg("sign-in-link"))?;
    let link = printed
        .split_whitespace()
        .find(|word| word.starts_with("http"))
        .context("`farol sign-in-link` printed no link")?;
    println!("\nReady after {}.\n", progress::seconds(started.elapsed()));
    println!("  console   {}", place.url);
    println!("  sign in   {link}");
    println!(
        "            (works once, for 15 minutes; a new one: cargo xtask up again, or `farol sign-in-link`)"
    );
    if let Some(desktop) = desktop {
        println!("  machine   {} ({})", desktop.display, desktop.note);
    }
    println!("  logs      {}", place.data.join("logs").display());
    if options.agent {
        println!("\nCtrl-C stops the server, the agent and everything else that was started here.");
    } else {
        println!("\nCtrl-C stops the server.");
    }
    Ok(())
}
