package io.dagwright.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * What C5 is measured against: the same arrays through one socket to another JVM, one right after
 * the other, each stored into a fresh array there. Nothing is checked or encoded.
 */
final class RawSocket {

  private static final int BUFFER_BYTES = 512 << 10;

  private RawSocket() {}

  static Line measure(int n, int repetitions, double warmUpSeconds) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      Process receiver =
          Jvm.start(List.of("-Xmx4g"), Receiver.class, Integer.toString(port), "" + n);
      try (SocketChannel channel = server.accept()) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        ByteBuffer array = ByteBuffer.allocateDirect(Transfers.ARRAY_BYTES);
        ByteBuffer done = ByteBuffer.allocate(1);
        Timing timing =
            Timing.of(
                repetitions,
                warmUpSeconds,
                () -> {
                  for (int i = 0; i < n; i++) {
                    array.clear();
                    while (array.hasRemaining()) {
                      channel.write(array);
                    }
                  }
                  if (channel.read(done.clear()) < 0) {
                    throw new EOFException("the receiver has ended");
                  }
                });
        return Line.of("socket", "C5")
            .timed(n, timing)
            .with("MBps", (double) n * Transfers.ARRAY_BYTES / 1e6 / timing.median())
            .with("best_MBps", (double) n * Transfers.ARRAY_BYTES / 1e6 / timing.best());
      } finally {
        receiver.waitFor();
      }
    }
  }

  /** What runs in the other JVM. */
  static final class Receiver {

    private Receiver() {}

    public static void main(String[] args) throws IOException {
      InetAddress here = InetAddress.getLoopbackAddress();
      int n = Integer.parseInt(args[1]);
      try (SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(here, Integer.parseInt(args[0])))) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());
        while (receive(channel, buffer, n)) {
          channel.write(ByteBuffer.allocate(1));
        }
      }
    }

    /** Keeps the arrays of one run, as the tasks of the other side are kept until they are used. */
    private static boolean receive(SocketChannel channel, ByteBuffer buffer, int n)
        throws IOException {
      long[][] arrays = new long[n][];
      for (int i = 0; i < n; i++) {
        long[] array = new long[Transfers.ARRAY_BYTES / Long.BYTES];
        for (int filled = 0; filled < array.length; ) {
          int left = (array.length - filled) * Long.BYTES - buffer.position();
          buffer.limit(Math.min(buffer.capacity(), buffer.position() + left));
          if (channel.read(buffer) < 0) {
            return false;
          }
          LongBuffer longs = buffer.flip().asLongBuffer();
          int count = longs.remaining();
          longs.get(array, filled, count);
          filled += count;
          buffer.position(count * Long.BYTES).compact();
        }
        arrays[i] = array;
      }
      return arrays.length == n;
    }
  }
}
