//! What happens between the requests of a story: at machines, on people's devices, in the server's jobs.

use std::time::Duration;

use farol_inventory::Section;
use farol_protocol::link::{AgentLinkEvent, MetricSample};
use farol_server::{accounts, inventory, machine_metrics};
use serde_json::Value;
use totp_rs::{Builder, Secret};

use super::play::Play;
use crate::common::authenticator::Authenticator;
use crate::stage::{Link, Running, enroll, soon};

/// How often is looked at what the server does by itself.
const LOOK: Duration = Duration::from_millis(50);
/// The seed of the first machine that enrolls in a story; the stage's own has a smaller one.
const SEED: u8 = 20;

/// Those whom a story is not told by.
#[derive(Default)]
pub struct Meanwhile {
    link: Option<Link>,
    running: Vec<Running>,
    enrolled: u8,
    device: Option<Authenticator>,
    signed: Option<Value>,
}

impl Meanwhile {
    /// What a device signed last.
    pub fn signed(&mut self) -> Value {
        self.signed.take().expect("a device signed something")
    }

    /// Does what an entry of a story says.
    pub async fn happens(&mut self, play: &mut Play, entry: &Value) {
        match field(entry, "meanwhile") {
            "the command line prints a sign-in link" => {
                let ctx = play.ctx();
                let link = accounts::create_link(&ctx.db, &ctx.clock, None).await.unwrap();
                let token = link.path.split_once('=').unwrap().1;
                play.names.add(field(entry, "link"), token);
            }
            "the authenticator app shows a code" => {
                let code = code(play);
                play.names.add(field(entry, "shows"), &code);
            }
            "the device makes a passkey" => self.makes_passkey(play).await,
            "the device signs with its passkey" => {
                let device = self.device.as_mut().unwrap();
                self.signed = Some(device.get(&play.last["options"]));
            }
            "a machine enrolls" => self.enrolls(play, entry).await,
            "the machine is online" => self.link = Some(play.stage().link().await),
            "the machine delivers a section" => delivers(play, entry).await,
            "the machine says how busy it is" => says_how_busy(play, entry),
            "the machine accepts" => self.accepts(play).await,
            "the machine gives the rights" => self.gives(play).await,
            "the viewer is lost" => {
                let Running { id, viewer, agent } = self.running.pop().unwrap();
                drop(viewer);
                play.stage().state(&id, "interrupted").await;
                drop(agent);
            }
            "the mail server is tried in vain" => {
                let tried = |mail: &Value| match mail["state"].as_str() {
                    Some("waiting") => mail["failure"].is_object(),
                    state => state != Some("sending"),
                };
                until(play, "/api/server-mail/outbox", |list| list.iter().all(tried)).await;
            }
            "the webhook is told" => {
                let webhook = play.names.of(field(entry, "webhook"));
                let path = format!("/api/webhooks/{webhook}/deliveries");
                let told = |delivery: &Value| delivery["state"] == "delivered";
                until(play, &path, |list| list.iter().any(told)).await;
            }
            other => panic!("nobody knows how “{other}” goes"),
        }
    }

    async fn makes_passkey(&mut self, play: &mut Play) {
        let at = play.shown("/api/me/factors").await["passkeys_at"].clone();
        let mut device = Authenticator::new(at.as_str().unwrap(), 11);
        self.signed = Some(device.create(&play.last["options"]));
        self.device = Some(device);
    }

    /// With a token of the story; its `id` is what it is called from then on.
    async fn enrolls(&mut self, play: &mut Play, entry: &Value) {
        let seed = SEED + self.enrolled;
        self.enrolled += 1;
        let token = play.names.of(field(entry, "token")).to_owned();
        let (status, answer) = enroll(play.router(), &token, (field(entry, "hostname"), seed)).await;
        assert!(status.is_success(), "{answer}");
        if let Some(name) = entry["id"].as_str() {
            play.names.add(name, answer["machine_id"].as_str().unwrap());
        }
    }

    /// The agent takes the session that was opened just now, and both ends come to the relay.
    async fn accepts(&mut self, play: &Play) {
        let opened = play.last.get("opening").unwrap_or(&play.last);
        let link = self.link.as_mut().unwrap();
        let offer = link.offer().await;
        link.accept(&offer).await;
        self.running.push(play.stage().couple(opened, &offer).await);
    }

    async fn gives(&mut self, play: &Play) {
        let link = self.link.as_mut().unwrap();
        let AgentLinkEvent::SessionRightsOffer(offer) = link.next().await else {
            panic!("no rights were asked for");
        };
        link.rights(offer.statement.session, offer.statement.rights, "")
            .await;
        let asked = |session: &Value| session["rights_asked"] == serde_json::json!([]);
        let id = &self.running.last().unwrap().id;
        play.stage().until(id, "the rights", asked).await;
    }
}

fn field<'a>(entry: &'a Value, name: &str) -> &'a str {
    let text = entry[name].as_str();
    text.unwrap_or_else(|| panic!("{entry} lacks {name}"))
}

/// The agent found this.
async fn delivers(play: &Play, entry: &Value) {
    let record = play.names.of(field(entry, "machine")).parse().unwrap();
    let section = Section::of_name(field(entry, "section")).unwrap();
    let found = entry["facts"].to_string().into_bytes();
    let from = (record, "192.0.2.7".parse().unwrap());
    let of = (section, [0; 32]);
    inventory::accept(play.ctx(), from, of, found).await.unwrap();
}

/// The agent measured this.
fn says_how_busy(play: &Play, entry: &Value) {
    let machine = play.names.of(field(entry, "machine")).parse().unwrap();
    let permille = entry["cpu_permille"].as_u64().unwrap();
    let said = MetricSample {
        seconds: 60,
        cpu_permille: Some(u32::try_from(permille).unwrap()),
        ..MetricSample::default()
    };
    machine_metrics::sample(play.ctx(), machine, &said);
}

/// What an authenticator app shows that was given the secret of the story.
fn code(play: &Play) -> String {
    let secret = Secret::try_from_base32(play.names.of("totp-secret-shown-once")).unwrap();
    let app = Builder::new()
        .with_secret(secret)
        .with_account_name("ann")
        .build()
        .unwrap();
    let seconds = u64::try_from(play.ctx().clock.now().0 / 1000).unwrap();
    app.generate(seconds).to_string()
}

/// Looks at a list until it is so.
async fn until(play: &mut Play, path: &str, is: impl Fn(&[Value]) -> bool) {
    let looking = async {
        while !is(play.shown(path).await["items"].as_array().unwrap()) {
            tokio::time::sleep(LOOK).await;
        }
    };
    soon(path, looking).await;
}
