import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import ts from 'typescript-eslint'

// What `t.test` returns: tap itself waits for its subtests.
const subtest = { from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' }

/** What the page needs of a browser. */
const BROWSER = [
  'AbortController',
  'DOMParser',
  'IntersectionObserver',
  'ResizeObserver',
  'TextDecoder',
  'URLSearchParams',
  'addEventListener',
  'clearTimeout',
  'crypto',
  'devicePixelRatio',
  'document',
  'fetch',
  'getComputedStyle',
  'history',
  'innerHeight',
  'localStorage',
  'location',
  'matchMedia',
  'performance',
  'requestAnimationFrame',
  'setTimeout'
]

export default defineConfig(
  { ignores: ['dist/', 'bundle/', 'build/', '.tap/', 'coverage/', '**/*_pb.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommended],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './models/train/tsconfig.json', './docker/cost/tsconfig.json', './test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafePromises: [subtest] }],
      '@typescript-eslint/no-misused-promises': 'error'
    }
  },
  {
    files: ['src/**/*.ts', 'models/**/*.ts', 'docker/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'error' }
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { name: 'node:http', allowTypeImports: true, message: 'It makes each start longer: see src/http/node-http.ts.' }
      ]
    }
  },
  { files: ['src/page/**/*.js'], languageOptions: { globals: Object.fromEntries(BROWSER.map(name => [name, 'readonly'])) } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { AbortSignal: 'readonly', console: 'readonly', fetch: 'readonly', process: 'readonly', URL: 'readonly' } }
  }
)
