//! [`Names`]: what the organizations, sites and machines that rules are about are called, read at once for all of them.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use super::Scope;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId, SiteId};
use crate::{machines, organizations};

/// What the scopes of some rules are called now.
#[derive(Default)]
pub(super) struct Names {
    organizations: HashMap<OrganizationId, String>,
    sites: HashMap<SiteId, String>,
    machines: HashMap<MachineId, String>,
}

impl Names {
    /// Asks for no more than `scopes` mention.
    pub(super) async fn of<'a, C: ConnectionTrait>(
        db: &C,
        scopes: impl Iterator<Item = (OrganizationId, &'a Scope)>,
    ) -> Result<Self> {
        let (mut organizations, mut with_sites, mut machines) = (Vec::new(), Vec::new(), Vec::new());
        for (organization, scope) in scopes {
            match scope {
                Scope::Tag { .. } => {}
                Scope::Organization => organizations.push(organization),
                Scope::Site { .. } => with_sites.push(organization),
                Scope::Machine { machine_id } => machines.push((organization, *machine_id)),
            }
        }
        let mut names = Self::default();
        organizations.dedup();
        for id in organizations {
            let organization = organizations::find(db, id).await?;
            names.organizations.insert(id, organization.name);
        }
        if !with_sites.is_empty() {
            let sites = organizations::sites_of(db, &with_sites).await?;
            names.sites = sites.into_iter().map(|site| (site.id, site.name)).collect();
        }
        if !machines.is_empty() {
            let (within, ids): (Vec<_>, Vec<_>) = machines.into_iter().unzip();
            let present = machines::present(db, &within, &ids).await?;
            names.machines = present
                .into_iter()
                .map(|(id, machine)| (id, machine.name))
                .collect();
        }
        Ok(names)
    }

    /// Name of a scope that was among those asked for.
    pub(super) fn name(&self, organization: OrganizationId, scope: &Scope) -> String {
        let known = match scope {
            Scope::Organization => self.organizations.get(&organization),
            Scope::Site { site_id } => self.sites.get(site_id),
            Scope::Tag { tag } => Some(tag),
            Scope::Machine { machine_id } => self.machines.get(machine_id),
        };
        known.cloned().unwrap_or_default()
    }
}
