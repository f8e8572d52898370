// The exact text of one member of a JSON document, to compare bytes where values are not enough.

const isSpace = (char) => char === ' ' || char === '\t' || char === '\n' || char === '\r';

function skipSpace(text, at) {
  while (isSpace(text[at])) at += 1;
  return at;
}

function endOfString(text, at) {
  for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
  return at + 1;
}

function endOfValue(text, at) {
  if (text[at] === '"') return endOfString(text, at);
  if (text[at] !== '{' && text[at] !== '[') {
    while (at < text.length && !',]}'.includes(text[at]) && !isSpace(text[at])) at += 1;
    return at;
  }
  let depth = 0;
  for (;;) {
    if (text[at] === '"') at = endOfString(text, at) - 1;
    else if (text[at] === '{' || text[at] === '[') depth += 1;
    else if (text[at] === '}' || text[at] === ']') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
}

/// The text of each element of a JSON array.
export function elements(text) {
  const found = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== ']') {
    const end = endOfValue(text, at);
    found.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

/// The text of member `name` of a JSON object, or undefined.
export function member(text, name) {
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== '}') {
    const endOfName = endOfString(text, at);
    const found = JSON.parse(text.slice(at, endOfName)) === name;
    at = skipSpace(text, skipSpace(text, endOfName) + 1);
    const end = endOfValue(text, at);
    if (found) return text.slice(at, end);
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return undefined;
}
