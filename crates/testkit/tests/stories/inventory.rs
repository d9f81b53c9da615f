//! The inventory over the link: what the server does not have is wanted, what came is kept and found, and what should not come is
//! passed over or ends the link.

use farol_inventory::{Section, hash, read};
use farol_protocol::link::{
    AgentLinkEvent, InventoryRefused, InventorySection, InventoryWanted, SectionHash,
};
use farol_testkit::LinkEnd;

use super::*;

/// A section as an agent says it.
fn section(section: Section, facts: &Value) -> InventorySection {
    let body = facts.to_string().into_bytes();
    InventorySection {
        of: SectionHash {
            section: section.name().into(),
            hash: hash(&read(section, &body).unwrap().body),
        },
        body,
    }
}

fn packages(versions: &[(&str, &str)]) -> InventorySection {
    let package =
        |(name, version): &(&str, &str)| json!({ "manager": "dpkg", "name": name, "version": version });
    let all: Vec<Value> = versions.iter().map(package).collect();
    section(Section::Software, &json!({ "packages": all }))
}

/// A link of an agent that delivers an inventory.
async fn link(server: &TestServer, machine: &Enrolled) -> LinkEnd {
    let mut link = LinkEnd::dial_saying(server.address(), machine, |about| {
        about.capabilities.push("inventory".into());
    })
    .await
    .unwrap();
    assert!(matches!(link.next().await.unwrap(), AgentLinkEvent::Welcome(_)));
    link
}

/// Says what it has, and hears what of it is wanted.
async fn offer(link: &mut LinkEnd, sections: &[&InventorySection]) -> InventoryWanted {
    let held = sections.iter().map(|section| section.of.clone()).collect();
    link.link().inventory_held(held).unwrap();
    match link.next().await.unwrap() {
        AgentLinkEvent::InventoryWanted(wanted) => wanted,
        other => panic!("expected what is wanted, got {other:?}"),
    }
}

/// Sends a section and hears what became of it.
async fn deliver(link: &mut LinkEnd, section: &InventorySection) -> Result<SectionHash, InventoryRefused> {
    link.link().send_section(section.clone()).unwrap();
    match link.next().await.unwrap() {
        AgentLinkEvent::InventoryKept(of) => Ok(of),
        AgentLinkEvent::InventoryRefused(refused) => Err(refused),
        other => panic!("expected an answer to the section, got {other:?}"),
    }
}

#[tokio::test]
async fn what_the_server_does_not_have_is_wanted_kept_and_found() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let path = format!("/api/machines/{}", machine.machine);

    let mut agent = link(&server, &machine).await;
    let system = section(Section::System, &json!({ "time_zone": "America/Fortaleza" }));
    // Of more pieces than one.
    let names: Vec<String> = (0..1_000).map(|number| format!("package-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1.0")).collect();
    let software = packages(&many);
    let wanted = offer(&mut agent, &[&software, &system]).await;
    assert_eq!(wanted.sections, ["system", "software"]);
    assert_eq!(wanted.retry_after, None);
    for one in [&system, &software] {
        assert_eq!(deliver(&mut agent, one).await.unwrap(), one.of);
    }
    let told = console.get(&format!("{path}/inventory")).await.unwrap().body;
    let named: Vec<&str> = told["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["section"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["system", "software"]);
    assert_eq!(told["sections"][0]["facts"]["time_zone"], "America/Fortaleza");
    for q in ["timezone:fortaleza", "software:package-999", "package-17"] {
        let found = console.get(&format!("/api/machines?q={q}")).await.unwrap().body;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{q}");
    }

    // The link comes back: only what changed meanwhile is wanted, and its change is told.
    drop(agent);
    let mut agent = link(&server, &machine).await;
    let mut newer = many.clone();
    newer[0].1 = "1.1";
    let software = packages(&newer);
    let wanted = offer(&mut agent, &[&system, &software]).await;
    assert_eq!(wanted.sections, ["software"]);
    deliver(&mut agent, &software).await.unwrap();
    let changes = console.get(&format!("{path}/changes")).await.unwrap().body;
    let change = &changes["items"][0];
    assert_eq!(change["what"], "packages.version");
    assert_eq!(
        (&change["subject"], &change["before"], &change["after"]),
        (&json!("package-0"), &json!("1.0"), &json!("1.1"))
    );
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
}

/// A sensor that fails is data: what it saw before is kept, and the agent is not asked again for what it said.
#[tokio::test]
async fn what_a_sensor_could_not_see_stays_and_is_not_wanted_again() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let mut agent = link(&server, &machine).await;
    let before = packages(&[("vim", "9")]);
    offer(&mut agent, &[&before]).await;
    deliver(&mut agent, &before).await.unwrap();
    let problem = json!({ "field": "/packages", "code": "timed_out", "detail": "dpkg-query" });
    let blind = section(Section::Software, &json!({ "problems": [problem] }));
    assert_ne!(blind.of.hash, before.of.hash);
    offer(&mut agent, &[&blind]).await;
    deliver(&mut agent, &blind).await.unwrap();
    let system = section(Section::System, &json!({ "kernel": "6.1" }));
    let wanted = offer(&mut agent, &[&blind, &system]).await;
    assert_eq!(wanted.sections, ["system"]);
    let path = format!("/api/machines/{}/inventory?section=software", machine.machine);
    let part = console.get(&path).await.unwrap().body["sections"][0].clone();
    assert_eq!(part["facts"]["packages"][0]["name"], "vim");
    assert_eq!(part["problems"][0]["code"], "timed_out");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_link_goes_on() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let mut agent = link(&server, &machine).await;
    let nonsense = InventorySection {
        of: SectionHash {
            section: "system".into(),
            hash: [7; 32],
        },
        body: b"[[[".to_vec(),
    };
    let people = section(Section::People, &json!({}));
    assert_eq!(
        offer(&mut agent, &[&nonsense, &people]).await.sections,
        ["system", "people"]
    );
    let refused = deliver(&mut agent, &nonsense).await.unwrap_err();
    assert_eq!((refused.of, refused.retry_after), (nonsense.of, None));
    assert_eq!(refused.code, "section_not_an_object");
    deliver(&mut agent, &people).await.unwrap();
}

/// Each link may fill so much of the server's memory and no more; and a slow server costs an agent no more than another try.
#[tokio::test]
async fn a_section_before_the_one_before_it_is_kept_is_for_later() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let mut agent = link(&server, &machine).await;
    // Takes the server a moment.
    let names: Vec<String> = (0..5_000).map(|number| format!("package-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1.0")).collect();
    let (software, system) = (packages(&many), section(Section::System, &json!({})));
    offer(&mut agent, &[&software, &system]).await;
    for one in [&software, &system] {
        agent.link().send_section(one.clone()).unwrap();
        agent.flush().await.unwrap();
    }
    let AgentLinkEvent::InventoryRefused(refused) = agent.next().await.unwrap() else {
        panic!("the second section was taken");
    };
    assert_eq!(
        (refused.of, refused.code.as_str()),
        (system.of.clone(), "storage_busy")
    );
    assert!(refused.retry_after.is_some());
    let AgentLinkEvent::InventoryKept(kept) = agent.next().await.unwrap() else {
        panic!("the first section was not kept");
    };
    assert_eq!(kept, software.of);
    // The place is free again: it is taken when it is offered once more.
    assert_eq!(offer(&mut agent, &[&system]).await.sections, ["system"]);
    deliver(&mut agent, &system).await.unwrap();
}

#[tokio::test]
async fn who_did_not_say_that_it_has_an_inventory_is_not_asked_for_it() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let refresh = format!("/api/machines/{}/inventory/refresh", machine.machine);
    let offline = console.post(&refresh, &json!({})).await.unwrap();
    assert_eq!(
        (offline.status, &offline.body["code"]),
        (409, &json!("machine_offline"))
    );

    let mut agent = LinkEnd::connect(server.address(), &machine).await.unwrap();
    let cannot = console.post(&refresh, &json!({})).await.unwrap();
    assert_eq!(
        (cannot.status, &cannot.body["code"]),
        (409, &json!("capability_missing"))
    );
    let system = section(Section::System, &json!({}));
    agent.link().inventory_held(vec![system.of]).unwrap();
    agent.flush().await.unwrap();
    drop(agent);

    let mut agent = link(&server, &machine).await;
    assert_eq!(console.post(&refresh, &json!({})).await.unwrap().status, 202);
    let AgentLinkEvent::InventoryAsk(asked) = agent.next().await.unwrap() else {
        panic!("the agent was not asked");
    };
    assert_eq!(asked, Section::ALL.map(|section| section.name().to_owned()));
    // What somebody asked for is wanted though nothing changed: they see how much is free by now, and that it was looked.
    let system = section(Section::System, &json!({ "kernel": "6.1" }));
    offer(&mut agent, &[&system]).await;
    deliver(&mut agent, &system).await.unwrap();
    let refreshed = console.post(&refresh, &json!({})).await.unwrap();
    assert_eq!(refreshed.status, 202);
    assert!(matches!(
        agent.next().await.unwrap(),
        AgentLinkEvent::InventoryAsk(_)
    ));
    assert_eq!(offer(&mut agent, &[&system]).await.sections, ["system"]);
    deliver(&mut agent, &system).await.unwrap();
    let people = section(Section::People, &json!({}));
    assert_eq!(offer(&mut agent, &[&system, &people]).await.sections, ["people"]);
}
