// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import java.util.function.Supplier;

/** Registers a record of a kind that no experiment chooses. */
public final class UnknownKindPlugin implements Plugin {

  /** The service loader calls it. */
  public UnknownKindPlugin() {}

  /** A record of no kind. */
  public record Seven() implements Supplier<Integer> {
    @Override
    public Integer get() {
      return 7;
    }
  }

  @Override
  @SuppressWarnings({"rawtypes", "unchecked"})
  public void contribute(Catalog catalog) {
    catalog.add((Class) Supplier.class, "seven", Seven.class);
  }
}
