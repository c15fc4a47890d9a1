/** Running of experiments: the folder of a run, its trials, its steps and its results. */
package dev.espalier.runner.run;
