/**
 * What agents found in some machines, and what changed about them; times are relative to `now` (milliseconds).
 * `design-ws` is a laptop with everything and some problems, `bridge-03` a virtual server that needs attention, `lab-oscilloscope` an old
 * agent's that went offline before it had told much, and `meter-gateway` has delivered nothing yet. The agents of all others cannot.
 */
import type {
  FactsOf,
  InventoryChange,
  InventoryPart,
  InventoryProblem,
  InventorySection,
  MachineInventory,
  Package,
  Service,
} from '~/api/inventory'
import type { Machine } from '~/api/types'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const GIB = 2 ** 30

const iso = (at: number) => new Date(at).toISOString()

interface Told {
  /** Minutes since it was last delivered. */
  age?: number
  problems?: InventoryProblem[]
}

function part<Section extends InventorySection>(
  section: Section,
  facts: FactsOf[Section],
  { now, age = 3, problems = [] }: Told & { now: number },
): InventoryPart {
  const delivered = {
    section,
    hash: 'c0ffee'.padEnd(64, '0'),
    received_at: iso(now - age * MINUTE),
    changed_at: iso(now - (age + 90) * MINUTE),
    first_at: iso(now - 20 * DAY),
    facts,
    problems,
  }
  // The kind of facts goes with the name of the section.
  return delivered as unknown as InventoryPart
}

const KNOWN_PACKAGES: Package[] = [
  { manager: 'rpm', name: 'firefox', version: '129.0.2-1.fc44', arch: 'x86_64' },
  { manager: 'rpm', name: 'kernel-core', version: '6.11.3-300.fc44', arch: 'x86_64' },
  { manager: 'rpm', name: 'openssh-server', version: '9.8p1-3.fc44', arch: 'x86_64' },
  {
    manager: 'flatpak',
    name: 'org.blender.Blender',
    version: '4.2.1',
    arch: 'stable',
    publisher: 'Blender Foundation',
  },
  // What a machine says of itself is not to be trusted, in spreadsheets least of all.
  {
    manager: 'rpm',
    name: 'zz-sample',
    version: '1.0',
    arch: 'noarch',
    publisher: '=HYPERLINK("https://evil.example","Open")',
  },
]

/** Four hundred of them, as names of libraries go. */
function packages(): Package[] {
  const kinds = ['core', 'devel', 'libs', 'tools', 'doc', 'common', 'plugins', 'fonts']
  const subjects = [
    'glib',
    'cairo',
    'pango',
    'gtk',
    'mesa',
    'poppler',
    'python3',
    'perl',
    'texlive',
    'qt6',
  ]
  const made = Array.from({ length: 395 }, (_, index): Package => ({
    manager: 'rpm',
    name: `${subjects[index % subjects.length] ?? ''}-${kinds[index % kinds.length] ?? ''}-${index}`,
    version: `${1 + (index % 9)}.${index % 20}.${index % 7}-1.fc44`,
    arch: index % 5 === 0 ? 'noarch' : 'x86_64',
  }))
  return [...KNOWN_PACKAGES, ...made].toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
}

const service = (name: string, given: Partial<Service> = {}): Service => ({
  name: `${name}.service`,
  state: 'running',
  start: 'automatic',
  ...given,
})

function designHardware(now: number): FactsOf['hardware'] {
  return {
    maker: 'LENOVO',
    model: '21HM004UMX',
    version: 'ThinkPad P16s Gen 2',
    family: 'ThinkPad',
    serial: 'PF4XK0R2',
    asset_tag: 'ATL-0417',
    chassis: 'laptop',
    board: { maker: 'LENOVO', model: '21HM004UMX', serial: 'L1HF35U01YD' },
    firmware: {
      maker: 'LENOVO',
      version: 'R2FET64W (1.44)',
      released_at_ms: now - 190 * DAY,
      kind: 'uefi',
    },
    processors: [
      {
        slot: '0',
        maker: 'AMD',
        model: 'AMD Ryzen 7 PRO 7840U',
        cores: 8,
        threads: 16,
        max_mhz: 5132,
      },
    ],
    memory_bytes: 32 * GIB,
    memory_slots: 2,
    memory_modules: [
      {
        slot: 'DIMM 0',
        size_bytes: 32 * GIB,
        kind: 'DDR5',
        speed_mts: 5600,
        maker: 'Samsung',
        part: 'M425R4GA3BB0-CWM',
        serial: '4038F211',
      },
    ],
    gpus: [
      {
        slot: '0000:c3:00.0',
        maker: 'AMD',
        model: 'Radeon 780M',
        vendor_id: '1002',
        device_id: '15bf',
        driver: 'amdgpu',
      },
    ],
    pci_devices: [
      ['0000:01:00.0', 'network', 'Qualcomm', 'WCN685x Wi-Fi 6E', 'ath11k_pci'],
      ['0000:02:00.0', 'storage', 'Samsung', 'NVMe SSD PM9A1', 'nvme'],
      ['0000:c3:00.0', 'display', 'AMD', 'Radeon 780M', 'amdgpu'],
      ['0000:c3:00.1', 'multimedia', 'AMD', 'HDMI audio', 'snd_hda_intel'],
      ['0000:c3:00.3', 'serial_bus', 'AMD', 'USB 3.1 controller', 'xhci_hcd'],
      ['0000:c3:00.4', 'serial_bus', 'AMD', 'USB 3.1 controller', 'xhci_hcd'],
      ['0000:c3:00.5', 'multimedia', 'AMD', 'Audio coprocessor', 'snd_pci_ps'],
      ['0000:c3:00.6', 'multimedia', 'AMD', 'HD audio controller', 'snd_hda_intel'],
      ['0000:c5:00.0', 'serial_bus', 'AMD', 'USB4 controller', 'thunderbolt'],
    ].map(([slot = '', kind = '', vendor = '', product = '', driver = '']) => ({
      ...{ slot, class: kind, vendor, product, driver },
    })),
    usb_devices: [
      {
        port: '1-3',
        maker: 'Wacom Co.,Ltd.',
        product: 'Intuos Pro M',
        vendor_id: '056a',
        product_id: '0357',
        serial: '9LE00L1003462',
      },
      {
        port: '3-1',
        maker: 'Chicony',
        product: 'Integrated Camera',
        vendor_id: '04f2',
        product_id: 'b74f',
      },
    ],
    monitors: [
      {
        connector: 'eDP-1',
        maker: 'BOE',
        model: 'NE160WUM-NX2',
        made_year: 2023,
        width_mm: 345,
        height_mm: 215,
      },
      {
        connector: 'DP-3',
        maker: 'EIZ',
        model: 'CS2740',
        serial: '63019023',
        made_year: 2022,
        width_mm: 597,
        height_mm: 336,
      },
    ],
    batteries: [
      {
        name: 'BAT0',
        maker: 'SMP',
        model: '5B10W51867',
        serial: '1337',
        technology: 'li-poly',
        design_mwh: 86_000,
      },
    ],
    sensors: [
      { name: 'k10temp Tctl', kind: 'temperature' },
      { name: 'thinkpad fan1', kind: 'fan' },
    ],
    volatile: {
      sensors: [
        { name: 'k10temp Tctl', temperature_millicelsius: 58_125 },
        { name: 'thinkpad fan1', speed_rpm: 2410 },
      ],
      batteries: [
        {
          name: 'BAT0',
          state: 'charging',
          charge_percent: 81,
          full_mwh: 47_300,
          health_percent: 55,
          cycles: 812,
        },
      ],
    },
  }
}

function designDisks(): FactsOf['disks'] {
  return {
    disks: [
      {
        name: 'nvme0n1',
        serial: 'S6XNNF0T204417',
        maker: 'Samsung',
        model: 'PM9A1 1TB',
        firmware: 'GXA7801Q',
        size_bytes: 1_024_209_543_168,
        kind: 'ssd',
        bus: 'nvme',
        removable: false,
        partitions: [
          { name: 'nvme0n1p1', label: 'EFI', uuid: '7A1C-33F0', size_bytes: 600 * 2 ** 20 },
          { name: 'nvme0n1p2', uuid: '0b9e1c70-5a53-4e2c-9f5d-2f1e0c2f7c11', size_bytes: GIB },
          {
            name: 'nvme0n1p3',
            uuid: '5d8f7f0e-1f0b-4d31-8a3b-6f2d7a5c9e20',
            size_bytes: 950 * GIB,
          },
        ],
      },
    ],
    volumes: [{ name: 'luks-5d8f7f0e', kind: 'luks', size_bytes: 950 * GIB }],
    file_systems: [
      {
        mount: '/',
        device: '/dev/mapper/luks-5d8f7f0e',
        kind: 'btrfs',
        size_bytes: 950 * GIB,
        encrypted: true,
      },
      {
        mount: '/boot',
        device: '/dev/nvme0n1p2',
        kind: 'ext4',
        size_bytes: 974 * 2 ** 20,
        encrypted: false,
      },
      {
        mount: '/mnt/projetos',
        device: 'nas:/projetos',
        kind: 'nfs4',
        size_bytes: 7450 * GIB,
        remote: true,
      },
    ],
    volatile: {
      disks: [
        {
          name: 'nvme0n1',
          temperature_millicelsius: 44_000,
          power_on_hours: 6120,
          wear_percent: 12,
        },
      ],
      file_systems: [
        { mount: '/', free_bytes: 412 * GIB, inodes_free_percent: 96 },
        { mount: '/boot', free_bytes: 61 * 2 ** 20, inodes_free_percent: 99 },
        { mount: '/mnt/projetos', free_bytes: 310 * GIB },
      ],
    },
  }
}

function designPeople(now: number): FactsOf['people'] {
  return {
    accounts: [
      {
        name: 'a.kovac',
        id: '1000',
        full_name: 'Ana Kovač',
        kind: 'person',
        home: '/home/a.kovac',
        shell: '/bin/bash',
        groups: ['wheel', 'render'],
        locked: false,
      },
      {
        name: 'j.conceicao',
        id: '1001',
        full_name: 'João Conceição',
        kind: 'person',
        home: '/home/j.conceicao',
        shell: '/bin/zsh',
        groups: ['render'],
        locked: false,
      },
      {
        name: 'j.mueller',
        id: '1002',
        full_name: 'Jürgen Müller',
        kind: 'person',
        home: '/home/j.mueller',
        shell: '/bin/bash',
        locked: true,
      },
      ...['root', 'bin', 'daemon', 'sshd', 'dbus', 'polkitd', 'rtkit', 'avahi'].map(
        (name, index) => ({
          ...{ name, id: String(index), kind: 'system', home: `/var/lib/${name}` },
          ...{ shell: '/sbin/nologin', locked: true },
        }),
      ),
    ],
    administrators: ['a.kovac', 'ATLANTICO\\domain admins'],
    sessions: [
      { user: 'a.kovac', kind: 'graphical', line: ':0', since_ms: now - 3 * HOUR },
      {
        user: 'remote.render',
        kind: 'remote',
        line: 'pts/2',
        from: '10.2.9.11',
        since_ms: now - HOUR,
      },
    ],
    last_logins: [
      { user: 'a.kovac', at_ms: now - 3 * HOUR, line: ':0' },
      { user: 'j.conceicao', at_ms: now - 6 * DAY, line: 'pts/0', from: '10.2.3.40' },
    ],
    volatile: {
      sessions: [
        { user: 'a.kovac', line: ':0', idle_ms: 20_000 },
        { user: 'remote.render', line: 'pts/2', idle_ms: 47 * MINUTE },
      ],
    },
  }
}

function designNetwork(): FactsOf['network'] {
  return {
    nics: [
      {
        name: 'lo',
        kind: 'loopback',
        addresses: ['127.0.0.1/8', '::1/128'],
        mtu: 65_536,
        up: true,
      },
      {
        name: 'wlp1s0',
        kind: 'wifi',
        mac: '4c:82:a9:11:0e:77',
        addresses: ['10.2.3.17/16', '2001:db8:2::3:17/64'],
        mtu: 1500,
        up: true,
        driver: 'ath11k_pci',
        ssid: 'Escritório 5G',
      },
      {
        name: 'enp2s0',
        kind: 'ethernet',
        mac: '9c:2d:cd:03:41:aa',
        mtu: 1500,
        up: false,
        driver: 'r8169',
      },
    ],
    gateways: [{ address: '10.2.0.1', nic: 'wlp1s0' }],
    dns_servers: ['10.2.0.1', '2001:db8:2::1'],
    search_domains: ['atlantico.example'],
    open_ports: [
      { protocol: 'tcp', address: '0.0.0.0', port: 22, account: 'root' },
      { protocol: 'tcp', address: '127.0.0.1', port: 631, account: 'root' },
      { protocol: 'udp', address: '0.0.0.0', port: 5353, account: 'avahi' },
      { protocol: 'tcp', address: '10.2.3.17', port: 8000, account: 'a.kovac' },
    ],
    wan_address: '203.0.113.40',
  }
}

function designWorkstation(now: number): InventoryPart[] {
  const at = { now }
  return [
    part(
      'system',
      {
        hostname: 'design-ws.atlantico.example',
        os_family: 'linux',
        os_name: 'Fedora Linux',
        os_edition: 'Workstation',
        os_version: '44',
        os_build: '20260401.0',
        kernel: '6.11.3-300.fc44.x86_64',
        arch: 'x86_64',
        language: 'pt-BR',
        time_zone: 'America/Sao_Paulo',
        installed_at_ms: now - 300 * DAY,
        booted_at_ms: now - 190 * MINUTE,
        virtualization: 'none',
      },
      at,
    ),
    part('hardware', designHardware(now), at),
    part('disks', designDisks(), {
      now,
      problems: [{ field: '/disks/0/health', code: 'failed', detail: 'smartctl: exit status 2' }],
    }),
    part('network', designNetwork(), at),
    part('people', designPeople(now), at),
    part(
      'software',
      {
        packages: packages(),
        services: [
          ...['sshd', 'NetworkManager', 'firewalld', 'chronyd', 'avahi-daemon'].map((name) =>
            service(name),
          ),
          service('cups', { state: 'stopped', start: 'manual', description: 'CUPS Scheduler' }),
          service('fwupd-refresh', {
            state: 'failed',
            start: 'manual',
            description: 'Refresh fwupd metadata',
          }),
          service('farol-agent', {
            description: 'Farol agent',
            command: '/usr/bin/farol-agent run',
          }),
        ],
        updates: {
          pending: 3,
          security: 1,
          packages: [
            { manager: 'rpm', name: 'firefox', version: '130.0-1.fc44', security: true },
            { manager: 'rpm', name: 'mesa-dri-drivers', version: '24.2.2-1.fc44', security: false },
            { manager: 'rpm', name: 'tzdata', version: '2026b-1.fc44', security: false },
          ],
        },
      },
      { now, problems: designSoftwareProblems() },
    ),
    part(
      'posture',
      {
        firewall: { name: 'firewalld', active: true },
        antivirus: [{ name: 'ClamAV', active: true }],
        system_encrypted: true,
        secure_boot: true,
        tpm: '2.0',
        access_control: 'selinux',
        automatic_updates: false,
        reboot_pending: true,
        reboot_reasons: ['kernel-core'],
        volatile: { antivirus: [{ name: 'ClamAV', definitions_at_ms: now - 2 * DAY }] },
      },
      at,
    ),
  ]
}

const designSoftwareProblems = (): InventoryProblem[] => [
  { field: '/packages', code: 'cut_off', detail: 'flatpak' },
  { field: '/services/3/command', code: 'too_long', detail: 'more than 1024 characters' },
  { field: '/updates', code: 'timed_out', detail: 'dnf' },
]

function bridge(now: number): InventoryPart[] {
  const at = { now, age: 26 }
  return [
    part(
      'system',
      {
        hostname: 'bridge-03',
        os_family: 'linux',
        os_name: 'Ubuntu',
        os_edition: 'Server',
        os_version: '24.04.3 LTS',
        kernel: '6.8.0-45-generic',
        arch: 'x86_64',
        time_zone: 'Europe/Lisbon',
        booted_at_ms: now - 5760 * MINUTE,
        virtualization: 'kvm',
      },
      at,
    ),
    part(
      'hardware',
      {
        maker: 'QEMU',
        model: 'Standard PC (Q35 + ICH9, 2009)',
        chassis: 'virtual',
        processors: [
          { slot: 'CPU 0', maker: 'Intel', model: 'Intel Xeon Gold 6338', cores: 4, threads: 4 },
          { slot: 'CPU 1', maker: 'Intel', model: 'Intel Xeon Gold 6338', cores: 4, threads: 4 },
        ],
        memory_bytes: 16 * GIB,
      },
      {
        ...at,
        problems: [{ field: '/memory_modules', code: 'not_available', detail: 'smbios' }],
      },
    ),
    part(
      'disks',
      {
        disks: [
          {
            name: 'sda',
            model: 'MG08ACA16TE',
            serial: '71C0A0',
            kind: 'hdd',
            bus: 'sas',
            size_bytes: 14_901 * GIB,
            health: 'failing',
          },
          {
            name: 'sdb',
            model: 'MG08ACA16TE',
            serial: '71C0A1',
            kind: 'hdd',
            bus: 'sas',
            size_bytes: 14_901 * GIB,
            health: 'passed',
          },
        ],
        volumes: [
          { name: 'md0', kind: 'raid', level: 'raid1', size_bytes: 14_900 * GIB, degraded: true },
        ],
        file_systems: [
          { mount: '/', device: '/dev/vda1', kind: 'ext4', size_bytes: 40 * GIB },
          { mount: '/var/lib/queue', device: '/dev/md0', kind: 'xfs', size_bytes: 14_900 * GIB },
        ],
        volatile: {
          disks: [{ name: 'sda', reallocated_sectors: 1416, power_on_hours: 41_003 }],
          file_systems: [
            { mount: '/', free_bytes: 0.9 * GIB, inodes_free_percent: 3 },
            { mount: '/var/lib/queue', free_bytes: 9_000 * GIB, inodes_free_percent: 99 },
          ],
        },
      },
      at,
    ),
    part('people', { accounts: [{ name: 'ops', kind: 'person' }], sessions: [] }, at),
    part(
      'software',
      {
        packages: [{ manager: 'dpkg', name: 'nginx', version: '1.24.0-2ubuntu7', arch: 'amd64' }],
        services: [service('nginx'), service('queue-worker', { state: 'failed' })],
        updates: { pending: 41, security: 12 },
      },
      at,
    ),
    part('posture', { firewall: { name: 'ufw', active: false }, system_encrypted: false }, at),
  ]
}

/** Inventories by machine. Marks the agents that can deliver one; these measure as well. */
export function giveInventories(machines: readonly Machine[], now: number) {
  const inventories: Record<string, MachineInventory> = {}
  const give = (name: string, sections: InventoryPart[]) => {
    const machine = machines.find((one) => one.name === name)
    if (!machine) return
    machine.capabilities.push('inventory', 'metrics')
    inventories[machine.id] = { machine_id: machine.id, sections }
  }
  give('design-ws', designWorkstation(now))
  give('bridge-03', bridge(now))
  give('meter-gateway', [])
  give('lab-oscilloscope', [
    part(
      'system',
      { os_name: 'Debian GNU/Linux', os_version: '12', hostname: 'lab-oscilloscope' },
      { now, age: 11 },
    ),
  ])
  return inventories
}

type Sketch = Partial<InventoryChange> &
  Pick<InventoryChange, 'section' | 'what' | 'kind'> & { ago: number }

/** Changes by machine, the newest first. */
export function someInventoryChanges(
  machines: readonly Machine[],
  now: number,
): Record<string, InventoryChange[]> {
  const machine = machines.find(({ name }) => name === 'design-ws')
  if (!machine) return {}
  const sketches: Sketch[] = [
    {
      ago: HOUR,
      section: 'software',
      what: 'packages.version',
      kind: 'changed',
      subject: 'firefox',
      before: '128.0-1.fc44',
      after: '129.0.2-1.fc44',
    },
    {
      ago: HOUR,
      section: 'software',
      what: 'packages',
      kind: 'added',
      subject: 'org.blender.Blender',
      after: { manager: 'flatpak', name: 'org.blender.Blender', version: '4.2.1' },
    },
    {
      ago: 2 * HOUR,
      section: 'software',
      what: 'updates.pending',
      kind: 'changed',
      before: 7,
      after: 3,
    },
    {
      ago: 26 * HOUR,
      section: 'hardware',
      what: 'memory_modules',
      kind: 'removed',
      subject: 'DIMM 1',
      before: { slot: 'DIMM 1', size_bytes: 16 * GIB, kind: 'DDR5' },
    },
    {
      ago: 26 * HOUR,
      section: 'hardware',
      what: 'memory_bytes',
      kind: 'changed',
      before: 48 * GIB,
      after: 32 * GIB,
    },
    {
      ago: 27 * HOUR,
      section: 'people',
      what: 'administrators',
      kind: 'added',
      subject: 'a.kovac',
      after: 'a.kovac',
    },
    {
      ago: 28 * HOUR,
      section: 'posture',
      what: 'firewall.active',
      kind: 'changed',
      before: false,
      after: true,
    },
    {
      ago: 3 * DAY,
      section: 'network',
      what: 'dns_servers',
      kind: 'changed',
      before: null,
      after: ['10.2.0.1'],
      shortened: true,
    },
    // Of a newer server.
    {
      ago: 4 * DAY,
      section: 'hardware',
      what: 'shelf_lamps.color',
      kind: 'changed',
      subject: 'left',
      before: 'red',
      after: 'green',
    },
    { ago: 4 * DAY, section: 'software', what: '', kind: 'changed', after: 1204, shortened: true },
  ]
  return {
    [machine.id]: sketches.map(({ ago, ...given }, index) => ({
      id: `0197c2ad-4c10-7b3e-9f21-${String(900 - index).padStart(12, '0')}`,
      at: iso(now - ago),
      path:
        given.what === ''
          ? ''
          : `/${given.what.replaceAll('.', `/${given.subject ?? ''}/`)}/${index}`,
      subject: null,
      before: null,
      after: null,
      shortened: false,
      ...given,
    })),
  }
}
