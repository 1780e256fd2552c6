package io.dagwright.internal.code;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.function.Supplier;

/**
 * URLs of bytes that are in no file. They work in this JVM, as objects; their text alone does not.
 */
final class MemoryUrl {

  static final String PROTOCOL = "dagwright";

  private MemoryUrl() {}

  /**
   * Makes a URL.
   *
   * @param path starts with a slash
   * @param content called for each stream that is opened
   */
  static URL of(String path, Supplier<byte[]> content) {
    try {
      return new URL(PROTOCOL, "", -1, path, new Handler(content));
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a protocol with a handler of its own is never unknown", e);
    }
  }

  /** What URLs that it is given to answer. */
  static final class Handler extends URLStreamHandler {

    private final Supplier<byte[]> content;

    Handler(Supplier<byte[]> content) {
      this.content = content;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {
          connected = true;
        }

        @Override
        public InputStream getInputStream() {
          return new ByteArrayInputStream(content.get());
        }
      };
    }
  }
}
