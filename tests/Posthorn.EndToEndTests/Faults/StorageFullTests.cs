using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>No room for another page, as a limit on the size of the worker's files makes it; an ordinary user can set and lift that one.</summary>
public sealed class StorageFullTests : IAsyncLifetime
{
    private const int Room = 256 * 1024;
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private static readonly string Large = $"\"{new string('x', 20_000)}\"";
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:02");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_13_when_the_quota_is_used_up_the_producer_is_told_and_every_202_was_true()
    {
        var worker = await _harness.StartWorkerAsync();
        worker.LimitFiles(LargestFile + Room);

        var (accepted, refused) = await FillAsync();

        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, refused.Text);
        refused.RetryAfter.ShouldNotBeNull();
        accepted.ShouldNotBeEmpty();
        await worker.KillAsync();
        _harness.Copies().Select(copy => copy.Id).ShouldBe(accepted, ignoreOrder: true);
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Later("evt_refused"));
        _harness.Copies().Count.ShouldBe(accepted.Count + 1);
    }

    [Fact]
    public async Task Fault_17_on_a_full_disk_mail_is_refused_leases_in_flight_are_settled_and_it_recovers()
    {
        var held = new TaskCompletionSource<int>();
        await using var receiver = await Receiver.StartAsync((_, gone) => held.Task.WaitAsync(gone));
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_17", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        worker.LimitFiles(LargestFile + Room);
        var tooLarge = await _harness.CallAsync("POST /api/notifications", Later("evt_large", $"\"{new string('x', 2 * Room)}\""));
        held.SetResult(200);
        await _harness.UntilQueueIsEmptyAsync();

        tooLarge.ShouldBeProblem(HttpStatusCode.ServiceUnavailable);
        receiver.Ids.ShouldBe(["evt_17"], "there was room to settle it");
        await FillAsync();
        (await _harness.Http.GetAsync(_harness.Api("/healthz"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        worker.LimitFiles(null);
        await _harness.AcceptAsync(Later("evt_refused"), Envelopes.Of("evt_after", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Ids.SequenceEqual(["evt_17", "evt_after"]), "it goes on", worker.Everything);
    }

    [Fact]
    public async Task Fault_17_what_cannot_even_be_settled_on_a_full_disk_is_settled_when_there_is_room()
    {
        var held = new TaskCompletionSource<int>();
        await using var receiver = await Receiver.StartAsync((_, gone) => held.Task.WaitAsync(gone));
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_17", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        worker.LimitFiles(1);
        held.SetResult(200);
        await Harness.UntilAsync(() => worker.Output.Contains("evt_17: not settled", StringComparison.Ordinal), "it cannot be settled", worker.Everything);

        (_harness.OnlyCopy() is { IsDead: false, DeliveryCount: 1 }).ShouldBeTrue();
        worker.LimitFiles(null);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_17"], "the answer is remembered");
        _harness.Copies().ShouldBeEmpty();
    }

    private long LargestFile => new DirectoryInfo(Path.GetDirectoryName(_harness.QueueFile) ?? "").EnumerateFiles().Max(file => file.Length);

    private static string Later(string id, string? data = null) =>
        Envelopes.Of(id, Nowhere, data: data).Replace("\"type\"", "\"deliver_after\":\"2099-01-01T00:00:00Z\",\"type\"", StringComparison.Ordinal);

    /// <summary>Posts one after another until one is refused.</summary>
    private async Task<(IReadOnlyList<string> Accepted, ApiAnswer Refused)> FillAsync()
    {
        for (var accepted = new List<string>(); ;)
        {
            var id = $"evt_{accepted.Count}";
            var answer = await _harness.CallAsync("POST /api/notifications", Later(id, Large));
            if (answer.Status != HttpStatusCode.Accepted) return (accepted, answer);
            accepted.Add(id);
            (accepted.Count * Large.Length).ShouldBeLessThan(2 * Room, "what was accepted does not fit: a 202 was false");
        }
    }
}
