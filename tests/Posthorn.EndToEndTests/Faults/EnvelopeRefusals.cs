using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>An envelope that is none, and what must be said of it.</summary>
/// <param name="Body">What is sent.</param>
/// <param name="Path">The JSON path that the answer and the dead letter name, or its beginning.</param>
/// <param name="Reason">The dead letter's reason.</param>
/// <param name="Status">The API's answer.</param>
internal sealed record BadEnvelope(byte[] Body, string Path, string Reason = "MalformedEnvelope", HttpStatusCode Status = HttpStatusCode.BadRequest)
{
    public BadEnvelope(string body, string path, string reason = "MalformedEnvelope", HttpStatusCode status = HttpStatusCode.BadRequest)
        : this(Encoding.UTF8.GetBytes(body), path, reason, status)
    {
    }

    public override string ToString() => Encoding.Latin1.GetString(Body.AsSpan(0, Math.Min(Body.Length, 200)));
}

/// <summary>What is wrong is refused where it enters, and buried where it lies.</summary>
internal static class EnvelopeRefusals
{
    /// <summary>
    /// 1. The API refuses it and names the path. 2. Put on the queue's file it is dead-lettered, untried, under its reason, and the
    /// description names the path. 3. What comes after it is delivered.
    /// </summary>
    public static async Task ShouldBeRefusedAsync(this Harness harness, params IEnumerable<BadEnvelope> envelopes)
    {
        await using var receiver = new RawReceiver();
        foreach (var bad in envelopes)
        {
            var answer = await harness.PostBytesAsync(bad.Body);
            answer.ShouldBeProblem(bad.Status);
            answer.Paths.ShouldContain(path => path.StartsWith(bad.Path, StringComparison.Ordinal), $"{bad}\n{answer.Text}");

            var letter = await harness.BuryAsync(EnvelopeMessages.Plain(Guid.NewGuid().ToString(), bad.Body));
            letter.Text("reason").ShouldBe(bad.Reason, bad.ToString());
            letter.Text("description").ShouldContain(bad.Path, Case.Sensitive, bad.ToString());
            letter.GetProperty("attempts").GetInt32().ShouldBe(0, bad.ToString());
        }

        await harness.PutAsync(EnvelopeMessages.Plain(Guid.NewGuid().ToString(), Envelopes.Of("evt_neighbour", receiver.Url())));
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "what comes after it is delivered", harness.DescribeProcesses);
    }

    /// <summary>Puts a message on the queue's file, and waits until it is a dead letter.</summary>
    public static async Task<JsonElement> BuryAsync(this Harness harness, Queues.QueueMessage message)
    {
        var before = await harness.DeadCountAsync();
        await harness.PutAsync(message);
        await Harness.UntilAsync(async () => await harness.DeadCountAsync() > before, $"{message.MessageId} is dead", harness.DescribeProcesses);
        return (await harness.CallAsync("GET /api/dead-letters?limit=1")).Json.Items("dead_letters")[0];
    }

    public static async Task<ApiAnswer> PostBytesAsync(this Harness harness, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await harness.Http.PostAsync(harness.Api("/api/notifications"), content);
        return new ApiAnswer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, RetryAfter: null, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<long> DeadCountAsync(this Harness harness) => (await harness.QueueCountsAsync()).GetProperty("dead").GetInt64();
}
