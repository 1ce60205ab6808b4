// Writes a page on which each surface is drawn as Slack draws it: [{name, blocks}] on standard input, HTML out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

const require = createRequire(import.meta.url);
const { Message } = require('slack-blocks-to-jsx');
const style = readFileSync(require.resolve('slack-blocks-to-jsx/dist/style.css'), 'utf8');
const surfaces = JSON.parse(readFileSync(0, 'utf8'));
const drawn = surfaces.map(({ name, blocks }) =>
  h('section', { id: name, key: name }, h('h2', null, name), h(Message, { blocks, name: 'Vejviser', time: new Date(0) })),
);
const page = renderToStaticMarkup(h('main', null, drawn));
process.stdout.write(`<!doctype html><meta charset="utf-8"><style>${style}
body{font-family:sans-serif;margin:0;background:#fff} section{width:640px;padding:12px;border-bottom:2px solid #ccc}
h2{font-size:12px;color:#666;margin:0 0 4px}</style>${page}`);
