import ts from 'typescript';

export interface DeclaredExport {
  readonly name: string;
  readonly isType: boolean;
  /** Whether the declaration carries documentation. True for what another package declares. */
  readonly isDocumented: boolean;
}

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  types: ['node'],
  skipLibCheck: true,
};

interface Exports {
  readonly checker: ts.TypeChecker;
  readonly symbols: readonly ts.Symbol[];
}

/** Entry points share most of what they import, so each file is parsed once. */
const host = ts.createCompilerHost(OPTIONS);
const parse = host.getSourceFile.bind(host);
const parsed = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (path, ...options) => {
  if (!parsed.has(path)) parsed.set(path, parse(path, ...options));
  return parsed.get(path);
};
const known = new Map<string, Exports>();

function exportsOf(file: string): Exports {
  const found = known.get(file) ?? readExports(file);
  known.set(file, found);
  return found;
}

function readExports(file: string): Exports {
  const program = ts.createProgram([file], OPTIONS, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing.`);
  return { checker, symbols: checker.getExportsOfModule(module) };
}

const targetOf = (checker: ts.TypeChecker, exported: ts.Symbol): ts.Symbol =>
  exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;

/** The public members of a class or interface that a `.d.ts` exports, inherited ones too, without internal ones. */
export function declaredMembers(file: string, type: string): string[] {
  const { checker, symbols } = exportsOf(file);
  const exported = symbols.find(({ name }) => name === type);
  if (!exported) throw new Error(`${file} does not export ${type}.`);
  return checker
    .getDeclaredTypeOfSymbol(targetOf(checker, exported))
    .getProperties()
    .filter((member) => !member.getJsDocTags(checker).some(({ name }) => name === 'internal'))
    .filter((member) =>
      member.declarations?.every(
        (declaration) =>
          !(ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)),
      ),
    )
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('__'));
}

/** What a `.d.ts` exports, by name, without what TypeScript only keeps for itself. */
export function declaredExports(file: string): DeclaredExport[] {
  const { checker, symbols } = exportsOf(file);
  return [...symbols]
    .map((exported) => {
      const symbol = targetOf(checker, exported);
      const isForeign = symbol.declarations?.every(({ parent }) =>
        parent.getSourceFile().fileName.includes('/node_modules/'),
      );
      return {
        name: exported.name,
        isType: !(symbol.flags & ts.SymbolFlags.Value) || isTypeOnly(exported),
        isDocumented: Boolean(isForeign) || symbol.getDocumentationComment(checker).length > 0,
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

const isTypeOnly = (symbol: ts.Symbol): boolean =>
  Boolean(
    symbol.declarations?.some(
      (node) => ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly),
    ),
  );

/** The modules that a file names in imports, re-exports, `import()` and `import('...')` types. */
export const importsOf = (text: string): string[] =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
