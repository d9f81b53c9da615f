//! The names of UI Events (`KeyboardEvent.key`, `KeyboardEvent.code`) in the words of X: keysyms for what keys mean, XKB
//! key names for where they are.

use super::keysyms::Keysym;

/// What a `key` value asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Types this character.
    Character(char),
    /// Does what one of these keysyms does, the first that the machine has.
    Named(Vec<Keysym>),
    /// Only the position is known.
    Position,
    /// Nothing: a dead key whose character comes later, composed.
    Nothing,
}

/// Reads a `key` value.
pub(super) fn meaning(key: &str, code: &str) -> Meaning {
    let mut characters = key.chars();
    match (characters.next(), characters.next()) {
        (None, _) => return Meaning::Position,
        (Some(character), None) if !character.is_control() => return Meaning::Character(character),
        _ => {}
    }
    match key {
        "Unidentified" | "Process" => Meaning::Position,
        "Dead" | "Compose" | "Fn" | "FnLock" => Meaning::Nothing,
        _ => {
            let keysyms = named(key, code);
            if keysyms.is_empty() {
                Meaning::Position
            } else {
                Meaning::Named(keysyms)
            }
        }
    }
}

fn named(key: &str, code: &str) -> Vec<Keysym> {
    let right = code.ends_with("Right");
    let sided = |left_keysym: Keysym, right_keysym: Keysym| {
        if right {
            vec![right_keysym, left_keysym]
        } else {
            vec![left_keysym, right_keysym]
        }
    };
    match key {
        "Shift" => return sided(0xffe1, 0xffe2),
        "Control" => return sided(0xffe3, 0xffe4),
        "Alt" => return sided(0xffe9, 0xffea),
        "Meta" | "OS" | "Super" => return sided(0xffeb, 0xffec),
        // ISO_Level3_Shift, Mode_switch; without either the layout has no third level and Alt would be wrong.
        "AltGraph" => return vec![0xfe03, 0xff7e],
        _ => {}
    }
    if let Some(number) = key
        .strip_prefix('F')
        .and_then(|number| number.parse::<u32>().ok())
    {
        return (1..=35)
            .contains(&number)
            .then(|| 0xffbe + number - 1)
            .into_iter()
            .collect();
    }
    let found = NAMED.iter().find(|(name, _)| *name == key);
    found.map(|(_, keysym)| *keysym).into_iter().collect()
}

/// Keysyms of `key` values that have one.
const NAMED: [(&str, Keysym); 56] = [
    ("Enter", 0xff0d),
    ("Backspace", 0xff08),
    ("Tab", 0xff09),
    ("Escape", 0xff1b),
    ("Delete", 0xffff),
    ("Insert", 0xff63),
    ("Home", 0xff50),
    ("End", 0xff57),
    ("PageUp", 0xff55),
    ("PageDown", 0xff56),
    ("ArrowLeft", 0xff51),
    ("ArrowUp", 0xff52),
    ("ArrowRight", 0xff53),
    ("ArrowDown", 0xff54),
    ("CapsLock", 0xffe5),
    ("NumLock", 0xff7f),
    ("ScrollLock", 0xff14),
    ("Pause", 0xff13),
    ("PrintScreen", 0xff61),
    ("ContextMenu", 0xff67),
    ("Clear", 0xff0b),
    ("Help", 0xff6a),
    ("Undo", 0xff65),
    ("Redo", 0xff66),
    ("Find", 0xff68),
    ("Cancel", 0xff69),
    ("Select", 0xff60),
    ("Execute", 0xff62),
    ("Convert", 0xff23),
    ("NonConvert", 0xff22),
    ("Hiragana", 0xff25),
    ("Katakana", 0xff26),
    ("HiraganaKatakana", 0xff27),
    ("KanaMode", 0xff2d),
    ("ZenkakuHankaku", 0xff2a),
    ("Alphanumeric", 0xff30),
    ("HangulMode", 0xff31),
    ("HanjaMode", 0xff34),
    ("AudioVolumeDown", 0x1008_ff11),
    ("AudioVolumeMute", 0x1008_ff12),
    ("AudioVolumeUp", 0x1008_ff13),
    ("MediaPlayPause", 0x1008_ff14),
    ("MediaStop", 0x1008_ff15),
    ("MediaTrackPrevious", 0x1008_ff16),
    ("MediaTrackNext", 0x1008_ff17),
    ("BrowserHome", 0x1008_ff18),
    ("LaunchMail", 0x1008_ff19),
    ("BrowserSearch", 0x1008_ff1b),
    ("LaunchApplication2", 0x1008_ff1d),
    ("BrowserBack", 0x1008_ff26),
    ("BrowserForward", 0x1008_ff27),
    ("BrowserFavorites", 0x1008_ff30),
    ("BrowserRefresh", 0x1008_ff73),
    ("Copy", 0x1008_ff57),
    ("Cut", 0x1008_ff58),
    ("Paste", 0x1008_ff6d),
];

/// The keypad's own keysym for what a keypad key means; programs tell keypad digits from others.
pub(super) fn keypad(key: &str, code: &str) -> Option<Keysym> {
    if !code.starts_with("Numpad") {
        return None;
    }
    let keysym = match key {
        "Enter" => 0xff8d,
        "Home" => 0xff95,
        "ArrowLeft" => 0xff96,
        "ArrowUp" => 0xff97,
        "ArrowRight" => 0xff98,
        "ArrowDown" => 0xff99,
        "PageUp" => 0xff9a,
        "PageDown" => 0xff9b,
        "End" => 0xff9c,
        "Clear" => 0xff9d,
        "Insert" => 0xff9e,
        "Delete" => 0xff9f,
        "*" => 0xffaa,
        "+" => 0xffab,
        "-" => 0xffad,
        "/" => 0xffaf,
        "=" => 0xffbd,
        digit => match digit.as_bytes() {
            [digit @ b'0'..=b'9'] => 0xffb0 + Keysym::from(digit - b'0'),
            _ => return None,
        },
    };
    Some(keysym)
}

/// The XKB name of a position.
pub(super) fn position(code: &str) -> Option<[u8; 4]> {
    let name = if let Some(letter) = code.strip_prefix("Key") {
        letter_position(letter)?
    } else if let Some(digit) = code.strip_prefix("Digit") {
        // 1 is the first of the row, 0 the tenth.
        let digit: u32 = digit.parse().ok().filter(|digit| *digit <= 9)?;
        format!("AE{:02}", if digit == 0 { 10 } else { digit })
    } else if let Some(number) = code
        .strip_prefix('F')
        .and_then(|number| number.parse::<u32>().ok())
    {
        format!("FK{number:02}")
    } else {
        let (_, name) = POSITIONS.iter().find(|(known, _)| *known == code)?;
        (*name).to_owned()
    };
    let mut bytes = [0; 4];
    bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    Some(bytes)
}

/// Letters by their place on a US keyboard, which is what `code` names.
fn letter_position(letter: &str) -> Option<String> {
    let rows = [("AD", "QWERTYUIOP"), ("AC", "ASDFGHJKL"), ("AB", "ZXCVBNM")];
    let letter = Some(letter).filter(|letter| letter.len() == 1)?;
    rows.iter()
        .find_map(|(row, letters)| Some(format!("{row}{:02}", letters.find(letter)? + 1)))
}

const POSITIONS: [(&str, &str); 70] = [
    ("Backquote", "TLDE"),
    ("Minus", "AE11"),
    ("Equal", "AE12"),
    ("Backspace", "BKSP"),
    ("Tab", "TAB"),
    ("BracketLeft", "AD11"),
    ("BracketRight", "AD12"),
    ("Backslash", "BKSL"),
    ("Enter", "RTRN"),
    ("CapsLock", "CAPS"),
    ("Semicolon", "AC10"),
    ("Quote", "AC11"),
    ("ShiftLeft", "LFSH"),
    ("IntlBackslash", "LSGT"),
    ("Comma", "AB08"),
    ("Period", "AB09"),
    ("Slash", "AB10"),
    ("IntlRo", "AB11"),
    ("IntlYen", "AE13"),
    ("ShiftRight", "RTSH"),
    ("ControlLeft", "LCTL"),
    ("MetaLeft", "LWIN"),
    ("OSLeft", "LWIN"),
    ("AltLeft", "LALT"),
    ("Space", "SPCE"),
    ("AltRight", "RALT"),
    ("MetaRight", "RWIN"),
    ("OSRight", "RWIN"),
    ("ContextMenu", "COMP"),
    ("ControlRight", "RCTL"),
    ("Escape", "ESC"),
    ("PrintScreen", "PRSC"),
    ("ScrollLock", "SCLK"),
    ("Pause", "PAUS"),
    ("Insert", "INS"),
    ("Home", "HOME"),
    ("PageUp", "PGUP"),
    ("Delete", "DELE"),
    ("End", "END"),
    ("PageDown", "PGDN"),
    ("ArrowUp", "UP"),
    ("ArrowLeft", "LEFT"),
    ("ArrowDown", "DOWN"),
    ("ArrowRight", "RGHT"),
    ("NumLock", "NMLK"),
    ("NumpadDivide", "KPDV"),
    ("NumpadMultiply", "KPMU"),
    ("NumpadSubtract", "KPSU"),
    ("NumpadAdd", "KPAD"),
    ("NumpadEnter", "KPEN"),
    ("NumpadDecimal", "KPDL"),
    ("NumpadEqual", "KPEQ"),
    ("NumpadComma", "KPPT"),
    ("Numpad0", "KP0"),
    ("Numpad1", "KP1"),
    ("Numpad2", "KP2"),
    ("Numpad3", "KP3"),
    ("Numpad4", "KP4"),
    ("Numpad5", "KP5"),
    ("Numpad6", "KP6"),
    ("Numpad7", "KP7"),
    ("Numpad8", "KP8"),
    ("Numpad9", "KP9"),
    ("Convert", "HENK"),
    ("NonConvert", "MUHE"),
    ("KanaMode", "HKTG"),
    ("Lang1", "HNGL"),
    ("Lang2", "HJCV"),
    ("AudioVolumeMute", "MUTE"),
    ("AudioVolumeUp", "VOL+"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings() {
        assert_eq!(meaning("ç", "KeyC"), Meaning::Character('ç'));
        assert_eq!(meaning("Enter", "Enter"), Meaning::Named(vec![0xff0d]));
        assert_eq!(
            meaning("Shift", "ShiftRight"),
            Meaning::Named(vec![0xffe2, 0xffe1])
        );
        assert_eq!(meaning("F12", "F12"), Meaning::Named(vec![0xffc9]));
        assert_eq!(meaning("Dead", "Quote"), Meaning::Nothing);
        assert_eq!(meaning("", "KeyC"), Meaning::Position);
        assert_eq!(meaning("Nonsense", "KeyC"), Meaning::Position);
        assert_eq!(meaning("F99", "F1"), Meaning::Position);
        assert_eq!(meaning("\u{7}", "KeyC"), Meaning::Position);
    }

    #[test]
    fn positions() {
        assert_eq!(position("KeyA"), Some(*b"AC01"));
        assert_eq!(position("KeyM"), Some(*b"AB07"));
        assert_eq!(position("Digit0"), Some(*b"AE10"));
        assert_eq!(position("F12"), Some(*b"FK12"));
        assert_eq!(position("ArrowUp"), Some(*b"UP\0\0"));
        for nonsense in ["", "Key", "KeyAA", "Keyß", "Digit12", "F99999", "Nothing"] {
            assert_eq!(position(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn keypad_keys() {
        assert_eq!(keypad("7", "Numpad7"), Some(0xffb7));
        assert_eq!(keypad("Home", "Numpad7"), Some(0xff95));
        assert_eq!(keypad("7", "Digit7"), None);
        assert_eq!(keypad(",", "NumpadDecimal"), None);
    }
}
