/** The launcher: one class, in a jar of its own, that starts everything else. */
package dev.espalier.runner.launcher;
