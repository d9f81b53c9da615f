//! Invitations over rows: used once, limited, revoked while somebody comes; and gone with the record of their session.

use std::time::Duration;

use farol_protocol::ids::{RunId, SessionId as WireSessionId};
use farol_protocol::link::{Answer, SessionAnswer};
use farol_protocol::pipe::PipeKey;
use farol_protocol::rights::Rights;
use farol_server::accounts::Caller;
use farol_server::enrollment::Approval;
use farol_server::ids::{InvitationId, MachineId, SessionId};
use farol_server::presence::{Place, Who};
use farol_server::sessions::invitations::{
    self, Accept, CreatedInvitation, InvitationState, NewInvitation, OPEN_PER_SESSION,
};
use farol_server::sessions::lifecycle::{Input, State};
use farol_server::sessions::{self, RightSet};
use farol_server::store::entities::{invitation, session};
use farol_server::{Code, Ctx};
use sea_orm::{EntityTrait, PaginatorTrait};

use super::recognition::{enroll, request, token};
use crate::common::{owner, rule_request};

/// A technician in a session that runs, on a machine that is linked.
struct Scene {
    ctx: Ctx,
    by: Caller,
    host: SessionId,
    _place: Place,
}

impl Scene {
    async fn new(ctx: Ctx) -> Self {
        let by = owner(&ctx).await.caller;
        let text = token(&ctx, None, Approval::Automatic).await;
        let machine = enroll(&ctx, request(&text, 1, 1)).await.unwrap();
        let place = link(&ctx, machine);
        let wanted = (Rights::VIEW, viewer_key(1));
        let opened = sessions::open(&ctx, &by, machine, (wanted.0, &wanted.1), None)
            .await
            .unwrap();
        let host = opened.session.id;
        let said = SessionAnswer {
            session: WireSessionId(host.bytes()),
            answer: Answer::Accepted(Rights::VIEW),
            by: String::new(),
        };
        sessions::answered(&ctx, machine, said);
        let handle = ctx.live.get(host).unwrap();
        assert!(handle.report(Input::Coupled(1)));
        let mut status = handle.watch();
        let active = status.wait_for(|status| status.state == State::Active).await;
        drop(active.unwrap());
        Self {
            ctx,
            by,
            host,
            _place: place,
        }
    }

    async fn invite(&self) -> Result<CreatedInvitation, Code> {
        let wanted = NewInvitation {
            rights: RightSet(Rights::VIEW),
            minutes: None,
        };
        let created = invitations::create(&self.ctx, &self.by, self.host, wanted).await;
        created.map_err(|error| error.code())
    }

    async fn revoke(&self, invitation: InvitationId) {
        let which = (self.host, invitation);
        invitations::revoke(&self.ctx, &self.by, which).await.unwrap();
    }

    async fn states(&self) -> Vec<InvitationState> {
        let list = invitations::list(&self.ctx, &self.by, self.host).await.unwrap();
        list.items.into_iter().map(|one| one.state).collect()
    }
}

fn viewer_key(seed: u8) -> String {
    PipeKey::from_seed([seed; 32]).public().to_base64url()
}

fn link(ctx: &Ctx, machine: MachineId) -> Place {
    let who = Who {
        record: machine,
        key: [0; 32],
        run: RunId([1; 16]),
        installation: None,
    };
    let key = PipeKey::from_seed([7; 32]).public();
    ctx.presence
        .arrive(ctx.clock.now(), machine, who, (vec!["screen".into()], key))
}

/// Somebody comes, from an address of their own, so that no throttle helps.
async fn accept(ctx: &Ctx, secret: &str, from: u8) -> Result<SessionId, Code> {
    let mut info = rule_request().info;
    info.address = std::net::Ipv4Addr::new(198, 51, 100, from).into();
    let asked = Accept {
        secret: secret.into(),
        name: format!("Gil {from}"),
        viewer_key: viewer_key(from),
    };
    let opened = invitations::accept(ctx, &info, &asked).await;
    opened
        .map(|opened| opened.opening.session.id)
        .map_err(|error| error.code())
}

pub async fn an_invitation_lets_one_of_many_in(ctx: Ctx) {
    let scene = Scene::new(ctx).await;
    let made = scene.invite().await.unwrap();
    let mut coming = Vec::new();
    for from in 1..=6 {
        let (ctx, secret) = (scene.ctx.clone(), made.secret.clone());
        coming.push(tokio::spawn(async move { accept(&ctx, &secret, from).await }));
    }
    let mut came = Vec::new();
    for coming in coming {
        match coming.await.unwrap() {
            Ok(session) => came.push(session),
            Err(error) => assert_eq!(error, Code::InvitationNotValid),
        }
    }
    let [guest] = came[..] else {
        panic!("{came:?} came in")
    };
    let row = session::Entity::find_by_id(guest)
        .one(scene.ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.guest_of, Some(scene.host));
    assert_eq!(
        (row.account_id, row.login_id),
        (Some(scene.by.account), Some(scene.by.login()))
    );
    // Those who were late left nothing behind.
    let rows = session::Entity::find().count(scene.ctx.db.read()).await.unwrap();
    assert_eq!((rows, scene.ctx.live.find(|_| true).len()), (2, 2));
    assert_eq!(scene.states().await, [InvitationState::Accepted]);
}

pub async fn open_invitations_are_limited(ctx: Ctx) {
    let scene = std::sync::Arc::new(Scene::new(ctx).await);
    for _ in 1..OPEN_PER_SESSION {
        scene.invite().await.unwrap();
    }
    // Of two that make the last one at the same moment one does.
    let second = std::sync::Arc::clone(&scene);
    let second = tokio::spawn(async move { second.invite().await.map(|_| ()) });
    let first = scene.invite().await.map(|_| ());
    let mut both = [first, second.await.unwrap()];
    both.sort_by_key(Result::is_err);
    assert_eq!(both, [Ok(()), Err(Code::TooManyInvitations)]);
    scene.ctx.clock.advance(invitations::LIFE_DEFAULT);
    assert!(
        scene
            .states()
            .await
            .iter()
            .all(|state| *state == InvitationState::Expired)
    );
    let made = scene.invite().await.unwrap();
    scene
        .ctx
        .clock
        .advance(invitations::LIFE_DEFAULT.saturating_sub(Duration::from_millis(1)));
    accept(&scene.ctx, &made.secret, 1).await.unwrap();
}

pub async fn an_invitation_that_is_revoked_while_somebody_comes_leaves_nobody_in(ctx: Ctx) {
    let scene = std::sync::Arc::new(Scene::new(ctx).await);
    for from in 1..=4 {
        let made = scene.invite().await.unwrap();
        let (there, secret) = (std::sync::Arc::clone(&scene), made.secret.clone());
        let coming = tokio::spawn(async move { accept(&there.ctx, &secret, from).await });
        scene.revoke(made.invitation.id).await;
        match coming.await.unwrap() {
            Err(error) => assert_eq!(error, Code::InvitationNotValid),
            Ok(guest) => {
                if let Some(handle) = scene.ctx.live.get(guest) {
                    handle.recorded().await;
                }
                let row = session::Entity::find_by_id(guest).one(scene.ctx.db.read()).await;
                let reason = row.unwrap().unwrap().end_reason;
                assert_eq!(reason.as_deref(), Some("invitation_revoked"));
            }
        }
        assert_eq!(scene.states().await[0], InvitationState::Revoked);
        assert_eq!(
            accept(&scene.ctx, &made.secret, 99).await,
            Err(Code::InvitationNotValid)
        );
    }
}

pub async fn invitations_go_with_the_record_of_their_session(ctx: Ctx) {
    let scene = Scene::new(ctx).await;
    let (made, other) = (scene.invite().await.unwrap(), scene.invite().await.unwrap());
    let guest = accept(&scene.ctx, &made.secret, 1).await.unwrap();
    let rows = invitation::Entity::find().all(scene.ctx.db.read()).await.unwrap();
    let kept = format!("{rows:?}{made:?}");
    assert!(
        !kept.contains(&made.secret) && !kept.contains(&other.secret),
        "only hashes are kept"
    );

    sessions::end(&scene.ctx, &scene.by, scene.host).await.unwrap();
    if let Some(handle) = scene.ctx.live.get(guest) {
        handle.recorded().await;
    }
    let row = session::Entity::find_by_id(guest)
        .one(scene.ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.end_reason.as_deref(), Some("host_left"));
    assert_eq!(
        scene.states().await,
        [InvitationState::Expired, InvitationState::Accepted]
    );
    sessions::remove(&scene.ctx, &scene.by, &[scene.host])
        .await
        .unwrap();
    let left = invitation::Entity::find()
        .count(scene.ctx.db.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
    // What the guest did stays, and says that they were one.
    let stays = sessions::get(&scene.ctx, &scene.by, guest).await.unwrap();
    assert_eq!(stays.guest_of, Some(scene.host));
}
