/**
 * Methods that remove channels by a factor on each, and end in a network that is really narrower.
 *
 * <p>Entry: {@link dev.espalier.methods.gates.NetworkSlimming}.
 */
package dev.espalier.methods.gates;
