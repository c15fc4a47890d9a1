// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names what this module brings: nothing yet. */
public final class SnipPlugin implements Plugin {

  /** Made by ServiceLoader. */
  public SnipPlugin() {}

  @Override
  public void contribute(Catalog catalog) {}
}
