// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import org.apiguardian.api.API;

/**
 * The door through which everything a user can name comes in: methods, criteria, schedules, models,
 * data sets, optimizers.
 *
 * <p>Implementations are public, stateless, have a public constructor without arguments, and are
 * found by {@link java.util.ServiceLoader}. A plugin jar declares its plugin twice: {@code provides
 * dev.espalier.api.Plugin with ...} in its module-info, which counts on the module path, and a line
 * in {@code META-INF/services/dev.espalier.api.Plugin}, which counts on the class path.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Plugin {

  /**
   * Names what this plugin brings.
   *
   * @param catalog where to name it; not to be kept
   */
  void contribute(Catalog catalog);
}
