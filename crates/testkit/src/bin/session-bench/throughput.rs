//! Bytes per second of processor time: the relay, and HAProxy in TCP mode, by turns in one run.
//!
//! Both get full packets of a pipe in one direction, as many a second as the relay takes from an agent, or as fast as they take them. The relay reads, unmasks and writes WebSocket
//! messages; HAProxy copies bytes with one thread and without splicing, as it does by default.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use farol_protocol::limits::SEALED_PACKET_MAX;
use farol_testkit::bench::process::{Farol, processor_of};
use farol_testkit::{Enrolled, PaperAgent, soon};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use super::couple;

const EACH: Duration = Duration::from_secs(4);

/// Three quarters of what the relay takes from an agent; both get as many at most, so that neither has bigger gulps.
const PACKETS_PER_SECOND: f64 = 15_000.0;

/// What one turn gave.
struct Turn {
    bytes: u64,
    wall: Duration,
    processor: Duration,
}

impl Turn {
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    fn per(&self, time: Duration) -> f64 {
        self.bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9)
    }
}

pub(crate) async fn measure(rounds: usize) -> anyhow::Result<()> {
    let farol = Farol::start().await?;
    let mut owner = farol.set_up().await?;
    let machine = Enrolled::new(&mut owner).await?;
    let mut agent = PaperAgent::start(farol.address(), &machine).await?;
    let proxy = Proxy::start().await?;
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (mut viewer, mut sender) = couple(&mut owner, &machine, &mut agent).await?;
        let (started, used) = (Instant::now(), farol.processor()?);
        let reading = tokio::spawn(async move {
            let mut bytes = 0;
            while let Ok(message) = viewer.message().await {
                bytes += message.len() as u64;
            }
            bytes
        });
        let packet = vec![0x5a; SEALED_PACKET_MAX];
        let mut sent = 0_u32;
        while started.elapsed() < EACH {
            sender.binary(packet.clone()).await?;
            sent += 1;
            pace(sent, started).await;
        }
        sender.close(1000, "technician_ended").await?;
        let bytes = reading.await?;
        let relay = Turn {
            bytes,
            wall: started.elapsed(),
            processor: farol.processor()? - used,
        };
        let plain = proxy.turn(&packet).await?;
        let ratio = relay.per(relay.processor) / plain.per(plain.processor);
        ratios.push(ratio);
        println!(
            "round {round}: relay {:.0} MB/s, {:.0} MB per second of processor; haproxy {:.0} MB/s, {:.0}; ratio {ratio:.2}",
            relay.per(relay.wall),
            relay.per(relay.processor),
            plain.per(plain.wall),
            plain.per(plain.processor),
        );
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!("bytes per processor second, relay to haproxy: median {median:.2} of {rounds} rounds");
    farol.stop().await
}

/// The relay hangs up on who sends more messages than any agent has.
async fn pace(sent: u32, started: Instant) {
    let early = f64::from(sent) / PACKETS_PER_SECOND - started.elapsed().as_secs_f64();
    if early > 0.002 {
        tokio::time::sleep(Duration::from_secs_f64(early)).await;
    }
}

/// HAProxy that passes a port on to a port of ours.
struct Proxy {
    child: Child,
    front: SocketAddr,
    sink: TcpListener,
    _directory: TempDir,
}

impl Proxy {
    async fn start() -> anyhow::Result<Self> {
        let sink = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (front, back) = (free.local_addr()?, sink.local_addr()?);
        drop(free);
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("haproxy.cfg");
        let config = format!(
            "global\n  nbthread 1\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
             listen plain\n  bind {front}\n  server sink {back}\n"
        );
        std::fs::write(&file, config)?;
        let child = Command::new("haproxy")
            .args(["-db", "-f"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("haproxy does not start; install the package haproxy")?;
        soon("haproxy to listen", async {
            while TcpStream::connect(front).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await?;
        // The connection that found it listening.
        drop(sink.accept().await?);
        Ok(Self {
            child,
            front,
            sink,
            _directory: directory,
        })
    }

    async fn turn(&self, packet: &[u8]) -> anyhow::Result<Turn> {
        let pid = self.child.id().context("haproxy is gone")?;
        let mut sender = TcpStream::connect(self.front).await?;
        let (mut reader, _) = self.sink.accept().await?;
        let (started, used) = (Instant::now(), processor_of(pid)?);
        let reading = tokio::spawn(async move {
            let (mut bytes, mut room) = (0, vec![0; 68 * 1024]);
            while let Ok(size @ 1..) = reader.read(&mut room).await {
                bytes += size as u64;
            }
            bytes
        });
        let mut sent = 0_u32;
        while started.elapsed() < EACH {
            sender.write_all(packet).await?;
            sent += 1;
            pace(sent, started).await;
        }
        drop(sender);
        let bytes = reading.await?;
        Ok(Turn {
            bytes,
            wall: started.elapsed(),
            processor: processor_of(pid)? - used,
        })
    }
}
