//! Machines over rows: keys that are changed, records that are merged, installations that take each other's place.

use farol_protocol::identity::{MachineKey, MachinePublicKey};
use farol_protocol::link::NewMachineKey;
use farol_server::enrollment::Approval;
use farol_server::ids::MachineId;
use farol_server::store::entities::{machine, machine_key};
use farol_server::{Ctx, machines, recognition};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::recognition::{enroll, request, token};

fn key(seed: u8) -> MachineKey {
    MachineKey::from_seed(&[seed; 32])
}

/// What an agent says that made itself the key `new` while it held `old`.
fn offer(machine: MachineId, old: u8, new: u8) -> NewMachineKey {
    let (old, new) = (key(old), key(new));
    let both: (&MachinePublicKey, &MachinePublicKey) = (&old.public(), &new.public());
    let wire = farol_protocol::ids::MachineId(machine.bytes());
    NewMachineKey {
        key: new.public(),
        signature_by_old: old.sign_rotation(wire, both),
        signature_by_new: new.sign_rotation(wire, both),
    }
}

pub async fn a_key_that_was_replaced_changes_no_key(ctx: Ctx) {
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let claim = recognition::claim(&ctx, machine, key(1).public())
        .await
        .unwrap()
        .unwrap();
    let asked = async |ctx: &Ctx| {
        let tx = ctx.db.write().await.unwrap();
        machine::Entity::update_many()
            .col_expr(
                machine::Column::RotationAskedAt,
                Expr::value(Some(ctx.clock.now())),
            )
            .filter(machine::Column::Id.eq(machine))
            .exec(&tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    asked(&ctx).await;
    // While it has its link, a reinstallation takes the place.
    assert_eq!(enroll(&ctx, request(&token, 2, 1)).await, Ok(machine));
    assert!(
        !machines::change_key(&ctx, &claim, &offer(machine, 1, 3))
            .await
            .unwrap()
    );
    let current = machine_key::Entity::find()
        .filter(machine_key::Column::State.eq(machine_key::KeyState::Current))
        .all(ctx.db.read())
        .await
        .unwrap();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].public_key, key(2).public().to_bytes());
    // Whose key counts changes it.
    let claim = recognition::claim(&ctx, machine, key(2).public())
        .await
        .unwrap()
        .unwrap();
    assert!(
        machines::change_key(&ctx, &claim, &offer(machine, 2, 4))
            .await
            .unwrap()
    );
    asked(&ctx).await;
    assert!(
        !machines::change_key(&ctx, &claim, &offer(machine, 2, 5))
            .await
            .unwrap()
    );
}
