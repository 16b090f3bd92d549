using System.Runtime.CompilerServices;
using Posthorn.Amqp.Performatives;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Hostile;

/// <summary>What real clients said, cut off after every byte, and with every single bit turned.</summary>
public class RecordedConversationTests
{
    public static TheoryData<string> Conversations => [.. Directory.GetFiles(Folder(), "*.hex").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_conversation_is_understood(string name)
    {
        var broker = new TestBroker();

        var error = await PlayAsync(broker, Bytes(name));

        error.ShouldBeNull();
        broker["queue"].Taken.ShouldBe(4);
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_conversation_that_breaks_off_anywhere_ends_without_a_fault(string name)
    {
        var bytes = Bytes(name);
        for (var length = 0; length < bytes.Length; length++) await PlayAsync(new(), bytes[..length]);
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_conversation_with_any_bit_turned_ends_without_a_fault(string name)
    {
        var bytes = Bytes(name);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var error = await PlayAsync(new(), bytes);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            error?.Condition.Value.ShouldStartWith("amqp:", customMessage: $"Bit {bit} was turned.");
            error?.Condition.Value.ShouldNotBe(ErrorCondition.InternalError, $"Bit {bit} was turned.");
        }
    }

    /// <summary>Sends a conversation and hangs up: the error that the server closes with, or null.</summary>
    private static async Task<AmqpError?> PlayAsync(TestBroker broker, byte[] bytes)
    {
        await using var peer = new AmqpPeer(broker, new() { Mechanisms = ["ANONYMOUS", "PLAIN"] });
        peer.Send(bytes);
        peer.HangUp();
        var error = await peer.DrainStreamAsync();
        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
        broker.Faults.ShouldBeEmpty();
        return error;
    }

    private static byte[] Bytes(string name) => Encoded.Hex(File.ReadAllText(Path.Combine(Folder(), name)).ReplaceLineEndings(""));

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path) ?? "", "Conversations");
}
