package io.dagwright.bench;

import picocli.CommandLine.Command;

@Command(name = "jmh")
final class MicroBenchmarks implements Runnable {
  @Override
  public void run() {}
}
