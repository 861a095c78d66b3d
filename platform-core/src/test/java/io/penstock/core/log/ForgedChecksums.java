package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Gives every whole batch of a log file a checksum that fits when the file is opened, as if nobody looked at it. */
final class ForgedChecksums extends ForwardingDirectory {

    private static final int CRC_INDEX = 17;
    private static final int CRC_START = 21;

    ForgedChecksums(LogDirectory real) {
        super(real);
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new ForgedChecksums(child);
    }

    @Override
    protected LogFile around(LogFile file) throws IOException {
        if (file.name().endsWith(".log") && file.size() > 0) {
            byte[] bytes = new byte[(int) file.size()];
            file.read(ByteBuffer.wrap(bytes), 0);
            forge(bytes);
            file.truncate(0);
            file.append(ByteBuffer.wrap(bytes));
        }
        return file;
    }

    private static void forge(byte[] bytes) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
        int at = 0;
        while (bytes.length - at >= RecordBatch.OVERHEAD) {
            RecordBatch batch = RecordBatch.at(buffer, at);
            int size = batch.sizeInBytes();
            if (batch.magic() != RecordBatch.MAGIC || size < RecordBatch.OVERHEAD || size > bytes.length - at) {
                return;
            }
            CRC32C crc = new CRC32C();
            crc.update(bytes, at + CRC_START, size - CRC_START);
            buffer.setInt(at + CRC_INDEX, (int) crc.getValue());
            at += size;
        }
    }
}
