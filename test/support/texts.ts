import ts from "typescript";

/**
 * The texts of a program: string literals, and templates without what they are filled with. No
 * comments.
 */
export function textsIn(program: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("program.ts", program, ts.ScriptTarget.Latest));
  return found;
}
