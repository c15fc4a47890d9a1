// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Method;

/**
 * A method with its settings, not yet built: Guice does that, once a run.
 *
 * @param id its id
 * @param type its class
 * @param settings what its constructor takes
 */
public record MethodChoice(String id, Class<? extends Method> type, Record settings) {}
