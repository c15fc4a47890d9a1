// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import org.apiguardian.api.API;

/**
 * A plugin: it registers methods, criteria, schedules, models, data sets and optimizers under ids.
 *
 * <p>Implementations are public, stateless, have a public constructor without arguments, and are
 * found by {@link java.util.ServiceLoader}. A plugin jar declares its plugin twice: {@code provides
 * dev.espalier.api.Plugin with ...} in its module-info, for the module path, and a line in {@code
 * META-INF/services/dev.espalier.api.Plugin}, for the class path.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Plugin {

  /**
   * Registers the entries of this plugin.
   *
   * @param catalog the catalog; not valid after the call
   */
  void contribute(Catalog catalog);
}
