/**
 * Lint rules of the console. The ones with a reason of our own:
 * building blocks (`ui/`) know neither the router nor the API, `wire/` and `desktop/` know no React,
 * and only `api/` calls fetch.
 */
import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'dist-mock/**',
      'decoder/**',
      'pipe/**',
      '**/__generated__/**',
      'mock-api/public/**',
      'app/desktop/decoder/**/*.js',
      'test-results/**',
      'playwright-report/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat['recommended-latest'],
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Handlers of React may return promises; their failures are handled where they are awaited.
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['app/ui/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@tanstack/*', '~/api', '~/api/*', '~/session', '~/session/*', '~/pages/*'],
              message:
                'Building blocks know neither the router nor the API: pass what they need as props.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['app/wire/**', 'app/desktop/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                'react',
                'react-dom',
                '@tanstack/*',
                '~/api',
                '~/api/*',
                '~/ui/*',
                '~/pages/*',
              ],
              message:
                'The protocol and the desktop canvas work without React and without the API.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['app/**/*.{ts,tsx}'],
    ignores: ['app/api/**', 'app/desktop/**', 'app/**/*.test.*', 'app/testing/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Use the typed client in ~/api.' },
        { name: 'EventSource', message: 'Live data arrives through ~/api/events.' },
      ],
    },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'app/testing/**', 'mock-api/**', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  prettier,
)
