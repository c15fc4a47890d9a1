/** Finding plugins, and what they name. */
package dev.espalier.runner.plugin;
