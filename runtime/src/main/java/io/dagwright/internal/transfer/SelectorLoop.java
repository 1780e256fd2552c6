package io.dagwright.internal.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One thread that waits for sockets and runs what others hand it.
 *
 * <p>{@link #execute} may be called from anywhere; all other methods on the loop's own thread.
 * After {@link #close} the thread is gone and every channel is closed.
 */
final class SelectorLoop implements AutoCloseable {

  private static final long TICK_MILLIS = 500;
  private static final int WRITE_BUFFERS_MAX = 8;

  /** What the loop calls for one channel. */
  interface Handler {
    void onReady(SelectionKey key) throws IOException;

    /** Called about twice a second, to look at deadlines. */
    void onTick(long nowNanos);

    void onClosed(Exception cause);
  }

  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private volatile boolean closing;

  /** Scratch memory for reading, shared by all channels of the loop. */
  final ByteBuffer readBuffer = ByteBuffer.allocateDirect(512 << 10);

  /** Memory that connections fill while they are sending. */
  private final Deque<ByteBuffer> writeBuffers = new ArrayDeque<>();

  SelectorLoop(String name) {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs the task on the loop's thread, soon; returns false, and does not, after close. */
  boolean execute(Runnable task) {
    tasks.add(task);
    if (closing) {
      return !tasks.remove(task);
    }
    if (Thread.currentThread() != thread && woken.compareAndSet(false, true)) {
      selector.wakeup();
    }
    return true;
  }

  /** Memory for one frame of a large result, or several others. */
  ByteBuffer takeWriteBuffer() {
    ByteBuffer free = writeBuffers.poll();
    return free == null
        ? ByteBuffer.allocateDirect(Frame.HEADER_BYTES + Frame.CHUNK_BYTES)
        : free.clear();
  }

  void giveWriteBuffer(ByteBuffer buffer) {
    if (writeBuffers.size() < WRITE_BUFFERS_MAX) {
      writeBuffers.push(buffer);
    }
  }

  boolean isClosing() {
    return closing;
  }

  Selector selector() {
    return selector;
  }

  SelectionKey register(SelectableChannel channel, int operations, Handler handler)
      throws IOException {
    return channel.register(selector, operations, handler);
  }

  private void run() {
    try {
      serve();
    } finally { // Whatever the reason: nobody is to wait for a thread that is gone.
      closing = true;
      runTasks();
      for (SelectionKey key : new ArrayList<>(selector.keys())) {
        guarded(() -> handler(key).onClosed(new IOException("closed on this side")));
      }
      runTasks();
      try {
        selector.close();
      } catch (IOException e) {
        report(e);
      }
    }
  }

  private static Handler handler(SelectionKey key) {
    return (Handler) key.attachment();
  }

  private void serve() {
    long nextTickNanos = System.nanoTime() + TICK_MILLIS * 1_000_000;
    while (!closing) {
      try {
        if (tasks.isEmpty()) {
          selector.select(this::ready, TICK_MILLIS);
        } else {
          selector.selectNow(this::ready);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("the selector itself failed", e);
      }
      woken.set(false);
      runTasks();
      long now = System.nanoTime();
      if (now - nextTickNanos >= 0) {
        nextTickNanos = now + TICK_MILLIS * 1_000_000;
        for (SelectionKey key : new ArrayList<>(selector.keys())) {
          guarded(() -> handler(key).onTick(now));
        }
      }
    }
  }

  private void runTasks() {
    // Bounded: a task never adds one that adds itself again without a channel becoming ready.
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      guarded(task);
    }
  }

  /** The loop serves everybody: what fails for one must not end it. */
  void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      report(e);
    }
  }

  private void report(Throwable failure) {
    thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
  }

  private void ready(SelectionKey key) {
    Handler handler = handler(key);
    try {
      handler.onReady(key);
    } catch (IOException | CancelledKeyException e) {
      guarded(() -> handler.onClosed(e));
    } catch (RuntimeException | Error e) {
      guarded(() -> handler.onClosed(new IOException("a frame could not be handled: " + e, e)));
    }
  }

  /** Closes all channels, tells their handlers, and waits for the thread to end. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
