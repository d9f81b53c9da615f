//! A slow and lossy network between two namespaces: packets are kept, delayed and lost here.
//!
//! Each end has a TUN device whose packets come and go over a datagram socket (`socat TUN:… UNIX-SENDTO:…`), so this program
//! sees whole IP packets and needs no rights. TCP at both ends is the kernel's own: a lost packet is repeated by it, a full
//! queue is seen by its congestion control. Each direction has a rate, a delay, a loss and a queue of its own; a packet leaves
//! the queue at the link's rate and arrives the delay later; order is kept; what finds the queue full is lost.
//!
//! Commands, one a line: `set RATE_BITS DELAY_MS LOSS_PERCENT QUEUE_BYTES` and `count`; each is answered by one line. The delay is
//! of one direction.

use std::io::BufRead;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::paint::Dice;

/// Packets under way in one direction; more than any profile holds.
const UNDER_WAY: usize = 16_384;
/// Longer than any packet of a TUN device.
const PACKET: usize = 65_536;
/// The last part of a wait is spent looking at the clock: a sleeping thread is woken too late.
const SPIN: Duration = Duration::from_micros(100);

/// What a direction does to packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Profile {
    bits: f64,
    delay: Duration,
    loss: f64,
    queue: f64,
}

impl Profile {
    /// A link that is not there.
    const CLEAR: Self = Self {
        bits: 1e9,
        delay: Duration::ZERO,
        loss: 0.0,
        queue: 1e7,
    };

    /// Reads `RATE_BITS DELAY_MS LOSS_PERCENT QUEUE_BYTES`.
    fn parse(text: &str) -> Result<Self> {
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let [bits, delay, loss, queue] = numbers[..] else {
            bail!("a link has four numbers")
        };
        if !(bits > 0.0 && (0.0..10_000.0).contains(&delay) && (0.0..=100.0).contains(&loss) && queue > 0.0) {
            bail!("no link is like that: {text}");
        }
        Ok(Self {
            bits,
            delay: Duration::from_secs_f64(delay / 1000.0),
            loss,
            queue,
        })
    }
}

/// One direction of the link: decides when a packet arrives, if it does. Pure.
struct Direction {
    profile: Profile,
    dice: Dice,
    /// When the last packet that waits will have left.
    free: Duration,
}

impl Direction {
    fn new(profile: Profile, seed: u64) -> Self {
        Self {
            profile,
            dice: Dice::new(seed),
            free: Duration::ZERO,
        }
    }

    /// When a packet of `bytes` that came at `now` arrives at the other end; `None` when it is lost.
    fn arrival(&mut self, now: Duration, bytes: usize) -> Option<Duration> {
        let waiting = self.free.saturating_sub(now).as_secs_f64() * self.profile.bits / 8.0;
        if waiting + bytes as f64 > self.profile.queue {
            return None;
        }
        let took = Duration::from_secs_f64(bytes as f64 * 8.0 / self.profile.bits);
        self.free = self.free.max(now) + took;
        // It takes its time on the link, and is lost on the way.
        if f64::from(self.dice.below(1_000_000)) < self.profile.loss * 10_000.0 {
            return None;
        }
        Some(self.free + self.profile.delay)
    }
}

/// What passed in one direction.
#[derive(Default)]
struct Counts {
    bytes: AtomicU64,
    lost: AtomicU64,
}

/// One direction that runs: what it does and what passed.
type Running = (Arc<Mutex<Direction>>, Arc<Counts>);

/// Starts both directions, from the near end first. The sockets are `near`, `far` (where the ends receive) and `from-near`, `from-far`
/// (where they send to) in `folder`; an end takes packets only from where it sends to.
fn open(folder: &Path) -> Result<Vec<Running>> {
    let bind = |name| UnixDatagram::bind(folder.join(name)).context("cannot listen for packets");
    let (near, far) = (bind("from-near")?, bind("from-far")?);
    let mut running = Vec::new();
    for (seed, (from, out, to)) in (1..).zip([(&near, &far, "far"), (&far, &near, "near")]) {
        let direction = Arc::new(Mutex::new(Direction::new(Profile::CLEAR, seed)));
        let counts = Arc::new(Counts::default());
        let (from, out, to) = (from.try_clone()?, out.try_clone()?, folder.join(to));
        start(from, out, to, Arc::clone(&direction), Arc::clone(&counts));
        running.push((direction, counts));
    }
    Ok(running)
}

/// Passes packets on between the two ends until standard input is closed.
pub(crate) fn link(folder: &Path) -> Result<()> {
    let running = open(folder)?;
    crate::say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if let Some(rest) = line.strip_prefix("set ") {
            let profile = Profile::parse(rest)?;
            for (direction, _) in &running {
                let mut direction = direction.lock().map_err(|_| anyhow!("a direction failed"))?;
                direction.profile = profile;
            }
        }
        let told: Vec<String> = running
            .iter()
            .map(|(_, counts)| {
                let number = |of: &AtomicU64| of.load(Ordering::Relaxed).to_string();
                format!("{} {}", number(&counts.bytes), number(&counts.lost))
            })
            .collect();
        crate::say(&told.join(" "))?;
    }
    Ok(())
}

/// Two threads of one direction: one takes packets and decides, one waits and hands them over, by the socket from which that end
/// expects them.
fn start(
    from: UnixDatagram,
    out: UnixDatagram,
    to: PathBuf,
    direction: Arc<Mutex<Direction>>,
    counts: Arc<Counts>,
) {
    let (sender, receiver) = sync_channel(UNDER_WAY);
    let clock = Instant::now();
    std::thread::spawn(move || take(&from, clock, &direction, &counts, &sender));
    std::thread::spawn(move || hand_over(&out, &to, clock, &receiver));
}

type Packet = (Duration, Vec<u8>);

fn take(
    from: &UnixDatagram,
    clock: Instant,
    direction: &Mutex<Direction>,
    counts: &Counts,
    sender: &SyncSender<Packet>,
) {
    let mut buffer = vec![0; PACKET];
    while let Ok(length) = from.recv(&mut buffer) {
        let Ok(mut direction) = direction.lock() else {
            return;
        };
        let arrival = direction.arrival(clock.elapsed(), length);
        drop(direction);
        let packet = buffer.get(..length).unwrap_or_default().to_vec();
        let Some(at) = arrival else {
            counts.lost.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        counts.bytes.fetch_add(length as u64, Ordering::Relaxed);
        // A full channel is a full link.
        if sender.try_send((at, packet)).is_err() {
            counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn hand_over(out: &UnixDatagram, to: &Path, clock: Instant, receiver: &Receiver<Packet>) {
    while let Ok((at, packet)) = receiver.recv() {
        std::thread::sleep(at.saturating_sub(clock.elapsed()).saturating_sub(SPIN));
        while clock.elapsed() < at {
            std::hint::spin_loop();
        }
        // An end that is not there (yet) loses what comes for it, as a cable does.
        if out.send_to(&packet, to).is_err() {
            continue;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direction(text: &str) -> Direction {
        Direction::new(Profile::parse(text).unwrap(), 7)
    }

    #[test]
    fn a_packet_arrives_after_its_time_on_the_link_and_the_delay() {
        let mut link = direction("8000000 20 0 100000");
        let now = Duration::from_secs(5);
        // 1000 bytes take a millisecond at 8 Mbit/s.
        assert_eq!(link.arrival(now, 1000), Some(now + Duration::from_millis(21)));
        assert_eq!(link.arrival(now, 1000), Some(now + Duration::from_millis(22)));
        let later = now + Duration::from_secs(1);
        assert_eq!(link.arrival(later, 1000), Some(later + Duration::from_millis(21)));
    }

    #[test]
    fn what_finds_the_queue_full_is_lost_and_nothing_else() {
        let mut link = direction("8000 0 0 3000");
        let now = Duration::ZERO;
        let arrived = (0..5).filter(|_| link.arrival(now, 1000).is_some()).count();
        assert_eq!(arrived, 3);
        // A second later one packet has left.
        assert!(link.arrival(Duration::from_secs(1), 1000).is_some());
        assert!(link.arrival(Duration::from_secs(1), 1000).is_none());
    }

    #[test]
    fn as_many_packets_are_lost_as_was_asked_for() {
        let mut link = direction("1000000000 0 1 1e9");
        let arrived = (0..100_000)
            .filter(|i| link.arrival(Duration::from_millis(*i), 100).is_some())
            .count();
        assert!((98_800..99_200).contains(&arrived), "{arrived}");
    }

    #[test]
    fn packets_come_to_each_end_from_where_it_sends_to() {
        let folder = std::env::temp_dir().join(format!("farol-link-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let running = open(&folder).unwrap();
        let end = |name: &str| {
            let socket = UnixDatagram::bind(folder.join(name)).unwrap();
            // A connected socket refuses what comes from anywhere else.
            socket.connect(folder.join(format!("from-{name}"))).unwrap();
            socket
        };
        let (near, far) = (end("near"), end("far"));
        let mut buffer = [0; 16];
        for (one, other) in [(&near, &far), (&far, &near)] {
            one.send(b"packet").unwrap();
            let length = other.recv(&mut buffer).unwrap();
            assert_eq!(buffer.get(..length), Some(&b"packet"[..]));
        }
        let passed = |(_, counts): &Running| counts.bytes.load(Ordering::Relaxed);
        assert_eq!(running.iter().map(passed).collect::<Vec<_>>(), [6, 6]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_link_that_cannot_be_is_refused() {
        for text in [
            "",
            "1 2 3",
            "0 0 0 1",
            "1 -1 0 1",
            "1 0 101 1",
            "1 0 0 0",
            "x 0 0 1",
        ] {
            assert!(Profile::parse(text).is_err(), "{text}");
        }
    }
}
