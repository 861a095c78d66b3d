package io.penstock.core.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.RequestResponseFrameCodec;
import io.rsocket.frame.RequestStreamFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.util.EmptyPayload;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** A peer that speaks RSocket byte by byte, and reads only when the test says so. */
final class RawPeer implements Closeable {

    private static final int RECEIVE_BUFFER_BYTES = 32 << 10;

    private final Socket socket = new Socket();
    private final DataInputStream in;

    RawPeer(TransportServer server) throws IOException {
        TcpEndpoint endpoint = (TcpEndpoint) server.endpoint();
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.setSoTimeout((int) TransportFixture.PATIENCE.toMillis());
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()));
        in = new DataInputStream(socket.getInputStream());
    }

    RawPeer setup() throws IOException {
        return send(SetupFrameCodec.encode(
                UnpooledByteBufAllocator.DEFAULT,
                false,
                20_000,
                90_000,
                TransportClient.METADATA_MIME_TYPE,
                TransportClient.DATA_MIME_TYPE,
                EmptyPayload.INSTANCE));
    }

    RawPeer requestStream(int streamId, long elements) throws IOException {
        return send(RequestStreamFrameCodec.encode(
                UnpooledByteBufAllocator.DEFAULT, streamId, false, elements, null, Unpooled.EMPTY_BUFFER));
    }

    RawPeer requestResponse(int streamId, String text) throws IOException {
        return send(RequestResponseFrameCodec.encode(
                UnpooledByteBufAllocator.DEFAULT,
                streamId,
                false,
                null,
                Unpooled.wrappedBuffer(TransportContract.utf8(text))));
    }

    RawPeer keepAlive() throws IOException {
        return send(KeepAliveFrameCodec.encode(UnpooledByteBufAllocator.DEFAULT, true, 0, Unpooled.EMPTY_BUFFER));
    }

    /** Sends a frame behind its length, and releases it. */
    RawPeer send(ByteBuf frame) throws IOException {
        ByteBuf wire = Unpooled.buffer(3 + frame.readableBytes()).writeMedium(frame.readableBytes());
        wire.writeBytes(frame);
        frame.release();
        return send(wire.array());
    }

    RawPeer send(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Reads the next frame. */
    ByteBuf readFrame() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        byte[] frame = new byte[length];
        in.readFully(frame);
        return Unpooled.wrappedBuffer(frame);
    }

    /** Reads to the end that the server makes; fails if there is none. */
    void awaitClose() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the server keeps the connection", e);
        } catch (SocketException reset) {
            // the server closed with unread bytes of ours
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
