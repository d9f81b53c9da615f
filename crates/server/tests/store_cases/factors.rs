//! Second factors, passkeys, proving again, and where one is signed in.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use farol_server::accounts::{
    self, Caller, Entered, FRESH, FactorKind, NewTotp, Proof, RECOVERY_CODES, SecondFactorAsked, Started,
};
use farol_server::events::Listener;
use farol_server::http::{PageQuery, RequestInfo};
use farol_server::ids::RequestId;
use farol_server::rights::RoleKey;
use farol_server::{Code, Ctx, audit, machines};
use serde_json::Value;
use totp_rs::{Builder, Secret};

use super::rights::{again, joined, within};
use crate::common::authenticator::Authenticator;
use crate::common::{EMAIL, PASSWORD, owner, rule_request};

const ANOTHER: &str = "seven gulls over the harbor";

/// What the app of this secret shows at the server's time, and `ahead` steps later.
pub(super) fn shown(ctx: &Ctx, new: &NewTotp, ahead: u64) -> String {
    let app = Builder::new()
        .with_secret(Secret::try_from_base32(&new.secret).unwrap())
        .with_account_name("ann")
        .build()
        .unwrap();
    let seconds = u64::try_from(ctx.clock.now().0 / 1000).unwrap();
    app.generate(seconds + 30 * ahead).to_string()
}

fn totp(code: String) -> Proof {
    Proof::Totp { code }
}

async fn asked(ctx: &Ctx) -> SecondFactorAsked {
    match accounts::sign_in(ctx, &rule_request(), EMAIL, PASSWORD)
        .await
        .unwrap()
    {
        Entered::Asked(asked) => asked,
        Entered::In(_) => panic!("not asked for a second factor"),
    }
}

async fn show(ctx: &Ctx, asked: &SecondFactorAsked, proof: Proof) -> Result<Started, Code> {
    let started = accounts::sign_in_by_second_factor(ctx, &rule_request(), &asked.token, proof).await;
    started.map_err(|error| error.code())
}

/// An owner with an authenticator app, and their recovery codes.
pub(super) async fn with_app(ctx: &Ctx) -> (Caller, NewTotp, Vec<String>) {
    let by = owner(ctx).await.caller;
    let new = accounts::start_totp(ctx, &by).await.unwrap();
    let confirmed = accounts::confirm_totp(ctx, &by, &shown(ctx, &new, 0))
        .await
        .unwrap();
    ctx.clock.advance(Duration::from_secs(60));
    (by, new, confirmed.recovery_codes.unwrap())
}

/// The actions and reasons of the newest entries, when all that is written behind answers is there.
async fn proved(ctx: &Ctx, by: &Caller) -> Vec<String> {
    ctx.tasks.close();
    ctx.tasks.wait().await;
    ctx.tasks.reopen();
    let page = audit::list(ctx, by, &PageQuery::default(), &audit::AuditFilter::default()).await;
    let said = |entry: audit::AuditEntry| match entry.detail["reason"].as_str() {
        Some(reason) => format!("{} {reason}", entry.action),
        None => entry.action,
    };
    page.unwrap().items.into_iter().map(said).collect()
}

pub async fn a_code_of_the_app_signs_in_once(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let new = accounts::start_totp(&ctx, &by).await.unwrap();
    assert!(
        new.url.contains("secret=") && new.url.contains("issuer=Farol"),
        "{}",
        new.url
    );
    // What is not confirmed is not asked for.
    let came = accounts::sign_in(&ctx, &rule_request(), EMAIL, PASSWORD)
        .await
        .unwrap();
    assert!(matches!(came, Entered::In(_)));
    let wrong = accounts::confirm_totp(&ctx, &by, "000000").await;
    assert_eq!(wrong.unwrap_err().code(), Code::ValidationFailed);
    let code = shown(&ctx, &new, 0);
    let confirmed = accounts::confirm_totp(&ctx, &by, &code).await.unwrap();
    assert_eq!(confirmed.recovery_codes.unwrap().len(), RECOVERY_CODES);
    let twice = accounts::start_totp(&ctx, &by).await;
    assert_eq!(twice.unwrap_err().code(), Code::Conflict);

    let question = asked(&ctx).await;
    assert_eq!(question.kinds, [FactorKind::Totp, FactorKind::RecoveryCode]);
    // The code that confirmed it is used up.
    assert_eq!(
        show(&ctx, &question, totp(code)).await.unwrap_err(),
        Code::SecondFactorWrong
    );
    ctx.clock.advance(Duration::from_secs(30));
    let code = shown(&ctx, &new, 0);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let started = show(&ctx, &question, totp(spaced)).await.unwrap();
    assert_eq!(started.caller.account, by.account);
    assert_eq!(
        show(&ctx, &question, totp(code.clone())).await.unwrap_err(),
        Code::SignInOver
    );
    let question = asked(&ctx).await;
    assert_eq!(
        show(&ctx, &question, totp(code)).await.unwrap_err(),
        Code::SecondFactorWrong
    );
    // A telephone may be half a minute ahead.
    let ahead = shown(&ctx, &new, 1);
    show(&ctx, &question, totp(ahead)).await.unwrap();

    accounts::remove_totp(&ctx, &by).await.unwrap();
    let factors = accounts::factors(&ctx, &by).await.unwrap();
    assert_eq!((factors.totp_since, factors.recovery_codes_left), (None, 0));
    let said = proved(&ctx, &by).await;
    for action in [
        "second_factor.added",
        "second_factor.removed",
        "login.refused second_factor_wrong",
    ] {
        assert!(said.contains(&action.to_owned()), "{action} in {said:?}");
    }
}

pub async fn a_recovery_code_stands_in_once(ctx: Ctx) {
    let (by, _, codes) = with_app(&ctx).await;
    let question = asked(&ctx).await;
    let code = |text: &str| Proof::RecoveryCode {
        code: text.to_owned(),
    };
    let wrong = show(&ctx, &question, code("aaaa-bbbb-cccc-dddd")).await;
    assert_eq!(wrong.unwrap_err(), Code::SecondFactorWrong);
    show(&ctx, &question, code(&codes[0].to_uppercase().replace('-', " ")))
        .await
        .unwrap();
    let question = asked(&ctx).await;
    assert_eq!(
        show(&ctx, &question, code(&codes[0])).await.unwrap_err(),
        Code::RecoveryCodeUsed
    );
    let left = accounts::factors(&ctx, &by).await.unwrap().recovery_codes_left;
    assert_eq!(left, u64::try_from(RECOVERY_CODES).unwrap() - 1);
    // New ones make the older ones worthless.
    let new = accounts::make_recovery_codes(&ctx, &by)
        .await
        .unwrap()
        .recovery_codes
        .unwrap();
    assert_eq!(
        show(&ctx, &question, code(&codes[1])).await.unwrap_err(),
        Code::SecondFactorWrong
    );
    show(&ctx, &question, code(&new[1])).await.unwrap();
    let said = proved(&ctx, &by).await;
    for action in [
        "recovery_code.used",
        "recovery_codes.made",
        "login.refused recovery_code_used",
    ] {
        assert!(said.contains(&action.to_owned()), "{action} in {said:?}");
    }
}

pub async fn after_five_wrong_codes_a_sign_in_begins_again(ctx: Ctx) {
    let (_, new, _) = with_app(&ctx).await;
    let question = asked(&ctx).await;
    for _ in 0..5 {
        let wrong = show(&ctx, &question, totp("000000".into())).await;
        assert_eq!(wrong.unwrap_err(), Code::SecondFactorWrong);
    }
    let right = totp(shown(&ctx, &new, 0));
    assert_eq!(
        show(&ctx, &question, right.clone()).await.unwrap_err(),
        Code::SignInOver
    );
    let late = asked(&ctx).await;
    ctx.clock.advance(Duration::from_secs(5 * 60));
    assert_eq!(show(&ctx, &late, right).await.unwrap_err(), Code::SignInOver);
}

pub async fn codes_of_one_account_are_guessed_slowly(ctx: Ctx) {
    let (by, new, _) = with_app(&ctx).await;
    accounts::end_other_logins(&ctx, &by).await.unwrap();
    accounts::sign_out(&ctx, &by).await.unwrap();
    let mut refused = 0;
    for number in 0..12_u8 {
        // From another address each time, so that nothing but the account is counted.
        let request = from(10, number);
        let Entered::Asked(question) = accounts::sign_in(&ctx, &request, EMAIL, PASSWORD).await.unwrap()
        else {
            panic!("not asked")
        };
        let wrong = totp("000000".into());
        let came = accounts::sign_in_by_second_factor(&ctx, &request, &question.token, wrong).await;
        if came.unwrap_err().code() == Code::TooManyAttempts {
            refused += 1;
        }
    }
    assert_eq!(refused, 2);
    // Its owner goes on a minute later.
    ctx.clock.advance(Duration::from_secs(60));
    let question = asked(&ctx).await;
    show(&ctx, &question, totp(shown(&ctx, &new, 0))).await.unwrap();
}

fn from(network: u8, host: u8) -> accounts::Request<'static> {
    let address = IpAddr::V4(Ipv4Addr::new(198, 51, network, host));
    let info = RequestInfo {
        id: RequestId::new(),
        address,
    };
    accounts::Request {
        info,
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    }
}

/// A passkey of the caller's account.
async fn with_passkey(ctx: &Ctx, by: &Caller, seed: u8) -> Authenticator {
    let at = accounts::factors(ctx, by).await.unwrap().passkeys_at.unwrap();
    let mut device = Authenticator::new(&at, seed);
    let start = accounts::start_passkey(ctx, by).await.unwrap();
    let answer = device.create(&start.options);
    accounts::add_passkey(ctx, by, &start.token, " Telephone ", answer)
        .await
        .unwrap();
    device
}

async fn by_passkey(ctx: &Ctx, device: &mut Authenticator) -> Result<Started, Code> {
    let start = accounts::begin_passkey_sign_in(ctx, &rule_request()).unwrap();
    let answer = device.get(&start.options);
    let started = accounts::sign_in_by_passkey(ctx, &rule_request(), &start.token, answer).await;
    started.map_err(|error| error.code())
}

pub async fn a_passkey_signs_in_alone_and_after_a_password(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let mut device = with_passkey(&ctx, &by, 7).await;
    let factors = accounts::factors(&ctx, &by).await.unwrap();
    assert_eq!(factors.passkeys[0].name, "Telephone");
    assert_eq!(factors.passkeys_at.as_deref(), Some("http://localhost:0"));
    let started = by_passkey(&ctx, &mut device).await.unwrap();
    assert_eq!(started.caller.account, by.account);

    let question = asked(&ctx).await;
    assert_eq!(question.kinds, [FactorKind::Passkey, FactorKind::RecoveryCode]);
    let credential = device.get(&question.passkey_options.clone().unwrap());
    let proof = Proof::Passkey { credential };
    show(&ctx, &question, proof.clone()).await.unwrap();
    assert_eq!(
        show(&ctx, &question, proof.clone()).await.unwrap_err(),
        Code::SignInOver
    );
    // What was signed for one question answers no other.
    let other = asked(&ctx).await;
    assert_eq!(show(&ctx, &other, proof).await.unwrap_err(), Code::PasskeyInvalid);

    let id = factors.passkeys[0].id;
    accounts::rename_passkey(&ctx, &by, id, "Old telephone")
        .await
        .unwrap();
    accounts::remove_passkey(&ctx, &by, id).await.unwrap();
    assert_eq!(
        by_passkey(&ctx, &mut device).await.unwrap_err(),
        Code::PasskeyUnknown
    );
    let said = proved(&ctx, &by).await;
    for action in [
        "login.refused passkey_unknown",
        "login.refused passkey_invalid",
        "second_factor.removed",
    ] {
        assert!(said.contains(&action.to_owned()), "{action} in {said:?}");
    }
}

pub async fn a_copied_passkey_is_noticed(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let mut device = with_passkey(&ctx, &by, 7).await;
    let mut copy = device.clone();
    for _ in 0..3 {
        by_passkey(&ctx, &mut device).await.unwrap();
    }
    assert_eq!(
        by_passkey(&ctx, &mut copy).await.unwrap_err(),
        Code::PasskeyCloned
    );
    by_passkey(&ctx, &mut device).await.unwrap();
    let said = proved(&ctx, &by).await;
    assert!(
        said.contains(&"login.refused passkey_cloned".to_owned()),
        "{said:?}"
    );
}

pub async fn a_passkey_belongs_to_one_server_and_one_account(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let start = accounts::start_passkey(&ctx, &by).await.unwrap();
    let mut elsewhere = Authenticator::new("https://evil.example", 9);
    let answer = elsewhere.create(&start.options);
    let refused = accounts::add_passkey(&ctx, &by, &start.token, "x", answer).await;
    assert_eq!(refused.unwrap_err().code(), Code::PasskeyInvalid);
    let start = accounts::start_passkey(&ctx, &by).await.unwrap();
    let refused = accounts::add_passkey(&ctx, &by, &start.token, "x", Value::Null).await;
    assert_eq!(refused.unwrap_err().code(), Code::ValidationFailed);

    let device = with_passkey(&ctx, &by, 7).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let start = accounts::start_passkey(&ctx, &ana).await.unwrap();
    let answer = device.clone().create(&start.options);
    let twice = accounts::add_passkey(&ctx, &ana, &start.token, "x", answer).await;
    assert_eq!(twice.unwrap_err().code(), Code::Conflict);
    // Nor does what one account began add anything to another.
    let start = accounts::start_passkey(&ctx, &by).await.unwrap();
    let answer = Authenticator::new("http://localhost:0", 11).create(&start.options);
    let refused = accounts::add_passkey(&ctx, &ana, &start.token, "x", answer).await;
    assert_eq!(refused.unwrap_err().code(), Code::SignInOver);
}

pub async fn what_protects_an_account_is_changed_by_who_just_proved_to_own_it(ctx: Ctx) {
    let started = owner(&ctx).await;
    ctx.clock.advance(FRESH);
    let now = async || {
        accounts::authenticate(&ctx, rule_request().info, started.secret.expose())
            .await
            .unwrap()
    };
    let by = now().await;
    let code = |result: farol_server::Result<()>| result.unwrap_err().code();
    assert_eq!(
        code(accounts::start_totp(&ctx, &by).await.map(drop)),
        Code::StepUpRequired
    );
    assert_eq!(
        code(accounts::change_password(&ctx, &by, ANOTHER).await),
        Code::StepUpRequired
    );
    assert_eq!(
        code(accounts::start_passkey(&ctx, &by).await.map(drop)),
        Code::StepUpRequired
    );
    assert_eq!(
        accounts::start_proof(&ctx, &by).await.unwrap().kinds,
        [FactorKind::Password]
    );
    let password = |text: &str| Proof::Password {
        password: text.to_owned(),
    };
    let wrong = accounts::prove(&ctx, &by, None, password("open sesame")).await;
    assert_eq!(code(wrong), Code::InvalidCredentials);
    accounts::prove(&ctx, &by, None, password(PASSWORD))
        .await
        .unwrap();
    let by = now().await;
    let new = accounts::start_totp(&ctx, &by).await.unwrap();
    accounts::confirm_totp(&ctx, &by, &shown(&ctx, &new, 0))
        .await
        .unwrap();

    ctx.clock.advance(FRESH);
    let by = now().await;
    assert_eq!(code(accounts::remove_totp(&ctx, &by).await), Code::StepUpRequired);
    // The password alone is not enough any more.
    let first = accounts::prove(&ctx, &by, None, password(PASSWORD)).await;
    assert_eq!(code(first), Code::ValidationFailed);
    accounts::prove(&ctx, &by, None, totp(shown(&ctx, &new, 0)))
        .await
        .unwrap();
    accounts::remove_totp(&ctx, &now().await).await.unwrap();

    let by = now().await;
    let mut device = with_passkey(&ctx, &by, 7).await;
    let question = accounts::start_proof(&ctx, &by).await.unwrap();
    let passkey = question.passkey.unwrap();
    let credential = device.get(&passkey.options);
    let proof = Proof::Passkey { credential };
    accounts::prove(&ctx, &by, Some(&passkey.token), proof.clone())
        .await
        .unwrap();
    let replayed = accounts::prove(&ctx, &by, Some(&passkey.token), proof).await;
    assert_eq!(code(replayed), Code::SignInOver);
}

pub async fn another_password_ends_the_other_logins(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let Entered::In(other) = accounts::sign_in(&ctx, &from(3, 1), EMAIL, PASSWORD)
        .await
        .unwrap()
    else {
        panic!("asked")
    };
    assert_eq!(accounts::logins(&ctx, &by).await.unwrap().len(), 2);
    let weak = accounts::change_password(&ctx, &by, "short").await;
    assert_eq!(weak.unwrap_err().code(), Code::ValidationFailed);
    accounts::change_password(&ctx, &by, ANOTHER).await.unwrap();
    let cut = accounts::authenticate(&ctx, rule_request().info, other.secret.expose()).await;
    assert_eq!(cut.unwrap_err().code(), Code::NotSignedIn);
    let old = accounts::sign_in(&ctx, &rule_request(), EMAIL, PASSWORD).await;
    assert_eq!(old.unwrap_err().code(), Code::InvalidCredentials);
    accounts::sign_in(&ctx, &rule_request(), EMAIL, ANOTHER)
        .await
        .unwrap();
    assert!(
        proved(&ctx, &by)
            .await
            .contains(&"account.password_changed".to_owned())
    );
}

pub async fn logins_are_seen_and_ended_by_their_owner(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let sign_in = async |network| match accounts::sign_in(&ctx, &from(network, 1), EMAIL, PASSWORD)
        .await
        .unwrap()
    {
        Entered::In(started) => started,
        Entered::Asked(_) => panic!("asked"),
    };
    let (one, two) = (sign_in(1).await, sign_in(2).await);
    assert!(one.new_place && two.new_place);
    assert!(!sign_in(2).await.new_place, "the same network and device");
    let seen = accounts::logins(&ctx, &by).await.unwrap();
    assert_eq!(seen.len(), 4);
    let first = seen.iter().find(|login| login.id == one.caller.login()).unwrap();
    assert_eq!(first.device.browser, Some("Firefox"));
    assert_eq!(first.address, "198.51.1.1");
    assert_eq!(seen.iter().filter(|login| login.current).count(), 1);

    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let foreign = accounts::end_login(&ctx, &ana, one.caller.login()).await;
    assert_eq!(foreign.unwrap_err().code(), Code::NotFound);
    accounts::end_login(&ctx, &by, one.caller.login()).await.unwrap();
    let live = async |started: &Started| {
        accounts::authenticate(&ctx, rule_request().info, started.secret.expose())
            .await
            .is_ok()
    };
    assert!(!live(&one).await && live(&two).await);
    assert_eq!(accounts::end_other_logins(&ctx, &by).await.unwrap(), 2);
    assert!(!live(&two).await);
    let attempts = accounts::sign_ins(&ctx, &by).await.unwrap();
    assert_eq!(attempts.len(), 3);
    assert!(
        attempts
            .iter()
            .all(|one| one.succeeded && one.method.as_deref() == Some("password"))
    );
    assert_eq!(accounts::sign_ins(&ctx, &ana).await.unwrap().len(), 0);
}

pub async fn somebody_who_lost_everything_is_let_in_again(ctx: Ctx) {
    let (by, _, _) = with_app(&ctx).await;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let bob = joined(&ctx, &by, "bob@a.example", RoleKey::Technician, within(here)).await;
    let new = accounts::start_totp(&ctx, &bob).await.unwrap();
    accounts::confirm_totp(&ctx, &bob, &shown(&ctx, &new, 0))
        .await
        .unwrap();
    let seen = accounts::person(&ctx, &ana, bob.account).await.unwrap();
    assert!(seen.second_factor);
    // Nobody takes them from who may more, or from themselves.
    for (who, whose) in [(&ana, by.account), (&bob, ana.account), (&ana, ana.account)] {
        let refused = accounts::reset_factors(&ctx, who, whose)
            .await
            .unwrap_err()
            .code();
        assert!(
            [Code::Forbidden, Code::NotFound].contains(&refused),
            "{refused:?}"
        );
    }
    accounts::reset_factors(&ctx, &ana, bob.account).await.unwrap();
    let came = accounts::sign_in(&ctx, &rule_request(), "bob@a.example", PASSWORD)
        .await
        .unwrap();
    assert!(matches!(came, Entered::In(_)));

    // The owner, from the command line; what was open with their logins is cut in the server that runs beside it.
    let mut beside = machines::Beside::default();
    beside.look(&ctx).await.unwrap();
    let mut streams = [&by, &ana].map(|who| ctx.events.subscribe(Listener::of(who)).unwrap());
    let done = accounts::recover(&ctx, None, true).await.unwrap();
    assert!(!done.factors_removed && !done.enabled);
    assert_eq!(done.link.email.as_deref(), Some(EMAIL));
    beside.look(&ctx).await.unwrap();
    let [owners, anas] = &mut streams;
    assert!(owners.next().await.is_none());
    assert!(anas.next().await.is_some(), "hers goes on");
    let done = accounts::recover(&ctx, Some(EMAIL), false).await.unwrap();
    assert!(done.factors_removed);
    let token = done.link.path.split_once('=').unwrap().1;
    let started = accounts::sign_in_by_link(&ctx, &rule_request(), token)
        .await
        .unwrap();
    accounts::change_password(&ctx, &started.caller, ANOTHER)
        .await
        .unwrap();
    accounts::disable(&ctx, &again(&ctx, &started.caller).await, bob.account)
        .await
        .unwrap();
    let done = accounts::recover(&ctx, Some("bob@a.example"), false)
        .await
        .unwrap();
    assert!(done.enabled);
    assert!(
        proved(&ctx, &started.caller)
            .await
            .contains(&"account.recovered".to_owned())
    );
    let nobody = accounts::recover(&ctx, Some("nobody@a.example"), false).await;
    assert_eq!(nobody.unwrap_err().code(), Code::NotFound);
}
