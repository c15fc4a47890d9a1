/** The command line. Entry: {@link dev.espalier.runner.Main}. */
package dev.espalier.runner;
