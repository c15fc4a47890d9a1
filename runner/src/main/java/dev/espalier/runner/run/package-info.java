/** Running an experiment: its folder, its trials, its steps found or done, its results. */
package dev.espalier.runner.run;
