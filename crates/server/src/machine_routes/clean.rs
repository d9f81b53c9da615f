//! What foreign agents send, cleaned for keeping and showing: text on one line without characters that forge what stands
//! around them, JSON with a cap on everything, and no passwords, which some agents put beside their remote access.

use farol_protocol::text::is_deceptive;
use serde_json::{Map, Value};

/// Longest text inside a report, in bytes; longer ones are cut.
const TEXT_MAX: usize = 2 * 1024;
/// Longest name of a field, in bytes; longer ones are cut.
const NAME_MAX: usize = 128;
/// Levels inside each other; deeper ones are left out. Inventories of such agents have five.
const DEPTH_MAX: usize = 12;
/// Parts of names of fields whose values are secrets, or hashes of what people choose; names are compared without what
/// separates their words, and in lower case.
const SECRETS: [&str; 18] = [
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pwd",
    "pwhash",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "recoverykey",
    "sessionkey",
    "bearer",
    "senha",
    "contrasena",
];
/// Whole words for the same, which are harmless inside longer ones (“passed”, “spinning”, “keyboard”).
const SECRET_WORDS: [&str; 8] = ["pass", "pw", "pin", "pins", "otp", "totp", "psk", "passes"];

/// One line of at most `max` bytes.
pub(super) fn line(text: &str, max: usize) -> String {
    let mut clean: String = text
        .chars()
        .map(|letter| if is_deceptive(letter) { ' ' } else { letter })
        .collect();
    let mut end = max.min(clean.len());
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    clean.truncate(end);
    clean.trim().to_owned()
}

/// The value with every text cleaned and cut, secrets left out; None when it is larger than `max` bytes after that.
pub(super) fn json(value: &Value, max: usize) -> Option<Value> {
    let clean = walk(value, 0);
    (clean.to_string().len() <= max).then_some(clean)
}

fn walk(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => Value::String(line(text, TEXT_MAX)),
        Value::Array(_) | Value::Object(_) if depth >= DEPTH_MAX => Value::Null,
        Value::Array(items) => items.iter().map(|item| walk(item, depth + 1)).collect(),
        Value::Object(fields) => {
            // By the name that is kept: what is cleaned away must not hide the rest.
            let named = fields.iter().map(|(name, value)| (line(name, NAME_MAX), value));
            let kept: Map<String, Value> = named
                .filter(|(name, _)| !is_secret(name))
                .map(|(name, value)| (name, walk(value, depth + 1)))
                .collect();
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    SECRETS.iter().any(|secret| joined.contains(secret))
        || words.iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
}

/// The words of a name in lower case, as `camelCase`, `snake_case` and the like separate them.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        after_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_one_line_and_cut_between_characters() {
        assert_eq!(line(" PC\u{202e}1\nx\0 ", 20), "PC 1 x");
        assert_eq!(line("aço", 2), "a");
    }

    #[test]
    fn secrets_and_depth_are_left_out_and_size_is_refused() {
        let said = json!({ "id": "123 456", "Password": "hunter2", "nested": [{ "accessToken": "x", "ok": "a\u{7}b" }] });
        let clean = super::json(&said, 1000).unwrap();
        assert_eq!(clean, json!({ "id": "123 456", "nested": [{ "ok": "a b" }] }));
        let mut deep = json!("x");
        for _ in 0..40 {
            deep = json!([deep]);
        }
        assert!(!super::json(&deep, 1000).unwrap().to_string().contains('x'));
        assert_eq!(super::json(&json!(["y".repeat(500)]), 400), None);
    }

    #[test]
    fn secrets_are_known_by_many_names() {
        for name in [
            "pwd",
            "userPwd",
            "pass",
            "user_pass",
            "DB-PASS",
            "Passcode",
            "pin",
            "devicePIN",
            "unlock.pin",
            "apiKey",
            "API_KEY",
            "api key",
            "private-key",
            "privateKeyPem",
            "password_hash",
            "passwordHash",
            "permanent_password",
            "pass\u{200b}word",
            "p_a_s_s_w_o_r_d",
            "SenhaAcesso",
            "clientSecret",
            "Access Token",
            "wifiPsk",
            "totp",
            "sessionKey",
            "pwHash",
            "recovery_key",
            "Passwort",
        ] {
            assert!(
                super::json(&json!({ name: "x" }), 100).unwrap() == json!({}),
                "{name}"
            );
        }
        for name in [
            "keyboard",
            "passed",
            "spinning",
            "shipping",
            "bypassed",
            "mapping",
            "hash",
            "publicKey",
            "productKeyId",
            "id",
            "pinned",
            "compass",
        ] {
            assert_eq!(
                super::json(&json!({ name: "x" }), 100).unwrap(),
                json!({ name: "x" })
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_deceptive_is_left(text in "\\PC{0,60}", odd in any::<String>()) {
            let said = json!({ text.clone(): [odd, text] });
            if let Some(clean) = super::json(&said, 10_000) {
                for (name, value) in clean.as_object().unwrap() {
                    prop_assert!(!name.chars().any(is_deceptive));
                    for item in value.as_array().unwrap() {
                        prop_assert!(!item.as_str().unwrap().chars().any(is_deceptive));
                    }
                }
            }
        }
    }
}
