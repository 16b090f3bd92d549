using System.Text;
using System.Text.Json;
using Posthorn.Queues;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What comes too late is dead, and says whose deadline it missed: the queue's or the envelope's.</summary>
public sealed class ProcessDeadlineTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:30");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_15_what_outlives_its_time_on_the_queue_is_dead_and_no_request_is_made()
    {
        await using var receiver = new RawReceiver();
        var expiresAt = DateTimeOffset.UtcNow.AddMilliseconds(200);
        var body = Encoding.UTF8.GetBytes(Envelopes.Of("evt_15", receiver.Url()));
        await _harness.PutAsync(new QueueMessage { MessageId = "evt_15", Body = body, ExpiresAt = expiresAt });
        await Harness.UntilAsync(() => DateTimeOffset.UtcNow > expiresAt, "no worker came in time");

        await _harness.StartWorkerAsync();

        ShouldBe(await _harness.UntilDeadAsync(1), "TTLExpiredException", attempts: 0);
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_16_an_envelope_whose_deadline_passed_is_dead_and_no_request_is_made()
    {
        await using var receiver = new RawReceiver();
        await _harness.PutAsync(WithDeadline("evt_16", receiver.Url(), DateTimeOffset.UtcNow.AddMilliseconds(-1)));

        await _harness.StartWorkerAsync();

        ShouldBe(await _harness.UntilDeadAsync(1), "Expired", attempts: 0);
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_16_a_retry_that_would_come_after_the_deadline_is_not_waited_for_and_its_attempt_is_kept()
    {
        await using var receiver = new RawReceiver(_ => 500);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(WithDeadline("evt_16", receiver.Url(), DateTimeOffset.UtcNow.AddSeconds(20)));

        ShouldBe(await _harness.UntilDeadAsync(1), "Expired", attempts: 1);
        receiver.Requests.Count.ShouldBe(1);
    }

    private static string WithDeadline(string id, Uri url, DateTimeOffset deadline) =>
        Envelopes.Of(id, url, "fast").Replace("\"type\"", $"\"expires_at\":\"{deadline.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\",\"type\"", StringComparison.Ordinal);

    private static void ShouldBe(IReadOnlyList<JsonElement> letters, string reason, int attempts)
    {
        var letter = letters.ShouldHaveSingleItem();
        (letter.Text("reason"), letter.GetProperty("attempts").GetInt32()).ShouldBe((reason, attempts));
    }
}
