//! Checks shared by the fuzz targets (`fuzz/fuzz_targets/protocol_*.rs`) and the replay of their corpus in ordinary tests.
//! Each takes any bytes and panics when the crate breaks a promise.

use prost::Message as _;

use crate::Tick;
use crate::evidence::{Evidence, swapped_uuid};
use crate::ids::SessionId;
use crate::limits::{DISKS_MAX, EVIDENCE_MAX, INVENTORY_SECTION_MAX, INVENTORY_SECTIONS_MAX};
use crate::link::MetricSample;
use crate::link::SessionStatement;
use crate::link::inventory::{self, Arriving, InventoryRefused, InventoryWanted, Leaving};
use crate::pipe::{AgentPipe, ChannelSet, Connect, Event, PipeKey, ViewerPipe};
use crate::relay::{RelayHello, RelayReady};
use crate::support_code::{ALPHABET, SYMBOLS, SupportCode};
use crate::text::is_deceptive;
use crate::token::{EnrollmentToken, checksum_of};
use crate::wire::{self, link as proto};

/// What somebody took for an enrollment token is read or refused; what is read is written again letter by letter, also with
/// white space around it, and shown nowhere else.
///
/// Input: a byte, then text. With an odd byte the text gets the checksum that fits, which a search would never guess.
pub fn token(input: &[u8]) {
    let [choice, text @ ..] = input else { return };
    let mut text = String::from_utf8_lossy(text).into_owned();
    if choice % 2 == 1 {
        let checksum = checksum_of(text.trim_start());
        text = format!("{text}_{checksum}");
    }
    let Ok(token) = EnrollmentToken::parse(&text) else {
        return;
    };
    let written = token.reveal();
    assert!(written == text.trim(), "a token is written as it was read");
    let surrounded = EnrollmentToken::parse(&format!(" {written}\r\n"));
    assert!(
        surrounded == Ok(token.clone()),
        "white space around it does not count"
    );
    let secret = written.get(10..53).unwrap_or_default();
    assert!(
        secret.len() == 43 && !format!("{token:?}").contains(secret),
        "the secret is not shown"
    );
}

/// What somebody typed or heard as a support code is read or refused. What is read is shown and read again, in either case and
/// however it is spaced; with one symbol changed, or with two neighbors in each other's place, it is no code.
///
/// Input: a byte, then text. With an odd byte the text is tried with each possible last symbol, of which at most one fits.
pub fn support_code(input: &[u8]) {
    let [choice, text @ ..] = input else { return };
    let text = String::from_utf8_lossy(text);
    if choice % 2 == 0 {
        if let Ok(code) = SupportCode::parse(&text) {
            read_code(&code);
        }
        return;
    }
    let fitting: Vec<SupportCode> = symbols()
        .filter_map(|last| SupportCode::parse(&format!("{text}{last}")).ok())
        .collect();
    assert!(fitting.len() <= 1, "one last symbol fits at most");
    if let [code] = fitting.as_slice() {
        read_code(code);
    }
}

fn symbols() -> impl Iterator<Item = char> {
    ALPHABET.iter().map(|&symbol| char::from(symbol))
}

fn read_code(code: &SupportCode) {
    let (plain, shown) = (code.plain(), code.reveal());
    assert!(plain.len() == SYMBOLS, "a code has one length");
    for text in [
        &plain,
        &shown,
        &shown.to_lowercase(),
        &format!(" {} ", shown.replace('-', " ")),
    ] {
        assert!(
            SupportCode::parse(text).as_ref() == Ok(code),
            "a code is read as it is shown"
        );
    }
    assert!(!format!("{code:?}").contains(&plain), "the code is not shown");
    let letters: Vec<char> = plain.chars().collect();
    for at in 0..letters.len() {
        for other in symbols().filter(|other| *other != letters[at]) {
            let mut wrong = letters.clone();
            wrong[at] = other;
            refused(&wrong);
        }
    }
    for at in 1..letters.len() {
        let mut swapped = letters.clone();
        swapped.swap(at - 1, at);
        if swapped != letters {
            refused(&swapped);
        }
    }
}

fn refused(letters: &[char]) {
    let text: String = letters.iter().collect();
    assert!(SupportCode::parse(&text).is_err(), "a mistyped code is noticed");
}

/// Two machines' evidence, whatever they say of themselves, is cleaned or refused, and compared the same way from both sides.
///
/// Input: text, a value a line; the first four lines and then those up to an empty line are one machine's, the rest the other's.
pub fn evidence(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let (one, other) = (said(&mut lines), said(&mut lines));
    let (Ok(one), Ok(other)) = (Evidence::checked(one), Evidence::checked(other)) else {
        return;
    };
    for evidence in [&one, &other] {
        clean(evidence);
    }
    assert!(
        one.likeness(&other) == other.likeness(&one),
        "who is compared with whom does not matter"
    );
    assert!(
        (one.values() == other.values()) == (one.uid() == other.uid()),
        "the fingerprint is one of the values that count"
    );
    assert!(!one.likeness(&one).contradicts(), "a machine is like itself");
    let learned = other.values();
    let without = one.without(&learned);
    assert!(
        without.values().iter().all(|value| !learned.contains(value)),
        "what was learned to mean nothing counts no more"
    );
}

/// What the relay and the agent read before anything is proven: grants, answers and session statements are read or refused,
/// and what is read is written again so that it reads the same.
///
/// Input: any bytes.
pub fn grant(input: &[u8]) {
    if let Ok(hello) = RelayHello::parse(input) {
        assert!(
            RelayHello::parse(&hello.encode()) == Ok(hello),
            "a hello reads the same again"
        );
    }
    if let Ok(ready) = RelayReady::parse(input) {
        assert!(
            RelayReady::parse(&ready.encode()) == Ok(ready),
            "an answer reads the same again"
        );
    }
    if let Ok(statement) = SessionStatement::decode(input) {
        assert!(
            statement.rights.covers(statement.ask),
            "nobody is asked for what is not granted"
        );
        assert!(
            SessionStatement::decode(&statement.encode()) == Ok(statement),
            "a statement reads the same again"
        );
    }
}

/// What is said of the inventory is read or refused; what is read is written again so that it reads the same, and a section
/// that is whole is cut and put together again as it was.
///
/// Input: messages, each a byte that chooses its kind, its length as two bytes, and that many bytes. Pieces of sections are
/// put together as they come; by the choice's highest bit they are wanted.
pub fn inventory(input: &[u8]) {
    let mut arriving = Arriving::default();
    let mut rest = input;
    while let [choice, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (message, left) = after.split_at(length);
        rest = left;
        if choice & 7 < 4 {
            said_of_inventory(choice & 7, message);
            continue;
        }
        let Ok(part) = wire::decode::<proto::InventoryPart>(message, "part") else {
            continue;
        };
        let wanted = choice & 128 == 0;
        match arriving.take(part, |_| wanted) {
            Ok(None) => {}
            Ok(Some(section)) => {
                assert!(wanted, "nobody sends what is not wanted");
                cut_and_put_together(section);
            }
            // The link is over.
            Err(_) => return,
        }
    }
}

fn said_of_inventory(kind: u8, message: &[u8]) {
    match kind {
        0 => {
            let held = wire::decode(message, "held").and_then(inventory::held_from_wire);
            let Ok(held) = held else { return };
            assert!(held.len() <= INVENTORY_SECTIONS_MAX, "no more than are allowed");
            let again = inventory::held_from_wire(inventory::held_into_wire(held.clone()));
            assert!(again == Ok(held), "hashes read the same again");
        }
        1 => {
            let wanted = wire::decode(message, "wanted").and_then(InventoryWanted::from_wire);
            let Ok(wanted) = wanted else { return };
            assert!(wanted.sections.len() <= INVENTORY_SECTIONS_MAX);
            let again = InventoryWanted::from_wire(wanted.clone().into_wire());
            assert!(again == Ok(wanted), "a wish reads the same again");
        }
        2 => {
            let kept = wire::decode(message, "kept").and_then(inventory::kept_from_wire);
            let Ok(kept) = kept else { return };
            let again = inventory::kept_from_wire(inventory::kept_into_wire(kept.clone()));
            assert!(again == Ok(kept), "what is kept reads the same again");
        }
        _ => {
            let refused = wire::decode(message, "refused").and_then(InventoryRefused::from_wire);
            let Ok(refused) = refused else { return };
            let again = InventoryRefused::from_wire(refused.clone().into_wire());
            assert!(again == Ok(refused), "a refusal reads the same again");
        }
    }
}

fn cut_and_put_together(section: inventory::InventorySection) {
    assert!((1..=INVENTORY_SECTION_MAX).contains(&section.body.len()));
    let (mut leaving, mut arriving) = (Leaving::new(section.clone()), Arriving::default());
    let mut whole = Ok(None);
    while let Some(part) = leaving.as_mut().and_then(Leaving::next_part) {
        whole = arriving.take(part, |_| true);
    }
    assert!(
        whole == Ok(Some(section)),
        "a section is put together as it was cut"
    );
}

/// A sample of how busy a machine is is read or refused; what is read is written again so that it reads the same, and is no longer than
/// an idle minute may cost.
///
/// Input: a sample as it travels.
pub fn metrics(input: &[u8]) {
    let read = |bytes: &[u8]| {
        let said = wire::decode::<proto::MetricSample>(bytes, "sample")?;
        MetricSample::from_wire(&said)
    };
    let Ok(sample) = read(input) else { return };
    let written = sample.into_wire().encode_to_vec();
    assert!(written.len() < 150, "a sample is small");
    assert!(read(&written) == Ok(sample), "a sample reads the same again");
}

/// Both ends of a pipe survive what anybody in between, or the other end, does to their connections: nothing is taken that
/// was not sealed, what is closed stays closed, and a new connection brings both together again unless one of them was told
/// something wrong by the other itself.
///
/// Input: steps of a byte that chooses, a length, and that many bytes.
pub fn pipe(input: &[u8]) {
    let mut wire = Wire::new();
    let mut rest = input;
    while let [choice, length, after @ ..] = rest {
        let (bytes, left) = after.split_at(usize::from(*length).min(after.len()));
        rest = left;
        wire.play(*choice, bytes);
    }
    let honest = !wire.lied;
    wire.connect();
    wire.settle();
    if honest {
        assert!(
            wire.viewer.is_open() && wire.agent.is_open(),
            "what others do costs connections only"
        );
    }
}

/// Two ends and somebody in between.
struct Wire {
    viewer: ViewerPipe,
    agent: AgentPipe,
    connections: u8,
    recorded: Vec<Vec<u8>>,
    now: u64,
    /// An end said something on purpose that no correct program says.
    lied: bool,
}

impl Wire {
    fn new() -> Self {
        let mut wire = Self {
            viewer: ViewerPipe::new([1; 16], ChannelSet::ALL, Tick(0)),
            agent: AgentPipe::new(ChannelSet::ALL, Tick(0)),
            connections: 0,
            recorded: Vec::new(),
            now: 0,
            lied: false,
        };
        wire.connect();
        wire
    }

    fn connect(&mut self) {
        self.connections = self.connections.wrapping_add(1);
        let (viewer, agent) = (PipeKey::from_seed([11; 32]), PipeKey::from_seed([12; 32]));
        let of = |own: &PipeKey, peer: &PipeKey, side: u8| {
            let mut ephemeral = [side; 32];
            ephemeral[0] = self.connections;
            Connect {
                session: SessionId([7; 16]),
                own: own.clone(),
                peer: peer.public(),
                ephemeral,
            }
        };
        let ends = (of(&viewer, &agent, 1), of(&agent, &viewer, 2));
        let outcome = (
            self.viewer.connect(Tick(self.now), &ends.0),
            self.agent.connect(Tick(self.now), &ends.1),
        );
        assert!(outcome == (Ok(()), Ok(())), "own keys are good keys");
    }

    fn play(&mut self, choice: u8, bytes: &[u8]) {
        match choice % 8 {
            0 => self.say_to_agent(bytes),
            1 => self.say_to_viewer(bytes),
            2 => {
                self.lied = true;
                self.viewer.say_anything(bytes.to_vec());
                self.settle();
            }
            3 => {
                self.lied = true;
                self.agent.say_anything(bytes.to_vec());
                self.settle();
            }
            4 => self.connect(),
            5 => self.settle(),
            6 => {
                let which = bytes.first().copied().unwrap_or_default();
                let packet = self.recorded.get(usize::from(which)).cloned();
                if let Some(packet) = packet {
                    self.say_to_agent(&packet);
                    self.say_to_viewer(&packet);
                }
            }
            _ => {
                self.now += 500_000 * (1 + bytes.len() as u64);
                self.viewer.handle_timeout(Tick(self.now));
                self.agent.handle_timeout(Tick(self.now));
            }
        }
        while self.viewer.poll_event().is_some() {}
        while self.agent.poll_event().is_some() {}
    }

    fn say_to_agent(&mut self, bytes: &[u8]) {
        let outcome = self.agent.handle_input(Tick(self.now), bytes);
        // The library over the primitives lets nothing through that was not sealed: an enemy without keys finds no packet.
        assert!(outcome.is_ok() || self.agent.is_closed() || self.agent.is_apart());
    }

    fn say_to_viewer(&mut self, bytes: &[u8]) {
        let outcome = self.viewer.handle_input(Tick(self.now), bytes);
        assert!(outcome.is_ok() || self.viewer.is_closed() || self.viewer.is_apart());
        if self.viewer.is_closed() && !self.lied {
            // The one thing a stranger can do: claim that the agent speaks another version.
            assert!(matches!(bytes, [0, _]), "a stranger ended a pipe");
            self.lied = true;
        }
    }

    /// Passes packets both ways until both ends are quiet.
    fn settle(&mut self) {
        for _ in 0..100 {
            let packets = (self.viewer.poll_transmit(), self.agent.poll_transmit());
            if packets == (None, None) {
                return;
            }
            for packet in [&packets.0, &packets.1].into_iter().flatten() {
                if self.recorded.len() < 256 {
                    self.recorded.push(packet.clone());
                }
            }
            if let Some(packet) = packets.0 {
                let _outcome = self.agent.handle_input(Tick(self.now), &packet);
            }
            if let Some(packet) = packets.1 {
                self.say_to_viewer(&packet);
            }
            while let Some(event) = self.agent.poll_event() {
                assert!(
                    self.lied || !matches!(event, Event::Message(_)),
                    "nobody said anything"
                );
            }
            while self.viewer.poll_event().is_some() {}
        }
    }
}

fn said<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Evidence {
    let mut line = || lines.next().unwrap_or_default().to_owned();
    Evidence {
        smbios_uuid: line(),
        os_install_id: line(),
        board_serial: line(),
        system_serial: line(),
        disk_serials: lines
            .take_while(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn clean(evidence: &Evidence) {
    assert!(
        Evidence::checked(evidence.clone()).as_ref() == Ok(evidence),
        "cleaned once is clean"
    );
    let disks = &evidence.disk_serials;
    assert!(disks.len() <= DISKS_MAX, "no more disks than allowed");
    let all = [
        &evidence.smbios_uuid,
        &evidence.os_install_id,
        &evidence.board_serial,
        &evidence.system_serial,
    ];
    for value in all.into_iter().chain(disks) {
        assert!(!value.chars().any(is_deceptive), "nothing deceptive is kept");
        assert!(value.len() <= EVIDENCE_MAX, "no value is longer than allowed");
    }
    if let Some(twin) = swapped_uuid(&evidence.smbios_uuid) {
        let swapped = Evidence {
            smbios_uuid: twin,
            ..evidence.clone()
        };
        assert!(
            swapped.uid() == evidence.uid(),
            "the byte order of a UUID does not count"
        );
    }
}
