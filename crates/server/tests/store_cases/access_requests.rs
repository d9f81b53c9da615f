//! Access for a while: who asks, who decides, and that it ends.

use std::time::Duration;

use farol_server::access_requests::{self, Decision, NewAccessRequest, WAIT_MAX};
use farol_server::accounts::Caller;
use farol_server::audit::{self, AuditFilter};
use farol_server::enrollment::Approval;
use farol_server::http::PageQuery;
use farol_server::ids::{AccessRequestId, MachineId};
use farol_server::rights::{
    self, AssignmentPlace, Conditions, DecidedBy, Moments, NewAssignment, Permission, Question, RoleKey,
};
use farol_server::store::entities::access_request::RequestState;
use farol_server::{Code, Ctx};

use super::recognition::{enroll, request, token};
use super::rights::{again, joined, organization, within};
use crate::common::owner;

const HOUR: u64 = 3600;

fn wanted(machine_id: MachineId, permissions: &[Permission]) -> NewAccessRequest {
    NewAccessRequest {
        machine_id,
        permissions: permissions.to_vec(),
        reason: "Ticket 7".into(),
        duration_seconds: HOUR,
    }
}

async fn ask(
    ctx: &Ctx,
    by: &Caller,
    machine: MachineId,
    permission: Permission,
) -> Result<AccessRequestId, Code> {
    let asked = access_requests::ask(ctx, by, wanted(machine, &[permission])).await;
    asked.map(|one| one.id).map_err(|error| error.code())
}

async fn approve(ctx: &Ctx, by: &Caller, id: AccessRequestId) -> Result<(), Code> {
    let approved = access_requests::approve(ctx, by, id, Decision::default()).await;
    approved.map(drop).map_err(|error| error.code())
}

async fn entries(ctx: &Ctx, by: &Caller) -> Vec<String> {
    let list = audit::list(ctx, by, &PageQuery::default(), &AuditFilter::default()).await;
    let actions = list.unwrap().items.into_iter().map(|entry| entry.action);
    actions
        .filter(|action| action.starts_with("access_request"))
        .collect()
}

pub async fn somebody_else_decides_and_it_ends_by_itself(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let other = enroll(&ctx, request(&key, 2, 2)).await.unwrap();
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let bob = joined(&ctx, &by, "bob@a.example", RoleKey::Viewer, within(here)).await;
    let eva = joined(&ctx, &by, "eva@a.example", RoleKey::Technician, within(here)).await;

    for (permissions, seconds, reason) in [
        (vec![], HOUR, "x"),
        (vec![Permission::AuditRead], HOUR, "x"),
        (vec![Permission::ScreenView], HOUR, "x"),
        (vec![Permission::ScreenControl], 299, "x"),
        (vec![Permission::ScreenControl], 7 * 24 * HOUR + 1, "x"),
        (vec![Permission::ScreenControl], HOUR, " "),
    ] {
        let wrong = NewAccessRequest {
            reason: reason.into(),
            duration_seconds: seconds,
            ..wanted(machine, &permissions)
        };
        let refused = access_requests::ask(&ctx, &ana, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::ValidationFailed, "{permissions:?}");
    }
    let id = ask(&ctx, &ana, machine, Permission::ScreenControl).await.unwrap();
    let seen = async |by: &Caller| access_requests::list(&ctx, by).await.unwrap();
    assert_eq!(seen(&bob).await, []);
    let shown = seen(&eva).await;
    assert!(shown[0].may_decide && shown[0].may_withdraw);
    let mine = seen(&ana).await;
    assert!(!mine[0].may_decide && mine[0].may_withdraw);
    assert_eq!(approve(&ctx, &bob, id).await, Err(Code::NotFound));
    assert_eq!(approve(&ctx, &ana, id).await, Err(Code::Forbidden));
    approve(&ctx, &eva, id).await.unwrap();
    assert_eq!(approve(&ctx, &by, id).await, Err(Code::Conflict));

    let now = again(&ctx, &ana).await;
    let decided = async |by: &Caller, on| {
        let said = rights::effective_permissions(&ctx, by, by.account, Question::Machine(on))
            .await
            .unwrap();
        let mut all = said.permissions.into_iter();
        let control = all
            .find(|one| one.permission == Permission::ScreenControl)
            .unwrap();
        (control.decided_by, said.roles.iter().any(|role| role.lent))
    };
    assert_eq!(decided(&now, machine).await, (DecidedBy::Role, true));
    assert_eq!(decided(&now, other).await, (DecidedBy::NoRole, false));
    assert_eq!(now.rights.role_keys_in(here), [RoleKey::Viewer]);
    // Nobody lends on what was lent to them.
    let id = ask(&ctx, &bob, machine, Permission::ScreenControl).await.unwrap();
    assert_eq!(approve(&ctx, &now, id).await, Err(Code::NotFound));
    let refused = access_requests::refuse(&ctx, &eva, id, Decision { note: "No".into() }).await;
    let refused = refused.unwrap();
    assert_eq!(
        (refused.state, refused.note.as_str()),
        (RequestState::Refused, "No")
    );
    assert!(
        !again(&ctx, &bob)
            .await
            .rights
            .offered_in(here)
            .has(Permission::ScreenControl)
    );

    ctx.clock.advance(Duration::from_secs(HOUR));
    let now = again(&ctx, &ana).await;
    assert_eq!(decided(&now, machine).await, (DecidedBy::NoRole, false));
    for _ in 0..2 {
        Moments::default().look(&ctx).await.unwrap();
    }
    assert_eq!(
        entries(&ctx, &by).await,
        [
            "access_request.ended",
            "access_request.refused",
            "access_request.created",
            "access_request.approved",
            "access_request.created",
        ]
    );
    let over = seen(&ana).await;
    assert_eq!(
        (over[0].state, over[0].may_withdraw),
        (RequestState::Ended, false)
    );
}

pub async fn what_was_approved_can_be_ended_before_its_time(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let withdraw = async |by: &Caller, id| {
        let done = access_requests::withdraw(&ctx, by, id).await;
        done.map(|one| one.state).map_err(|error| error.code())
    };
    for who in [&by, &ana] {
        let id = ask(&ctx, &ana, machine, Permission::ScreenControl).await.unwrap();
        approve(&ctx, &by, id).await.unwrap();
        assert!(
            again(&ctx, &ana)
                .await
                .rights
                .offered_in(here)
                .has(Permission::ScreenControl)
        );
        assert_eq!(withdraw(who, id).await, Ok(RequestState::Withdrawn));
        assert!(
            !again(&ctx, &ana)
                .await
                .rights
                .offered_in(here)
                .has(Permission::ScreenControl)
        );
        assert_eq!(withdraw(who, id).await, Err(Code::Conflict));
    }
    let id = ask(&ctx, &ana, machine, Permission::ScreenControl).await.unwrap();
    assert_eq!(withdraw(&ana, id).await, Ok(RequestState::Withdrawn));
    assert_eq!(approve(&ctx, &by, id).await, Err(Code::Conflict));
    // What nobody decided about in time is over.
    let id = ask(&ctx, &ana, machine, Permission::ScreenControl).await.unwrap();
    ctx.clock.advance(WAIT_MAX);
    assert_eq!(approve(&ctx, &by, id).await, Err(Code::Conflict));
    assert_eq!(
        access_requests::get(&ctx, &ana, id).await.unwrap().state,
        RequestState::Ended
    );
}

pub async fn nobody_lends_for_longer_than_they_have_it(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let eva = joined(&ctx, &by, "eva@a.example", RoleKey::Viewer, within(here)).await;
    let otto = joined(&ctx, &by, "otto@b.example", RoleKey::Owner, within(there)).await;
    let id = ask(&ctx, &ana, machine, Permission::ScreenControl).await.unwrap();
    assert_eq!(
        ask(&ctx, &otto, machine, Permission::ScreenControl).await,
        Err(Code::NotFound)
    );
    assert_eq!(approve(&ctx, &otto, id).await, Err(Code::NotFound));
    for (seconds, expected) in [(HOUR - 1, Err(Code::NotFound)), (HOUR, Ok(()))] {
        let given = NewAssignment {
            account_id: eva.account,
            role: RoleKey::Technician,
            place: AssignmentPlace::Machine {
                organization_id: here,
                machine_id: machine,
            },
            conditions: Conditions {
                expires_at: Some(ctx.clock.now().after(Duration::from_secs(seconds))),
                ..Conditions::NONE
            },
        };
        let given = rights::assign(&ctx, &by, given).await.unwrap();
        let eva = again(&ctx, &eva).await;
        assert_eq!(approve(&ctx, &eva, id).await, expected, "{seconds}");
        rights::unassign(&ctx, &by, given.id).await.unwrap();
    }
}
