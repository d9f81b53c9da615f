//! The program as people start it: one-time links beside a running server, signals, exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

fn farol(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farol"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FAROL_")) {
        command.env_remove(name);
    }
    // Away from any farol.toml.
    command.current_dir(data).env("FAROL_DATA", data);
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    farol(data).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    fn start_with(data: &Path, arguments: &[&str]) -> Self {
        let mut command = farol(data);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The line that contains `words`.
    fn line(&mut self, words: &str) -> String {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(
                self.out.read_line(&mut line).unwrap() > 0,
                "the server ended without “{words}”"
            );
        }
        line.trim().to_owned()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fine when it is over already, as in the good case.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn post(url: &str, path: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn links_made_beside_a_running_server_work_and_a_signal_ends_it() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Running::start(data.path());
    let first = server.line("Make the first account");
    let url = first
        .split_once("http")
        .map(|(_, rest)| format!("http{}", rest.split_once("/setup").unwrap().0))
        .unwrap();

    let printed = text(&run(data.path(), &["sign-in-link"]).stdout);
    let token = printed
        .trim()
        .strip_prefix(&format!("{url}/setup#token="))
        .expect(&printed);
    let body = format!(
        r#"{{"token":"{token}","name":"Ann","email":"ann@example.org","password":"tall lighthouse keeper","organization":"Rock","locale":"en"}}"#
    );
    assert!(post(&url, "/api/setup", &body).starts_with("HTTP/1.1 201"));

    let printed = text(&run(data.path(), &["sign-in-link", "--email", "ann@example.org"]).stdout);
    let token = printed
        .trim()
        .strip_prefix(&format!("{url}/sign-in#link="))
        .expect(&printed);
    let body = format!(r#"{{"token":"{token}"}}"#);
    assert!(post(&url, "/api/logins/link", &body).starts_with("HTTP/1.1 201"));
    assert!(post(&url, "/api/logins/link", &body).starts_with("HTTP/1.1 403"));

    let unknown = run(data.path(), &["sign-in-link", "--email", "nobody@example.org"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("no such account"));

    // The API from the command line, at the address of the server that runs on this data.
    let version = run(data.path(), &["api", "/api/version", "-o", "json"]);
    assert!(text(&version.stdout).contains("\"version\""), "{version:?}");
    let line = run(
        data.path(),
        &["api", "/api/version", "-o", "ndjson", "-q", "fields=version"],
    );
    assert!(
        text(&line.stdout).starts_with("{\"version\":\"") && text(&line.stdout).lines().count() == 1,
        "{line:?}"
    );
    let routes = text(&run(data.path(), &["api", "routes"]).stdout);
    assert!(routes.contains("/api/machines/{id}/sessions"), "{routes}");
    let nobody = run(data.path(), &["api", "/api/machines"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        text(&nobody.stderr).contains("(not_signed_in, request "),
        "{nobody:?}"
    );
    let wrong = run(
        data.path(),
        &["api", "post", "/api/password-strength", "-f", "password:=3"],
    );
    assert!(text(&wrong.stderr).contains("password"), "{wrong:?}");
    let clear = run(
        data.path(),
        &["api", "--server", "http://192.0.2.1", "/api/version"],
    );
    assert!(text(&clear.stderr).contains("in the clear"), "{clear:?}");
    let bash = run(data.path(), &["completions", "bash"]);
    assert!(text(&bash.stdout).contains("_farol"), "{bash:?}");

    let printed = text(&run(data.path(), &["account", "recover"]).stdout);
    let token = printed.lines().next().unwrap();
    let token = token
        .strip_prefix(&format!("{url}/sign-in#link="))
        .expect(&printed);
    let body = format!(r#"{{"token":"{token}"}}"#);
    assert!(post(&url, "/api/logins/link", &body).starts_with("HTTP/1.1 201"));

    let verified = run(data.path(), &["audit", "verify"]);
    assert_eq!(
        text(&verified.stdout),
        "Rock: 6 entries, all in order, not signed yet\n"
    );

    server.signal("-TERM");
    assert!(server.child.wait().unwrap().success());
    // The server signs when it stops.
    let verified = run(data.path(), &["audit", "verify"]);
    assert_eq!(
        text(&verified.stdout),
        "Rock: 6 entries, all in order, signed up to entry 6\n"
    );
}

#[test]
fn a_restored_backup_is_named_until_somebody_says_that_it_is_theirs() {
    let data = tempfile::tempdir().unwrap();
    let (database, backup) = (data.path().join("farol.db"), data.path().join("backup.db"));
    for name in ["first", "second"] {
        let made = run(data.path(), &["enrollment-token", "create", "--name", name]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        if name == "first" {
            std::fs::copy(&database, &backup).unwrap();
        }
    }
    // Signs, as the new key has to vouch for what the old one signed.
    assert!(run(data.path(), &["identity", "rotate"]).status.success());
    let accepted = run(data.path(), &["audit", "accept-restore"]);
    assert_eq!(text(&accepted.stdout), "Farol: nothing to accept\n");

    std::fs::copy(&backup, &database).unwrap();
    let verified = run(data.path(), &["audit", "verify"]);
    assert_eq!(verified.status.code(), Some(4));
    let said = text(&verified.stdout);
    assert!(
        said.contains("NOT IN THE DATABASE") && said.contains("accept-restore"),
        "{said}"
    );
    let json = run(data.path(), &["audit", "verify", "--json"]);
    let reports: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(reports[0]["finding"]["kind"], "not_as_noted");

    let accepted = run(data.path(), &["audit", "accept-restore"]);
    assert_eq!(
        text(&accepted.stdout),
        "Farol: taken for right as it is, recorded and signed\n"
    );
    let verified = run(data.path(), &["audit", "verify"]);
    assert_eq!(
        text(&verified.stdout),
        "Farol: 2 entries, all in order, signed up to entry 2\n"
    );
}

#[test]
fn a_changed_audit_entry_is_named_and_old_ones_are_removed() {
    let data = tempfile::tempdir().unwrap();
    let made = run(data.path(), &["enrollment-token", "create", "--name", "first"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let again = run(data.path(), &["enrollment-token", "create", "--name", "second"]);
    assert!(again.status.success());

    let old = run(data.path(), &["audit", "prune", "--before", "2020-01-01"]);
    assert_eq!(text(&old.stdout), "Farol: nothing is that old\n");
    let wrong = run(data.path(), &["audit", "prune", "--before", "2999-01-01"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stderr).contains("in the future"),
        "{}",
        text(&wrong.stderr)
    );
    assert_eq!(
        run(data.path(), &["audit", "prune", "--before", "soon"])
            .status
            .code(),
        Some(2)
    );

    tamper(
        data.path(),
        "DROP TRIGGER audit_entries_unchanged; UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 2",
    );
    let broken = run(data.path(), &["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(4));
    let said = text(&broken.stdout);
    assert!(
        said.contains("1 entry in order, then entry 2 was CHANGED"),
        "{said}"
    );
    let json = run(data.path(), &["audit", "verify", "--json"]);
    let reports: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(reports[0]["finding"]["kind"], "changed");
    assert_eq!(reports[0]["finding"]["seq"], 2);
    let id = reports[0]["organization_id"].as_str().unwrap();
    assert_eq!(
        run(data.path(), &["audit", "verify", "--organization", id])
            .status
            .code(),
        Some(4)
    );
    let stranger = "01890000-0000-7000-8000-000000000000";
    let unknown = run(data.path(), &["audit", "verify", "--organization", stranger]);
    assert_eq!(unknown.status.code(), Some(1));
}

/// Changes the database behind the program's back.
fn tamper(data: &Path, sql: &str) {
    let settings = farol_server::store::DbSettings::Sqlite(data.join("farol.db"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = farol_server::store::Db::open(&settings).await.unwrap();
        let tx = db.write().await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&tx, sql)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        db.close().await;
    });
}

#[test]
fn after_a_kill_the_server_starts_again_on_the_same_data() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Running::start(data.path());
    server.line("Make the first account");
    server.signal("-KILL");
    server.child.wait().unwrap();
    let mut again = Running::start(data.path());
    again.line("Make the first account");
    again.signal("-INT");
    assert!(again.child.wait().unwrap().success());
}

#[test]
fn reasons_not_to_start_have_their_exit_codes() {
    let data = tempfile::tempdir().unwrap();
    let wrong_key = data.path().join("wrong.toml");
    std::fs::write(&wrong_key, "lissten = '127.0.0.1:0'").unwrap();
    let output = run(data.path(), &["serve", "--config", wrong_key.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains("lissten"));

    let output = run(data.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains("--behind-proxy"));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = run(
        data.path(),
        &["serve", "--listen", &taken.local_addr().unwrap().to_string()],
    );
    assert_eq!(output.status.code(), Some(3));

    assert_eq!(run(data.path(), &["no-such-command"]).status.code(), Some(2));
    assert!(run(data.path(), &["check"]).status.success());
}

#[test]
fn an_own_authority_is_shown_and_its_secrets_get_another_key_beside_a_running_server() {
    let data = tempfile::tempdir().unwrap();
    let none = run(data.path(), &["certificate-authority"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("--tls own"));
    let nothing = run(data.path(), &["secrets", "rotate"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(
        text(&nothing.stderr).contains("No secret was sealed yet"),
        "{nothing:?}"
    );

    let mut server = Running::start_with(data.path(), &["--tls", "own"]);
    let said = server.line("SHA-256");
    let fingerprint = text(&run(data.path(), &["certificate-authority", "--fingerprint"]).stdout);
    assert!(
        said.contains("https://") && said.contains("/trust") && said.ends_with(fingerprint.trim()),
        "{said}"
    );
    let pem = text(&run(data.path(), &["certificate-authority"]).stdout);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("KEY"));

    let key = std::fs::read_to_string(data.path().join("secrets.key")).unwrap();
    let rotated = run(data.path(), &["secrets", "rotate"]);
    assert!(rotated.status.success(), "{rotated:?}");
    assert!(
        text(&rotated.stdout).starts_with("Secrets sealed with the new key: 1."),
        "{rotated:?}"
    );
    assert_ne!(
        std::fs::read_to_string(data.path().join("secrets.key")).unwrap(),
        key
    );
    server.signal("-TERM");
    assert!(server.child.wait().unwrap().success());

    // With the key of before, or none, it does not start, and says why.
    let kept = std::fs::read(data.path().join("secrets.key")).unwrap();
    std::fs::write(data.path().join("secrets.key"), key).unwrap();
    let refused = run(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(text(&refused.stderr).contains("which is not in"), "{refused:?}");
    std::fs::remove_file(data.path().join("secrets.key")).unwrap();
    assert!(text(&run(data.path(), &["check"]).stderr).contains("is missing"));
    // Apart from the data, as it should be.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("farol.key");
    std::fs::write(&path, kept).unwrap();
    let found = run(
        data.path(),
        &["check", "--secrets-key-file", path.to_str().unwrap()],
    );
    assert!(found.status.success(), "{found:?}");

    let renewed = run(
        data.path(),
        &[
            "certificate-authority",
            "renew",
            "--secrets-key-file",
            path.to_str().unwrap(),
        ],
    );
    assert!(
        renewed.status.success() && text(&renewed.stdout) != pem,
        "{renewed:?}"
    );
    let verified = text(&run(data.path(), &["audit", "verify"]).stdout);
    assert!(verified.contains("3 entries, all in order"), "{verified}");
}

#[test]
fn the_document_of_the_api_is_printed_the_same_each_time() {
    let data = tempfile::tempdir().unwrap();
    let (one, two) = (run(data.path(), &["openapi"]), run(data.path(), &["openapi"]));
    assert!(one.status.success() && !one.stdout.is_empty());
    assert_eq!(one.stdout, two.stdout);
    // It needs no data directory and makes none.
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn enrollment_tokens_are_kept_from_the_command_line_beside_a_running_server() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Running::start(data.path());
    let url = server.line("Make the first account");
    let url = format!(
        "http{}",
        url.split_once("http").unwrap().1.split_once("/setup").unwrap().0
    );
    let token = |arguments: &[&str]| run(data.path(), &[&["enrollment-token"], arguments].concat());

    let printed = text(&token(&["create", "--name", "plain", "--uses", "1"]).stdout);
    assert!(
        printed.starts_with("farol_enr_") && printed.lines().count() == 1,
        "{printed}"
    );
    let made = json(&token(&[
        "create",
        "--name",
        "Lisbon",
        "--site",
        "Farol",
        "--label",
        "department=Sales",
        "--tag",
        "Lab",
        "--tag",
        "kiosk",
        "--approval",
        "automatic",
        "--network",
        "127.0.0.0/8",
        "--expires",
        "7d",
        "--json",
    ]));
    assert_eq!(
        (&made["approval"], &made["max_uses"]),
        (&"automatic".into(), &serde_json::Value::Null)
    );
    assert_eq!(made["labels"]["tags"], serde_json::json!(["lab", "kiosk"]));
    let id = made["id"].as_str().unwrap();

    let listed = text(&token(&["list"]).stdout);
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines[0].starts_with("ID") && lines.len() == 3, "{listed}");
    assert!(lines[1].contains(id) && lines[1].contains("0/any") && lines[1].contains("automatic"));
    assert!(
        lines[2].contains("0/1") && lines[2].contains("when-doubtful"),
        "{listed}"
    );
    assert!(!listed.contains("farol_enr_"));

    let secret = made["token"].as_str().unwrap();
    let body = enrollment(secret);
    assert!(post(&url, "/api/agent/enroll", &body).starts_with("HTTP/1.1 201"));
    let shown = json(&token(&["show", id, "--json"]));
    assert_eq!(shown["token"]["uses"], 1);
    assert_eq!(shown["uses"][0]["machine"]["name"], "pc");
    let card = text(&token(&["show", id]).stdout);
    for words in [
        "Lisbon",
        "1/any",
        "Sales",
        "lab, kiosk",
        "127.0.0.0/8",
        "MACHINE",
        "pc",
    ] {
        assert!(card.contains(words), "{words} in {card}");
    }

    let changed = json(&token(&[
        "change",
        id,
        "--uses",
        "1",
        "--label",
        "department=",
        "--label",
        "device-type=kiosk",
        "--anywhere",
        "--approval",
        "first",
        "--json",
    ]));
    assert_eq!(
        (&changed["state"], &changed["approval"]),
        (&"used_up".into(), &"first".into())
    );
    assert_eq!(changed["networks"], serde_json::json!([]));
    let labels = serde_json::json!({ "department": null, "device_type": "kiosk", "tags": ["lab", "kiosk"] });
    assert_eq!(changed["labels"], labels);
    let active = json(&token(&["list", "--state", "active", "--json"]));
    assert_eq!(active.as_array().unwrap().len(), 1);

    assert!(token(&["revoke", id]).status.success());
    let new = enrollment_by(8, made["token"].as_str().unwrap());
    assert!(post(&url, "/api/agent/enroll", &new).starts_with("HTTP/1.1 403"));
    // Whoever is enrolled is told so again.
    assert!(post(&url, "/api/agent/enroll", &body).starts_with("HTTP/1.1 201"));
    let late = token(&["change", id, "--name", "x"]);
    assert_eq!(late.status.code(), Some(1));
    assert!(
        text(&late.stderr).contains("was revoked"),
        "{}",
        text(&late.stderr)
    );
}

/// What an agent says to be enrolled.
fn enrollment(token: &str) -> String {
    enrollment_by(7, token)
}

fn enrollment_by(seed: u8, token: &str) -> String {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let key = farol_protocol::identity::MachineKey::from_seed(&[seed; 32]);
    let parsed = farol_protocol::token::EnrollmentToken::parse(token).unwrap();
    serde_json::json!({
        "token": token,
        "machine_key": key.public().to_base64url(),
        "nonce": base64.encode([1; 32]),
        "signature": base64.encode(key.sign_enrollment(&[1; 32], &parsed)),
        "install_id": "00000000-0000-4000-8000-000000000001",
        "hostname": "pc",
        "os": {},
        "agent_version": "1",
    })
    .to_string()
}

#[test]
fn wrong_wishes_for_enrollment_tokens_are_sentences() {
    let data = tempfile::tempdir().unwrap();
    assert!(run(data.path(), &["check"]).status.success());
    let refusal = |arguments: &[&str]| {
        let output = run(data.path(), &[&["enrollment-token"], arguments].concat());
        (output.status.code(), text(&output.stderr))
    };
    let unknown = "0197c2a0-0000-7000-8000-000000000001";
    for (arguments, code, words) in [
        (
            vec!["create", "--name", "x", "--network", "nowhere"],
            1,
            "“nowhere” is not an address",
        ),
        (vec!["create", "--name", "x", "--expires", "400d"], 1, "one year"),
        (
            vec!["create", "--name", "x", "--site", "Moon"],
            1,
            "no site “Moon”",
        ),
        (
            vec!["create", "--name", "x", "--label", "owner=y"],
            2,
            "department and device_type",
        ),
        (
            vec!["create", "--name", "x", "--approval", "maybe"],
            2,
            "when-doubtful",
        ),
        (vec!["show", unknown], 1, "no such enrollment token"),
        (vec!["revoke", unknown], 1, "no such enrollment token"),
        (vec!["change", "Lisbon", "--anywhere"], 2, "invalid"),
    ] {
        let (got, sentence) = refusal(&arguments);
        assert_eq!(got, Some(code), "{arguments:?}: {sentence}");
        assert!(sentence.contains(words), "{arguments:?}: {sentence}");
    }
}

#[test]
fn machines_and_quarantine_are_looked_after_from_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Running::start(data.path());
    let url = server.line("Make the first account");
    let url = format!(
        "http{}",
        url.split_once("http").unwrap().1.split_once("/setup").unwrap().0
    );
    let farol = |arguments: &[&str]| {
        let output = run(data.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let token = farol(&["enrollment-token", "create", "--name", "x", "--approval", "first"]);
    assert!(post(&url, "/api/agent/enroll", &enrollment(token.trim())).starts_with("HTTP/1.1 202"));
    let waiting: serde_json::Value = serde_json::from_str(&farol(&["quarantine", "list", "--json"])).unwrap();
    assert_eq!(waiting[0]["reason"], "approve_first");
    let approved = farol(&["quarantine", "approve", waiting[0]["id"].as_str().unwrap()]);
    assert!(approved.contains("approved_new"), "{approved}");
    let machines: serde_json::Value = serde_json::from_str(&farol(&["machine", "list", "--json"])).unwrap();
    let id = machines[0]["id"].as_str().unwrap();
    assert!(farol(&["machine", "block", id, "--reason", "lost"]).contains("blocked"));
    assert!(farol(&["machine", "unblock", id]).contains("active"));
    assert!(farol(&["machine", "identity", id]).contains("\"fingerprint\""));
    assert_eq!(farol(&["machine", "duplicates"]), "");
    assert!(farol(&["machine", "remove", id]).contains("--yes"));
    assert!(farol(&["machine", "remove", id, "--yes"]).starts_with("Removed"));
    let gone = run(data.path(), &["machine", "block", id]);
    assert_eq!(
        (gone.status.code(), text(&gone.stderr)),
        (Some(1), "farol: There is no such machine.\n".into())
    );
    assert!(farol(&["audit", "verify"]).contains("in order"));
}
