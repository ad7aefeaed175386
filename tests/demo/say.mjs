// How the demo prints: aligned columns, colours only where somebody looks.
const colourful = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (number) => (text) => (colourful ? `\u001b[${number}m${text}\u001b[0m` : text);
const [bold, dim, green, red, cyan] = [1, 2, 32, 31, 36].map(paint);
const columns = (first, second, third) =>
  console.log(`  ${first.text.padEnd(12).replace(first.text, first.shown)}${second.padEnd(44)} ${third}`.trimEnd());

export const title = (text) => console.log(`\n${bold(text)}`);
export const scene = (number, text) => console.log(`\n${cyan(`${number}.`)} ${bold(text)}`);
export const note = (text) => console.log(`  ${dim(text)}`);
export const does = (tool, what, result) => columns({ text: tool, shown: green(tool) }, what, dim(result));
export const bad = (tool, what, result) => columns({ text: tool, shown: red(tool) }, what, red(result));
export const fact = (what, result) => console.log(`  ${what.padEnd(56)} ${dim(result)}`);
export const code = (text) => console.log(text.replace(/^/gm, '    ').trimEnd());
export const gives = (value) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  console.log(text.trimEnd().replace(/^/gm, `    ${green('=>')} `));
};
