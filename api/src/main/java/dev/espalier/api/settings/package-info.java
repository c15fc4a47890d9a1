/**
 * Settings records: a component's key, range, default and meaning, and spans of training such as
 * {@code 40 epochs}. The command line reads them from a configuration and describes them.
 */
package dev.espalier.api.settings;
