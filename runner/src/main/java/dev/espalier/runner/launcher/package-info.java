/** The launcher: one class, in a separate jar, that starts everything else. */
package dev.espalier.runner.launcher;
