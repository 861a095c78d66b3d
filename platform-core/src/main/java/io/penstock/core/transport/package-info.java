/**
 * RSocket over TCP and inside one JVM, with every cost of a peer bounded. {@link
 * io.penstock.core.transport.TransportServer} listens, {@link io.penstock.core.transport.TransportClient} connects,
 * {@link io.penstock.core.transport.OutboundWindow} counts what a connection has unsent, and is
 * asked for room before bulk is read.
 *
 * <p><b>Received buffers.</b> A payload is a slice of a buffer into which the event loop goes on receiving. Off the
 * event loop, read it through {@code nioBuffer(index, length)} only. {@code readBytes(FileChannel, …)}, {@code
 * getBytes(…, FileChannel, …)} and {@code internalNioBuffer} use the buffer's one internal NIO view, race with the event
 * loop, and silently corrupt frames that come later.
 *
 * <p><b>Sent buffers.</b> Headers and bodies of bulk must be direct: one heap component in a composite makes Netty copy
 * the whole frame.
 *
 * <p><b>sendfile.</b> There is room for it, and no need yet. A frame would carry a placeholder {@code ByteBuf} that knows
 * only a file, a position and a length; where {@code TcpFrameConnection} writes a frame, it would write the bytes before
 * the placeholder and then a {@code DefaultFileRegion}, as two messages whose second promise ends the accounting. Not
 * under TLS, not for local connections, and not worth it below about 32 KiB.
 *
 * <p>Connections run on the event loops that are handed in; nothing here blocks or makes a thread.
 */
@NullMarked
package io.penstock.core.transport;

import org.jspecify.annotations.NullMarked;
