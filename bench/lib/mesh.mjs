/**
 * MeshCentral from npm as a peer: its server, its agent, its desktop page. Everything it needs to know is written into a folder
 * of the run, and it talks to this machine only.
 */
import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { Counter } from './counter.mjs'
import { freePort, listens, until } from './processes.mjs'

const run = promisify(execFile)
const ACCOUNT = { name: 'bench', password: 'Harbor-violet-39' }
const PLACE = join(import.meta.dirname, '../peers/meshcentral/node_modules/meshcentral')

/** A page of a server whose certificate nobody vouches for. */
const fetched = (url) =>
  new Promise((resolve, reject) => {
    const asked = request(url, { rejectUnauthorized: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => (text += part))
      answer.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })

export class MeshCentral {
  name = 'MeshCentral'
  canvas = '#Desk'
  counter = new Counter()

  /** Whether it is installed. */
  static isThere = () => existsSync(join(PLACE, 'meshcentral.js'))

  async start(programs, display, folder) {
    const port = await freePort()
    const proxy = await this.counter.listen(port)
    this.url = `https://127.0.0.1:${proxy}`
    const home = join(folder, 'mesh')
    const data = join(home, 'data')
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'config.json'), JSON.stringify(configuration(port, proxy)))
    const server = [PLACE, '--datapath', data]
    const account = ['--pass', ACCOUNT.password, '--email', 'bench@example.org']
    await run('node', [...server, '--createaccount', ACCOUNT.name, ...account], { cwd: home })
    await run('node', [...server, '--adminaccount', ACCOUNT.name], { cwd: home })
    const child = programs.start('meshcentral', 'node', server)
    // The server is a child of what was started.
    await until('MeshCentral answers', () => listens(child, port), 120)
    const ask = (...args) =>
      run('node', [
        join(PLACE, 'meshctrl.js'),
        ...args,
        ...['--url', `wss://127.0.0.1:${port}`, '--loginuser', ACCOUNT.name],
        ...['--loginpass', ACCOUNT.password],
      ]).then(({ stdout }) => stdout)
    const group = /mesh\/\/(\S+)/.exec(await ask('AddDeviceGroup', '--name', 'bench'))[1]
    const settings = await fetched(`https://127.0.0.1:${port}/meshsettings?id=${group}`)
    const program = join(home, 'meshagent')
    copyFileSync(join(PLACE, 'agents/meshagent_x86-64'), program)
    chmodSync(program, 0o755)
    writeFileSync(`${program}.msh`, settings.replace(/(?<=wss:\/\/127\.0\.0\.1:)\d+/, String(port)))
    const agent = programs.start('meshagent', program, ['run'], { env: display.env })
    await until(
      'the agent of MeshCentral is connected',
      async () => {
        const devices = JSON.parse((await ask('ListDevices', '--json')) || '[]')
        this.node = devices.find(({ conn }) => conn === 1)?._id.split('/')[2]
        return this.node !== undefined
      },
      60,
    )
    this.processes = { agent, server: child }
  }

  async open(page) {
    await page.goto(`${this.url}/?user=${ACCOUNT.name}&pass=${ACCOUNT.password}`)
    await page.goto(`${this.url}/?viewmode=11&gotonode=${this.node}&hide=31`)
    await page.locator('#connectbutton1:enabled').click()
    await page.locator(this.canvas).waitFor()
  }
}

/** Only this machine, no updates, nobody asked outside for anything. */
const configuration = (port, proxy) => ({
  settings: {
    ...{ cert: '127.0.0.1', port, portBind: '127.0.0.1', aliasPort: proxy, agentAliasPort: port },
    ...{ redirPort: 0, mpsPort: 0, wanOnly: true, selfUpdate: false, webRTC: false },
    ...{ agentCoreDump: false, agentTimeStampServer: false, npmPath: '/bin/false' },
  },
  domains: { '': { newAccounts: false } },
})
