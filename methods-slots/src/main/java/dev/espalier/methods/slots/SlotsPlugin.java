// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names what this module brings: nothing yet. */
public final class SlotsPlugin implements Plugin {

  /** Made by ServiceLoader. */
  public SlotsPlugin() {}

  @Override
  public void contribute(Catalog catalog) {}
}
