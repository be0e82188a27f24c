/** Commands in the archives in which upstream publishes them. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import type { Recipe } from '../recipe.ts'
import { helm, kustomize } from './tools.ts'

/** A recipe that packs one command; `folder` is where it lies in the archive. */
const archive = (command: Recipe, folder: string): Recipe => ({
  name: `${command.name}-archive`,
  docs: `${command.name} in its release archive`,
  inputs: { folder },
  needs: [command],
  files: ['recipes/release-archives.ts'],
  make: async making => {
    const tree = path.join(making.dir, '.tree')
    await mkdir(path.join(tree, folder), { recursive: true })
    await exec('cp', [path.join(making.of(command), command.name), path.join(tree, folder)], making)
    const file = path.join(making.dir, `${command.name}.tar.gz`)
    await exec('tar', ['-C', tree, '--numeric-owner', '--mtime=@0', '-czf', file, path.join(folder, command.name)], making)
    await exec('rm', ['-rf', tree], making)
  },
})

export const archives = {
  kustomize: archive(kustomize, ''),
  helm: archive(helm, `linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`),
} as const
