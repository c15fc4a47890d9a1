// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.Binder;
import java.nio.file.Path;

/**
 * A folder of runs.
 *
 * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
 * @param binder writes settings as a configuration does
 * @param policy decides about the steps of other processes
 */
record Workspace(Path root, Binder binder, SharedSteps.Policy policy) {}
