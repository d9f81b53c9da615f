//! Whether people can see the desktop: screen saver, sleeping monitors, lock screens, log-on screens.
//!
//! X11 has no word for "locked". Lock screens are windows that cover everything and bypass the window manager; the known
//! ones are recognized by their class. Locks that look otherwise are not noticed: then the technician simply sees the
//! lock screen. Log-on screens are recognized likewise, and those that have a display of their own by whose it is. Sleeping monitors are announced by servers with DPMS 1.2; older ones are asked when something is drawn.

use std::time::{Duration, Instant};

use x11rb::connection::RequestConnection;
use x11rb::protocol::dpms::{self, ConnectionExt as _, DPMSMode};
use x11rb::protocol::screensaver::{self, ConnectionExt as _, State};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState, Window};

use super::super::{Layout, ScreenState};
use crate::display::linux_x11::{Display, RequestFailure};

/// Classes of lock screens, in lower case.
const LOCKERS: [&str; 12] = [
    "i3lock",
    "xsecurelock",
    "slock",
    "xlock",
    "xtrlock",
    "xscreensaver",
    "mate-screensaver",
    "cinnamon-screensaver",
    "xfce4-screensaver",
    "gnome-screensaver",
    "kscreenlocker_greet",
    "light-locker",
];

/// Classes of log-on screens, in lower case.
const GREETERS: [&str; 9] = [
    "lightdm-gtk-greeter",
    "slick-greeter",
    "unity-greeter",
    "arctica-greeter",
    "web-greeter",
    "sddm-greeter",
    "sddm-greeter-qt6",
    "lxdm-greeter-gtk",
    "xlogin",
];

/// How often servers that do not announce sleeping monitors are asked, at most.
const DPMS_INTERVAL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct StateTracker {
    saver: bool,
    asleep: bool,
    /// Windows of lock and log-on screens that are mapped.
    fronts: Vec<(Window, ScreenState)>,
    /// The display is a log-on screen's own, whose account this is.
    greeter: Option<String>,
    /// When to ask for the monitors' sleep next; `None` where the server tells or knows nothing.
    next_dpms: Option<Instant>,
    told: ScreenState,
}

impl StateTracker {
    /// Reads the state and asks for events.
    pub(super) fn new(
        display: &Display,
        layout: &Layout,
        greeter: Option<String>,
    ) -> Result<Self, RequestFailure> {
        let mut tracker = Self {
            saver: false,
            asleep: false,
            fronts: Vec::new(),
            greeter,
            next_dpms: None,
            told: ScreenState::Live,
        };
        let (conn, root) = (&display.conn, display.root());
        if conn
            .extension_information(screensaver::X11_EXTENSION_NAME)?
            .is_some()
        {
            conn.screensaver_query_version(1, 1)?.reply()?;
            conn.screensaver_select_input(root, screensaver::Event::NOTIFY_MASK)?;
            let info = conn.screensaver_query_info(root)?.reply()?;
            tracker.saver = State::from(info.state) == State::ON;
        }
        if conn.extension_information(dpms::X11_EXTENSION_NAME)?.is_some()
            && conn.dpms_capable()?.reply()?.capable
        {
            let version = conn.dpms_get_version(1, 2)?.reply()?;
            if (version.server_major_version, version.server_minor_version) >= (1, 2) {
                conn.dpms_select_input(dpms::EventMask::INFO_NOTIFY)?;
            } else {
                tracker.next_dpms = Some(Instant::now());
            }
            tracker.ask_dpms(display)?;
        }
        for window in conn.query_tree(root)?.reply()?.children {
            let attributes = conn.get_window_attributes(window)?.reply();
            // Windows may vanish at any time; then the answer is an error and the window no lock.
            let Ok(attributes) = attributes else { continue };
            if attributes.map_state == MapState::VIEWABLE {
                tracker.window_mapped(display, layout, (window, attributes.override_redirect))?;
            }
        }
        Ok(tracker)
    }

    /// The state, if it is another one than last told.
    pub(super) fn changed(&mut self) -> Option<ScreenState> {
        let state = self.current();
        (state != self.told).then(|| {
            self.told = state.clone();
            state
        })
    }

    /// True when `changed` has something to tell.
    pub(super) fn is_news(&self) -> bool {
        self.current() != self.told
    }

    fn current(&self) -> ScreenState {
        match (self.fronts.first(), &self.greeter) {
            (Some((_, front)), _) => front.clone(),
            (None, Some(account)) => ScreenState::LogOn(account.clone()),
            (None, None) if self.asleep => ScreenState::Blank("the monitors sleep".into()),
            (None, None) if self.saver => ScreenState::Blank("a screen saver is on".into()),
            (None, None) => ScreenState::Live,
        }
    }

    pub(super) fn saver_changed(&mut self, state: State) {
        self.saver = matches!(state, State::ON | State::CYCLE);
    }

    pub(super) fn power_changed(&mut self, enabled: bool, level: DPMSMode) {
        self.asleep = enabled && level != DPMSMode::ON;
    }

    /// Asks for sleeping monitors where the server does not tell, not too often.
    pub(super) fn ask_now_and_then(&mut self, display: &Display) -> Result<(), RequestFailure> {
        let now = Instant::now();
        if self.next_dpms.is_some_and(|next| now >= next) {
            self.next_dpms = Some(now + DPMS_INTERVAL);
            self.ask_dpms(display)?;
        }
        Ok(())
    }

    fn ask_dpms(&mut self, display: &Display) -> Result<(), RequestFailure> {
        let info = display.conn.dpms_info()?.reply()?;
        self.power_changed(info.state, info.power_level);
        Ok(())
    }

    /// A window appeared: of a program, or a lock or log-on screen. With it, whether it bypasses the window manager.
    pub(super) fn window_mapped(
        &mut self,
        display: &Display,
        layout: &Layout,
        (window, bypasses): (Window, bool),
    ) -> Result<(), RequestFailure> {
        let geometry = display.conn.get_geometry(window)?;
        let class = display
            .conn
            .get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?;
        let (Ok(geometry), Ok(class)) = (geometry.reply(), class.reply()) else {
            return Ok(());
        };
        let covers = |width: u32, height: u32| {
            u32::from(geometry.width) >= width && u32::from(geometry.height) >= height
        };
        let covers_all = covers(layout.width, layout.height)
            || layout
                .monitors
                .iter()
                .any(|monitor| covers(monitor.area.width, monitor.area.height));
        let class = String::from_utf8_lossy(&class.value).to_lowercase();
        let one_of = |known: &[&str]| class.split('\0').find(|name| known.contains(name));
        let front = match (one_of(&LOCKERS), one_of(&GREETERS)) {
            (Some(locker), _) if bypasses => ScreenState::Locked(locker.to_owned()),
            // There is no window manager that it could bypass.
            (_, Some(greeter)) => ScreenState::LogOn(greeter.to_owned()),
            _ => return Ok(()),
        };
        if covers_all {
            self.window_gone(window);
            self.fronts.push((window, front));
        }
        Ok(())
    }

    pub(super) fn window_gone(&mut self, window: Window) {
        self.fronts.retain(|(front, _)| *front != window);
    }
}
