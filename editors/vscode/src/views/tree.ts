// What the six views have in common: they ask when something changed, show what came, and keep it where asking fails.
import * as vscode from 'vscode';
import type { Area } from '../protocol';
import { inert, inertIn } from '../inert';
import type { Server } from '../server';

/** A row of a view. */
export interface Node {
  item: vscode.TreeItem;
  children?: () => Node[] | Promise<Node[]>;
  parent?: Node;
}

/** A row with what belongs to it, which commands get handed. */
export type NodeOf<T> = Node & { value: T };

/** A row of which every text is inert; what its commands are handed is not touched. */
export function row(label: string, icon: string, more: Partial<vscode.TreeItem> = {}, color?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(inert(label));
  item.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
  Object.assign(item, inertIn(more, 'description', 'tooltip'));
  if (more.accessibilityInformation) item.accessibilityInformation = inertIn(more.accessibilityInformation, 'label');
  return item;
}

/**
 * VS Code draws a view at once where nothing was drawn in the last 200 ms; a change before that waits until no other came for
 * 200 ms, so a busy agent would never be seen. Changes are gathered here instead, and drawn once this is over.
 */
const PACE = 205;

/** Data comes first and rows after it: so rows are never missing while an answer is awaited, and a click finds its row. */
export abstract class Tree<Data = unknown> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly moved = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.moved.event;
  readonly view: vscode.TreeView<Node>;
  protected readonly things: vscode.Disposable[] = [];
  private later: NodeJS.Timeout | undefined;
  private drawing: NodeJS.Timeout | undefined;
  private drawn = 0;
  private readonly minutes: NodeJS.Timeout;
  private shown: Node[] = [];
  private signature = '';
  private asked = 0;
  private stale = true;

  /** `always`: it is asked for also while nobody sees it, because a badge counts it. */
  constructor(protected readonly server: Server, id: string, areas: readonly Area[], private readonly always = false) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this });
    this.things.push(
      this.view, this.moved,
      server.onChange((changed) => { if (changed === 'all' || areas.some((area) => changed.has(area))) this.refresh(); }),
      this.view.onDidChangeVisibility(({ visible }) => { if (visible && this.stale) this.refresh(); }),
    );
    // Ages such as "5 min ago" grow by themselves.
    this.minutes = setInterval(() => { this.signature = ''; this.refresh(); }, 60_000);
  }

  /** Asks again; several changes in one moment are one question. */
  refresh(): void {
    this.stale = true;
    if (this.view.visible || this.always) this.later ??= setTimeout(() => { this.later = undefined; void this.update(); }, 5);
  }

  private async update(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    if (this.server.state !== 'ready') return this.draw([], '', '');
    try {
      const data = await this.load();
      if (mine !== this.asked) return;
      this.stale = false;
      const signature = JSON.stringify(data);
      if (signature !== this.signature || this.view.message) this.draw(this.nodes(data), signature, '');
    } catch (error) {
      // An empty view would say that there is nothing; this says that nobody knows.
      if (mine === this.asked) this.draw(this.shown, '', error instanceof Error ? error.message : String(error));
    }
  }

  private draw(nodes: Node[], signature: string, message: string): void {
    this.shown = nodes;
    this.signature = signature;
    // Setting it counts as a change of the view, also where it says the same: the rows would wait for it.
    if ((this.view.message ?? '') !== inert(message)) this.view.message = inert(message);
    const pause = this.drawn + PACE - Date.now();
    if (pause <= 0) this.fire();
    else this.drawing ??= setTimeout(() => this.fire(), pause);
  }

  private fire(): void {
    clearTimeout(this.drawing);
    this.drawing = undefined;
    this.drawn = Date.now();
    this.moved.fire(undefined);
  }

  /** Shows data that is there already. */
  protected redraw(data: Data): void {
    this.asked += 1;
    this.draw(this.nodes(data), JSON.stringify(data), '');
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.item;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    return node ? ((await node.children?.()) ?? []) : this.shown;
  }

  protected abstract load(): Promise<Data>;
  protected abstract nodes(data: Data): Node[];

  dispose(): void {
    clearTimeout(this.later);
    clearTimeout(this.drawing);
    clearInterval(this.minutes);
    for (const thing of this.things) thing.dispose();
  }
}
