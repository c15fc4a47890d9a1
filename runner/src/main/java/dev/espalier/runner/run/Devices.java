// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.espalier.runner.config.ConfigProblem;

/** Chooses where to compute. */
public final class Devices {

  private Devices() {}

  /**
   * Settles the number of threads of an operation; PyTorch reads it once, when it starts.
   *
   * @param threads how many
   */
  public static void threads(int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
  }

  /**
   * The device of a setting.
   *
   * @param setting auto, cpu, gpu or gpu:n
   * @throws ConfigProblem if that GPU is not there, saying what is
   */
  public static Device choose(String setting) {
    Engine engine = Engine.getInstance();
    int gpus = engine.getGpuCount();
    if (setting.equals("cpu") || (setting.equals("auto") && gpus == 0)) {
      return Device.cpu();
    }
    int wanted = setting.startsWith("gpu:") ? Integer.parseInt(setting.substring(4)) : 0;
    if (wanted >= gpus) {
      throw new ConfigProblem(
          "device: found "
              + setting
              + ", but PyTorch "
              + engine.getVersion()
              + " sees "
              + (gpus == 0 ? "no GPU" : gpus + " GPU(s), numbered from 0")
              + "; use device = auto or cpu, or build with -Pcuda on a machine with a GPU");
    }
    return Device.gpu(wanted);
  }
}
