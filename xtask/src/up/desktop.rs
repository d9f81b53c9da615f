//! A virtual display with a few programs on it, for machines that have no screen: something to see and touch.
//!
//! The display is private: only programs that know its cookie (a file in the data folder) can open it.
//! The window manager's own rules place the windows, so that they do not depend on how fast each program starts.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::proc::{self, Role, Services};

const SIZE: &str = "1920x1080x24";
const BACKGROUND: &str = "#27566b";
const READY_WITHIN: Duration = Duration::from_secs(20);

/// A display the agent can show.
pub(crate) struct Desktop {
    /// As in `DISPLAY`.
    pub(crate) display: String,
    /// What programs on it need in their environment.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// For the person: what this display is.
    pub(crate) note: &'static str,
}

/// Whether programs started here could open `display`.
pub(crate) fn is_usable(display: &str) -> bool {
    let mut ask = Command::new("xset");
    ask.args(["-display", display, "q"]);
    if proc::find("xset").is_some() {
        return proc::output(&mut ask).is_ok();
    }
    // Without a program to ask, a socket that answers has to do.
    let number = display
        .trim_start_matches(':')
        .split('.')
        .next()
        .unwrap_or_default();
    std::os::unix::net::UnixStream::connect(format!("/tmp/.X11-unix/X{number}")).is_ok()
}

/// Starts Xvfb, a session bus, a window manager and three programs.
///
/// # Errors
/// When the display does not come up; the text ends with what it said.
pub(crate) fn start(services: &mut Services, data: &Path) -> Result<Desktop> {
    let folder = data.join("desktop");
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let cookie = write_cookie(&folder)?;
    let display = start_display(services, &cookie)?;
    let mut environment = vec![
        ("DISPLAY", display.clone()),
        ("XAUTHORITY", cookie.display().to_string()),
        // Programs of another desktop, of the person's own session, are none of our business.
        ("GDK_BACKEND", "x11".to_owned()),
        ("NO_AT_BRIDGE", "1".to_owned()),
    ];
    if !std::env::var("LANG").is_ok_and(|lang| lang.to_lowercase().contains("utf")) {
        environment.push(("LC_ALL", "C.UTF-8".to_owned()));
    }
    environment.push(("DBUS_SESSION_BUS_ADDRESS", start_bus(services, &environment)?));
    let desktop = Desktop {
        display,
        environment,
        note: "a virtual display, 1920×1080",
    };
    start_programs(services, &desktop, &folder)?;
    Ok(desktop)
}

/// An X authority file with one random cookie, valid for whichever display number is free.
fn write_cookie(folder: &Path) -> Result<PathBuf> {
    const NAME: &[u8] = b"MIT-MAGIC-COOKIE-1";
    let mut cookie = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut cookie)?;
    // Family "wild", no address, no display number: each a big-endian 16-bit length and that many bytes.
    let mut entry = vec![0xff, 0xff, 0, 0, 0, 0, 0, u8::try_from(NAME.len())?];
    entry.extend_from_slice(NAME);
    entry.extend_from_slice(&[0, 16]);
    entry.extend_from_slice(&cookie);
    let path = folder.join("xauthority");
    std::fs::write(&path, entry).with_context(|| format!("writing {}", path.display()))?;
    let only_mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, only_mine)?;
    Ok(path)
}

fn start_display(services: &mut Services, cookie: &Path) -> Result<String> {
    let mut xvfb = Command::new("Xvfb");
    xvfb.args([
        "-displayfd",
        "1",
        "-screen",
        "0",
        SIZE,
        "-nolisten",
        "tcp",
        "-noreset",
        "-dpi",
        "96",
    ]);
    xvfb.arg("-auth").arg(cookie);
    let Some(out) = services.start("Xvfb", Role::Essential, &xvfb, true)? else {
        bail!("the virtual display could not be asked for its number");
    };
    // Read apart, so that a display that never answers is given up on.
    let (send, number) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if BufReader::new(out).read_line(&mut line).is_ok() && send.send(line.trim().to_owned()).is_err() {
            // Nobody waits any more.
        }
    });
    let mut display = None;
    services.wait_until("Xvfb", READY_WITHIN, || {
        display = number.try_recv().ok().filter(|text| !text.is_empty());
        display.is_some()
    })?;
    display
        .map(|number| format!(":{number}"))
        .context("the virtual display told no number")
}

/// A session bus of its own: desktop programs must not talk to those of another desktop.
fn start_bus(services: &mut Services, environment: &[(&'static str, String)]) -> Result<String> {
    let mut bus = Command::new("dbus-daemon");
    bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
    bus.envs(environment.iter().map(|(name, value)| (*name, value)));
    let Some(out) = services.start("dbus-daemon", Role::Optional, &bus, true)? else {
        bail!("the session bus could not be asked for its address");
    };
    let mut address = String::new();
    BufReader::new(out)
        .read_line(&mut address)
        .context("asking the session bus for its address")?;
    Ok(address.trim().to_owned())
}

fn start_programs(services: &mut Services, desktop: &Desktop, folder: &Path) -> Result<()> {
    let rules = folder.join("openbox.xml");
    std::fs::write(&rules, window_rules()?).with_context(|| format!("writing {}", rules.display()))?;
    let welcome = folder.join("welcome.txt");
    if !welcome.exists() {
        std::fs::write(&welcome, WELCOME).with_context(|| format!("writing {}", welcome.display()))?;
    }
    let home = std::env::var("HOME").unwrap_or_else(|_| "/".to_owned());
    let rules = rules.display().to_string();
    let welcome = welcome.display().to_string();
    // Rules place windows that appear after the window manager; it says by a file that it is there.
    let managed = folder.join("openbox.ready");
    std::fs::remove_file(&managed).or_else(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })?;
    let tell = format!("touch '{}'", managed.display());
    let terminal = [
        "-title",
        "Terminal",
        "-fa",
        "DejaVu Sans Mono",
        "-fs",
        "12",
        "-geometry",
        "90x24",
    ];
    let programs: [(&'static str, Role, Vec<&str>); 5] = [
        ("xsetroot", Role::Optional, vec!["-solid", BACKGROUND]),
        (
            "openbox",
            Role::Essential,
            vec!["--config-file", &rules, "--startup", &tell],
        ),
        ("xterm", Role::Optional, terminal.to_vec()),
        ("pcmanfm", Role::Optional, vec!["--no-desktop", &home]),
        ("mousepad", Role::Optional, vec![&welcome]),
    ];
    for (name, role, args) in programs {
        let mut program = Command::new(name);
        program.args(args).current_dir(&home);
        program.envs(desktop.environment.iter().map(|(name, value)| (*name, value)));
        services.start(name, role, &program, false)?;
        if name == "openbox" {
            services.wait_until(name, READY_WITHIN, || managed.exists())?;
        }
    }
    Ok(())
}

const WELCOME: &str = "\
Welcome to Farol.

This text editor, the terminal and the file manager run on a virtual display of this machine.
You see them in your browser; your mouse, keyboard and clipboard reach them from there.

Type something here: ã ç é ü ß ñ € work, whatever your keyboard.
";

/// The system's window manager settings with a place for each of our windows.
fn window_rules() -> Result<String> {
    const SYSTEM: &str = "/etc/xdg/openbox/rc.xml";
    const END: &str = "</applications>";
    let system = std::fs::read_to_string(SYSTEM).with_context(|| format!("reading {SYSTEM}"))?;
    let mut rules = String::new();
    for (class, x, y, width, height) in [
        ("XTerm", 60, 60, 0, 0),
        ("Mousepad", 900, 120, 900, 460),
        ("Pcmanfm", 480, 560, 920, 440),
    ] {
        let size = if width > 0 {
            format!("<size><width>{width}</width><height>{height}</height></size>")
        } else {
            String::new()
        };
        rules.push_str(&format!(
            "<application class=\"{class}\" type=\"normal\">\
             <position force=\"yes\"><x>{x}</x><y>{y}</y></position>{size}</application>\n"
        ));
    }
    if !system.contains(END) {
        bail!("{SYSTEM} has no place for window rules ({END})");
    }
    // The settings of the bare system point to a menu and themes that need not be there; openbox copes.
    Ok(system.replacen(END, &format!("{rules}{END}"), 1))
}
