/** Discovery of plugins, and the registry of their entries. */
package dev.espalier.runner.plugin;
