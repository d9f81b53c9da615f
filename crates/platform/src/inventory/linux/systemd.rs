//! What runs as a service, asked of systemd. `systemctl show` tells all units in one answer, in lines that have not changed
//! in ten years; its JSON is younger than systems that are still supported.

use farol_inventory::ProblemCode;
use farol_inventory::software::Service;

use super::root::Sensors;
use super::run::run;

const FIELD: &str = "/services";

/// Services that systemd knows, running or not; a problem where there is no systemd.
pub(super) fn services(sensors: &mut Sensors<'_>) -> Vec<Service> {
    if !sensors.exists("run/systemd/system") {
        sensors.note(FIELD, ProblemCode::NotAvailable, "systemd does not run");
        return Vec::new();
    }
    let properties = "--property=Id,Description,LoadState,ActiveState,SubState,UnitFileState,ExecStart,User";
    let args = ["show", "*.service", "--all", "--no-pager", properties];
    let told = run(sensors, FIELD, "systemctl", &args).unwrap_or_default();
    told.split("\n\n").filter_map(service).collect()
}

/// Whether a service runs now, by the group of its processes: costs a look at a folder.
pub(super) fn runs(sensors: &Sensors<'_>, unit: &str) -> bool {
    ["sys/fs/cgroup/system.slice", "sys/fs/cgroup/systemd/system.slice"]
        .iter()
        .any(|slice| sensors.exists(format!("{slice}/{unit}")))
}

/// Whether something starts with the system: systemd links it where it is wanted.
pub(super) fn is_enabled(sensors: &Sensors<'_>, unit: &str) -> bool {
    let folder = "etc/systemd/system";
    let wanted = sensors
        .names(folder)
        .into_iter()
        .filter(|name| name.ends_with(".wants"));
    wanted
        .into_iter()
        .any(|name| sensors.exists(format!("{folder}/{name}/{unit}")))
}

/// One paragraph of `systemctl show`.
fn service(text: &str) -> Option<Service> {
    let get = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    };
    // Units that others mention and nobody has.
    if get("LoadState") == Some("not-found") {
        return None;
    }
    let name = get("Id").filter(|id| id.ends_with(".service"))?;
    let state = match (get("ActiveState"), get("SubState")) {
        (Some("failed"), _) => "failed",
        // What starts and ends by itself changes with every reading.
        (Some("active"), Some("running")) => "running",
        _ => "stopped",
    };
    let start = match get("UnitFileState") {
        Some("enabled" | "enabled-runtime" | "generated" | "alias") => "automatic",
        Some("disabled" | "masked" | "masked-runtime") => "disabled",
        _ => "manual",
    };
    Some(Service {
        name: Some(name.to_owned()),
        description: get("Description").map(str::to_owned),
        state: Some(state.into()),
        start: Some(start.into()),
        command: get("ExecStart").and_then(command),
        account: get("User").map(str::to_owned),
    })
}

/// `{ path=/usr/sbin/cron ; argv[]=/usr/sbin/cron -f ; ignore_errors=no ; … }`
fn command(told: &str) -> Option<String> {
    let (_, rest) = told.split_once("argv[]=")?;
    let (command, _) = rest.split_once(" ; ")?;
    Some(command.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    #[test]
    fn services_as_systemd_tells_them() {
        let text = "Id=cron.service\nDescription=Regular background jobs\nLoadState=loaded\nActiveState=active\nSubState=running\n\
                    UnitFileState=enabled\nExecStart={ path=/usr/sbin/cron ; argv[]=/usr/sbin/cron -f $OPTS ; ignore_errors=no ; pid=7 }\nUser=\n";
        let cron = service(text).unwrap();
        assert_eq!(cron.name.as_deref(), Some("cron.service"));
        assert_eq!(cron.command.as_deref(), Some("/usr/sbin/cron -f $OPTS"));
        assert_eq!(
            (cron.state.as_deref(), cron.start.as_deref()),
            (Some("running"), Some("automatic"))
        );
        assert_eq!(cron.account, None);
        let state =
            |change: (&str, &str)| service(&text.replace(change.0, change.1)).and_then(|one| one.state);
        assert_eq!(state(("=running", "=exited")).as_deref(), Some("stopped"));
        assert_eq!(state(("=active", "=failed")).as_deref(), Some("failed"));
        assert_eq!(
            state(("=active\nSubState=running", "=activating\nSubState=start")).as_deref(),
            Some("stopped")
        );
        assert_eq!(state(("=loaded", "=not-found")), None);
        for odd in ["", "Id=", "Id=a.mount", "=", "ExecStart=argv[]="] {
            assert_eq!(service(odd), None, "{odd}");
        }
    }

    #[test]
    fn services_that_run_have_a_group() {
        let tree = Tree::new();
        tree.put("sys/fs/cgroup/system.slice/ssh.service/pids.max", "")
            .put("etc/systemd/system/multi-user.target.wants/ssh.service", "");
        let root = tree.root();
        let sensors = Sensors::new(&root);
        assert!(runs(&sensors, "ssh.service") && !runs(&sensors, "cron.service"));
        assert!(is_enabled(&sensors, "ssh.service") && !is_enabled(&sensors, "cron.service"));
    }
}
