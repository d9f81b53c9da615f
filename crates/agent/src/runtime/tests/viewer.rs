//! A viewer right behind the relay's door, with a decoder.

use std::collections::BTreeMap;
use std::time::Duration;

use farol_media::Decoder;
use farol_protocol::ids::SessionId;
use farol_protocol::packet::{self, Header};
use farol_protocol::pipe::message::clipboard::ClipboardMessage;
use farol_protocol::pipe::message::company::{PersonId, PointAt, Roster, Said};
use farol_protocol::pipe::message::input::InputToViewer;
use farol_protocol::pipe::message::screen::{
    FrameAck, Instead, Monitor, ScreenCondition, ScreenSettings, ScreenToAgent, ScreenToViewer, Surface,
};
use farol_protocol::pipe::message::{CompanyToAgent, CompanyToViewer, ToAgent, ToViewer};
use farol_protocol::pipe::{
    Channel, ChannelSet, CloseCode, Closed, Connect, Event, PipeKey, PipePublicKey, ViewerPipe,
};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use super::server::{Peer, soon, viewer_key};
use crate::{Clock, random};

/// What a viewer has seen.
#[derive(Default)]
pub(super) struct Picture {
    /// Of what the frames show.
    pub(super) size: (u32, u32),
    pub(super) surface: Surface,
    pub(super) monitors: Vec<Monitor>,
    pub(super) generation: u32,
    pub(super) frames: u32,
    /// The newest frame left nothing to be refined.
    pub(super) exact: bool,
    /// Frames since the last layout.
    pub(super) fresh_frames: u32,
    pub(super) last_input: u32,
    pub(super) condition: Option<ScreenCondition>,
    pub(super) detail: String,
    pub(super) copied: Option<String>,
    /// Everything of the clipboard.
    pub(super) clipboard: Vec<ClipboardMessage>,
    /// Why input was refused last, and how often it was.
    pub(super) refused: Option<String>,
    pub(super) refusals: u32,
    /// Of those who else are there.
    pub(super) roster: Roster,
    pub(super) said: Vec<Said>,
    /// Who asked to drive.
    pub(super) asked: Vec<PersonId>,
    /// Who refused this one to drive.
    pub(super) not_now: Vec<PersonId>,
    pub(super) pointers: BTreeMap<PersonId, PointAt>,
    decoder: Option<Decoder>,
}

pub(super) struct Viewer {
    pub(super) session: SessionId,
    pub(super) key: PipeKey,
    machine_key: PipePublicKey,
    /// The connection, while there is one.
    socket: Option<Peer>,
    pipe: ViewerPipe,
    clock: Clock,
    pub(super) picture: Picture,
    /// Of each connection so far, whether it went on where the last one was.
    pub(super) opened: Vec<bool>,
    /// What is open.
    pub(super) channels: ChannelSet,
    closed: Option<Closed>,
    /// It draws and says nothing.
    pub(super) silent: bool,
}

impl Viewer {
    pub(super) fn new(clock: Clock, session: SessionId, machine_key: PipePublicKey, socket: Peer) -> Self {
        let mut viewer = Self {
            session,
            key: viewer_key(4),
            machine_key,
            socket: None,
            pipe: ViewerPipe::new(random::bytes().unwrap(), ChannelSet::ALL, clock.now()),
            clock,
            picture: Picture::default(),
            opened: Vec::new(),
            channels: ChannelSet::NONE,
            closed: None,
            silent: false,
        };
        viewer.connect(socket);
        viewer
    }

    /// Goes on over this connection.
    pub(super) fn connect(&mut self, socket: Peer) {
        let connect = Connect {
            session: self.session,
            own: self.key.clone(),
            peer: self.machine_key,
            ephemeral: random::bytes().unwrap(),
        };
        self.pipe.connect(self.clock.now(), &connect).unwrap();
        self.socket = Some(socket);
    }

    /// The connection breaks.
    pub(super) fn lose(&mut self) {
        self.socket = None;
        self.pipe.disconnected();
    }

    /// The connection breaks, and the page that had it knows nothing any more.
    pub(super) fn reload(&mut self, key: PipeKey) {
        self.lose();
        self.key = key;
        self.pipe = ViewerPipe::new(random::bytes().unwrap(), ChannelSet::ALL, self.clock.now());
        self.picture = Picture::default();
    }

    /// Says bytes over the connection that no pipe would say.
    pub(super) async fn garble(&mut self) {
        let socket = self.socket.as_mut().unwrap();
        socket.send(Message::Binary(vec![7; 60].into())).await.unwrap();
    }

    /// Waits until the agent hung up.
    pub(super) async fn hung_up(&mut self) {
        let mut socket = self.socket.take().unwrap();
        soon(async { while let Some(Ok(_)) = socket.next().await {} }).await;
        self.pipe.disconnected();
    }

    /// Takes part until the picture is as wanted.
    pub(super) async fn until(&mut self, mut wanted: impl FnMut(&mut Picture) -> bool) {
        soon(async {
            while !wanted(&mut self.picture) {
                assert!(self.closed.is_none(), "{:?}", self.closed);
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
    }

    /// Takes part until something is true outside.
    pub(super) async fn pump_until(&mut self, mut wanted: impl FnMut() -> bool) {
        soon(async {
            while !wanted() {
                self.step(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Takes part until this connection is sealed; whether it went on where the last one was.
    pub(super) async fn open(&mut self) -> bool {
        let so_far = self.opened.len();
        soon(async {
            while self.opened.len() == so_far {
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
        self.opened[so_far]
    }

    /// Takes part until these channels are open.
    pub(super) async fn until_channels(&mut self, wanted: ChannelSet) {
        soon(async {
            while self.channels != wanted {
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
    }

    /// Takes part for a while.
    pub(super) async fn idle(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < until {
            self.step(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn closed(&mut self) -> Closed {
        soon(async {
            while self.closed.is_none() {
                self.step(Duration::from_secs(1)).await;
            }
        })
        .await;
        self.closed.clone().unwrap()
    }

    pub(super) fn send(&mut self, message: ToAgent) {
        assert!(self.try_send(message));
    }

    pub(super) fn try_send(&mut self, message: ToAgent) -> bool {
        self.pipe.send(message).is_ok()
    }

    pub(super) fn wish(&mut self, settings: ScreenSettings) {
        self.send(ToAgent::Screen(ScreenToAgent::Settings(settings)));
    }

    /// Asks for one monitor, or for all.
    pub(super) fn look_at(&mut self, monitor: &str) {
        self.wish(ScreenSettings {
            monitor: monitor.into(),
            ..ScreenSettings::default()
        });
    }

    pub(super) fn refresh(&mut self) {
        self.send(ToAgent::Screen(ScreenToAgent::Refresh));
    }

    /// Puts an input packet on the wire behind the pipe's back.
    pub(super) fn smuggle_input(&mut self) {
        let header = Header {
            channel: Channel::Input,
            end: true,
            seq: 0,
        };
        self.pipe.say_anything(packet::encode(header, &[1]));
    }

    pub(super) async fn close(&mut self, code: CloseCode) {
        self.pipe.close(code, "leaving");
        self.flush().await;
    }

    /// Sends a few packets and no more.
    pub(super) async fn flush_some(&mut self, packets: usize) {
        let socket = self.socket.as_mut().unwrap();
        for _ in 0..packets {
            let Some(packet) = self.pipe.poll_transmit() else {
                return;
            };
            socket.send(Message::Binary(packet.into())).await.unwrap();
        }
    }

    /// Says something to the company, at once.
    pub(super) async fn tell(&mut self, message: CompanyToAgent) {
        self.send(ToAgent::Company(message));
        self.flush().await;
    }

    async fn flush(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        while let Some(packet) = self.pipe.poll_transmit() {
            if socket.send(Message::Binary(packet.into())).await.is_err() {
                return;
            }
        }
    }

    async fn step(&mut self, patience: Duration) {
        self.flush().await;
        let next = async {
            match &mut self.socket {
                Some(socket) => socket.next().await,
                None => std::future::pending().await,
            }
        };
        let received = tokio::time::timeout(patience, next).await;
        self.pipe.handle_timeout(self.clock.now());
        match received {
            Err(_quiet) => {}
            Ok(Some(Ok(message))) if message.is_binary() => {
                self.pipe
                    .handle_input(self.clock.now(), &message.into_data())
                    .unwrap();
            }
            Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
        while let Some(event) = self.pipe.poll_event() {
            match event {
                Event::Message(ToViewer::Screen(message)) => self.see(message),
                Event::Message(ToViewer::Clipboard(message)) => {
                    self.picture.copied = message.text().map(Into::into).or(self.picture.copied.take());
                    self.picture.clipboard.push(message);
                }
                Event::Message(ToViewer::Input(InputToViewer::Refused { code, .. })) => {
                    self.picture.refused = Some(code);
                    self.picture.refusals += 1;
                }
                Event::Message(ToViewer::Company(message)) => self.meet(message),
                Event::Open { channels, resumed } => {
                    self.opened.push(resumed);
                    self.channels = channels;
                }
                Event::Channels(channels) => self.channels = channels,
                Event::Closed(closed) => self.closed = Some(closed),
                _ => {}
            }
        }
        self.flush().await;
    }

    fn meet(&mut self, message: CompanyToViewer) {
        let picture = &mut self.picture;
        match message {
            CompanyToViewer::Roster(roster) => picture.roster = roster,
            CompanyToViewer::Said(said) => picture.said.push(said),
            CompanyToViewer::DriveAsked(person) => picture.asked.push(person),
            CompanyToViewer::DriveRefused(by) => picture.not_now.push(by),
            CompanyToViewer::Pointer { person, at } if at.gone => {
                picture.pointers.remove(&person);
            }
            CompanyToViewer::Pointer { person, at } => {
                picture.pointers.insert(person, at);
            }
        }
    }

    fn see(&mut self, message: ScreenToViewer) {
        let picture = &mut self.picture;
        match message {
            ScreenToViewer::Layout(layout) => {
                let (width, height) = layout.surface.picture;
                picture.size = (width, height);
                picture.surface = layout.surface;
                picture.monitors = layout.monitors;
                picture.generation = layout.generation;
                picture.fresh_frames = 0;
                picture.exact = false;
                picture.decoder = Some(Decoder::new(width, height).unwrap());
            }
            ScreenToViewer::State(state) => {
                picture.condition = Some(state.condition);
                picture.detail = state.detail;
            }
            ScreenToViewer::Frame(frame) => {
                assert_eq!(frame.generation, picture.generation, "a frame without its layout");
                let times = frame.times;
                assert!(times.damaged_us <= times.captured_us && times.captured_us <= times.encoded_us);
                assert!(times.encoded_us <= times.queued_us);
                farol_media::decode_full(picture.decoder.as_mut().unwrap(), &frame.data).unwrap();
                picture.frames += 1;
                picture.exact = frame.exact;
                picture.fresh_frames += 1;
                picture.last_input = frame.last_input_id;
                if self.silent {
                    return;
                }
                let ack = FrameAck {
                    id: frame.id,
                    decode_us: 100,
                    draw_us: 100,
                };
                self.pipe.send(ToAgent::Screen(ScreenToAgent::Ack(ack))).unwrap();
            }
            ScreenToViewer::CursorShape(_) | ScreenToViewer::CursorPosition(_) => {}
        }
    }
}

impl Picture {
    /// The number of this one.
    pub(super) fn me(&self) -> PersonId {
        self.roster.you
    }

    pub(super) fn drives(&self) -> bool {
        self.roster.you > 0 && self.roster.driver == Some(self.roster.you)
    }

    /// Names of everybody who is there.
    pub(super) fn names(&self) -> Vec<&str> {
        self.roster
            .people
            .iter()
            .map(|person| person.name.as_str())
            .collect()
    }

    /// What is shown and why.
    pub(super) fn shows(&self) -> (&str, Instead) {
        (self.surface.monitor.as_str(), self.surface.instead)
    }

    /// Blue, green, red, undefined of every pixel.
    pub(super) fn bgrx(&self) -> Vec<u8> {
        let pixels = self
            .decoder
            .as_ref()
            .map(Decoder::framebuffer)
            .unwrap_or_default();
        pixels
            .chunks_exact(4)
            .flat_map(|rgba| [rgba[2], rgba[1], rgba[0], 0xff])
            .collect()
    }

    /// Blue, green, red.
    pub(super) fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let decoder = self.decoder.as_ref().unwrap();
        let at = (y as usize * self.size.0 as usize + x as usize) * 4;
        let rgba = &decoder.framebuffer()[at..at + 4];
        [rgba[2], rgba[1], rgba[0]]
    }
}
