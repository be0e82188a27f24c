/** Loaded into processes that these tests start (`NODE_OPTIONS`): names below `.test`, which nodes know from their network, are this machine. */
import dns from 'node:dns'

const { lookup } = dns
dns.lookup = ((name: string, ...rest: [never]) => lookup(name.endsWith('.test') ? '127.0.0.1' : name, ...rest)) as typeof lookup
