using System.Text;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

/// <summary>Nothing that anybody can write makes the readers throw. The seed is fixed, so a failure repeats.</summary>
public class EnvelopeFuzzTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private const string Valid = """
        {"id":"evt_1","type":"batch.completed","profile":"standard","tenant":"user_1","subject":"batch-7","time":"2024-03-21T15:30:45.123Z",
         "deliver_after":"2024-03-21T16:00:00Z","expires_at":"2024-03-25T15:30:45Z","ordering_key":"k","content_type":"application/json",
         "destination":{"url":"http://localhost:8001/webhook","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","bearer_token":"b","headers":{"X-Env":"prod"}},
         "data":{"a":[1,-2.5e3,true,false,null,"\u00e9\ud83d\ude00"]}}
        """;

    private static readonly string[] Pieces =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e999", "NaN", "\\ud800", "\\udc00", "\\u0000", "\u00e9", "\uFEFF", "\r\n", "\0", " ", "-",
        "\"data\":", "\"data_base64\":\"AA==\",", "\"url\":", "999999999999999999999", "true", "[[[[[[[[[[[[[[[[", "\"headers\":{\"\":\"\"},", "9999-12-31T23:59:59Z",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Fault_47_no_mutation_of_an_envelope_makes_the_intake_throw(int seed)
    {
        var chance = new Random(seed);
        var intake = Given.Intake();
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = Mutated(Encoding.UTF8.GetBytes(Valid), chance);
            var result = Should.NotThrow(() => intake.Read(bytes), Convert.ToBase64String(bytes));
            (result.Message is null).ShouldBe(result.Errors.Count > 0);
        }
    }

    [Fact]
    public void Fault_47_no_mutation_of_a_plain_message_makes_the_reader_throw()
    {
        var chance = new Random(5);
        var reader = new EnvelopeReader(Given.Builder());
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = Mutated(Encoding.UTF8.GetBytes(Valid), chance);
            var message = new QueueMessage { MessageId = Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 60))), Body = bytes };
            Should.NotThrow(() => reader.TryRead(message, Given.Now, out _, out _), Convert.ToBase64String(bytes));
        }
    }

    [Fact]
    public void Fault_47_random_bytes_are_refused_without_an_exception()
    {
        var chance = new Random(6);
        var intake = Given.Intake();
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[chance.Next(200)];
            chance.NextBytes(bytes);
            intake.Read(bytes).Errors.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void No_prefix_of_an_envelope_is_an_envelope()
    {
        var bytes = Encoding.UTF8.GetBytes(Valid);
        var intake = Given.Intake();
        for (var length = 0; length < bytes.Length; length++) intake.Read(bytes.AsMemory(0, length)).Errors.ShouldNotBeEmpty();
    }

    [Fact]
    public void No_fault_elsewhere_in_an_envelope_prints_its_secret()
    {
        var chance = new Random(7);
        var intake = Given.Intake();
        var around = Valid.Split(Secret);
        for (var i = 0; i < 5_000; i++)
        {
            byte[] bytes = [.. Encoding.UTF8.GetBytes(around[0] + Secret), .. Mutated(Encoding.UTF8.GetBytes(around[1]), chance)];
            string.Join('\n', intake.Read(bytes).Errors).ShouldNotContain(Secret);
        }
    }

    private static byte[] Mutated(byte[] bytes, Random chance)
    {
        var mutated = bytes.ToList();
        for (var changes = chance.Next(1, 5); changes > 0; changes--)
        {
            var at = chance.Next(mutated.Count);
            switch (chance.Next(5))
            {
                case 0:
                    mutated[at] = (byte)chance.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, Math.Min(chance.Next(1, 20), mutated.Count - at));
                    if (mutated.Count == 0) mutated.Add(0);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, Math.Min(chance.Next(1, 40), mutated.Count - at)));
                    break;
                default:
                    mutated.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[chance.Next(Pieces.Length)]));
                    break;
            }
        }

        return [.. mutated];
    }
}
