package io.dagwright.bench;

final class HeldTasks {
  static Line measure(int n, int heapMegabytes) { return new Line(); }
}
