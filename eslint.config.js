import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import ts from 'typescript-eslint'

export default defineConfig(
  { ignores: ['dist/', 'build/', '.tap/', 'coverage/'] },
  js.configs.recommended,
  { files: ['**/*.ts'], extends: [ts.configs.recommended] },
  {
    files: ['src/**/*.ts', 'cli/**/*.ts', 'models/**/*.ts', 'docker/**/*.ts'],
    languageOptions: {
      parserOptions: {
        project: ['./models/train/tsconfig.json', './docker/cost/tsconfig.json', './tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error'
    }
  },
  { files: ['src/page/*.js'], languageOptions: { globals: { document: 'readonly', fetch: 'readonly', performance: 'readonly' } } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { AbortSignal: 'readonly', console: 'readonly', fetch: 'readonly', process: 'readonly', URL: 'readonly' } }
  }
)
