// SPDX-License-Identifier: Apache-2.0
/**
 * The architectures that come with Espalier. Each is a record that implements {@link
 * dev.espalier.api.Model}; its components are its settings.
 *
 * <pre>{@code
 * Model model = new Lenet300100(Initialiser.GLOROT_NORMAL);
 * try (Network network = model.build(new Shape(1, 28, 28), 10)) { ... }
 * }</pre>
 */
package dev.espalier.runner.models;
