//! `machine.key` and `next.key`: the machine's secret key, and the one that follows it while keys change. The next key is on
//! disk before anybody hears of it, and takes the place of the old one in one step, so that there is no moment at which a
//! crash leaves the machine without the key that the server knows.
//!
//! `pipe.key`: the secret key that viewers' pipes are opened with. It belongs to one identity: a machine that enrolls anew
//! gets another, so that a copy cannot read what is meant for the original.

use std::fs;
use std::io;

use data_encoding::BASE64URL_NOPAD;
use farol_protocol::identity::MachineKey;
use farol_protocol::pipe::PipeKey;

use super::{ConfigError, KEY, NEXT_KEY, PIPE_KEY, StateDir, files};
use crate::random;

impl StateDir {
    /// Whether there is a machine key, be it damaged.
    pub(super) fn has_key(&self) -> bool {
        self.file(KEY).exists()
    }

    pub(super) fn load_key(&self) -> Result<MachineKey, ConfigError> {
        let text = fs::read_to_string(self.file(KEY)).map_err(|source| self.io(KEY, source))?;
        parse(&text).ok_or_else(|| self.damaged(KEY, "not a key"))
    }

    pub(super) fn save_key(&self, name: &str, key: &MachineKey) -> Result<(), ConfigError> {
        self.save_seed(name, &key.seed())
    }

    fn save_seed(&self, name: &str, seed: &[u8; 32]) -> Result<(), ConfigError> {
        let text = format!("{}\n", BASE64URL_NOPAD.encode(seed));
        files::write_private(&self.file(name), text.as_bytes()).map_err(|source| self.io(name, source))
    }

    /// The key that pipes are opened with, made when there is none or a damaged one: the server is told it with each link. On
    /// disk when it returns.
    ///
    /// # Errors
    /// The system's.
    pub fn pipe_key(&self) -> Result<PipeKey, ConfigError> {
        if let Some(key) = self.kept_pipe_key()? {
            return Ok(key);
        }
        let seed = random::bytes().map_err(|source| self.io(PIPE_KEY, source))?;
        self.create()?;
        self.save_seed(PIPE_KEY, &seed)?;
        Ok(PipeKey::from_seed(seed))
    }

    /// The key that pipes are opened with, if there is one yet. A damaged one is none.
    ///
    /// # Errors
    /// The system's.
    pub fn kept_pipe_key(&self) -> Result<Option<PipeKey>, ConfigError> {
        match fs::read_to_string(self.file(PIPE_KEY)) {
            Ok(text) => {
                let key = seed(&text).map(PipeKey::from_seed);
                if key.is_none() {
                    tracing::warn!("{PIPE_KEY} is damaged and not used");
                }
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.io(PIPE_KEY, source)),
        }
    }

    /// The key that follows, if keys are changing. A damaged one is as good as none: the server has at most half of the story,
    /// and the present key is untouched.
    ///
    /// # Errors
    /// The system's.
    pub fn next_key(&self) -> Result<Option<MachineKey>, ConfigError> {
        match fs::read_to_string(self.file(NEXT_KEY)) {
            Ok(text) => {
                let key = parse(&text);
                if key.is_none() {
                    tracing::warn!("{NEXT_KEY} is damaged and not used");
                }
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.io(NEXT_KEY, source)),
        }
    }

    /// The key that follows, made if there is none. On disk when it returns.
    ///
    /// # Errors
    /// The system's; nobody may hear of the key then.
    pub fn make_next_key(&self) -> Result<MachineKey, ConfigError> {
        if let Some(key) = self.next_key()? {
            return Ok(key);
        }
        let seed = random::bytes().map_err(|source| self.io(NEXT_KEY, source))?;
        let key = MachineKey::from_seed(&seed);
        self.save_key(NEXT_KEY, &key)?;
        Ok(key)
    }

    /// The next key is the machine's key from now on; the old one is gone.
    ///
    /// # Errors
    /// The system's.
    pub fn promote_next_key(&self) -> Result<(), ConfigError> {
        files::rename_private(&self.file(NEXT_KEY), &self.file(KEY))
            .map_err(|source| self.io(NEXT_KEY, source))
    }
}

fn parse(text: &str) -> Option<MachineKey> {
    seed(text).map(|seed| MachineKey::from_seed(&seed))
}

fn seed(text: &str) -> Option<[u8; 32]> {
    let seed = BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()?;
    seed.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{enrollment, state};
    use super::*;

    #[test]
    fn the_next_key_takes_the_place_of_the_old_one() {
        let (_root, dir) = state();
        dir.save(&enrollment()).unwrap();
        assert!(dir.next_key().unwrap().is_none());
        let next = dir.make_next_key().unwrap();
        assert_eq!(dir.make_next_key().unwrap().public(), next.public(), "made once");
        assert_eq!(
            dir.load().unwrap().key.public(),
            enrollment().key.public(),
            "not yet"
        );
        dir.promote_next_key().unwrap();
        assert_eq!(dir.load().unwrap().key.public(), next.public());
        assert!(dir.next_key().unwrap().is_none());
        assert!(dir.promote_next_key().is_err(), "there is none");
        assert_eq!(dir.load().unwrap().key.public(), next.public());
    }

    #[test]
    fn half_a_next_key_is_none() {
        let (_root, dir) = state();
        dir.save(&enrollment()).unwrap();
        fs::write(dir.file(NEXT_KEY), "AAAA").unwrap();
        assert!(dir.next_key().unwrap().is_none());
        let made = dir.make_next_key().unwrap();
        assert_eq!(dir.next_key().unwrap().unwrap().public(), made.public());
    }

    #[test]
    fn a_pipe_key_is_made_once_and_anew_with_an_identity() {
        let (_root, dir) = state();
        dir.save(&enrollment()).unwrap();
        let first = dir.pipe_key().unwrap().public();
        assert_eq!(dir.pipe_key().unwrap().public(), first);
        fs::write(dir.file(PIPE_KEY), "AAAA").unwrap();
        let second = dir.pipe_key().unwrap().public();
        assert_ne!(second, first, "damaged");
        assert_eq!(dir.pipe_key().unwrap().public(), second, "kept");
        dir.adopt(&enrollment(), farol_protocol::ids::InstallId([4; 16]))
            .unwrap();
        assert_ne!(dir.pipe_key().unwrap().public(), second, "another identity");
    }
}
