// SPDX-License-Identifier: Apache-2.0
/**
 * The data sets that come with Espalier. Each is a record that implements {@link
 * dev.espalier.api.data.DataSource}; its components are its settings. Pixels stay bytes as in the
 * files; the engine normalises them on the device.
 *
 * <pre>{@code
 * Data data = new Digits(PixelScale.STANDARD).load();
 * }</pre>
 */
package dev.espalier.zoo.data;
