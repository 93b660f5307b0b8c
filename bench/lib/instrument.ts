// Inserts a call at the entry of every function of a JavaScript file, for bench/walk.ts.
import ts from 'typescript';

/** A function as the source has it: `line` counts from 1, `nested` is whether it stands inside another function. */
export interface Place {
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly nested: boolean;
}

const withBody = (node: ts.Node): (ts.FunctionLikeDeclaration & { body: ts.Node }) | undefined =>
  ts.isFunctionLike(node) && 'body' in node && node.body ? (node as ts.ArrowFunction) : undefined;

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return `new ${node.parent.name?.text ?? ''}`;
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : '(anonymous)';
}

/**
 * @param recorder name of the global function that is called with the index of a place
 * @param places gets a place for each function
 * @returns the source, which does the same as before and calls the recorder
 */
export function instrument(source: string, file: string, recorder: string, places: Place[]): string {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: ts.Node, nested: boolean): void => {
    const found = withBody(node);
    if (found) {
      const { body } = found;
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      const call = `${recorder}(${places.length})`;
      places.push({ file, name: nameOf(found), line: line + 1, nested });
      if (ts.isBlock(body)) insertions.push({ at: body.getStart() + 1, text: ` ${call};` });
      else insertions.push({ at: body.getStart(), text: `(${call}, ` }, { at: body.getEnd(), text: ')' });
    }
    ts.forEachChild(node, (child) => visit(child, nested || found !== undefined));
  };
  visit(tree, false);
  // From the end, so that the places in front of an insertion stay where they are.
  let text = source;
  for (const { at, text: added } of insertions.sort((a, b) => b.at - a.at))
    text = text.slice(0, at) + added + text.slice(at);
  return text;
}
