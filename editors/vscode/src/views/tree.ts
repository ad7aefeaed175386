// What the six views have in common: they ask when something changed, show what came, and keep it where asking fails.
import * as vscode from 'vscode';
import type { Area } from '../protocol';
import type { Server } from '../server';

/** A row of a view. */
export interface Node {
  item: vscode.TreeItem;
  children?: () => Node[] | Promise<Node[]>;
  parent?: Node;
}

/** A row with what belongs to it, which commands get handed. */
export type NodeOf<T> = Node & { value: T };

export function row(label: string, icon: string, more: Partial<vscode.TreeItem> = {}, color?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
  return Object.assign(item, more);
}

export abstract class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly moved = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.moved.event;
  readonly view: vscode.TreeView<Node>;
  protected readonly things: vscode.Disposable[] = [];
  private later: NodeJS.Timeout | undefined;

  constructor(protected readonly server: Server, id: string, areas: readonly Area[], showCollapseAll = false) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll });
    this.things.push(this.view, this.moved, server.onChange((changed) => {
      if (changed === 'all' || areas.some((area) => changed.has(area))) this.refresh();
    }));
  }

  /** Asks again; several changes in one moment are one question. */
  refresh(): void {
    this.later ??= setTimeout(() => { this.later = undefined; this.moved.fire(undefined); }, 30);
  }

  protected redraw(): void {
    this.moved.fire(undefined);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.item;
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node) return (await node.children?.()) ?? [];
    if (this.server.state !== 'ready') {
      this.view.message = '';
      return [];
    }
    try {
      const nodes = await this.roots();
      this.view.message = '';
      return nodes;
    } catch (error) {
      // An empty view would say that there is nothing; this says that nobody knows.
      this.view.message = error instanceof Error ? error.message : String(error);
      return [];
    }
  }

  protected abstract roots(): Promise<Node[]>;

  dispose(): void {
    clearTimeout(this.later);
    for (const thing of this.things) thing.dispose();
  }
}
