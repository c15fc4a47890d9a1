// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names what this module brings: nothing yet. */
public final class GatesPlugin implements Plugin {

  /** Made by ServiceLoader. */
  public GatesPlugin() {}

  @Override
  public void contribute(Catalog catalog) {}
}
