import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aim, mirrored } from '../../../src/host/mirrors.ts'
import { failureOf } from './fault-server.ts'

const mirrors = { 'github.com': 'http://127.0.0.1:1234/github.com', 'dl.k8s.io': 'https://mirror.example/' }

test('a mirror replaces scheme and host, and keeps path and query', () => {
  assert.equal(mirrored('https://github.com/a/b?c=d', mirrors), 'http://127.0.0.1:1234/github.com/a/b?c=d')
})

test('a slash at the end of a base URL is not doubled', () => {
  assert.equal(mirrored('https://dl.k8s.io/release/stable.txt', mirrors), 'https://mirror.example/release/stable.txt')
})

test('a mirror for one host is none for another, not even for a subdomain', () => {
  assert.equal(mirrored('https://api.github.com/repos', mirrors), 'https://api.github.com/repos')
})

test('a base URL that is none is an error that does not show it', async () => {
  const asked = Promise.resolve().then(() => aim('https://github.com/f', { 'github.com': 'me:secret@mirror' }))
  assert.deepEqual(await failureOf(asked), {
    what: 'the download mirror for github.com cannot be used',
    why: 'it is not a URL that starts with http:// or https://',
    remedy: 'give the base URL that replaces https://github.com, for example https://mirror.example/github.com',
  })
})
