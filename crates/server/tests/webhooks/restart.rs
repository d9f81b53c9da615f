//! A server that stops in the middle: what was not known to be taken is told again.

use farol_server::config::Config;
use farol_server::http::PageQuery;
use farol_server::ids::WebhookId;
use farol_server::server::Server;
use farol_server::webhooks::{self, DeliveryFilter, DeliveryState, NewWebhook};
use serde_json::json;

use crate::common::owner;
use crate::peer::{Receiver, soon};
use crate::{clock, settle};

#[tokio::test]
async fn an_event_outlives_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = Config::for_tests(directory.path());
        settle(&mut config, None);
        config
    };
    let clock = clock();
    let mut receiver = Receiver::start(None, json!({})).await;
    let server = Server::start_with(config(), clock.clone()).await.unwrap();
    let by = owner(server.ctx()).await.caller;
    let wanted: NewWebhook = serde_json::from_value(json!({
        "name": "Receiver", "url": receiver.url("/held"), "event_types": ["webhook.changed"],
    }))
    .unwrap();
    let made = webhooks::create(server.ctx(), &by, wanted).await.unwrap();
    receiver.knows(&[&made.secret], clock.now().0 / 1000).await;
    let id: WebhookId = made.webhook.id;
    let change = serde_json::from_value(json!({ "name": "Other" })).unwrap();
    let seen = farol_server::http::IfMatch::seen("*");
    webhooks::change(server.ctx(), &by, id, change, &seen)
        .await
        .unwrap();
    // The job wakes by itself; the receiver has it and does not answer.
    let first = receiver.told().await;
    soon("the stop", server.stop()).await;

    let server = Server::start_with(config(), clock.clone()).await.unwrap();
    let second = receiver.told().await;
    assert_eq!(second["headers"]["webhook-id"], first["headers"]["webhook-id"]);
    assert_eq!(second["verified"], json!([true]));
    // One for each that is held back.
    receiver.release().await;
    receiver.release().await;
    let delivered = async {
        loop {
            let filter = DeliveryFilter {
                state: Some(DeliveryState::Delivered),
            };
            let query = PageQuery::default();
            let page = webhooks::list_deliveries(server.ctx(), &by, id, (&query, filter))
                .await
                .unwrap();
            if let [one] = page.items.as_slice() {
                break one.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let delivered = soon("the delivery", delivered).await;
    assert_eq!(delivered.attempts, 2);
    soon("the stop", server.stop()).await;
}
