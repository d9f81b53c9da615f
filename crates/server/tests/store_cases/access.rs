//! Access rules: one for each place, role and right; what they mean for a machine as it stands in the database.

use farol_server::access::{
    self, AccessRight, AccessRule, Effective, Mode, NewRule, OnSilence, RULES_MAX, Right, RuleChange, Scope,
    Source,
};
use farol_server::accounts::Caller;
use farol_server::audit::{self, AuditEntry, AuditFilter};
use farol_server::enrollment::Approval;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{AccessRuleId, MachineId, OrganizationId};
use farol_server::machines::{self, Labels};
use farol_server::organizations;
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::entities::access_rule::{self, ScopeKind};
use farol_server::store::entities::machine;
use farol_server::{Code, Ctx};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::recognition::{enroll, request, token};
use crate::common::owner;

fn wanted(scope: Scope, mode: Mode) -> NewRule {
    NewRule {
        organization_id: None,
        scope,
        role: None,
        right: None,
        mode,
        on_silence: None,
    }
}

fn tag(tag: &str) -> Scope {
    Scope::Tag { tag: tag.into() }
}

async fn create(ctx: &Ctx, by: &Caller, wanted: NewRule) -> Result<AccessRule, Code> {
    access::create(ctx, by, wanted)
        .await
        .map_err(|error| error.code())
}

async fn change(ctx: &Ctx, by: &Caller, seen: &AccessRule, mode: Mode) -> Result<AccessRule, Code> {
    let wanted = RuleChange {
        mode: Some(mode),
        on_silence: None,
    };
    access::change(ctx, by, seen.id, wanted, &IfMatch::seen(&seen.etag))
        .await
        .map_err(|error| error.code())
}

async fn row(ctx: &Ctx, id: MachineId) -> machine::Model {
    let found = machine::Entity::find_by_id(id).one(ctx.db.read()).await;
    found.unwrap().unwrap()
}

async fn effective(ctx: &Ctx, id: MachineId, role: RoleKey) -> Effective {
    access::effective(ctx.db.read(), &row(ctx, id).await, &[role])
        .await
        .unwrap()
}

/// Who is asked before a technician looks at the machine.
async fn to_view(ctx: &Ctx, id: MachineId) -> Mode {
    effective(ctx, id, RoleKey::Technician).await.of(Right::View).mode
}

async fn newest(ctx: &Ctx, by: &Caller) -> AuditEntry {
    let list = audit::list(ctx, by, &PageQuery::default(), &AuditFilter::default()).await;
    list.unwrap().items.into_iter().next().unwrap()
}

pub async fn of_each_place_role_and_right_there_is_one_rule(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine_id = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let site_id = row(&ctx, machine_id).await.site_id;
    let scopes = [
        Scope::Organization,
        Scope::Site { site_id },
        tag("lab"),
        tag("till"),
        Scope::Machine { machine_id },
    ];
    let mut made = 0;
    for scope in scopes {
        for role in [None, Some(RoleKey::Technician)] {
            for right in [None, Some(AccessRight::View), Some(AccessRight::Files)] {
                let wanted = NewRule {
                    role,
                    right,
                    ..wanted(scope.clone(), Mode::Ask)
                };
                let rule = create(&ctx, &by, wanted.clone()).await.unwrap();
                assert_eq!((&rule.scope, rule.role, rule.right), (&scope, role, right));
                assert_eq!(create(&ctx, &by, wanted).await, Err(Code::AccessRuleExists));
                made += 1;
            }
        }
    }
    // A tag is the same however it is written.
    assert_eq!(
        create(&ctx, &by, wanted(tag(" LAB "), Mode::Never)).await,
        Err(Code::AccessRuleExists)
    );
    assert_eq!(access::list(&ctx, &by).await.unwrap().len(), made);
}

pub async fn a_machine_is_under_the_rules_of_its_place_its_tags_and_its_records(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let merged = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let labels = Labels {
        tags: vec!["lab".into()],
        ..Labels::default()
    };
    let tx = ctx.db.write().await.unwrap();
    machine::Entity::update_many()
        .col_expr(machine::Column::Labels, Expr::value(labels.to_column()))
        .filter(machine::Column::Id.eq(machine))
        .exec(&tx)
        .await
        .unwrap();
    machines::search::keep(&tx, machine).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::Unattended);

    let site_id = row(&ctx, machine).await.site_id;
    create(&ctx, &by, wanted(Scope::Organization, Mode::Ask))
        .await
        .unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::Ask);
    create(&ctx, &by, wanted(Scope::Site { site_id }, Mode::Never))
        .await
        .unwrap();
    create(&ctx, &by, wanted(tag("till"), Mode::Unattended))
        .await
        .unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::Never);
    let of_tag = create(&ctx, &by, wanted(tag("lab"), Mode::AskIfLoggedOn))
        .await
        .unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::AskIfLoggedOn);
    assert_eq!(to_view(&ctx, merged).await, Mode::Never, "it has no tag");

    // A role that the rule is not about sees what is wider.
    let technicians = NewRule {
        role: Some(RoleKey::Technician),
        right: Some(AccessRight::View),
        ..wanted(Scope::Machine { machine_id: merged }, Mode::Ask)
    };
    create(&ctx, &by, technicians).await.unwrap();
    assert_eq!(to_view(&ctx, merged).await, Mode::Ask);
    let owners = effective(&ctx, merged, RoleKey::Owner).await;
    assert_eq!(owners.of(Right::View).mode, Mode::Never);

    // What was said of a record is said of the machine that it is merged into, until they are parted.
    machines::merge(&ctx, &by, machine, merged).await.unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::Ask);
    let source = |effective: &Effective| match &effective.of(Right::Control).source {
        Source::Rule { id, .. } => Some(*id),
        Source::BuiltIn => None,
    };
    let both = effective(&ctx, machine, RoleKey::Technician).await;
    assert_eq!(source(&both), Some(of_tag.id));
    let shown = access::list(&ctx, &by).await.unwrap();
    assert_eq!(shown.last().unwrap().scope_name, row(&ctx, machine).await.name);
    machines::undo(&ctx, &by, machine, merged).await.unwrap();
    assert_eq!(to_view(&ctx, machine).await, Mode::AskIfLoggedOn);

    // A rule for what was merged is one for the machine.
    machines::merge(&ctx, &by, machine, merged).await.unwrap();
    let rule = create(
        &ctx,
        &by,
        wanted(Scope::Machine { machine_id: merged }, Mode::Ask),
    )
    .await
    .unwrap();
    assert_eq!(rule.scope, Scope::Machine { machine_id: machine });
}

pub async fn the_rules_of_a_machine_go_with_it(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine_id = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    create(&ctx, &by, wanted(Scope::Organization, Mode::Ask))
        .await
        .unwrap();
    create(&ctx, &by, wanted(Scope::Machine { machine_id }, Mode::Never))
        .await
        .unwrap();
    machines::remove(&ctx, &by, machine_id).await.unwrap();
    let left = access::list(&ctx, &by).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].scope, Scope::Organization);
    assert_eq!(
        create(&ctx, &by, wanted(Scope::Machine { machine_id }, Mode::Never)).await,
        Err(Code::NotFound)
    );
}

pub async fn of_two_changes_of_a_rule_at_once_one_wins(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let rule = create(&ctx, &by, wanted(Scope::Organization, Mode::Ask))
        .await
        .unwrap();
    let mut changing = Vec::new();
    for mode in [Mode::Never, Mode::Unattended] {
        let (ctx, by, rule) = (ctx.clone(), by.clone(), rule.clone());
        changing.push(tokio::spawn(async move { change(&ctx, &by, &rule, mode).await }));
    }
    let mut won = Vec::new();
    for changed in changing {
        match changed.await.unwrap() {
            Ok(rule) => won.push(rule),
            Err(code) => assert_eq!(code, Code::VersionMismatch),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(access::list(&ctx, &by).await.unwrap(), won);
    let gone = access::delete(&ctx, &by, rule.id, &IfMatch::seen(&rule.etag)).await;
    assert_eq!(gone.unwrap_err().code(), Code::VersionMismatch);
    access::delete(&ctx, &by, rule.id, &IfMatch::seen(&won[0].etag))
        .await
        .unwrap();
    assert!(access::list(&ctx, &by).await.unwrap().is_empty());
}

pub async fn rules_of_another_organization_do_not_exist(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine_id = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let site_id = row(&ctx, machine_id).await.site_id;
    let rule = create(&ctx, &by, wanted(Scope::Organization, Mode::Ask))
        .await
        .unwrap();
    let theirs = OrganizationId::new();
    let stranger = Caller {
        rights: Rights::of_role(RoleKey::Owner, theirs),
        ..by.clone()
    };
    assert!(access::list(&ctx, &stranger).await.unwrap().is_empty());
    assert_eq!(
        change(&ctx, &stranger, &rule, Mode::Unattended).await,
        Err(Code::NotFound)
    );
    let gone = access::delete(&ctx, &stranger, rule.id, &IfMatch::seen(&rule.etag)).await;
    assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    let looked = access::machine_access(&ctx, &stranger, machine_id).await;
    assert_eq!(looked.unwrap_err().code(), Code::NotFound);
    for scope in [Scope::Site { site_id }, Scope::Machine { machine_id }] {
        let made = create(&ctx, &stranger, wanted(scope, Mode::Unattended)).await;
        assert_eq!(made, Err(Code::NotFound));
    }
    let elsewhere = NewRule {
        organization_id: Some(rule.organization_id),
        ..wanted(tag("lab"), Mode::Unattended)
    };
    assert_eq!(create(&ctx, &stranger, elsewhere).await, Err(Code::NotFound));

    let technician = Caller {
        rights: Rights::of_role(RoleKey::Technician, rule.organization_id),
        ..by.clone()
    };
    let listed = access::list(&ctx, &technician).await;
    assert_eq!(listed.unwrap_err().code(), Code::Forbidden);
    assert_eq!(
        change(&ctx, &technician, &rule, Mode::Never).await,
        Err(Code::Forbidden)
    );
    let looked = access::machine_access(&ctx, &technician, machine_id)
        .await
        .unwrap();
    assert_eq!(looked.roles, [RoleKey::Technician]);
    assert_eq!(looked.rights.len(), Right::ALL.len());
    assert!(looked.rights.iter().all(|right| right.mode == Mode::Ask));
    assert_eq!(looked.rights[0].source.name.as_deref(), Some("Rock Light"));
    assert_eq!(access::list(&ctx, &by).await.unwrap(), [rule]);
}

pub async fn what_was_done_to_a_rule_is_proved_with_before_and_after(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let rule = NewRule {
        role: Some(RoleKey::Technician),
        right: Some(AccessRight::Control),
        on_silence: Some(OnSilence::Allow),
        ..wanted(tag("lab"), Mode::AskIfLoggedOn)
    };
    let rule = create(&ctx, &by, rule).await.unwrap();
    let entry = newest(&ctx, &by).await;
    assert_eq!(entry.action, "access_rule.created");
    assert_eq!(entry.before, None);
    assert_eq!(
        entry.after,
        Some(json!({ "mode": "ask_if_logged_on", "on_silence": "allow" }))
    );
    assert_eq!(
        entry.detail,
        json!({ "scope": "tag", "tag": "lab", "role": "technician", "right": "control" })
    );
    let target = entry.target.unwrap();
    assert_eq!(
        (target.kind.as_str(), target.name.as_str()),
        ("access_rule", "lab")
    );

    // Only what differs; a change that changes nothing is none.
    ctx.clock.advance(std::time::Duration::from_secs(10));
    let changed = change(&ctx, &by, &rule, Mode::Never).await.unwrap();
    assert_eq!((changed.mode, changed.on_silence), (Mode::Never, None));
    assert_eq!(changed.changed_at, Some(ctx.clock.now()));
    assert_eq!(changed.changed_by.as_ref().unwrap().name, "Ann Martins");
    let entry = newest(&ctx, &by).await;
    assert_eq!(entry.action, "access_rule.changed");
    assert_eq!(
        (entry.before, entry.after),
        (
            Some(json!({ "mode": "ask_if_logged_on", "on_silence": "allow" })),
            Some(json!({ "mode": "never", "on_silence": null }))
        )
    );
    let same = change(&ctx, &by, &changed, Mode::Never).await.unwrap();
    assert_eq!(same, changed);
    assert_eq!(newest(&ctx, &by).await.id, entry.id);

    access::delete(&ctx, &by, rule.id, &IfMatch::seen(&changed.etag))
        .await
        .unwrap();
    let entry = newest(&ctx, &by).await;
    assert_eq!(entry.action, "access_rule.deleted");
    assert_eq!(entry.after, None);
    assert_eq!(entry.before.unwrap()["mode"], "never");
    assert_eq!(entry.detail["right"], "control");
}

pub async fn an_organization_has_so_many_rules_and_no_more(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let organization = organizations::all(ctx.db.read()).await.unwrap()[0].id;
    let rows = (1..RULES_MAX).map(|number| {
        let row = access_rule::Model {
            id: AccessRuleId::new(),
            organization_id: organization,
            scope: ScopeKind::Tag,
            site_id: None,
            tag: Some(format!("tag {number}")),
            machine_id: None,
            role: None,
            access_right: None,
            mode: Mode::Ask,
            on_silence: OnSilence::Refuse,
            created_at: ctx.clock.now(),
            created_by: None,
            created_by_name: "test".into(),
            changed_at: None,
            changed_by: None,
            changed_by_name: None,
            version: 1,
        };
        row.into_active_model().reset_all()
    });
    let tx = ctx.db.write().await.unwrap();
    access_rule::Entity::insert_many(rows)
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let last = create(&ctx, &by, wanted(tag("last"), Mode::Ask)).await.unwrap();
    assert_eq!(
        create(&ctx, &by, wanted(tag("more"), Mode::Ask)).await,
        Err(Code::AccessRulesFull)
    );
    access::delete(&ctx, &by, last.id, &IfMatch::seen(&last.etag))
        .await
        .unwrap();
    create(&ctx, &by, wanted(tag("more"), Mode::Ask)).await.unwrap();
}
