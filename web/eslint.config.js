import lit from 'eslint-plugin-lit';
import a11y from 'eslint-plugin-lit-a11y';
import wc from 'eslint-plugin-wc';

export default [
  {ignores: ['dist/', 'node_modules/']},
  {
    files: ['development/*.js', 'islands/**/*.js', 'pwa/*.js'],
    plugins: {lit, 'lit-a11y': a11y, wc},
    languageOptions: {ecmaVersion: 2023, sourceType: 'module'},
    linterOptions: {reportUnusedDisableDirectives: 'error'},
    settings: {wc: {elementBaseClasses: ['LitElement']}},
    rules: {
      ...lit.configs['flat/recommended'].rules,
      ...wc.configs['flat/recommended'].rules,
      ...a11y.configs.recommended.rules,
      'array-callback-return': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'no-alert': 'error',
      'no-constant-binary-expression': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-promise-executor-return': 'error',
      'no-restricted-globals': ['error', {name: 'fetch', message: 'islands/shared/api.js is the one place that calls fetch.'}],
      'no-restricted-properties': [
        'error',
        {property: 'innerHTML', message: 'The policy refuses it: build elements, or render with Lit.'},
        {property: 'outerHTML', message: 'The policy refuses it: build elements, or render with Lit.'},
        {property: 'insertAdjacentHTML', message: 'The policy refuses it: build elements, or render with Lit.'},
      ],
      'no-shadow': 'error',
      'no-unreachable-loop': 'error',
      'no-unused-expressions': 'error',
      'no-unused-vars': ['error', {argsIgnorePattern: '^_'}],
      'no-use-before-define': ['error', {functions: false, classes: false, variables: false}],
      'no-var': 'error',
      'prefer-const': 'error',
      'require-await': 'error',
    },
  },
  {
    files: ['islands/shared/api.js', 'pwa/worker.js'], // the worker stands between pages and the network
    rules: {'no-restricted-globals': 'off'},
  },
];
