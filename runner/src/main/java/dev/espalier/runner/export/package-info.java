/** Export of tickets from a run, and import into one. */
package dev.espalier.runner.export;
