package io.dagwright.bench;

import picocli.CommandLine.Command;

@Command(name = "compare")
final class Compare implements Runnable {
  @Override
  public void run() {}
}
