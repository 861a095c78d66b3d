package io.penstock.core.protocol.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.GroupCoordinator;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.VersionRange;
import io.rsocket.exceptions.CustomRSocketException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class OpenerCodecsTest {

    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
    private static final UUID ID = new UUID(1, 2);

    static List<Object> bodies() {
        return List.of(
                new Hello.Request(1, "test", "1.0"),
                new Hello.Response(
                        0,
                        "c",
                        "1",
                        Map.of("fetch", new VersionRange(1, 2)),
                        new Hello.Limits(1, 2, 3, 4, 5, 6),
                        "ANON"),
                new Metadata.Request(1, List.of("a"), true),
                new Metadata.Request(1, null, false),
                new Metadata.Image(
                        7,
                        "c",
                        0,
                        List.of(new Metadata.BrokerNode(0, List.of(new Metadata.Listener("LOCAL", "local:x")), null)),
                        List.of(new Metadata.TopicImage(
                                "a",
                                ID,
                                false,
                                0,
                                1_048_588,
                                List.of(new Metadata.PartitionImage(0, 0, 0, List.of(0), List.of(0)))))),
                new Topics.CreateRequest(1, "a", -1, -1, Map.of("durability", "fsync"), false),
                new Topics.ListRequest(1, true),
                new Topics.ListResponse(List.of(new Topics.Listing("a", ID, false, 3))),
                new Topics.DescribeRequest(1, "a"),
                new Topics.DeleteRequest(1, null, ID),
                new Topics.DeleteResponse("a", ID),
                new Topics.Description(
                        "a",
                        ID,
                        false,
                        List.of(new Topics.PartitionDescription(0, 0, 0, List.of(0), List.of(0), 1, 2, 3, 4)),
                        List.of(new Topics.SettingDescription("durability", "fsync", "DEFAULT", "STRING", "…"))),
                new ListOffsets.Request(1, List.of(new ListOffsets.Query("a", 0, -1, -1))),
                new ListOffsets.Response(List.of(new ListOffsets.Answer("a", 0, 3, -1, -1, -1))),
                new GroupCoordinator.Request(1, "g"),
                new GroupCoordinator.Response(3, 0, 7),
                new Membership.Join(
                        1,
                        "g",
                        "m",
                        "i",
                        "c",
                        "r",
                        List.of("a"),
                        List.of("a.*"),
                        "range",
                        45_000,
                        60_000,
                        7,
                        List.of(new TopicPartitions(ID, "a", List.of(0, 1)))),
                Membership.Report.heartbeat(7),
                Membership.Report.leaving(7),
                new Membership.Report(7, 3, List.of(), List.of("a"), List.of("a.*"), false),
                new Membership.Assignment("m", 7, 3, List.of(new TopicPartitions(ID, "a", List.of(0))), 2_000),
                new GroupOffsets.Commit(
                        1, "g", "m", 7, "i", List.of(new GroupOffsets.Entry("a", ID, 0, 42, 3, "md", null))),
                new GroupOffsets.CommitResponse(List.of(new GroupOffsets.CommitAnswer("a", 0, 113))),
                new GroupOffsets.Fetch(
                        1, "g", "", -1, List.of(new GroupOffsets.TopicPartitionNames("a", List.of(0))), true),
                new GroupOffsets.FetchResponse(
                        List.of(new GroupOffsets.Committed("a", ID, 0, 42, 3, "md", null, 1_000, 0))),
                new GroupOffsets.Delete(1, "g", List.of(new GroupOffsets.TopicPartitionNames("a", List.of(0)))),
                new GroupOffsets.DeleteResponse(List.of(new GroupOffsets.CommitAnswer("a", 0, 86))),
                new Groups.ListRequest(1, List.of("Stable")),
                new Groups.ListResponse(List.of(new Groups.Listing("g", "consumer", "Stable", 2))),
                new Groups.DescribeRequest(1, List.of("g")),
                new Groups.DescribeResponse(List.of(new Groups.Description(
                        "g",
                        0,
                        "consumer",
                        "Stable",
                        "range",
                        7,
                        7,
                        0,
                        List.of(new Groups.Member(
                                "m",
                                "i",
                                "r",
                                "c",
                                "h",
                                7,
                                "Stable",
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of("a"),
                                List.of(),
                                null))))),
                new Groups.DeleteRequest(1, List.of("g")),
                new Groups.DeleteResponse(List.of(new Groups.DeleteAnswer("g", 68))),
                new ProduceRequest(1, -1),
                new FetchRequest(1, "a", ID, 0, 42, 3, 1024, 4096));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void readsEveryBodyBack(Object body) {
        ByteBuf bytes = CborCodec.encode(ALLOCATOR, body);
        assertThat(CborCodec.decode(bytes, body.getClass())).isEqualTo(body);
        bytes.release();
    }

    @Test
    void carriesTheFinishedRangesOfACommitAsBytes() {
        byte[] finished = {1, 2, 3};
        ByteBuf bytes = CborCodec.encode(ALLOCATOR, new GroupOffsets.Entry("a", ID, 0, 42, 3, null, finished));
        assertThat(ByteBufUtil.hexDump(bytes)).contains("66696e6973686564" + "43" + "010203");
        assertThat(CborCodec.decode(bytes, GroupOffsets.Entry.class).finished()).isEqualTo(finished);
        bytes.release();
    }

    /** A peer in another language does not know our classes. */
    @Test
    void saysWhatIsWrongWithABodyInWordsOfTheProtocol() {
        assertUnreadable(
                Map.of("version", "one"),
                "the CBOR body of a hello request can't be read: 'version' is not a number that fits");
        assertUnreadable(Map.of("clientName", List.of()), "'clientName' is not a text");
        assertUnreadable(List.of(1), "it is not a map");
        ByteBuf cut = CborCodec.encode(ALLOCATOR, Map.of("clientName", "penstock"));
        assertUnreadable(cut.writerIndex(cut.writerIndex() - 3), "its bytes are not CBOR");
    }

    private static void assertUnreadable(Object body, String words) {
        assertUnreadable(CborCodec.encode(ALLOCATOR, body), words);
    }

    private static void assertUnreadable(ByteBuf body, String words) {
        assertThatThrownBy(() -> CborCodec.decode(body, Hello.Request.class))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining(words)
                .hasMessageNotContainingAny("io.penstock", "java.", "$", "jackson");
        body.release();
    }

    @Test
    void writesABodyInItsGoldenBytes() {
        ByteBuf bytes = CborCodec.encode(ALLOCATOR, new ProduceRequest(1, -1));
        assertThat(ByteBufUtil.hexDump(bytes)).isEqualTo("bf" + "6776657273696f6e01" + "6461636b7320" + "ff");
        bytes.release();
    }

    @Test
    void passesOverWhatANewerPeerSaysAndFillsInWhatAnOlderOneLeavesOut() {
        ByteBuf bytes = CborCodec.encode(ALLOCATOR, Map.of("topic", "a", "fromTheFuture", List.of(1, 2)));
        assertThat(CborCodec.decode(bytes, FetchRequest.class))
                .isEqualTo(new FetchRequest(0, "a", null, 0, 0, null, 0, 0));
        bytes.release();
    }

    @Property(tries = 500)
    void refusesGarbageAsABody(@ForAll byte[] garbage) {
        try {
            CborCodec.decode(Unpooled.wrappedBuffer(garbage), FetchRequest.class);
        } catch (PenstockException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @Test
    void refusesABodyThatNestsWithoutEnd() {
        byte[] nested = new byte[100_000];
        Arrays.fill(nested, (byte) 0x81);
        assertThatThrownBy(() -> CborCodec.decode(Unpooled.wrappedBuffer(nested), FetchRequest.class))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }

    @ParameterizedTest
    @EnumSource(Verb.class)
    void findsTheVerbInItsRoutingMetadata(Verb verb) {
        ByteBuf metadata = RoutingCodec.encode(ALLOCATOR, verb);
        assertThat(Verb.ofRoute(RoutingCodec.decode(metadata))).isEqualTo(verb);
        metadata.release();
    }

    @Test
    void writesRoutingMetadataInItsGoldenBytes() {
        ByteBuf metadata = RoutingCodec.encode(ALLOCATOR, Verb.FETCH);
        assertThat(ByteBufUtil.hexDump(metadata)).isEqualTo("fe" + "000006" + "05" + "6665746368");
        metadata.release();
    }

    @Property(tries = 500)
    void refusesGarbageAsMetadata(@ForAll byte[] garbage) {
        try {
            RoutingCodec.decode(Unpooled.wrappedBuffer(garbage));
        } catch (PenstockException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void carriesEveryErrorOfTheTableThroughRSocket(ErrorCode code) {
        Throwable signalled = RSocketErrors.toRSocket(new PenstockException(code, "what and why"));
        assertThat(((CustomRSocketException) signalled).errorCode()).isGreaterThanOrEqualTo(0x301);
        PenstockException received = RSocketErrors.fromRSocket(signalled);
        assertThat(received.code()).isEqualTo(code);
        assertThat(received).hasMessage("what and why");
    }

    @Test
    void keepsTheDetailsOfAnUnforeseenErrorToItself() {
        Throwable signalled = RSocketErrors.toRSocket(new IllegalStateException("/secret/path"));
        assertThat(signalled).hasMessageNotContaining("secret");
    }

    @Test
    void callsAClosedChannelALostConnection() {
        assertThat(RSocketErrors.fromRSocket(new ClosedChannelException()).code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void callsAConnectionThatWasResetALostConnection() {
        assertThat(RSocketErrors.fromRSocket(new IOException("Connection reset by peer"))
                        .code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void callsWhatTheBrokerHasNotSaidTheClientsOwnFailure() {
        Throwable bug = new ArithmeticException("/ by zero");
        PenstockException failure = RSocketErrors.fromRSocket(bug);
        assertThat(failure.code()).isEqualTo(ErrorCode.CLIENT_FAILED);
        assertThat(failure).hasCause(bug);
        assertThat(failure.isRetriable()).isFalse();
    }
}
