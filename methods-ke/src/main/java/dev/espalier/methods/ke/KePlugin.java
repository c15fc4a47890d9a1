// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;

/** Names what this module brings: nothing yet. */
public final class KePlugin implements Plugin {

  /** Made by ServiceLoader. */
  public KePlugin() {}

  @Override
  public void contribute(Catalog catalog) {}
}
