// SPDX-License-Identifier: Apache-2.0
/** A tracker that writes to a server of MLflow. */
package dev.espalier.mlflow;
